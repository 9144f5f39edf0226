"""The table of values in the chart's README, from values.yaml."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from values import Value

BEGIN = "<!-- values: begin; `make chart` writes what is between these lines -->"
END = "<!-- values: end -->"

LONGEST = 60
"""Characters of a default that a table bears."""

_TYPES = {"array": "list"}

Json = dict[str, Any]


def put_table(readme: str, values: list[Value], schema: Json) -> str:
    """Give the README with a new table between its markers.

    Raises:
        ValueError: the markers are not there, once each and in order.
    """
    head, begin, rest = readme.partition(BEGIN)
    old, end, tail = rest.partition(END)
    if not begin or not end or BEGIN in old + tail or END in tail:
        raise ValueError(f"helm/ccsync/README.md needs these two lines once:\n{BEGIN}\n{END}")
    return f"{head}{BEGIN}\n\n{table(values, schema)}\n{END}{tail}"


def table(values: list[Value], schema: Json) -> str:
    """Give all sections with their tables, as Markdown."""
    parts: list[str] = []
    for (title, introduction), some in groupby(_placed(values), key=lambda one: one[:2]):
        parts += [f"### {title}", *([introduction] if introduction else [])]
        rows = [_row(value, schema) for _, _, value in some]
        parts.append(
            "\n".join(["| Key | Type | Default | Description |", "|---|---|---|---|", *rows])
        )
    return "\n\n".join(parts) + "\n"


def _placed(values: list[Value]) -> Iterator[tuple[str, str, Value]]:
    """Give each value with title and introduction of its section."""
    sections = {value.path[0]: value for value in values if value.is_section and not value.path[1:]}
    for value in values:
        if value.is_section:
            continue
        top = sections.get(value.path[0])
        title = f"`{value.path[0]}`" if top else value.group or "Others"
        yield title, _cell(top.description) if top else "", value


def _row(value: Value, schema: Json) -> str:
    key = ".".join(value.path)
    cells = (f"`{key}`", _type(_at(schema, value.path)), _default(value), value.description)
    return "| " + " | ".join(_cell(one) for one in cells) + " |"


def _at(schema: Json, path: tuple[str, ...]) -> Json:
    for key in path:
        schema = schema["properties"][key]
    return schema


def _type(schema: Json) -> str:
    """Give the type in words; what may be null says so in its description."""
    if "enum" in schema:
        return "string"
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return " or ".join(str(_TYPES.get(one, one)) for one in types if one != "null")


def _default(value: Value) -> str:
    text = json.dumps(value.default, ensure_ascii=False)
    return f"`{text}`" if len(text) <= LONGEST else "see values.yaml"


def _cell(text: str) -> str:
    """Escape what would end a cell, also in code, or begin a tag."""
    escaped = text.replace("|", "\\|")
    pieces = escaped.split("`")
    pieces[::2] = [one.replace("<", "&lt;") for one in pieces[::2]]
    return "`".join(pieces)
