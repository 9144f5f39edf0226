"""Exact money. Amounts are `Decimal`, in one canonical spelling, and nothing is ever rounded.

The canonical spelling has no positive exponent and no trailing zeros after the point: 41, 41.0 and
4.1E+1 are the same amount and must name the same snapshot. (Below a millionth Python itself writes
an exponent, 1E-7, always the same.)
"""

from __future__ import annotations

from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow

# 100 digits hold any sum of amounts of `_MAX_DIGITS` on either side of the point; a trap makes
# silence impossible.
_EXACT = Context(prec=100, traps=[Inexact, InvalidOperation, Overflow])

_MAX_DIGITS = 40
"""More digits than any amount of money has; an exponent can not make us write a megabyte."""

ZERO = Decimal(0)

_HUNDREDTH = Decimal("0.01")
_multiply = _EXACT.multiply


def canonical(amount: Decimal) -> Decimal:
    """Spell an amount canonically.

    Raises:
        ValueError: it is not a finite amount that anybody could mean.
    """
    # The text is much cheaper than `as_tuple`, and settles nearly every amount.
    text = str(amount)
    if len(text) <= _MAX_DIGITS and "E" not in text and "N" not in text:
        if text[-1] in "123456789":
            return amount
        if "." in text:
            return Decimal(text.rstrip("0").rstrip(".")) or ZERO
    _, digits, exponent = amount.as_tuple()
    if not isinstance(exponent, int):
        raise ValueError(f"{amount} is not an amount of money")  # noqa: TRY004 - a value, not a type
    if exponent == 0 and len(digits) <= _MAX_DIGITS:
        return amount or ZERO
    if len(digits) > _MAX_DIGITS or abs(exponent) > _MAX_DIGITS or amount.adjusted() >= _MAX_DIGITS:
        raise ValueError("an amount of money has too many digits")
    return _spelled(amount)


def _spelled(amount: Decimal) -> Decimal:
    """Spell a finite amount canonically, however many digits it has: sums may have more."""
    text = str(amount)
    if "E" not in text:
        if text[-1] != "0":
            return amount
        return (Decimal(text.rstrip("0").rstrip(".")) if "." in text else amount) or ZERO
    sign, digits, exponent = amount.as_tuple()
    assert isinstance(exponent, int)  # noqa: S101 - it is finite
    if exponent > 0:
        return _EXACT.quantize(amount, Decimal(1))
    kept = list(digits)
    while exponent < 0 and kept and kept[-1] == 0:
        kept.pop()
        exponent += 1
    return Decimal((sign, tuple(kept), exponent)) if any(kept) else ZERO


def add(first: Decimal, second: Decimal) -> Decimal:
    """Add two canonical amounts of the same currency, exactly."""
    return _spelled(_EXACT.add(first, second))


def major(minor: Decimal) -> Decimal:
    """Turn canonical minor units (cents) into whole units (dollars): a hundredth, exactly."""
    amount = hundredth(minor)
    return _spelled(amount) if str(amount)[-1] == "0" else amount


def hundredth(minor: Decimal) -> Decimal:
    """Do as `major` does, quicker, for canonical amounts whose last digit is not 0."""
    return _multiply(minor, _HUNDREDTH)
