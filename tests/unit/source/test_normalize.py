from __future__ import annotations

import copy
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from ccsync.errors import SourceDrift
from ccsync.source.pages import NotJsonError

from .fake_api import DAY, a_row, page_body
from .reading import one, read, refusal


@pytest.mark.parametrize(
    ("written", "minor", "major"),
    [
        ("0", "0", "0"),
        ("-0.00", "0", "0"),
        ("41", "41", "0.41"),
        ("41.0", "41", "0.41"),
        ("4.1e1", "41", "0.41"),
        ("100", "100", "1"),
        ("0.5", "0.5", "0.005"),
        ('"113.400000"', "113.4", "1.134"),
        ('"\\u0031"', "1", "0.01"),
        ("0.10000000000000000555111512312578", "0.10000000000000000555111512312578", None),
        ("123456789012345678901234567.89", "123456789012345678901234567.89", None),
        ("null", "0", "0"),
        ("-3", "-3", "-0.03"),
        ("-20", "-20", "-0.2"),
        ("1230", "1230", "12.3"),
        ("0.10", "0.1", "0.001"),
        ("-7.25", "-7.25", "-0.0725"),
        ("1.5E1", "15", "0.15"),
        ("5e-1", "0.5", "0.005"),
        ("0.00000001", "1E-8", "1E-10"),
        ("1000000000000000000", "1000000000000000000", "10000000000000000"),
        ("9" * 40, "9" * 40, "9" * 38 + ".99"),
        ("0." + "1" * 40, "0." + "1" * 40, "0.00" + "1" * 40),
    ],
)
def test_money_is_exact(written: str, minor: str, major: str | None) -> None:
    usage = read(page_body(a_row()).replace(b"87.25", written.encode())).records[0].model_usage[1]
    assert str(usage.estimated_cost_minor) == minor
    if major is not None:
        assert str(usage.estimated_cost) == major
    assert Fraction(usage.estimated_cost) == Fraction(minor) / 100


@pytest.mark.parametrize(
    "written",
    [
        "true",
        "[]",
        "{}",
        '"NaN"',
        '"Infinity"',
        '"1_0"',
        '" 1"',
        '""',
        '"5 USD"',
        "1e41",
        "1e-41",
        "1" + "0" * 60,
        "1e99999999999999999999",
        '"1e99999999999999999999"',
        '"٣"',
    ],
)
def test_what_is_no_amount(written: str) -> None:
    with pytest.raises(SourceDrift, match=r"row 0 .* cannot be read: .*amount"):
        read(page_body(a_row()).replace(b"87.25", written.encode()))


@pytest.mark.parametrize("written", ["NaN", "Infinity", "-Infinity", "01", "1.", ".5", "+1"])
def test_what_is_no_number_in_json_is_no_json(written: str) -> None:
    with pytest.raises(NotJsonError):
        read(page_body(a_row()).replace(b"87.25", written.encode()))


@pytest.mark.parametrize(
    "text",
    ["2026-11-19", "2026-11-19T00:00:00Z", "2026-11-19T00:00:00+00:00", "2026-11-19T00:00:00.000Z"],
)
def test_spellings_of_a_day(text: str) -> None:
    assert one(a_row(date=text)).date == DAY


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-19T01:00:00Z",
        "2026-11-19T00:00:00+01:00",
        "2026-11-19T00:00:00",
        "2026-13-40",
        "19.11.2026",
        "2026-11-1",
        "20261119",
        "2026-11-19 00:00:00Z",
        "2026-11-19T00:00:00Zx",
        None,
    ],
)
def test_what_is_no_day(text: Any) -> None:
    assert "date" in refusal(a_row(date=text))


def test_a_row_of_another_day() -> None:
    assert "date is 2026-11-18, which is not the day that was asked for" in refusal(
        a_row(date="2026-11-18T00:00:00Z")
    )


def test_a_model_that_comes_twice_is_added_up() -> None:
    row = a_row()
    twin = copy.deepcopy(row["model_breakdown"][0])
    twin["estimated_cost"]["amount"] = 0.75
    euros = copy.deepcopy(twin)
    euros["estimated_cost"]["currency"] = "EUR"
    row["model_breakdown"] += [euros, twin]
    in_euros, in_dollars, sonnet = one(row).model_usage
    assert (in_euros.currency, in_euros.estimated_cost_minor) == ("EUR", Decimal("0.75"))
    assert (in_dollars.currency, in_dollars.estimated_cost_minor) == ("USD", Decimal("1312.75"))
    assert in_dollars.input_tokens == 2 * in_euros.input_tokens
    assert sonnet.model == "claude-sonnet-5"
