"""Load mode on real tables, through the official client: nothing lost, nothing twice by us."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Generator
from decimal import Decimal
from typing import Any

import pytest

from ccsync.errors import SinkRefused
from ccsync.records import Record
from ccsync.snapshot import Snapshot
from ccsync.testing import a_record, a_snapshot
from ccsync.testing.bigquery.faults import Fault, http, reset, truncated
from ccsync.warehouse.columns import SYNC_DAYS, USAGE_RAW
from ccsync.warehouse.rows import RowEncoder
from ccsync_bigquery.errors import ForbiddenError, MissingTableError
from ccsync_bigquery.loading import Loader
from ccsync_bigquery.row_errors import InvalidRowsError
from tests.unit.sinks.bigquery.warehouse import PLACE, Warehouse, a_warehouse


@pytest.fixture
def warehouse() -> Generator[Warehouse]:
    with a_warehouse(views=False) as made:
        yield made


def a_day(*names: str) -> Snapshot:
    return a_snapshot([a_record(f"{name}@northwind.example") for name in names])


def test_rows_and_commits_arrive(warehouse: Warehouse) -> None:
    day = a_day(*(f"person-{number}" for number in range(20)))
    warehouse.deliver(day)
    assert warehouse.count(day) == 20
    (commit,) = warehouse.double.rows(f"{PLACE.dataset}.{SYNC_DAYS.name}")
    assert commit["snapshot_id"] == day.snapshot_id


@pytest.mark.parametrize("operation", ["jobs.insert", "jobs.upload", "jobs.get"])
@pytest.mark.parametrize("after_commit", [True, False])
@pytest.mark.parametrize("fault", [http(503, "backendError"), reset(), truncated()])
def test_a_lost_answer_anywhere_loads_once(
    warehouse: Warehouse, operation: str, after_commit: bool, fault: Fault
) -> None:
    warehouse.double.faults.add(operation, fault, after_commit=after_commit, times=2)
    day = a_day(*(f"person-{number}" for number in range(12)))
    warehouse.write(day)
    assert warehouse.count(day) == 12


def test_a_delivery_that_is_tried_again_loads_once(warehouse: Warehouse) -> None:
    day = a_day("mira", "juno", "ann", "kofi", "li")
    warehouse.write(day)
    warehouse.write(day)
    assert warehouse.count(day) == 5
    warehouse.write(day, name="another delivery")
    assert warehouse.count(day) == 10


def test_a_table_that_was_upgraded_takes_loads(warehouse: Warehouse) -> None:
    """Columns that an upgrade adds may be null, and a load must not say otherwise."""
    client: Any = warehouse.service.client
    table = client.get_table(PLACE.table(USAGE_RAW.name))
    relaxed = [field.to_api_repr() for field in table.schema]
    for field in relaxed:
        field["mode"] = field["mode"].replace("REQUIRED", "NULLABLE")
    table.schema = relaxed
    client.update_table(table, ["schema"])
    day = a_day("mira")
    warehouse.write(day)
    assert warehouse.count(day) == 1


def rows_of(day: Snapshot) -> list[tuple[Record | None, bytes]]:
    encoder = RowEncoder(day, run_id="a-run", written_at=day.fetched_at)
    return [(record, encoder.line(record)) for record in day.records()]


@pytest.mark.parametrize(
    "field",
    [{"lines_added": 2**63}, {"cost_minor": Decimal("1e-40")}, {"cost_minor": Decimal("9e38")}],
)
def test_numbers_beyond_all_bounds_are_named_by_record(
    warehouse: Warehouse, field: dict[str, Any]
) -> None:
    """The rest of the day can then be delivered without it."""
    large = a_record("secret@northwind.example", **field)
    day = a_snapshot([a_record("mira@northwind.example"), large, a_record("ann@northwind.example")])
    with pytest.raises(InvalidRowsError, match="1 row") as caught:
        Loader(warehouse.jobs).load(USAGE_RAW.name, rows_of(day), name="delivery")
    assert [row.record for row in caught.value.rows] == [large]
    assert "secret" not in str(caught.value)
    assert warehouse.count(day) == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sessions": "a secret"}, "no integer"),
        ({"soul": "a secret"}, "soul"),
        ({"run_id": None}, "run_id"),
        ({"extra": ["a secret"]}, "a list in a column"),
    ],
)
def test_a_row_that_does_not_fit_refuses_all_and_is_named_by_its_fault(
    warehouse: Warehouse, change: dict[str, Any], said: str
) -> None:
    day = a_day("mira", "juno", "ann")
    rows = rows_of(day)
    record, line = rows[1]
    rows[1] = (record, json.dumps(json.loads(line) | change).encode())
    with pytest.raises(InvalidRowsError, match=said) as caught:
        Loader(warehouse.jobs).load(USAGE_RAW.name, rows, name="delivery")
    assert [row.line for row in caught.value.rows] == [rows[1][1]]
    assert "a secret" not in str(caught.value)
    assert warehouse.count(day) == 0


def test_a_missing_table_and_missing_permissions_say_what_to_do(warehouse: Warehouse) -> None:
    day = a_day("mira")
    warehouse.double.deny("bigquery.jobs.create")
    with pytest.raises(ForbiddenError, match=r"roles/bigquery.jobUser"):
        warehouse.write(day)
    warehouse.double.access.allow("bigquery.jobs.create")
    warehouse.double.deny("bigquery.tables.updateData")
    with pytest.raises(ForbiddenError, match=r"roles/bigquery.dataEditor"):
        warehouse.write(day)
    warehouse.double.access.allow("bigquery.tables.updateData")
    client: Any = warehouse.service.client
    client.delete_table(PLACE.table(USAGE_RAW.name))
    with pytest.raises(MissingTableError, match="ccsync bigquery init") as caught:
        warehouse.write(day)
    assert isinstance(caught.value, SinkRefused)


def test_streamed_and_loaded_rows_live_side_by_side(warehouse: Warehouse) -> None:
    day = a_day("mira", "juno")
    warehouse.stream(day)
    warehouse.write(day)
    assert warehouse.count(day) == 4
    warehouse.double.clock.advance(dt.timedelta(hours=3).total_seconds())
    assert warehouse.count(day) == 4
