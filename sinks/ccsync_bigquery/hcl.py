"""Terraform's language: literals in which nothing is taken for a template."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from textwrap import indent


def identifier(name: str) -> str:
    """Make a name that a resource may have."""
    plain = re.sub(r"[^A-Za-z0-9_]", "_", name)
    return plain if re.match(r"[A-Za-z_]", plain) else f"_{plain}"


def text(value: str) -> str:
    """Quote a string."""
    return _literal(json.dumps(value, ensure_ascii=False))


def heredoc(word: str, body: str) -> str:
    """Write a string of several lines."""
    return f"<<-{word}\n{indent(_literal(body), '  ')}\n{word}"


def mapping(values: Mapping[str, str]) -> str:
    """Write a map of strings."""
    pairs = (f"{text(name)} = {text(value)}" for name, value in sorted(values.items()))
    return f"{{ {', '.join(pairs)} }}"


def resource(kind: str, name: str, lines: Iterable[str]) -> str:
    """Write a resource."""
    body = indent("\n".join(lines), "  ")
    return f'resource "{kind}" "{name}" {{\n{body}\n}}\n'


def _literal(written: str) -> str:
    return written.replace("${", "$${").replace("%{", "%%{")
