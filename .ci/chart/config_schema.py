"""The schema of `config:` in values.yaml, made from the schema of ccsync's own settings.

Helm 3 knows JSON Schema up to draft 7, and of `anyOf` both Helms tell little more than that it
failed. So every choice of forms becomes one form with several types, which means the same: bounds
look at numbers only, patterns at strings only. Then the message names the one thing that is wrong.
"""

from __future__ import annotations

import re
from typing import Any

from shapes import hinted

from ccsync.plugins import installed
from ccsync.settings.schema import build

Json = dict[str, Any]

FILLED_IN = ("version", "source", "sinks")
"""What a settings file must have: the chart writes the first two itself where they are missing, and
says what to write where there is no sink; with settings in a ConfigMap of one's own there are none.
"""

_SINK_TYPE = {"type": "string", "pattern": hinted(".", "like bigquery, duckdb, otlp or stdout")}
"""The image may bring further types, of other packages: their settings are looked at by ccsync when
it starts. What is nearly one of the built-in types the templates refuse.
"""

_DROPPED = frozenset(("title", "writeOnly", "examples"))
_REFERENCE = "#/$defs/"

_INSTEAD = {
    "boolean": "true, false, or a variable like ${NAME}",
    "integer": "a number, or a variable like ${NAME}",
    "number": "a number, or a variable like ${NAME}",
}
"""What to write where text stands in place of something else."""


def config_schema() -> tuple[Json, dict[str, Json]]:
    """Give the schema of `config`, and the definitions that it refers to, by name."""
    whole = build(installed("ccsync"))
    parts: dict[str, Json] = whole.pop("$defs")
    del whole["$schema"]
    definitions = {name: _plain(part) for name, part in parts.items()}
    config = _plain(whole)
    config["required"] = [name for name in config["required"] if name not in FILLED_IN]
    config["properties"]["sinks"].pop("minProperties", None)
    definitions["SinkConfig"]["properties"]["type"] = _SINK_TYPE
    # Of another version the templates say what to do.
    config["properties"]["version"] = {"type": ["integer", "string", "null"]}
    # `null` takes away what values given before, or a chart above, have set.
    _nullable(config)
    _nullable(config["properties"]["sinks"])
    for part in definitions.values():
        _nullable(part)
    return _without_empty(config), {name: _without_empty(one) for name, one in definitions.items()}


def _nullable(schema: Json) -> None:
    if schema.get("type") == "object":
        schema["type"] = ["object", "null"]


def _without_empty(schema: Json) -> Json:
    """Leave out `required: []`, which says nothing and is an error in old dialects."""
    return {key: value for key, value in schema.items() if (key, value) != ("required", [])}


def _plain(schema: Json) -> Json:
    """Give the same schema without `anyOf`, with references as draft 7 has them."""
    if "$ref" in schema:
        return {"$ref": "#/definitions/" + schema["$ref"].removeprefix(_REFERENCE)}
    plain: Json = {}
    for key, value in schema.items():
        if key in _DROPPED:
            continue
        if key == "description":
            plain[key] = re.sub(r"\s+", " ", value).strip()
        elif key == "properties":
            plain[key] = {name: _plain(one) for name, one in value.items()}
        elif key == "allOf":
            plain[key] = [_plain(one) for one in value]
        elif isinstance(value, dict):
            plain[key] = _plain(value)
        elif key == "pattern":
            # The same, without backslashes, which Helm 4 doubles when it shows a pattern.
            plain[key] = value.replace(r"\$\{", "[$][{]").replace(r"\d", "[0-9]")
        elif key != "anyOf":
            plain[key] = value
    if forms := schema.get("anyOf"):
        examples = [example for one in forms for example in one.get("examples", ())]
        plain |= _merged([_plain(one) for one in forms], schema.get("examples", examples))
    return plain


def _merged(forms: list[Json], examples: list[str]) -> Json:
    """Join forms of different types into one; strings by their patterns.

    Args:
        forms: each of one type.
        examples: of what is written as text.

    Raises:
        ValueError: two forms of one type that cannot be joined.
    """
    if references := [one for one in forms if "$ref" in one]:
        # A section may be left empty; what it refers to is nullable.
        (reference,) = references
        return reference
    merged: Json = {"type": []}
    patterns: list[str] = []
    texts = 0
    for form in (_written(one) for one in forms):
        kind = form.pop("type")
        texts += kind == "string"
        if kind == "string" and "pattern" in form:
            patterns.append(form.pop("pattern"))
        if (kind in merged["type"] and kind != "string") or merged.keys() & form.keys():
            raise ValueError(f"cannot join {forms}")
        if kind not in merged["type"]:
            merged["type"].append(kind)
        merged |= form
    if patterns and len(patterns) == texts:
        hints = [f"like {' or '.join(examples)}"] if examples else []
        hints += [_INSTEAD[kind] for kind in merged["type"] if kind in _INSTEAD]
        pattern = "|".join(patterns)
        merged["pattern"] = hinted(pattern, hints[0]) if hints else pattern
    if len(merged["type"]) == 1:
        (merged["type"],) = merged["type"]
    return merged


def _written(form: Json) -> Json:
    """Write a choice as a pattern or as bounds, which can stand beside other types."""
    choices = form.get("enum")
    if choices is None:
        return dict(form)
    if all(isinstance(one, str) for one in choices):
        return {"type": "string", "pattern": f"^({'|'.join(map(re.escape, choices))})$"}
    (only,) = choices
    return {"type": "integer", "minimum": only, "maximum": only}
