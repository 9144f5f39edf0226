from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from ccsync.testing.bigquery.errors import ApiError
from ccsync.testing.bigquery.schema import normal
from ccsync.testing.bigquery.storage import BUFFERED_FOR, Storage

KEY = ("p-1", "d", "t")
NOW = dt.datetime(2026, 1, 5, 12, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
FIELDS = normal(
    [
        {"name": "date", "type": "DATE", "mode": "REQUIRED"},
        {"name": "n", "type": "INT64"},
        {"name": "cost", "type": "BIGNUMERIC"},
        {"name": "at", "type": "TIMESTAMP"},
        {
            "name": "models",
            "type": "RECORD",
            "mode": "REPEATED",
            "fields": [{"name": "model", "type": "STRING"}, {"name": "cost", "type": "BIGNUMERIC"}],
        },
    ]
)


@pytest.fixture
def storage() -> Iterator[Storage]:
    made = Storage()
    made.create(KEY, FIELDS)
    yield made
    made.close()


def row(day: int, **values: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {"n": None, "cost": None, "at": None, "models": []}
    return {"date": f"2026-01-{day:02}", **plain, **values}


def test_a_row_comes_back_as_it_was(storage: Storage) -> None:
    sent = row(
        1,
        n=2**63 - 1,
        cost="-12345678901234567890.123456789012345678",
        at="2026-01-01T00:00:00.123456+00:00",
        models=[{"model": 'it\'s "a"', "cost": "0.1"}, {"model": None, "cost": "36.09"}],
    )
    storage.append(KEY, [sent, row(2)], streamed_at=None)
    assert storage.rows(KEY) == [sent, row(2)]


@pytest.mark.parametrize("cost", ["0.1234567890123456789", "123456789012345678901"])
def test_a_decimal_it_would_have_to_round_is_refused_and_nothing_is_kept(
    storage: Storage, cost: str
) -> None:
    with pytest.raises(ApiError, match=r"20 digits before the point and 18 behind"):
        storage.append(KEY, [row(1), row(2, cost=cost)], streamed_at=None)
    assert storage.count(KEY) == 0


def test_streamed_rows_are_in_the_buffer_for_ninety_minutes(storage: Storage) -> None:
    storage.append(KEY, [row(1)], streamed_at=None)
    storage.append(KEY, [row(2), row(3)], streamed_at=NOW)

    def settled(now: dt.datetime) -> int:
        before = now - BUFFERED_FOR
        found = storage.rows(KEY, buffered_too=False, before=before)
        assert len(found) == storage.count(KEY, buffered_too=False, before=before)
        return len(found)

    assert (storage.count(KEY), settled(NOW + 89 * MINUTE)) == (3, 1)
    buffer = storage.streaming_buffer(KEY, NOW + 89 * MINUTE)
    assert buffer is not None
    assert buffer["estimatedRows"] == "2"
    assert buffer["oldestEntryTime"] == str(int(NOW.timestamp() * 1000))
    assert int(buffer["estimatedBytes"]) > 0

    assert settled(NOW + 90 * MINUTE) == 3
    assert storage.streaming_buffer(KEY, NOW + 90 * MINUTE) is None


def test_the_buffer_of_one_partition(storage: Storage) -> None:
    storage.append(KEY, [row(2), row(3)], streamed_at=NOW)
    assert storage.streaming_buffer(KEY, NOW, dt.date(2026, 1, 1)) is None
    buffer = storage.streaming_buffer(KEY, NOW, dt.date(2026, 1, 3))
    assert buffer is not None
    assert buffer["estimatedRows"] == "1"


def test_an_overwrite_keeps_what_is_in_the_buffer(storage: Storage) -> None:
    storage.append(KEY, [row(1), row(2)], streamed_at=None)
    storage.append(KEY, [row(1, n=1)], streamed_at=NOW - 91 * MINUTE)
    storage.append(KEY, [row(1, n=2), row(2, n=3)], streamed_at=NOW)
    storage.clear(KEY, now=NOW, column="date", day=dt.date(2026, 1, 1))
    assert storage.rows(KEY) == [row(2), row(1, n=2), row(2, n=3)]
    storage.clear(KEY, now=NOW)
    assert storage.rows(KEY) == [row(1, n=2), row(2, n=3)]


def test_a_table_is_widened_inside_of_records_too(storage: Storage) -> None:
    storage.append(KEY, [row(1, models=[{"model": "a", "cost": "1.5"}])], streamed_at=NOW)
    *others, models = FIELDS
    wider = {**models, "fields": [*models["fields"], *normal([{"name": "x", "type": "INT64"}])]}
    optional = {**others[0], "mode": "NULLABLE"}
    storage.add_fields(
        KEY, [optional, *others[1:], wider, *normal([{"name": "new", "type": "STRING"}])]
    )
    storage.append(
        KEY, [{"new": "y", "models": [{"model": "b", "cost": None, "x": 7}]}], streamed_at=None
    )
    first, second = storage.rows(KEY)
    assert first == row(1, models=[{"model": "a", "cost": "1.5", "x": None}]) | {"new": None}
    assert (second["date"], second["new"]) == (None, "y")
    assert second["models"] == [{"model": "b", "cost": None, "x": 7}]
    assert storage.streaming_buffer(KEY, NOW) is not None


def test_json_is_kept_as_text(storage: Storage) -> None:
    key = ("p-1", "d", "u")
    storage.create(key, normal([{"name": "j", "type": "JSON"}]))
    storage.append(key, [{"j": '{"a": [1, 2.5, null]}'}, {"j": None}], streamed_at=None)
    assert storage.rows(key) == [{"j": '{"a":[1,2.5,null]}'}, {"j": None}]


def test_a_dropped_table_can_be_made_anew(storage: Storage) -> None:
    storage.append(KEY, [row(1)], streamed_at=None)
    storage.drop(KEY)
    storage.create(KEY, FIELDS[:2])
    assert storage.rows(KEY) == []
    assert storage.fields(KEY) == FIELDS[:2]


def test_a_type_it_does_not_keep_is_refused(storage: Storage) -> None:
    with pytest.raises(ApiError, match="keeps no BYTES"):
        storage.create(("p-1", "d", "u"), normal([{"name": "b", "type": "BYTES"}]))
