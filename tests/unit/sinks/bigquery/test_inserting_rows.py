"""Records through encoder, inserter, service and official client, into the double's tables."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from google.cloud import bigquery

from ccsync.context import Context
from ccsync.errors import SinkRefused
from ccsync.records import Record
from ccsync.retry import Patience
from ccsync.testing import a_record, a_snapshot
from ccsync.testing.bigquery import Fault, http, page, rate_limited, reset, truncated
from ccsync.warehouse.columns import USAGE_RAW
from ccsync.warehouse.rows import RowEncoder, record_key
from ccsync_bigquery.inserting import Inserter, InvalidRowsError
from tests.unit.sinks.bigquery.stage import OneClock
from tests.unit.sinks.bigquery.warehouse import PLACE, Warehouse, a_warehouse

INSERT = "tabledata.insertAll"
TABLE = f"{PLACE.dataset}.{USAGE_RAW.name}"
LONG_AGO = dt.date(2009, 11, 19)


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    with a_warehouse(views=False) as made:
        yield made


def people(count: int) -> list[Record]:
    return [a_record(f"person{number}@northwind.example") for number in range(count)]


def stream(warehouse: Warehouse, records: Sequence[Record], *, patience: float = 600.0) -> OneClock:
    """Stream records, in batches of ten; pauses take time at the double only."""
    runtime = OneClock()
    runtime.double = warehouse.double
    context = Context(
        name="warehouse",
        run_id="run-1",
        user_agent="ccsync/0 (test)",
        runtime=runtime,
        patience=Patience(runtime, patience),
        proceed=runtime.stop.check,
    )
    encoder = RowEncoder(a_snapshot(records), run_id="run-1", written_at=runtime.now())
    warehouse.double.reset_log()
    Inserter(warehouse.service, context, batch_rows=10, batch_bytes=1_000_000, in_flight=4).insert(
        USAGE_RAW.name, ((record, encoder.line(record)) for record in records)
    )
    assert not [one for one in threading.enumerate() if one.name.startswith("ccsync-bigquery")]
    return runtime


def keys(warehouse: Warehouse) -> list[str]:
    """Give the keys of the rows that are there, sorted; a row that is there twice has two."""
    return sorted(row["record_key"] for row in warehouse.double.rows(TABLE))


def keys_of(records: Sequence[Record]) -> list[str]:
    return sorted(map(record_key, records))


def test_what_is_in_the_table_is_the_record(warehouse: Warehouse) -> None:
    small = Decimal("0.0000001")
    records = [
        a_record(extra={"new": {"field": [1, None, 2**60]}}),
        a_record("", customer_type=None, subscription_type="", is_remote=None, tool_actions=()),
        a_record("ci-bot", lines_added=2**53 + 1, cost_minor=small),
    ]
    stream(warehouse, records)
    rows = {row["record_key"]: row for row in warehouse.double.rows(TABLE)}
    assert sorted(rows) == keys_of(records)
    for record in records:
        row = rows[record_key(record)]
        values: dict[str, Any] = {name: row[name] for name in Record.__struct_fields__}
        values["extra"] = json.loads(values["extra"]) if values["extra"] else None
        assert msgspec.convert(values, Record) == record
        assert row["run_id"] == "run-1"


def test_requests_say_no_more_than_rows(warehouse: Warehouse) -> None:
    stream(warehouse, people(95))
    assert keys(warehouse) == keys_of(people(95))
    sent = [one for one in warehouse.double.requests if one.operation == INSERT]
    assert sorted(one.rows for one in sent) == [5, *[10] * 9]
    assert all(list(json.loads(one.body)) == ["rows"] for one in sent)
    assert all(list(row) == ["json"] for one in sent for row in json.loads(one.body)["rows"])


@pytest.mark.parametrize("after_commit", [False, True])
@pytest.mark.parametrize(
    "fault",
    [
        http(503, "backendError"),
        http(500, "internalError"),
        http(429, "rateLimitExceeded"),
        rate_limited(),
        page(502),
        reset(),
        truncated(),
    ],
)
def test_a_bad_moment_loses_no_row(warehouse: Warehouse, fault: Fault, after_commit: bool) -> None:
    warehouse.double.faults.add(INSERT, fault, times=3, skip=2, after_commit=after_commit)
    runtime = stream(warehouse, people(95))
    assert sorted(set(keys(warehouse))) == keys_of(people(95))
    assert runtime.pauses
    if not after_commit and fault.kind != "truncate":
        assert len(keys(warehouse)) == 95, "what was not taken is there once"


def test_rows_that_failed_are_sent_again_alone(warehouse: Warehouse) -> None:
    warehouse.double.faults.fail_rows([2, 5], times=1)
    stream(warehouse, people(30))
    assert keys(warehouse) == keys_of(people(30))
    sent = [one.rows for one in warehouse.double.requests if one.operation == INSERT]
    assert sorted(sent) == [2, 10, 10, 10]


@pytest.mark.parametrize("how", ["html", "json"])
def test_requests_shrink_until_they_fit(warehouse: Warehouse, how: Any) -> None:
    warehouse.double.switches.too_large = how
    warehouse.double.switches.max_request_bytes = 4_000
    stream(warehouse, people(100))
    assert keys(warehouse) == keys_of(people(100))


def test_a_row_that_does_not_fit_is_named_and_the_others_are_tried(warehouse: Warehouse) -> None:
    old = [a_record(f"old{number}@northwind.example", date=LONG_AGO) for number in range(2)]
    records = [*people(12), *old, *people(30)[12:]]
    with pytest.raises(InvalidRowsError, match=r"2 rows: .*too far from today") as caught:
        stream(warehouse, records)
    assert [row.record for row in caught.value.rows] == old
    assert "northwind" not in str(caught.value)
    # The rest of their request was stopped, and nothing of it is there.
    assert len(keys(warehouse)) == 22


def test_a_new_column_is_waited_for(warehouse: Warehouse) -> None:
    client: Any = warehouse.service.client
    table = client.get_table(PLACE.table(USAGE_RAW.name))
    schema = table.schema
    client.delete_table(table)
    older = [field for field in schema if field.name != "is_remote"]
    fresh: Any = bigquery.Table(table.reference, schema=older)
    client.create_table(fresh)
    fresh = client.get_table(table.reference)
    warehouse.double.clock.advance(3600)
    fresh.schema = [*fresh.schema, next(one for one in schema if one.name == "is_remote")]
    client.update_table(fresh, ["schema"])
    warehouse.double.switches.schema_lag_seconds = 120.0
    runtime = stream(warehouse, people(25))
    assert keys(warehouse) == keys_of(people(25))
    assert sum(runtime.pauses) >= 120.0


def test_a_table_that_streaming_does_not_know_yet_is_waited_for(warehouse: Warehouse) -> None:
    warehouse.double.switches.unknown_seconds = 300.0
    runtime = stream(warehouse, people(25))
    assert keys(warehouse) == keys_of(people(25))
    assert runtime.pauses


def test_without_a_table_the_command_that_makes_it_is_named(warehouse: Warehouse) -> None:
    client: Any = warehouse.service.client
    client.delete_table(PLACE.table(USAGE_RAW.name))
    with pytest.raises(SinkRefused, match="ccsync bigquery init"):
        stream(warehouse, people(25))
