from __future__ import annotations

from decimal import Decimal

import msgspec

from ccsync.records import ModelUsage
from ccsync.sink import Totals
from ccsync.testing import a_record, a_snapshot
from ccsync.verify import differences, is_nothing, totals_of


def euros(cost: str) -> ModelUsage:
    return ModelUsage("opus", 1, 2, 3, 4, Decimal(cost) / 100, Decimal(cost), "EUR")


WHOLE = a_snapshot(
    [
        a_record("ann", sessions=3),
        a_record("bob", sessions=2),
        a_record("cleo", sessions=0, model_usage=(euros("250"),), tool_actions=()),
    ]
)


def test_a_snapshot_is_added_up() -> None:
    assert totals_of(WHOLE) == Totals(
        records=3,
        sessions=5,
        lines_added=200 + 3 + 3 + 4,
        lines_removed=35,
        commits=2,
        pull_requests=1,
        tools_accepted=30,
        tools_rejected=5,
        input_tokens=5001,
        output_tokens=2002,
        cache_read_tokens=45003,
        cache_creation_tokens=3504,
        estimated_cost={"USD": Decimal("6.5625"), "EUR": Decimal("2.5")},
    )


def test_an_empty_day_adds_up_to_nothing() -> None:
    totals = totals_of(a_snapshot([]))
    assert (totals.records, totals.sessions, totals.estimated_cost) == (0, 0, {})


def test_equal_totals_do_not_differ() -> None:
    assert list(differences(totals_of(WHOLE), totals_of(WHOLE))) == []


def test_what_a_destination_cannot_say_is_not_compared() -> None:
    assert list(differences(Totals(), totals_of(WHOLE))) == []
    assert list(differences(Totals(sessions=5), totals_of(WHOLE))) == []


def test_each_difference_is_a_line() -> None:
    shown = msgspec.structs.replace(
        totals_of(WHOLE), sessions=1005, estimated_cost={"USD": Decimal("6.5")}
    )
    assert list(differences(shown, totals_of(WHOLE))) == [
        "sessions: shows 1,005, the API says 5",
        "estimated_cost: shows 6.5 USD, the API says 2.5 EUR, 6.5625 USD",
    ]


def test_no_money_and_none_of_a_currency_are_the_same() -> None:
    nothing = totals_of(a_snapshot([]))
    zero = msgspec.structs.replace(nothing, estimated_cost={"USD": Decimal(0)})
    assert list(differences(zero, nothing)) == []
    assert list(differences(nothing, zero)) == []


def test_money_that_should_not_be_there_is_a_difference() -> None:
    nothing = totals_of(a_snapshot([]))
    some = msgspec.structs.replace(nothing, estimated_cost={"USD": Decimal(1)})
    assert list(differences(nothing, some)) == ["estimated_cost: shows 0, the API says 1 USD"]


def test_sums_of_binary_floats_may_be_a_little_off() -> None:
    wanted = totals_of(WHOLE)
    shown = msgspec.structs.replace(
        wanted,
        cost_tolerance=Decimal("1e-9"),
        estimated_cost={"USD": Decimal("6.562500000001"), "EUR": Decimal("2.5")},
    )
    assert list(differences(shown, wanted)) == []
    exact = msgspec.structs.replace(shown, cost_tolerance=Decimal(0))
    assert len(list(differences(exact, wanted))) == 1
    off = msgspec.structs.replace(
        shown, estimated_cost={"USD": Decimal("6.56250001"), "EUR": Decimal("2.5")}
    )
    assert list(differences(off, wanted)) == [
        "estimated_cost: shows 2.5 EUR, 6.56250001 USD, the API says 2.5 EUR, 6.5625 USD"
    ]
    lost = msgspec.structs.replace(shown, estimated_cost={"USD": Decimal("6.5625")})
    assert len(list(differences(lost, wanted))) == 1, "nothing is not close to anything"


def test_one_organization_of_several_is_added_up() -> None:
    both = a_snapshot(
        [a_record("ann", sessions=3), a_record("guest", organization_id="other", sessions=5)]
    )
    (ours,) = {record.organization_id for record in both.records()} - {"other"}
    assert totals_of(both, ours).sessions == 3
    assert totals_of(both, "other").records == 1
    assert totals_of(both).sessions == 8


def test_nothing_is_shown_when_all_that_is_known_is_zero() -> None:
    assert is_nothing(Totals(records=0, estimated_cost={"USD": Decimal(0)}))
    assert not is_nothing(Totals(records=0, sessions=1))
    assert not is_nothing(Totals(estimated_cost={"USD": Decimal(1)}))
