"""What fits into the columns comes back as it was; what does not is refused, never rounded."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccsync import money
from ccsync.errors import RecordsRefused
from ccsync.records import ModelUsage, Record
from ccsync.testing import a_record, a_snapshot
from ccsync.testing.builders import DAY
from ccsync.testing.contract.context import nothing_to_remember
from ccsync_duckdb.fitting import misfit

from .conftest import Make

COUNTS = ("sessions", "lines_added", "lines_removed", "commits", "pull_requests")
TOKENS = (
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_creation_tokens",
    "cache_creation_5m_tokens",
    "cache_creation_1h_tokens",
)


def costing(minor: str) -> Record:
    amount = money.canonical(Decimal(minor))
    usage = ModelUsage("opus", 1, 2, 3, 4, money.major(amount), amount, "USD")
    return a_record(model_usage=(usage,))


@pytest.mark.parametrize("minor", ["0", "1E-16", "99999999999999999999", "0.0001", "1234567.8901"])
def test_amounts_that_fit(minor: str) -> None:
    assert misfit(costing(minor)) == ""


@pytest.mark.parametrize(
    ("minor", "why"),
    [
        ("1E-17", "an amount has more than 18 digits after the point"),
        ("1.00000000000000001", "an amount has more than 18 digits after the point"),
        ("100000000000000000000", "an amount has more than 20 digits before the point"),
    ],
)
def test_amounts_that_do_not(minor: str, why: str) -> None:
    assert misfit(costing(minor)) == why


@pytest.mark.parametrize("name", COUNTS)
def test_counts(name: str) -> None:
    largest = msgspec.structs.replace(a_record(), **{name: 2**63 - 1})
    assert misfit(largest) == ""
    beyond = msgspec.structs.replace(a_record(), **{name: 2**63})
    assert misfit(beyond) == f"a count is larger than {2**63 - 1}"


@pytest.mark.parametrize("name", TOKENS)
def test_tokens(name: str) -> None:
    (usage,) = a_record().model_usage
    for number, fits in ((2**63 - 1, True), (2**63, False)):
        changed = msgspec.structs.replace(usage, **{name: number})
        assert (misfit(a_record(model_usage=(changed,))) == "") is fits


def test_decisions() -> None:
    (action, *_) = a_record().tool_actions
    changed = msgspec.structs.replace(action, rejected=2**63)
    assert "larger" in misfit(a_record(tool_actions=(changed,)))


_amounts = st.decimals(allow_nan=False, allow_infinity=False, places=None).map(abs)


@given(_amounts.filter(lambda one: abs(one.adjusted()) < 40 and len(str(one)) < 36))
def test_an_amount_fits_when_its_digits_do(amount: Decimal) -> None:
    """Said in another way: it fits when it is a whole number of the smallest part, below 10^38."""
    try:
        minor = money.canonical(amount)
    except ValueError:
        return
    parts = [Decimal(one).scaleb(18, None) for one in (minor, money.major(minor))]
    fits = all(one == one.to_integral_value() and one < Decimal(10) ** 38 for one in parts)
    assert (misfit(costing(str(minor))) == "") is fits


@pytest.mark.usefixtures("new")
def test_refused_records_are_named_and_nobody_in_the_message(make: Make) -> None:
    sink = make()
    sink.open()
    bad = [
        a_record("secret@northwind.example", sessions=2**70),
        msgspec.structs.replace(costing("1E-30"), actor_id="other@northwind.example"),
    ]
    day = a_snapshot([a_record("a"), *bad, a_record("b")])
    with pytest.raises(RecordsRefused) as refused:
        sink.deliver(day, None, nothing_to_remember)
    assert {record.actor_id for record in refused.value.records} == {one.actor_id for one in bad}
    assert "northwind" not in str(refused.value)
    assert f"2 of 4 records of {DAY}" in str(refused.value)
    assert "on_rejected: skip" in str(refused.value)
    assert list(sink.read(None, None)) == []
    left = day.without(refused.value.records)
    sink.deliver(left, None, nothing_to_remember)
    (shown,) = sink.read(DAY, DAY + dt.timedelta(days=1))
    assert {record.actor_id for record in shown.records} == {"a", "b"}
