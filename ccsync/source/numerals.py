"""Numbers as they are written: exact, and only as JSON writes them."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

_NUMERAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")


class Numeral:
    """A JSON number with a point or an exponent, as its text: a float would not be exact."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        """Take the text of a number in JSON."""
        self.text = text


def exact(text: str) -> Decimal:
    """Read a number exactly.

    `Decimal` alone would also take `1_000`, ` 1`, `NaN` and the digits of every script.

    Raises:
        ValueError: it is not written as a JSON number, or has an exponent beyond all reason. The
            message says what was found instead of a number.
    """
    if _NUMERAL.fullmatch(text) is None:
        raise ValueError("a string that is not a number")
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError("a number with an absurd exponent") from None
