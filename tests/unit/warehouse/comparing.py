"""Compares rows: everything exactly, but for quotients."""

from __future__ import annotations

import math
from typing import Any

from .counting import Row
from .engine import plain


def difference(found: list[Row], expected: list[Row]) -> str:
    """Say where rows, in the same order, differ first; "" if nowhere."""
    for number, (one, other) in enumerate(zip(found, expected, strict=False)):
        if one.keys() != other.keys():
            return f"columns {sorted(one.keys() ^ other.keys())}"
        for name in one:
            if not _same(one[name], plain(other[name])):
                return f"row {number}, {name}: {one[name]!r} is not {other[name]!r} in {other}"
    return "" if len(found) == len(expected) else f"{len(found)} rows, not {len(expected)}"


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-12)
    return type(one) is type(other) and one == other
