"""What sqlglot leaves different between BigQuery's SQL and DuckDB's: repaired in the tree.

All of it was found by running queries: types of NUMERIC, of quotients and averages, of dates that
DuckDB makes timestamps, names of unnamed columns, and the present, which is the double's clock.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from ccsync.testing.bigquery.columns import BIGNUMERIC_PLACES, NUMERIC_PLACES, check_fits
from ccsync.testing.bigquery.parameters import literal, moment
from ccsync.testing.bigquery.sql import Tree, invalid_query


def repair(tree: Tree, now: dt.datetime) -> Tree:
    """Make a tree mean in DuckDB what it means in BigQuery; `now` is the clock's.

    Raises:
        ApiError: 400, a time zone that is none; 501, a decimal the double cannot keep.
    """
    node: Tree
    kinds = (*_REPAIRS, exp.CurrentTimestamp, exp.CurrentDate)
    # From the leaves up: a replacement takes what it contains along as it is by then.
    for node in reversed(list(tree.find_all(*kinds, bfs=False))):
        if isinstance(node, exp.CurrentTimestamp):
            node.replace(moment(now))
        elif isinstance(node, exp.CurrentDate):
            node.replace(_today(node, now))
        else:
            made = _REPAIRS[type(node)](node)
            if made is not node:
                node.replace(made)
    return tree


def name_columns(query: Tree) -> None:
    """Name the unnamed columns of a query as BigQuery does: f0_, f1_..."""
    while isinstance(query, (exp.SetOperation, exp.Subquery)):
        query = query.this
    if not isinstance(query, exp.Select):
        return
    unnamed = 0
    for one in list(query.expressions):
        if not isinstance(one, _NAMED) and not one.is_star:
            one.replace(exp.alias_(one.copy(), f"f{unnamed}_", quoted=True))
            unnamed += 1


def _today(node: exp.CurrentDate, now: dt.datetime) -> Tree:
    zone = node.this.name if node.this is not None else "UTC"
    try:
        return literal(now.astimezone(zoneinfo.ZoneInfo(zone)).date().isoformat(), "DATE")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
        raise invalid_query(f"Invalid time zone: {zone}") from error


def _divide(node: exp.Div) -> Tree:
    return exp.func("bq_divide", _plain(node.this), _plain(node.expression))


def _safe_divide(node: exp.SafeDivide) -> Tree:
    return exp.func("bq_safe_divide", _plain(node.this), _plain(node.expression))


def _round(node: exp.Round) -> Tree:
    places = node.args.get("decimals") or exp.Literal.number(0)
    return exp.func("bq_round", _plain(node.this), places)


def _average(node: exp.Avg) -> Tree:
    """Give the average as a quotient, which has a decimal's type where the sum has."""
    over = node.parent if isinstance(node.parent, exp.Window) else None
    total: Tree = exp.Sum(this=node.this.copy())
    count: Tree = exp.Count(this=node.this.copy())
    if over is None:
        return exp.func("bq_safe_divide", total, count)
    windows = [over.copy(), over.copy()]
    for window, part in zip(windows, (total, count), strict=True):
        window.this.replace(part)
    over.replace(exp.func("bq_safe_divide", *windows))
    return node


def _as_date(node: Tree) -> Tree:
    """Say that a DATE stays a DATE where DuckDB makes a TIMESTAMP of it."""
    if isinstance(node.parent, exp.Cast) and node.parent.is_type("DATE"):
        return node
    return exp.cast(node.copy(), "DATE")


def _array_agg(node: exp.ArrayAgg) -> Tree:
    limit = node.this if isinstance(node.this, exp.Limit) else None
    if limit is None:
        return node
    most = limit.expression
    whole = exp.ArrayAgg(this=limit.this.copy())
    return exp.func("list_slice", whole, exp.Literal.number(1), most)


def _number(node: exp.Literal) -> Tree:
    if node.is_string or node.this.isdigit() or isinstance(node.parent, exp.DataTypeParam):
        return node
    return exp.cast(exp.Literal.string(node.this), "DOUBLE")


def _in(node: exp.In) -> Tree:
    """Write `x IN UNNEST([...])` with a list: a plan shows it as a filter."""
    unnest = node.args.get("unnest")
    if unnest is None or not isinstance(unnest.expressions[0], exp.Array):
        return node
    items = unnest.expressions[0].expressions
    return exp.In(this=node.this, expressions=items) if items else exp.false()


def _type(node: exp.DataType) -> Tree:
    if node.this not in _DECIMALS or node.expressions:
        return node
    kind = _DECIMALS[node.this]
    literal_of = node.parent.this if isinstance(node.parent, exp.Cast) else None
    if isinstance(literal_of, exp.Literal) and literal_of.is_string:
        try:
            check_fits(literal_of.this, kind)
        except ArithmeticError as error:
            raise invalid_query(f"Invalid {kind} value: {literal_of.this!r}") from error
    places = NUMERIC_PLACES if kind == "NUMERIC" else BIGNUMERIC_PLACES
    return exp.DataType.build(f"DECIMAL(38, {places})", dialect="duckdb")


def _plain(node: Tree) -> Tree:
    return node.this if isinstance(node, exp.Paren) else node


_NAMED = (exp.Alias, exp.Column, exp.Dot)
"""What names itself: a path by its last part. A cast column has no name."""

_DECIMALS = {exp.DataType.Type.DECIMAL: "NUMERIC", exp.DataType.Type.BIGDECIMAL: "BIGNUMERIC"}

_REPAIRS: dict[type[Tree], Callable[[Any], Tree]] = {
    exp.Div: _divide,
    exp.SafeDivide: _safe_divide,
    exp.Round: _round,
    exp.Avg: _average,
    exp.DateTrunc: _as_date,
    exp.DateAdd: _as_date,
    exp.DateSub: _as_date,
    exp.ArrayAgg: _array_agg,
    exp.Literal: _number,
    exp.In: _in,
    exp.DataType: _type,
}
