"""Reading back: what `ccsync verify` is told about a day that the views show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Generator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ccsync import money
from ccsync.errors import SinkRefused
from ccsync.records import ModelUsage, ToolActions
from ccsync.sink import Totals
from ccsync.snapshot import Snapshot
from ccsync.testing import a_record, a_snapshot
from ccsync.testing.builders import DAY, FETCHED_AT, ORGANIZATION
from ccsync.verify import differences, totals_of
from ccsync_bigquery.initializing import Initializer
from ccsync_bigquery.readback import totals
from ccsync_bigquery.viewing import steps
from tests.unit.sinks.bigquery.stage import stage
from tests.unit.sinks.bigquery.warehouse import PLACE, Warehouse, a_warehouse


@pytest.fixture(scope="module")
def warehouse() -> Generator[Warehouse]:
    with a_warehouse() as made:
        yield made


_sources = iter(range(1000))


@pytest.fixture
def source() -> str:
    """Each test has a source of its own, for all share one warehouse."""
    return f"source-{next(_sources)}"


def usage(model: str, currency: str, cents: str, tokens: int = 10) -> ModelUsage:
    minor = money.canonical(Decimal(cents))
    return ModelUsage(
        model=model,
        input_tokens=tokens,
        output_tokens=2 * tokens,
        cache_read_tokens=3 * tokens,
        cache_creation_tokens=4 * tokens,
        estimated_cost=money.major(minor),
        estimated_cost_minor=minor,
        currency=currency,
    )


def a_day(source: str, *names: str, minutes: int = 0, **fields: Any) -> Snapshot:
    records = [a_record(f"{name}@northwind.example", **fields) for name in names]
    at = FETCHED_AT + dt.timedelta(minutes=minutes)
    return a_snapshot(records, source_id=source, fetched_at=at)


def compared(warehouse: Warehouse, snapshot: Snapshot) -> list[str]:
    shown = totals(warehouse.jobs, PLACE, snapshot.source_id, snapshot.day)
    return list(differences(shown, totals_of(snapshot, shown.organization_id)))


def test_what_was_delivered_is_what_is_shown(warehouse: Warehouse, source: str) -> None:
    day = a_day(source, "mira", "juno", "ann")
    warehouse.deliver(day)
    assert compared(warehouse, day) == []
    shown = totals(warehouse.jobs, PLACE, source, day.day)
    assert shown.records == 3
    assert shown.organization_id is None
    assert shown.cost_tolerance == 0, "nothing is rounded on the way"


def test_a_restatement_replaces(warehouse: Warehouse, source: str) -> None:
    first, second = a_day(source, "mira", "juno"), a_day(source, "mira", minutes=5, sessions=9)
    warehouse.deliver(first)
    warehouse.deliver(second)
    assert compared(warehouse, second) == []
    assert "sessions: shows 9, the API says 6" in compared(warehouse, first)


def test_rows_without_a_commit_and_rows_written_twice_count_for_nothing(
    warehouse: Warehouse, source: str
) -> None:
    first, torn = a_day(source, "mira", "juno"), a_day(source, "mira", minutes=5, sessions=9)
    warehouse.deliver(first)
    warehouse.write(first, name="once more")
    warehouse.write(torn)
    assert warehouse.count(first) == 4
    assert compared(warehouse, first) == []


def test_a_day_without_usage_and_one_that_was_never_delivered(
    warehouse: Warehouse, source: str
) -> None:
    warehouse.deliver(a_day(source, "mira"))
    empty = a_day(source, minutes=5)
    warehouse.deliver(empty)
    assert compared(warehouse, empty) == []
    never = totals(warehouse.jobs, PLACE, source, DAY - dt.timedelta(days=1))
    assert never.records == 0
    assert never.estimated_cost == {}


def test_every_total_is_read(warehouse: Warehouse, source: str) -> None:
    record = a_record(
        sessions=2,
        lines_added=3,
        lines_removed=5,
        commits=7,
        pull_requests=11,
        tool_actions=(ToolActions("edit_tool", 13, 17), ToolActions("write_tool", 100, 1000)),
        model_usage=(usage("a", "USD", "1", 19), usage("b", "USD", "2", 100)),
    )
    day = a_snapshot([record], source_id=source)
    warehouse.deliver(day)
    assert totals(warehouse.jobs, PLACE, source, day.day) == Totals(
        records=1,
        sessions=2,
        lines_added=3,
        lines_removed=5,
        commits=7,
        pull_requests=11,
        tools_accepted=113,
        tools_rejected=1017,
        input_tokens=119,
        output_tokens=238,
        cache_read_tokens=357,
        cache_creation_tokens=476,
        estimated_cost={"USD": Decimal("0.03")},
    )


def test_money_is_exact_and_apart_by_currency(warehouse: Warehouse, source: str) -> None:
    usages = (
        usage("a", "EUR", "0.1"),
        usage("a", "USD", "0.2"),
        usage("b", "USD", "123456789012.0000001"),
    )
    records = [a_record(f"p{n}@northwind.example", model_usage=usages) for n in range(10)]
    day = a_snapshot(records, source_id=source)
    warehouse.deliver(day)
    shown = totals(warehouse.jobs, PLACE, source, day.day).estimated_cost
    assert shown == {"EUR": Decimal("0.01"), "USD": Decimal("12345678901.22000001")}
    assert compared(warehouse, day) == []


def test_other_sources_do_not_count_and_other_organizations_do(
    warehouse: Warehouse, source: str
) -> None:
    theirs = a_record("guest@contoso.example", organization_id="another-organization")
    both = a_snapshot([a_record(), theirs], source_id=source)
    warehouse.deliver(both)
    warehouse.deliver(a_day(f"{source}-too", "mira", organization_id=ORGANIZATION))
    assert compared(warehouse, both) == []
    assert totals(warehouse.jobs, PLACE, source, DAY).records == 2


def test_it_is_one_query(warehouse: Warehouse, source: str) -> None:
    totals(warehouse.jobs, PLACE, source, DAY)
    warehouse.double.reset_log()
    totals(warehouse.jobs, PLACE, source, DAY)
    assert len(warehouse.double.requests) == 1


def test_without_views_it_says_what_to_run(warehouse: Warehouse, source: str) -> None:
    elsewhere = PLACE._replace(dataset="elsewhere")
    with pytest.raises(SinkRefused, match=r"could not add up 2026-11-19 .*ccsync bigquery init"):
        totals(warehouse.jobs, elsewhere, source, DAY)


@pytest.mark.parametrize("view", ["usage_daily", "current_days"])
def test_a_missing_view_is_told_with_what_makes_it(view: str, tmp_path: Path) -> None:
    with stage(tmp_path) as here, here.connected() as (service, jobs):
        list(Initializer(here.config, service, jobs).steps())
        list(steps(service, jobs))
        project, dataset = here.config.place
        here.double.catalog.delete((project, dataset, view))
        with pytest.raises(SinkRefused, match=f"The view {view} is not there: run `ccsync bigq"):
            totals(jobs, here.config.place, ORGANIZATION, DAY)
