"""tabledata.insertAll: which rows get in, which are refused, and which only seem to get in."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any, Protocol, TypeAlias, cast

from ccsync.testing.bigquery.access import Access
from ccsync.testing.bigquery.catalog import Catalog, Key, Resource, dotted
from ccsync.testing.bigquery.clock import Clock
from ccsync.testing.bigquery.errors import ApiError, invalid, not_found
from ccsync.testing.bigquery.faults import Faults
from ccsync.testing.bigquery.history import Life
from ccsync.testing.bigquery.resources import part
from ccsync.testing.bigquery.rows import Reader, RowError, check_partition, is_list, parse
from ccsync.testing.bigquery.switches import Switches

_DEDUP = dt.timedelta(seconds=60)

_Errors: TypeAlias = dict[int, list[dict[str, str]]]


class Appending(Protocol):
    """What inserting needs of the storage."""

    def append(
        self, key: Key, rows: list[dict[str, Any]], *, streamed_at: dt.datetime | None
    ) -> None:
        """Add rows."""


class Inserting:
    """The streaming side; safe for threads."""

    def __init__(
        self,
        catalog: Catalog,
        storage: Appending,
        clock: Clock,
        access: Access,
        faults: Faults,
        switches: Switches,
    ) -> None:
        """Stream into the tables of a catalog."""
        self._catalog = catalog
        self._storage = storage
        self._clock = clock
        self._access = access
        self._faults = faults
        self._switches = switches
        self._lock = threading.Lock()
        self._seen: dict[tuple[Key, str], dt.datetime] = {}

    def insert_all(self, key: Key, body: bytes) -> dict[str, Any]:
        """Insert the rows of a request.

        Raises:
            ApiError: the whole request is refused, no row is in.
        """
        self._access.require("bigquery.tables.updateData", *key)
        if self._switches.free_tier:
            raise ApiError(
                403,
                "accessDenied",
                "Access Denied: BigQuery BigQuery: Streaming insert is not allowed in the free"
                " tier",
            )
        request = self._request(body)
        table = self._catalog.require(key)
        if table["type"] != "TABLE":
            raise invalid(f"Cannot add rows to a table of type {table['type']}.")
        life = self._catalog.history.life(key)
        if life is None or self._age(life) < self._switches.unknown_seconds:
            raise not_found(f"Table {dotted(key)}")
        sent: list[dict[str, Any]] = request["rows"]
        good, errors = self._checked(key, table, life, request)
        if errors and not request.get("skipInvalidRows"):
            stopped = {"reason": "stopped", "location": "", "debugInfo": "", "message": ""}
            errors |= {index: [stopped] for index in range(len(sent)) if index not in errors}
            return _answer(errors)
        refused = self._faults.take_rows(
            key[2], {index: sent[index].get("json") or {} for index in good}
        )
        errors |= {index: [_said(error, "")] for index, error in refused.items()}
        kept = {index: row for index, row in good.items() if index not in refused}
        self._append(key, life, sent, kept)
        return _answer(errors)

    def _request(self, body: bytes) -> dict[str, Any]:
        try:
            read = parse(body)
        except ValueError:
            raise ApiError(400, "parseError", "Invalid JSON payload received.") from None
        request: dict[str, Any] = cast("Any", read) if isinstance(read, dict) else {}
        rows: Any = request.get("rows")
        if not rows:
            raise invalid("No rows present in the request.")
        if not is_list(rows) or not all(isinstance(row, dict) for row in rows):
            raise ApiError(
                400, "parseError", "Invalid JSON payload received. rows: a list of objects"
            )
        if request.get("templateSuffix"):
            raise ApiError(501, "notImplemented", "this double knows no template tables")
        if len(rows) > self._switches.max_rows:
            raise invalid(
                f"too many rows present in the request, limit: {self._switches.max_rows}"
                f" row count: {len(rows)}."
            )
        return request

    def _checked(
        self, key: Key, table: Resource, life: Life, request: dict[str, Any]
    ) -> tuple[dict[int, dict[str, Any]], _Errors]:
        """Give the rows that fit, normalized, and the errors of the others."""
        now = self._clock.now()
        lag = dt.timedelta(seconds=self._switches.schema_lag_seconds)
        fields = life.fields_at(now - lag)
        partition = part(table, "timePartitioning").get("field")
        reader = Reader(fields, ignore_unknown=bool(request.get("ignoreUnknownValues")))
        good: dict[int, dict[str, Any]] = {}
        errors: _Errors = {}
        for index, sent in enumerate(request["rows"]):
            try:
                row = reader.read(sent.get("json"))
                if partition is not None:
                    check_partition(dotted(key), partition, row, now.date())
            except RowError as error:
                errors[index] = [_said(invalid(error.message), error.location)]
            else:
                good[index] = row
        return good, errors

    def _append(
        self, key: Key, life: Life, sent: list[dict[str, Any]], kept: dict[int, dict[str, Any]]
    ) -> None:
        with self._lock:
            now = self._clock.now()
            rows = [
                row for index, row in kept.items() if self._is_new(key, sent[index].get("insertId"))
            ]
            if rows and not self._swallows(life):
                self._storage.append(key, rows, streamed_at=now)

    def _is_new(self, key: Key, insert_id: str | None) -> bool:
        """Say whether an insertId was not seen in the last minute; remembers it."""
        if not insert_id or self._switches.dedup == "off":
            return True
        now = self._clock.now()
        before = self._seen.get((key, insert_id))
        if before is not None and now - before < _DEDUP:
            return False
        self._seen[key, insert_id] = now
        return True

    def _swallows(self, life: Life) -> bool:
        """Say whether rows are acknowledged and lost at the moment."""
        switches = self._switches
        age = self._age(life)
        if switches.lossy_seconds and age < switches.unknown_seconds + switches.lossy_seconds:
            return True
        return life.recreated and age < switches.recreated_seconds

    def _age(self, life: Life) -> float:
        return (self._clock.now() - life.created).total_seconds()


def _said(error: ApiError, location: str) -> dict[str, str]:
    return {
        "reason": error.reason,
        "location": location,
        "debugInfo": "",
        "message": error.message,
    }


def _answer(errors: _Errors) -> dict[str, Any]:
    """Give the answer: faults first, then the rows that were only stopped, as BigQuery does."""
    kind = {"kind": "bigquery#tableDataInsertAllResponse"}
    if not errors:
        return kind
    order = sorted(errors, key=lambda index: (errors[index][0]["reason"] == "stopped", index))
    return {**kind, "insertErrors": [{"index": at, "errors": errors[at]} for at in order]}
