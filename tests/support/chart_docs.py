"""Reads the chart's documentation: its values, its commands, and what it names."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.architecture.repository import ROOT

CHART = ROOT / "helm" / "ccsync"

PAGES = (CHART / "README.md", *sorted((CHART / "docs").glob("*.md")), ROOT / "README.md")

_TABLE = "\n## Values\n"
_BREAKS = {"|", "||", "&&", ";"}
_FENCE = re.compile(
    r"^(?:<!-- (?P<mark>[^>]*) -->\n)?```(?P<kind>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


class Block(NamedTuple):
    """What stands between two fences."""

    page: str
    mark: str
    """What a comment on the line above says; `values: more` are values over those of `first`."""

    kind: str
    text: str

    def __str__(self) -> str:
        """Name it by its page and its first words."""
        return f"{self.page}: {' '.join(self.text.split())[:60]}"


def prose(page: Path) -> str:
    """Give what is about the chart, and written by hand: the table of values has its own tests."""
    text = page.read_text("utf-8")
    if page == ROOT / "README.md":
        return text.partition("\n### On Kubernetes\n")[2].partition("\n### ")[0]
    return text.partition(_TABLE)[0]


def blocks(*kinds: str) -> list[Block]:
    """Give the blocks of these kinds, of all pages."""
    return [
        Block(str(page.relative_to(ROOT)), hit["mark"] or "", hit["kind"], hit["text"])
        for page in PAGES
        for hit in _FENCE.finditer(prose(page))
        if hit["kind"] in kinds
    ]


def marked(mark: str) -> Block:
    """Give the one block with a mark."""
    (found,) = (one for one in blocks("yaml", "bash") if one.mark == mark)
    return found


def commands(*programs: str) -> list[list[str]]:
    """Give every command of these programs, as its words; each once."""
    found = {
        tuple(words)
        for block in blocks("sh")
        for line in block.text.replace("\\\n", " ").splitlines()
        for words in _commands(line)
        if words[0] in programs
    }
    return [list(one) for one in sorted(found)]


def _commands(line: str) -> Iterator[list[str]]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split = True
    words: list[str] = []
    for word in [*lexer, ";"]:
        if word in _BREAKS:
            if words:
                yield _without_redirection(words)
            words = []
        else:
            words.append(word)


def _without_redirection(words: list[str]) -> list[str]:
    at = next((at for at, word in enumerate(words) if word in {">", "<"}), len(words))
    return words[:at]


def spans() -> set[str]:
    """Give everything that stands between backticks in running text."""
    found: set[str] = set()
    for page in PAGES:
        text = re.sub(r"^```.*?^```$", "", prose(page), flags=re.MULTILINE | re.DOTALL)
        found |= set(re.findall(r"`([^`\n]+)`", text))
    return found


def anchors(page: Path) -> set[str]:
    """Give what links may point at, as a forge makes it of headings."""
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}
