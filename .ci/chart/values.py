"""values.yaml as documentation: every key with its default and the words above it.

`# -- words` right above a key describe it; a comment without the dashes right above a section
introduces it. `# @section -- Title` begins a group of keys in the table of README.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_SECTION = "# @section -- "


@dataclass(frozen=True)
class Value:
    """A key of values.yaml."""

    path: tuple[str, ...]
    default: Any
    """None for a section, whose keys have defaults of their own."""

    is_section: bool
    description: str
    """For a section: what introduces it."""

    group: str
    """Title above its group; empty where none is given."""


def read(path: Path) -> list[Value]:
    """Read all keys in their order, a section before what is in it.

    Raises:
        ValueError: keys without a description, all of them at once.
    """
    text = path.read_text("utf-8")
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode):
        raise ValueError(f"{path} holds no keys")  # noqa: TRY004 - a fault of the file
    found = _Reading(text.splitlines()).keys(root, ())
    silent = [".".join(one.path) for one in found if not one.description and not one.is_section]
    if silent:
        raise ValueError(f"{path}: without `# --` above: {', '.join(silent)}")
    return found


class _Reading:
    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.group = ""

    def keys(self, node: yaml.MappingNode, above: tuple[str, ...]) -> list[Value]:
        found: list[Value] = []
        for key, value in node.value:
            here = (*above, str(key.value))
            comment = self._comment_above(key.start_mark.line)
            # Described by itself it is one value, whatever its default holds.
            is_section = isinstance(value, yaml.MappingNode) and "# --" not in comment
            is_section = is_section and bool(value.value)
            default = None if is_section else _default(value)
            words = _words(comment, whole=is_section)
            found.append(Value(here, default, is_section, words, self.group))
            if is_section:
                found += self.keys(value, here)
        return found

    def _comment_above(self, line: int) -> str:
        """Give the comment that ends right above a line; notes a group that begins there."""
        first = line
        while first > 0 and self.lines[first - 1].lstrip().startswith("#"):
            first -= 1
        comment = [one.strip() for one in self.lines[first:line]]
        for one in comment:
            if one.startswith(_SECTION):
                self.group = one.removeprefix(_SECTION).strip()
        return "\n".join(one for one in comment if not one.startswith(_SECTION))


def _words(comment: str, *, whole: bool) -> str:
    """Give the description as one line: the whole comment, or from the last `# --` on."""
    before, dashes, described = comment.rpartition("# --")
    if not dashes:
        described = before + described if whole else ""
    return re.sub(r"\s*(^#|\n#)\s*", " ", described).strip()


def _default(node: yaml.Node) -> Any:
    """Give a value as Helm reads it."""
    return yaml.load(yaml.serialize(node), Loader=yaml.SafeLoader)
