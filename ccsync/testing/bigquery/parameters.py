"""Query parameters: their REST form (`queryParameters`) made literals of the query.

Source: "Running parameterized queries" and the types `QueryParameter`, `QueryParameterType` and
`QueryParameterValue` of the REST reference.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

from sqlglot import exp

from ccsync.testing.bigquery.columns import check_fits
from ccsync.testing.bigquery.errors import ApiError, invalid
from ccsync.testing.bigquery.resources import part
from ccsync.testing.bigquery.sql import Tree, invalid_query
from ccsync.testing.bigquery.values import BadValueError, value_of

_TYPES: dict[str, tuple[str, str]] = {
    "BOOL": ("BOOLEAN", "BOOLEAN"),
    "INT64": ("INTEGER", "BIGINT"),
    "FLOAT64": ("FLOAT", "DOUBLE"),
    "NUMERIC": ("NUMERIC", "DECIMAL"),
    "BIGNUMERIC": ("BIGNUMERIC", "BIGDECIMAL"),
    "STRING": ("STRING", "TEXT"),
    "DATE": ("DATE", "DATE"),
    "DATETIME": ("DATETIME", "TIMESTAMP"),
    "TIMESTAMP": ("TIMESTAMP", "TIMESTAMPTZ"),
}
"""A parameter's type: as a field's type, and as sqlglot's."""

_OTHER_NAMES = {
    "BOOLEAN": "BOOL",
    "INTEGER": "INT64",
    "FLOAT": "FLOAT64",
    "DECIMAL": "NUMERIC",
    "BIGDECIMAL": "BIGNUMERIC",
}


class Parameters:
    """The parameters of one query."""

    def __init__(self, said: Sequence[dict[str, Any]], mode: str = "") -> None:
        """Read `queryParameters`; `mode` is `parameterMode`, "" for what they look like.

        Raises:
            ApiError: 400, a parameter without type, of a type the double does not know, or
                with a value that is none of its type.
        """
        self._said = json.dumps([mode, *said], sort_keys=True)
        self._named: dict[str, Tree] = {}
        self._positional: list[Tree] = []
        for one in said:
            name = str(one.get("name") or "")
            if mode.upper() == ("POSITIONAL" if name else "NAMED"):
                raise invalid(f"Query parameter {name!r} does not fit the parameterMode {mode!r}")
            value = _literal(part(one, "parameterType"), part(one, "parameterValue"), name)
            if name:
                self._named[name.casefold()] = value
            else:
                self._positional.append(value)

    def __repr__(self) -> str:
        """Show them as they were given: equal ones look alike."""
        return f"Parameters({self._said})"

    def put_into(self, tree: Tree) -> Tree:
        """Replace `@name` and `?` in a query by their values.

        Raises:
            ApiError: 400, one that is not given.
        """
        waiting = list(self._positional)
        for node in list(tree.find_all(exp.Parameter, exp.Placeholder, bfs=False)):
            if isinstance(node, exp.Parameter):
                value = self._named.get(node.name.casefold())
                if value is None:
                    raise invalid_query(f"Query parameter '{node.name}' not found")
            else:
                if not waiting:
                    raise invalid_query("Query parameter number is out of range: too few are given")
                value = waiting.pop(0)
            node.replace(value.copy())
        if waiting:
            given = len(self._positional)
            raise invalid_query(
                f"Query has {given - len(waiting)} positional parameters, given {given}"
            )
        return tree


def literal(value: Any, kind: str) -> Tree:
    """Give a value as a typed literal, `kind` in sqlglot's words; None is a typed NULL."""
    plain = exp.null() if value is None else exp.Literal.string(str(value))
    return exp.cast(plain, kind)


def moment(value: dt.datetime) -> Tree:
    """Give a point in time as a TIMESTAMP literal."""
    return literal(value.isoformat(), "TIMESTAMPTZ")


def _literal(kind: dict[str, Any], value: dict[str, Any], name: str) -> Tree:
    said = str(kind.get("type", "")).upper()
    said = _OTHER_NAMES.get(said, said)
    if said == "ARRAY":
        items: list[dict[str, Any]] = value.get("arrayValues") or []
        return exp.array(*(_literal(part(kind, "arrayType"), one, name) for one in items))
    if said in ("STRUCT", "RECORD"):
        return _struct(kind.get("structTypes") or [], part(value, "structValues"), name)
    if said not in _TYPES:
        raise ApiError(400, "invalid", f"Invalid type of query parameter {name!r}: {said!r}")
    return _scalar(said, value.get("value"), name)


def _struct(kinds: Sequence[dict[str, Any]], values: dict[str, Any], name: str) -> Tree:
    fields: list[Tree] = []
    for one in kinds:
        value = _literal(part(one, "type"), part(values, str(one["name"])), name)
        fields.append(exp.PropertyEQ(this=exp.to_identifier(str(one["name"])), expression=value))
    return exp.Struct(expressions=fields)


def _scalar(said: str, value: Any, name: str) -> Tree:
    of_field, of_sqlglot = _TYPES[said]
    if value is None:
        return literal(None, of_sqlglot)
    try:
        read = value_of(of_field, value, name)
    except BadValueError as error:
        shown = f"Query parameter '{name}'" if name else "A query parameter"
        raise invalid(f"{shown}: Invalid value for type {said}: {error}", name) from error
    if said in ("NUMERIC", "BIGNUMERIC"):
        check_fits(read, said)
    return literal(json.dumps(read) if isinstance(read, bool) else read, of_sqlglot)
