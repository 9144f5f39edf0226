"""The JSON Schema of a settings file, for editors: the core's settings and every installed sink's.

An editor sees the text before variables are put in, so `${NAME}` is allowed wherever a number, a
boolean, a choice or a written form is expected.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, Meta

from ccsync.plugins import PluginError
from ccsync.secret import Secret
from ccsync.settings import shapes
from ccsync.settings.model import Duration, Settings, Start
from ccsync.settings.rules import SINK_NAME

if TYPE_CHECKING:
    from ccsync.sink import SinkPlugin

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_VARIABLE = {"type": "string", "pattern": r"\$\{"}
_DAYS_OR_DATE = r"^(\d{1,5}d|\d{4}-\d{2}-\d{2})$"
_DURATION = r"^\d+(\.\d+)?\s*[smhd]$"


def build(plugins: Mapping[str, SinkPlugin[Any]]) -> dict[str, Any]:
    """Give the schema for these sinks; the same sinks give the same schema.

    Raises:
        PluginError: a sink's settings are of types that nobody can describe.
    """
    for name in sorted(plugins):
        try:
            msgspec.inspect.type_info(plugins[name].config)
        except TypeError as error:
            raise PluginError(
                f"the settings of sink type {name!r} cannot be described: {error}; "
                "this is a fault of the package that brings it"
            ) from error
    twins = _Twins()
    kinds = {name: twins.of(plugins[name].config) for name in sorted(plugins)}
    roots = [twins.of(Settings), *dict.fromkeys(kinds.values())]
    schemas, parts = msgspec.json.schema_components(
        roots, schema_hook=_unknown_kind, ref_template="#/$defs/{name}"
    )
    references = dict(zip(roots, (schema["$ref"] for schema in schemas), strict=True))
    parts["SinkConfig"] = _any_sink({name: references[kind] for name, kind in kinds.items()})
    settings = parts.pop(references[roots[0]].removeprefix("#/$defs/"))
    _allow_variables(settings)
    for part in parts.values():
        _allow_variables(part)
    settings["properties"]["sinks"]["propertyNames"] = {"pattern": f"^{SINK_NAME.pattern}$"}
    return {
        "$schema": DIALECT,
        **settings,
        "title": "ccsync settings",
        "$defs": dict(sorted(parts.items())),
    }


def render(plugins: Mapping[str, SinkPlugin[Any]]) -> str:
    """Write the schema as a file has it."""
    text = msgspec.json.format(msgspec.json.encode(build(plugins)), indent=2)
    return text.decode() + "\n"


def _any_sink(references: Mapping[str, str]) -> dict[str, Any]:
    """Choose a sink's settings by its type; an editor's messages are better than with `oneOf`."""
    return {
        "type": "object",
        "description": "A destination; its type says which settings it has.",
        "required": ["type"],
        "properties": {"type": {"enum": list(references)}},
        "allOf": [
            {
                "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
                "then": {"$ref": reference},
            }
            for name, reference in references.items()
        ],
    }


def _allow_variables(schema: dict[str, Any]) -> None:
    """Let `${NAME}` stand for what is no free text, in place; sections may also be left empty."""
    required = schema.get("required", [])
    for name, value in schema.get("properties", {}).items():
        if "$ref" in value and name not in required:
            _allow_also(value, {"type": "null"})
        _allow_variables(value)
    for key in ("additionalProperties", "items"):
        if isinstance(schema.get(key), dict):
            _allow_variables(schema[key])
    for part in schema.get("prefixItems", ()):
        _allow_variables(part)
    forms = schema.get("anyOf", [schema])
    for form in forms:
        if form is not schema and ("properties" in form or "items" in form):
            _allow_variables(form)
    if any(_is_strict(form) for form in forms):
        _allow_also(schema, dict(_VARIABLE))


def _is_strict(form: dict[str, Any]) -> bool:
    number = form.get("type") in ("integer", "number", "boolean")
    return number or "enum" in form or "pattern" in form


def _allow_also(schema: dict[str, Any], form: dict[str, Any]) -> None:
    """Allow another form; what describes the setting stays outside, where editors look for it."""
    if "anyOf" not in schema:
        strict = {key: schema.pop(key) for key in list(schema) if key not in _DESCRIBING}
        schema["anyOf"] = [strict]
    schema["anyOf"].append(form)


_DESCRIBING = frozenset(("title", "description", "default", "examples"))


class _Twins:
    """For each Struct one like it as JSON sees it: written forms are text, defaults are plain.

    msgspec describes Structs, but cannot be told that one of them (`Start`) is written as text, nor
    how a default of a class of ours is written.
    """

    def __init__(self) -> None:
        self._known: dict[Any, Any] = {}

    def of(self, kind: Any) -> Any:
        """Give the twin of a type."""
        kind = getattr(kind, "__value__", kind)
        origin = get_origin(kind)
        if origin is Annotated:
            inner, *metas = get_args(kind)
            return Annotated[(self.of(inner), *metas)]
        if origin in (Union, types.UnionType):
            return Union[tuple(self.of(one) for one in get_args(kind))]  # noqa: UP007 - computed
        if shapes.is_section(kind):
            return self._section(kind)
        if kind is Secret:
            return Annotated[str, Meta(extra_json_schema={"writeOnly": True})]
        if kind is Duration:
            return Annotated[str, Meta(pattern=_DURATION, examples=["45s", "10m", "26h"])]
        if kind is Start:
            return Annotated[str, Meta(pattern=_DAYS_OR_DATE, examples=["30d", "2026-01-31"])]
        if shapes.is_parsed(kind):
            return str
        if origin in (dict, list, tuple, set, frozenset):
            items = tuple(one if one is ... else self.of(one) for one in get_args(kind))
            return types.GenericAlias(origin, items)
        return kind

    def _section(self, kind: type[msgspec.Struct]) -> Any:
        if kind not in self._known:
            self._known[kind] = msgspec.defstruct(
                kind.__name__,
                [self._field(one) for one in msgspec.structs.fields(kind)],
                namespace={"__doc__": kind.__doc__},
                module=kind.__module__,
                kw_only=True,
                forbid_unknown_fields=kind.__struct_config__.forbid_unknown_fields,
            )
        return self._known[kind]

    def _field(self, field: msgspec.structs.FieldInfo) -> Any:
        twin = self.of(field.type)
        if field.required:
            return (field.encode_name, twin)
        default = None if field.default is NODEFAULT else field.default
        if isinstance(default, Duration | Start):
            default = str(default)
        if default is None or not isinstance(default, str | int | float):
            return (field.encode_name, twin, msgspec.field(default_factory=_nothing))
        return (field.encode_name, twin, default)


def _nothing() -> None:
    """Mark a field as optional without showing a default."""


def _unknown_kind(_kind: type) -> dict[str, Any]:
    return {}
