"""BigQuery on its bad days: each fault ends in right data or in a clear word, and never hangs.

A day was delivered, and the API corrected it. With the fault, the correction is either shown and
claimed, or what was shown stays and nothing is claimed; the number of requests is bounded, and so
is the time. The next good run delivers.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest

from ccsync.settings.model import Duration
from tests.contract.bigquery_faults import Case
from tests.contract.bigquery_passing import DELIVERED, UNAVAILABLE
from tests.contract.bigquery_refusals import DATA_REFUSED, REFUSED
from tests.contract.bigquery_stage import Stage, a_stage
from tests.support.bigquery import Warehouse, a_double

CASES = {
    f"{group}: {name}": case
    for group, cases in {
        "delivered": DELIVERED,
        "unavailable": UNAVAILABLE,
        "refused": REFUSED,
        "data": DATA_REFUSED,
    }.items()
    for name, case in cases.items()
}

_OFTEN = {
    "delivered: rows arrived": ("503", "502 page", "truncated"),
    "delivered: commit": ("503", "502 page", "rate limited", "truncated", "not json"),
    "delivered: commit arrived": ("503", "truncated"),
    "delivered: query": ("503", "502 page", "rate limited", "truncated", "not json", "job rate"),
    "delivered: some rows": ("internalError", "timeout", "rateLimitExceeded"),
    "unavailable: rows": ("502 page", "quota of a second", "not json", "reset"),
    "unavailable: commit": ("503", "reset"),
    "unavailable: some rows": ("timeout",),
}
"""Answers that other requests get, too, at a place where other answers are given, too."""

THOROUGH = {f"{place}, {answer}" for place, answers in _OFTEN.items() for answer in answers}

HOUR = 3600.0


@pytest.fixture
def warehouse() -> Generator[Warehouse]:
    with a_double() as double:
        yield Warehouse(double, views=2)


def test_what_is_left_to_the_thorough_is_there() -> None:
    assert set(CASES) > THOROUGH


@pytest.mark.parametrize(
    "name",
    [pytest.param(one, marks=pytest.mark.thorough if one in THOROUGH else ()) for one in CASES],
)
def test_it_ends_in_right_data_or_a_clear_word(warehouse: Warehouse, name: str) -> None:
    case = CASES[name]
    with a_stage(warehouse, case.mode) as stage:
        assert stage.run().exit == 0
        old, before = stage.shown(), stage.claimed
        assert old == stage.true()
        stage.restate(7)
        stage.settings |= case.settings
        case.arrange(stage)
        stage.double.reset_log()
        began = stage.runtime.monotonic()

        result = stage.run()
        assert (result.kind.value, result.exit) == (case.outcome, case.exit), result
        for word in case.words:
            assert word in result.reason
        assert "@northwind.example" not in result.reason
        assert stage.runtime.monotonic() - began < HOUR
        assert stage.asked().total() <= case.most, stage.asked()
        if case.outcome == "delivered":
            assert stage.claimed == stage.snapshot.snapshot_id
        else:
            assert stage.claimed in (None, before)
        if case.outcome == "delivered" or case.shows_new:
            assert stage.shown() == stage.true()
        else:
            assert stage.shown() == (() if case.spoils else old)

        assert_healed(stage, case)


def assert_healed(stage: Stage, case: Case) -> None:
    """Check that the next good run delivers, and that one more has nothing to do."""
    stage.heal()
    if case.heals_by is not None:
        case.heals_by(stage)
    stage.settings |= {"timeout": Duration(60)}
    stage.double.reset_log()
    result = stage.run()
    assert result.exit == 0, result
    assert stage.claimed == stage.snapshot.snapshot_id
    assert stage.shown() == stage.true()
    assert stage.asked().total() <= 20
    assert stage.run().kind.value == "unchanged"
