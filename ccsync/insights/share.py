"""Shares of a whole."""

from __future__ import annotations

from decimal import Decimal


def share(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """Give a part as a fraction of the whole, 0 to 1; None of nothing."""
    return Decimal(part) / Decimal(whole) if whole else None
