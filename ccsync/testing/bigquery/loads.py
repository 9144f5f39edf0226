"""Load jobs: newline-delimited JSON into a table or one day's partition, all of it or nothing.

What a job makes, empties and appends becomes visible at once, when it ends (REST type
`JobConfigurationLoad`). Overwriting a table or a partition keeps what is in the streaming buffer
("Streaming data using the legacy API").
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from ccsync.testing.bigquery.access import Access
from ccsync.testing.bigquery.catalog import Catalog, Key
from ccsync.testing.bigquery.clock import Clock
from ccsync.testing.bigquery.errors import ApiError, invalid, not_found
from ccsync.testing.bigquery.resources import part
from ccsync.testing.bigquery.rows import RowError, normalize
from ccsync.testing.bigquery.scans import partition_column
from ccsync.testing.bigquery.schema import Field, normal
from ccsync.testing.bigquery.storage import Storage

_READING = "Error while reading data, error message: "
_MOST_ERRORS = 5
"""How many rows are named in `errors`."""


class LoadFailedError(ApiError):
    """A load job that failed; with the list of errors beside the first one."""

    def __init__(self, first: ApiError, details: Sequence[ApiError]) -> None:
        """Fail with `errorResult` and more `errors`."""
        super().__init__(first.status, first.reason, first.message, first.location)
        self.details = list(details)


@dataclass(frozen=True)
class Loaded:
    """What a load job did."""

    rows: int
    bytes: int
    bad: int = 0


class Loads:
    """Runs load jobs."""

    def __init__(self, storage: Storage, catalog: Catalog, clock: Clock, access: Access) -> None:
        """Load into the tables of a catalog."""
        self._storage = storage
        self._catalog = catalog
        self._clock = clock
        self._access = access

    def run(self, load: dict[str, Any], media: bytes) -> Loaded:
        """Run a job.

        Args:
            load: `configuration.load`.
            media: the lines.

        Raises:
            ApiError: it failed, and nothing is loaded.
        """
        if load.get("sourceFormat") != "NEWLINE_DELIMITED_JSON" or load.get("autodetect"):
            raise ApiError(
                501, "notImplemented", "this double loads NEWLINE_DELIMITED_JSON with a schema only"
            )
        key, day = destination(load)
        table = self._table(key, load)
        self._access.require("bigquery.tables.updateData", *key)
        fields: list[Field] = table["schema"]["fields"]
        column = partition_column(table)
        if day is not None and not column:
            raise invalid(f"Table {'.'.join(key)} is not partitioned, so it has no partition {day}")
        rows, bad = self._rows(fields, load, media)
        if day is not None and any(row[column][:10] != day.isoformat() for row in rows):
            raise invalid(
                "Some rows belong to different partitions rather than destination partition"
                f" {key[2]}${day:%Y%m%d}"
            )
        try:
            with self._storage.engine.transaction():
                self._dispose(load, key, column, day)
                self._storage.append(key, rows, streamed_at=None)
        except duckdb.Error as error:
            raise invalid(f"{_READING}{error}") from error
        return Loaded(len(rows), len(media), bad)

    def _table(self, key: Key, load: dict[str, Any]) -> dict[str, Any]:
        """Give the table's resource; makes the table where the job may and does."""
        said: list[Field] = part(load, "schema").get("fields") or []
        found = self._catalog.get(key)
        if found is None:
            if load.get("createDisposition") == "CREATE_NEVER" or not said:
                self._catalog.dataset(key[:2])
                raise not_found(f"Table {key[0]}:{key[1]}.{key[2]}")
            self._access.require("bigquery.tables.create", *key[:2])
            made = ("schema", "timePartitioning", "clustering")
            return self._catalog.create(key, {name: load[name] for name in made if load.get(name)})
        if found["type"] != "TABLE":
            raise invalid(f"Cannot load into {'.'.join(key)}, a {found['type']}")
        if said:
            _check_schema(f"{key[0]}:{key[1]}.{key[2]}", found["schema"]["fields"], normal(said))
        return found

    def _rows(
        self, fields: Sequence[Field], load: dict[str, Any], media: bytes
    ) -> tuple[list[dict[str, Any]], int]:
        """Give the rows, normalized, and how many were left out (`maxBadRecords`)."""
        ignore = bool(load.get("ignoreUnknownValues"))
        rows: list[dict[str, Any]] = []
        errors: list[ApiError] = []
        for position, line in _lines(media):
            try:
                rows.append(normalize(fields, json.loads(line), ignore_unknown=ignore))
            except (RowError, ValueError) as error:
                errors.append(
                    invalid(
                        f"{_READING}JSON parsing error in row starting at position {position}:"
                        f" {_worded(error)}"
                    )
                )
        most = int(load.get("maxBadRecords") or 0)
        if len(errors) > most:
            count = f"giving up. Rows: {len(rows) + len(errors)}; errors: {len(errors)}"
            raise LoadFailedError(
                invalid(
                    f"{_READING}JSON table encountered too many errors, {count}. Please look into"
                    " the errors[] collection for more details."
                ),
                [
                    invalid(
                        f"{_READING}JSON processing encountered too many errors, {count};"
                        f" max bad: {most}; error percent: 0"
                    ),
                    *errors[:_MOST_ERRORS],
                ],
            )
        return rows, len(errors)

    def _dispose(self, load: dict[str, Any], key: Key, column: str, day: dt.date | None) -> None:
        """Do what `writeDisposition` says with the rows that are there."""
        match load.get("writeDisposition") or "WRITE_APPEND":
            case "WRITE_APPEND":
                pass
            case "WRITE_TRUNCATE" | "WRITE_TRUNCATE_DATA":
                self._storage.clear(key, now=self._clock.now(), column=column, day=day)
            case "WRITE_EMPTY":
                if self._storage.count(key):
                    raise ApiError(
                        409, "duplicate", f"Already Exists: Table {key[0]}:{key[1]}.{key[2]}"
                    )
            case other:
                raise invalid(f"Invalid value for writeDisposition: {other}")


def destination(load: dict[str, Any]) -> tuple[Key, dt.date | None]:
    """Read `destinationTable`, with the day of a `$YYYYMMDD` behind the name.

    Raises:
        ApiError: 400, none, or not a day.
    """
    said = part(load, "destinationTable")
    try:
        name, _, decorator = str(said["tableId"]).partition("$")
        key = (str(said["projectId"]), str(said["datasetId"]), name)
    except KeyError as error:
        raise ApiError(
            400, "required", f"Required parameter is missing: {error.args[0]}", "destinationTable"
        ) from error
    if not decorator:
        return key, None
    try:
        return key, dt.datetime.strptime(decorator, "%Y%m%d").replace(tzinfo=dt.UTC).date()
    except ValueError:
        raise invalid(f"Invalid partition decorator: ${decorator}") from None


def _check_schema(
    table: str, there: Sequence[Field], said: Sequence[Field], path: str = ""
) -> None:
    """Refuse a schema that is not the table's; nullable columns may be left out.

    Raises:
        ApiError: 400, the first difference.
    """
    sorry = f"Provided Schema does not match Table {table}."
    known = {field["name"].casefold(): field for field in there}
    for field in said:
        name = path + field["name"]
        before = known.pop(field["name"].casefold(), None)
        if before is None:
            raise invalid(f"{sorry} Cannot add fields (field: {name})")
        for what in ("type", "mode"):
            if before[what] != field[what]:
                raise invalid(
                    f"{sorry} Field {name} has changed {what} from {before[what]} to {field[what]}"
                )
        if field["type"] == "RECORD":
            _check_schema(table, before["fields"], field["fields"], f"{name}.")
    for field in known.values():
        if field["mode"] == "REQUIRED":
            raise invalid(f"{sorry} Field {path}{field['name']} is missing in new schema")


def _lines(media: bytes) -> Iterator[tuple[int, bytes]]:
    """Give each line that is not blank with its place in the file."""
    position = 0
    for line in media.split(b"\n"):
        if line.strip():
            yield position, line
        position += len(line) + 1


def _worded(error: RowError | ValueError) -> str:
    if not isinstance(error, RowError):
        return f"Parser terminated before end of string ({error})"
    if error.message.startswith("no such field: "):
        return f"No such field: {error.location}."
    return error.message
