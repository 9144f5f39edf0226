"""Whole days read back: equal to what was delivered, whichever warehouse has them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Generator, Sequence
from decimal import Decimal

import msgspec
import pytest

from ccsync.errors import SinkRefused
from ccsync.records import ModelUsage, Record, ToolActions
from ccsync.sink import Readable, Shown, Sink
from ccsync.snapshot import Snapshot
from ccsync.testing import a_record, a_snapshot
from ccsync.testing.builders import FETCHED_AT
from ccsync.testing.contract.context import ContractContext, nothing_to_remember
from ccsync.warehouse import reading
from ccsync.warehouse.rows import record_key
from ccsync_bigquery.build import build
from ccsync_bigquery.sink import BigQuerySink
from ccsync_duckdb.sink import DuckDBSink
from tests.support.bigquery import Warehouse, a_double
from tests.support.duckdb import a_config
from tests.unit.warehouse.scene import TODAY, make_scene

A_DAY = dt.timedelta(days=1)


def an_odd_record(number: int, **more: object) -> Record:
    """Make a record of what is rare: nothing, very much, very little, and every kind of text."""
    usage = (
        ModelUsage("modèle", 0, 0, 0, 0, Decimal(0), Decimal(0), "EUR"),
        ModelUsage("opus", 2**63 - 1, 1, 2, 3, Decimal("1E-18"), Decimal("1E-16"), "USD", 1, 2),
        ModelUsage(
            "x'\"\\y",
            2**53 + 1,
            2**60,
            0,
            9,
            Decimal("12345678901234567.123456789012345678"),
            Decimal("1234567890123456712.3456789012345678"),
            "USD",
            0,
            None,
        ),
    )
    plain = a_record(
        f"mïra {number} '\"\\ \n\t\x00 😀@northwind.example",
        tool_actions=(ToolActions("a b", 2**62, 0), ToolActions("zed", 0, 1)),
        model_usage=usage,
        customer_type="",
        subscription_type=None,
        terminal_type=f"{number}",
        is_remote=None,
        extra={"new": {"deep": [1, 2.5, None, "\x00ü"]}, "big": 2**60},
    )
    return msgspec.structs.replace(plain, **more)


def of_scene() -> list[Snapshot]:
    """Give the newest days of two sources, with records of every kind."""
    scene = make_scene()
    records: dict[tuple[str, dt.date], list[Record]] = {}
    for usage in scene.usage:
        records.setdefault((usage.source_id, usage.record.date), []).append(usage.record)
    return [
        a_snapshot(
            records.get((commit["source_id"], commit["date"]), ()),
            day=commit["date"],
            source_id=commit["source_id"],
            fetched_at=commit["fetched_at"],
            settled=commit["settled"],
        )
        for commit in scene.current
        if commit["date"] > TODAY - 25 * A_DAY
    ]


def odd_days() -> list[Snapshot]:
    """Give an empty day, and one of rare records that is still open."""
    day = dt.date(2027, 1, 1)
    odd = [an_odd_record(number, date=day) for number in range(9)]
    return [
        a_snapshot(day=day - A_DAY),
        a_snapshot(odd, day=day, settled=False, fetched_at=FETCHED_AT + dt.timedelta(seconds=1e-6)),
    ]


@pytest.fixture(scope="module")
def delivered() -> list[Snapshot]:
    """In the order in which they have to come back."""
    every = [*of_scene(), *odd_days()]
    return sorted(every, key=lambda one: (one.day, one.source_id))


@pytest.fixture(scope="module")
def duckdb(delivered: list[Snapshot], tmp_path_factory: pytest.TempPathFactory) -> DuckDBSink:
    sink = DuckDBSink(
        a_config(tmp_path_factory.mktemp("duckdb") / "usage.duckdb"), ContractContext()
    )
    deliver(sink, delivered)
    return sink


@pytest.fixture(scope="module")
def warehouse() -> Generator[Warehouse]:
    with a_double() as double:
        yield Warehouse(double, views=2)


@pytest.fixture(scope="module")
def bigquery(warehouse: Warehouse, delivered: list[Snapshot]) -> Generator[BigQuerySink]:
    sink = build(warehouse.config(mode="load"), ContractContext(), {})
    deliver(sink, delivered)
    yield sink
    sink.close()


def deliver(sink: Sink, days: Sequence[Snapshot]) -> None:
    sink.open()
    for day in days:
        assert sink.deliver(day, None, nothing_to_remember).kind.value == "delivered"
    sink.close()


def expected(day: Snapshot) -> Shown:
    return Shown(
        source_id=day.source_id,
        day=day.day,
        snapshot_id=day.snapshot_id,
        record_count=day.record_count,
        settled=day.settled,
        fetched_at=day.fetched_at,
        records=tuple(sorted(day.records(), key=record_key)),
    )


@pytest.mark.parametrize("name", ["duckdb", "bigquery"])
def test_days_come_back_as_they_were_delivered(
    request: pytest.FixtureRequest, delivered: list[Snapshot], name: str
) -> None:
    sink = request.getfixturevalue(name)
    assert isinstance(sink, Readable)
    found = list(sink.read(None, None))
    assert len(found) == len(delivered) > 30
    for shown, day in zip(found, delivered, strict=True):
        assert shown == expected(day), day
    exact = [str(usage.estimated_cost) for usage in found[-1].records[0].model_usage]
    assert exact == ["0", "1E-18", "12345678901234567.123456789012345678"]


@pytest.mark.parametrize("name", ["duckdb", "bigquery"])
def test_only_the_days_asked_for(
    request: pytest.FixtureRequest, delivered: list[Snapshot], name: str
) -> None:
    sink: Readable = request.getfixturevalue(name)
    first, last = TODAY - 9 * A_DAY, TODAY - 4 * A_DAY
    wanted = [day.day for day in delivered if first <= day.day <= last]
    assert [one.day for one in sink.read(first, last)] == wanted
    assert {one.day for one in sink.read(None, first)} <= {day.day for day in delivered}
    assert [one.day for one in sink.read(dt.date(2027, 1, 1), None)] == [dt.date(2027, 1, 1)]
    assert list(sink.read(dt.date(2030, 1, 1), None)) == []


@pytest.mark.parametrize("name", ["duckdb", "bigquery"])
@pytest.mark.parametrize("together", [1, 300])
def test_it_does_not_matter_how_many_are_read_together(
    request: pytest.FixtureRequest,
    delivered: list[Snapshot],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    together: int,
) -> None:
    monkeypatch.setattr(reading, "TOGETHER", together)
    sink: Readable = request.getfixturevalue(name)
    first = TODAY - 6 * A_DAY
    wanted = [expected(day) for day in delivered if day.day >= first]
    assert list(sink.read(first, None)) == wanted


def test_a_view_that_is_missing_is_named(warehouse: Warehouse) -> None:
    other = Warehouse(warehouse.double, views=0)
    sink = build(other.config(), ContractContext(), {})
    with pytest.raises(SinkRefused, match=r"view current_days is not there: run `ccsync bigquery"):
        list(sink.read(None, None))
    sink.close()
