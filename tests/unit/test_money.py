from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccsync import money

amounts = st.decimals(
    min_value=-(10**15), max_value=10**15, places=8, allow_nan=False, allow_infinity=False
).map(money.canonical)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("41", "41"),
        ("41.0", "41"),
        ("4.1E+1", "41"),
        ("41.50", "41.5"),
        ("100", "100"),
        ("1E+3", "1000"),
        ("0", "0"),
        ("-0", "0"),
        ("0.000", "0"),
        ("-0.0", "0"),
        ("0E-9", "0"),
        ("0E+9", "0"),
        ("-12.340", "-12.34"),
        ("0.00001", "0.00001"),
        ("9" * 40, "9" * 40),
        ("0." + "1" * 40, "0." + "1" * 40),
    ],
)
def test_equal_amounts_have_one_spelling(written: str, canonical: str) -> None:
    assert str(money.canonical(Decimal(written))) == canonical


@pytest.mark.parametrize(
    "written",
    ["NaN", "sNaN", "Infinity", "-Infinity", "1E+40", "1E+41", "1E-41", "1E+999999", "9" * 41],
)
def test_what_is_no_amount_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="amount of money"):
        money.canonical(Decimal(written))


@given(amounts, st.integers(0, 8))
def test_trailing_zeros_do_not_matter(amount: Decimal, zeros: int) -> None:
    sign, digits, exponent = amount.as_tuple()
    assert isinstance(exponent, int)
    longer = Decimal((sign, (*digits, *(0,) * zeros), exponent - zeros))
    assert money.canonical(longer).as_tuple() == amount.as_tuple()


@given(amounts, amounts)
def test_addition_is_exact(first: Decimal, second: Decimal) -> None:
    total = money.add(first, second)
    assert Fraction(total) == Fraction(first) + Fraction(second)
    assert total.as_tuple() == money.add(second, first).as_tuple()


def test_what_can_be_read_can_be_added() -> None:
    large = money.canonical(Decimal("9" * 40))
    small = money.canonical(Decimal("1E-40"))
    total = money.add(money.add(large, large), small)
    assert Fraction(total) == 2 * Fraction(10**40 - 1) + Fraction(1, 10**40)
    assert Fraction(money.major(total)) * 100 == Fraction(total)
    assert str(money.add(Decimal("1E-40"), -small)) == "0"


@given(amounts)
def test_a_hundredth_is_exact(minor: Decimal) -> None:
    assert Fraction(money.major(minor)) * 100 == Fraction(minor)


@given(amounts.filter(lambda amount: str(amount)[-1] != "0"))
def test_the_quick_way_to_a_hundredth_is_the_same(minor: Decimal) -> None:
    assert money.hundredth(minor).as_tuple() == money.major(minor).as_tuple()


def test_floating_point_would_have_lost_this() -> None:
    assert str(money.add(Decimal("0.1"), Decimal("0.2"))) == "0.3"
    assert str(money.major(Decimal("199.5"))) == "1.995"
