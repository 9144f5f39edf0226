"""Reads the OTLP sink's README: its settings, and its queries by section."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import indent
from typing import NamedTuple

README = Path(__file__).resolve().parents[2] / "sinks" / "ccsync_otlp" / "README.md"

_HEAD = "version: 1\nsource: {api_key: sk-ant-example}\nsinks:\n"


def text() -> str:
    return README.read_text("utf-8")


class Query(NamedTuple):
    """A query that says what it answers."""

    section: str
    kind: str
    promql: str


def queries() -> list[Query]:
    """Give every query that has a mark, in order."""
    found: list[Query] = []
    for heading, section in _sections():
        blocks = re.findall(
            r"^<!-- query: ([a-z-]+) -->\n```promql\n(.*?)^```$", section, re.MULTILINE | re.DOTALL
        )
        found += [Query(heading, kind, promql.strip()) for kind, promql in blocks]
    return found


def promql() -> list[str]:
    """Give every query, with a mark or without."""
    return re.findall(r"^```promql\n(.*?)^```$", text(), re.MULTILINE | re.DOTALL)


def settings() -> list[str]:
    """Give every block of settings as a whole file."""
    found: list[str] = []
    for form, block in re.findall(
        r"^<!-- settings(: sink)? -->\n```yaml\n(.*?)^```$", text(), re.MULTILINE | re.DOTALL
    ):
        found.append(_HEAD + indent(block, "  ") if form else block)
    return found


def _sections() -> list[tuple[str, str]]:
    pieces = re.split(r"^#{1,2} (.*)$", text(), flags=re.MULTILINE)
    return list(zip(pieces[1::2], pieces[2::2], strict=True))
