"""Words and defaults of values.yaml, put into the shape that the schema gives them."""

from __future__ import annotations

from typing import Any

from shapes import Json
from values import Value


def listed(paths: set[tuple[str, ...]]) -> str:
    """Write paths for a message."""
    return ", ".join(sorted(".".join(path) for path in paths)) or "nothing"


def is_section(schema: Json) -> bool:
    """Tell whether it has keys of its own, which cannot be taken away as a whole."""
    return schema.get("type") == "object" and "properties" in schema


def paths(schema: Json, above: tuple[str, ...]) -> set[tuple[str, ...]]:
    """Give the paths of all sections and values of a schema."""
    found: set[tuple[str, ...]] = {above}
    for key, part in schema.get("properties", {}).items():
        found |= paths(part, (*above, key)) if is_section(part) else {(*above, key)}
    return found


def describe(
    schema: Json, path: tuple[str, ...], given: dict[tuple[str, ...], Value]
) -> set[tuple[str, ...]]:
    """Put in words, defaults, and what must not be taken away; gives paths that are not there."""
    missing: set[tuple[str, ...]] = set()
    required: list[str] = []
    for key, shape in schema["properties"].items():
        here = (*path, key)
        part: Json = dict(shape)
        schema["properties"][key] = part
        if is_section(part):
            # Taken away as a whole (`cronjob:` with nothing but comments below) it would leave
            # templates without their defaults.
            required.append(key)
            part["properties"] = dict(part["properties"])
            missing |= describe(part, here, given)
        elif here not in given:
            missing.add(here)
        if (value := given.get(here)) is None:
            continue
        if value.description:
            part["description"] = value.description
        if not is_section(part):
            _default(part, value.default)
            if isinstance(value.default, str) and value.default:
                required.append(key)
                _forbid_null(part)
    if required:
        schema["required"] = required
    return missing


def _default(part: Json, default: Any) -> None:
    if default not in (None, ""):
        part["default"] = default


def _forbid_null(part: Json) -> None:
    """For text that cannot be done without."""
    if "enum" in part:
        part["enum"] = [one for one in part["enum"] if one is not None]
    elif isinstance(part["type"], list):
        kinds = [one for one in part["type"] if one != "null"]
        part["type"] = kinds[0] if len(kinds) == 1 else kinds
