from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from ccsync.testing.bigquery.catalog import Catalog, Key
from ccsync.testing.bigquery.clock import Clock
from ccsync.testing.bigquery.errors import ApiError
from ccsync.testing.bigquery.schema import Field

KEY = ("p", "d", "t")
FIELDS: list[Field] = [
    {"name": "date", "type": "DATE", "mode": "REQUIRED"},
    {"name": "note", "type": "STRING"},
    {
        "name": "models",
        "type": "STRUCT",
        "mode": "REPEATED",
        "fields": [{"name": "m", "type": "INT64"}],
    },
]


class Shelf:
    def __init__(self) -> None:
        self.tables: dict[Key, list[Field]] = {}

    def create(self, key: Key, fields: list[Field]) -> None:
        assert key not in self.tables
        self.tables[key] = fields

    def add_fields(self, key: Key, fields: list[Field]) -> None:
        assert key in self.tables
        self.tables[key] = fields

    def drop(self, key: Key) -> None:
        del self.tables[key]

    def expire(self, key: Key, column: str, last: dt.date) -> None:
        assert column in [one["name"] for one in self.tables[key]]
        assert last < dt.date(2026, 11, 22)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def clock() -> Clock:
    return Clock(dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC))


@pytest.fixture
def catalog(clock: Clock, shelf: Shelf) -> Catalog:
    made = Catalog(clock, shelf)
    made.create_dataset(KEY[:2], {})
    return made


def body(*fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"schema": {"fields": [*FIELDS, *fields]}, **more}


def refusal(error: pytest.ExceptionInfo[ApiError]) -> tuple[int, str]:
    return error.value.status, error.value.reason


def test_a_table_has_a_resource_and_a_place_in_the_storage(catalog: Catalog, shelf: Shelf) -> None:
    made = catalog.create(KEY, body(timePartitioning={"type": "DAY", "field": "date"}))

    assert made == catalog.get(KEY) == catalog.require(KEY)
    assert (made["id"], made["type"], made["location"]) == ("p:d.t", "TABLE", "US")
    names = [(field["name"], field["type"], field["mode"]) for field in made["schema"]["fields"]]
    assert names == [
        ("date", "DATE", "REQUIRED"),
        ("note", "STRING", "NULLABLE"),
        ("models", "RECORD", "REPEATED"),
    ]
    assert shelf.tables[KEY] == made["schema"]["fields"]
    made["schema"]["fields"].clear()
    assert catalog.require(KEY)["schema"]["fields"], "what it gives are copies"


def test_what_is_missing_or_there_already_is_said(catalog: Catalog) -> None:
    with pytest.raises(ApiError, match=r"Not found: Table p:d\.t") as error:
        catalog.require(KEY)
    assert refusal(error) == (404, "notFound")
    with pytest.raises(ApiError, match="Not found: Dataset p:x"):
        catalog.create(("p", "x", "t"), body())
    catalog.create(KEY, body())
    with pytest.raises(ApiError, match=r"Already Exists: Table p:d\.t") as error:
        catalog.create(KEY, body())
    assert refusal(error) == (409, "duplicate")
    with pytest.raises(ApiError, match="Already Exists: Dataset p:d"):
        catalog.create_dataset(("p", "d"), {})
    with pytest.raises(ApiError, match="Not found: Table"):
        catalog.delete(("p", "d", "x"))


def test_a_view_has_no_place_in_the_storage(catalog: Catalog, shelf: Shelf) -> None:
    made = catalog.create(KEY, {"view": {"query": "SELECT 1", "useLegacySql": False}})
    assert made["type"] == "VIEW"
    assert not shelf.tables
    patched = catalog.patch(KEY, {"view": {"query": "SELECT 2"}})
    assert patched["view"] == {"query": "SELECT 2", "useLegacySql": False}
    catalog.delete(KEY)
    assert catalog.get(KEY) is None


def test_times_and_etags_differ_although_the_clock_stands_still(catalog: Catalog) -> None:
    first = catalog.create(KEY, body())
    catalog.delete(KEY)
    second = catalog.create(KEY, body())
    assert first["etag"] != second["etag"]
    assert int(first["creationTime"]) < int(second["creationTime"])


def test_a_patch_merges_and_null_takes_away(catalog: Catalog) -> None:
    made = catalog.create(KEY, body(labels={"a": "1", "b": "2"}, description="old"))
    after = catalog.patch(KEY, {"labels": {"a": None, "c": "3"}, "description": None}, made["etag"])
    assert after["labels"] == {"b": "2", "c": "3"}
    assert "description" not in after
    assert after["creationTime"] == made["creationTime"]
    with pytest.raises(ApiError, match="Precondition Failed") as error:
        catalog.patch(KEY, {"description": "new"}, made["etag"])
    assert refusal(error) == (412, "conditionNotMet")


def test_columns_can_be_added_also_nested(catalog: Catalog, shelf: Shelf) -> None:
    catalog.create(KEY, body())
    wider = body({"name": "more", "type": "BOOL"})
    wider["schema"]["fields"][2] = {
        **FIELDS[2],
        "fields": [{"name": "m", "type": "INTEGER"}, {"name": "n", "type": "STRING"}],
    }
    after = catalog.patch(KEY, wider)
    assert [field["name"] for field in shelf.tables[KEY]] == ["date", "note", "models", "more"]
    assert [field["name"] for field in shelf.tables[KEY][2]["fields"]] == ["m", "n"]
    assert after["schema"]["fields"] == shelf.tables[KEY]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ([*FIELDS, {"name": "x", "type": "STRING", "mode": "REQUIRED"}], "Cannot add required"),
        (FIELDS[1:], "Field date is missing in new schema"),
        (
            [FIELDS[0], {"name": "note", "type": "INT64"}, FIELDS[2]],
            "changed type from STRING to I",
        ),
        (
            [FIELDS[0], {"name": "note", "type": "STRING", "mode": "REPEATED"}, FIELDS[2]],
            "changed mode from NULLABLE to REPEATED",
        ),
        (
            [*FIELDS[:2], {**FIELDS[2], "fields": [{"name": "z", "type": "INT64"}]}],
            "models.m is miss",
        ),
        ([*FIELDS, {"name": "Note", "type": "STRING"}], "Duplicate"),
        ([*FIELDS, {"name": "x", "type": "MONEY"}], "Invalid value for type"),
        ([*FIELDS, {"name": "x", "type": "RECORD"}], "no schema"),
        ([*FIELDS, {"name": "x", "type": "STRING", "mode": "MAYBE"}], "Invalid value for mode"),
    ],
)
def test_other_changes_of_a_schema_are_refused(
    catalog: Catalog, shelf: Shelf, fields: list[Field], message: str
) -> None:
    catalog.create(KEY, body())
    before = shelf.tables[KEY]
    with pytest.raises(ApiError, match=message) as error:
        catalog.patch(KEY, {"schema": {"fields": fields}})
    assert refusal(error) == (400, "invalid")
    assert shelf.tables[KEY] == before


def test_a_required_column_may_become_optional(catalog: Catalog) -> None:
    catalog.create(KEY, body())
    looser = [{"name": "date", "type": "DATE"}, *FIELDS[1:]]
    after = catalog.patch(KEY, {"schema": {"fields": looser}})
    assert after["schema"]["fields"][0]["mode"] == "NULLABLE"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"timePartitioning": {"type": "DAY", "field": "note"}}, "partitioning"),
        ({"timePartitioning": {"type": "DAY", "field": "none"}}, "partitioning"),
        ({"timePartitioning": {"type": "WEEK", "field": "date"}}, "Invalid value for type"),
        ({"clustering": {"fields": ["none"]}}, "clustering"),
        ({"clustering": {"fields": ["models"]}}, "clustering"),
        ({"clustering": {"fields": ["date"] * 5}}, "Too many clustering"),
    ],
)
def test_partition_and_clusters_must_fit(
    catalog: Catalog, more: dict[str, Any], message: str
) -> None:
    with pytest.raises(ApiError, match=message):
        catalog.create(KEY, body(**more))


def test_the_partition_cannot_be_changed_its_expiration_can(catalog: Catalog) -> None:
    catalog.create(KEY, body(timePartitioning={"type": "DAY", "field": "date"}))
    after = catalog.patch(KEY, {"timePartitioning": {"expirationMs": "1000"}})
    assert after["timePartitioning"] == {"type": "DAY", "field": "date", "expirationMs": "1000"}
    with pytest.raises(ApiError, match="Cannot change partitioning"):
        catalog.patch(KEY, {"timePartitioning": {"type": "MONTH"}})


def test_a_table_past_its_end_is_gone(catalog: Catalog, clock: Clock, shelf: Shelf) -> None:
    catalog.create(KEY, body(expirationTime=str(clock.milliseconds() + 5000)))
    assert catalog.tables(KEY[:2])
    clock.advance(5)
    assert catalog.get(KEY) is None
    assert not shelf.tables
    assert catalog.tables(KEY[:2]) == []


def test_a_dataset_goes_with_its_tables_only_when_told_to(catalog: Catalog, shelf: Shelf) -> None:
    catalog.create(KEY, body())
    with pytest.raises(ApiError, match="Dataset p:d is still in use") as error:
        catalog.delete_dataset(KEY[:2], contents=False)
    assert refusal(error) == (400, "resourceInUse")
    catalog.delete_dataset(KEY[:2], contents=True)
    assert not shelf.tables
    with pytest.raises(ApiError, match="Not found: Dataset p:d"):
        catalog.tables(KEY[:2])


def test_a_dataset_is_patched(catalog: Catalog) -> None:
    before = catalog.dataset(("p", "d"))
    changes = {"labels": {"a": "b"}, "location": "EU"}
    after = catalog.patch_dataset(("p", "d"), changes, before["etag"])
    assert (after["labels"], after["location"]) == ({"a": "b"}, "US")
    with pytest.raises(ApiError, match="Precondition Failed"):
        catalog.patch_dataset(("p", "d"), {}, before["etag"])
    assert [one["id"] for one in catalog.datasets("p")] == ["p:d"]
    assert catalog.datasets("other") == []
