"""Restatements: what the API may do to a past day, seeded, to a share of its rows."""

from __future__ import annotations

import copy
import datetime as dt
import math
import random
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Literal, TypeAlias, cast

from ccsync.simulator.shapes import Row
from ccsync.simulator.usage import Change, Usage

Kind: TypeAlias = Literal["values", "vanish", "redimension", "zero"]
"""values: other numbers. vanish: rows are gone. redimension: rows move to another terminal, or flip
between local and remote. zero: rows stay, with every number zero."""

KINDS: tuple[Kind, ...] = ("values", "vanish", "redimension", "zero")

_MEASURES = ("core_metrics", "tool_actions", "model_breakdown")
_DIMENSIONS = ("actor", "organization_id", "customer_type", "subscription_type")
_TERMINALS = ("vscode", "iTerm.app", "ghostty", "tmux", "Terminal.app", "cursor", "zed")
_CENT_FRACTION = Decimal("0.01")


def restate(
    usage: Usage,
    day: dt.date,
    kind: Kind | Change,
    *,
    share: float = 1.0,
    seed: int | str | None = None,
) -> int:
    """Restate a day from now on.

    Args:
        usage: Whose day.
        day: The UTC day.
        kind: A kind of restatement, or a function from the rows so far to the new ones.
        share: How many of the rows are touched, 0 to 1; at least one is if there are any.
        seed: Decides which rows and what becomes of them; by default organization, day and
            revision do.

    Returns:
        The day's new revision.

    Raises:
        ValueError: the kind or the share is not one.
    """
    if callable(kind):
        return usage.restate(day, kind)
    if seed is None:
        seed = f"{usage.organization_id}/{day}/{usage.revision(day) + 1}"
    return usage.restate(day, change(kind, share=share, seed=seed))


def change(kind: Kind, *, share: float = 1.0, seed: int | str = 0) -> Change:
    """Build the restatement of a kind; arguments as for `restate`.

    Raises:
        ValueError: the kind or the share is not one.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is not a kind of restatement; kinds are {', '.join(KINDS)}")
    if not 0 < share <= 1:
        raise ValueError(f"share is {share}; expected more than 0 and at most 1")

    def changed(rows: Sequence[Row]) -> Sequence[Row]:
        rng = random.Random(f"{kind}/{seed}")  # noqa: S311 - reproducible, not secret
        touched = set(rng.sample(range(len(rows)), math.ceil(len(rows) * share)))
        if kind == "vanish":
            return [row for index, row in enumerate(rows) if index not in touched]
        if kind == "redimension":
            return _redimensioned(rows, touched, rng)
        alter = _zeroed if kind == "zero" else _revalued
        return [alter(row, rng) if index in touched else row for index, row in enumerate(rows)]

    return changed


def _revalued(row: Row, rng: random.Random) -> Row:
    factor = rng.choice((0.5, 0.9, 1.1, 1.25, 2.0))

    def other(number: int | float | Decimal) -> int | float | Decimal:
        if isinstance(number, Decimal):
            return (number * Decimal(str(factor))).quantize(_CENT_FRACTION)
        if isinstance(number, float):
            return round(number * factor, 2)
        scaled = round(number * factor)
        return scaled if scaled != number or not number else number + 1

    return _with_numbers(row, other)


def _zeroed(row: Row, _rng: random.Random) -> Row:
    return _with_numbers(row, lambda _: 0)


def _with_numbers(row: Row, other: Callable[[int | float | Decimal], int | float | Decimal]) -> Row:
    """Copy a row with other measures; names and dimensions stay."""

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: walk(inner) for key, inner in cast("Row", value).items()}
        if isinstance(value, list):
            return [walk(inner) for inner in cast("list[object]", value)]
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            return other(value)
        return value

    return {key: walk(value) if key in _MEASURES else value for key, value in row.items()}


def _redimensioned(rows: Sequence[Row], touched: set[int], rng: random.Random) -> Sequence[Row]:
    """Move rows to dimensions that no other row of the day has."""
    taken = {_place(row) for row in rows}
    moved = list(rows)
    for index in sorted(touched):
        row = copy.copy(rows[index])
        places = [(terminal, remote) for terminal in _TERMINALS for remote in (False, True)]
        rng.shuffle(places)
        for terminal, remote in places:
            row["terminal_type"], row["is_remote"] = terminal, remote
            if _place(row) not in taken:
                taken.add(_place(row))
                moved[index] = row
                break
    return moved


def _place(row: Row) -> str:
    dimensions = [row.get(name) for name in _DIMENSIONS]
    return repr((*dimensions, row.get("terminal_type"), row.get("is_remote")))
