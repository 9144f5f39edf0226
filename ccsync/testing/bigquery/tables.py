"""The REST methods of datasets and tables, and tabledata.list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Protocol

from ccsync.testing.bigquery.access import Access
from ccsync.testing.bigquery.catalog import Catalog, Key, Resource
from ccsync.testing.bigquery.clock import Clock
from ccsync.testing.bigquery.errors import ApiError, invalid
from ccsync.testing.bigquery.exchange import Call
from ccsync.testing.bigquery.resources import fields_of, part
from ccsync.testing.bigquery.results import page, timestamps
from ccsync.testing.bigquery.routes import Route
from ccsync.testing.bigquery.schema import Field
from ccsync.testing.bigquery.storage import BUFFERED_FOR

_LISTED = (
    *("kind", "id", "tableReference", "type", "creationTime", "labels", "timePartitioning"),
    *("clustering", "expirationTime"),
)


class Reading(Protocol):
    """What these methods need of the storage."""

    def rows(self, key: Key, *, buffered_too: bool, before: dt.datetime) -> list[dict[str, Any]]:
        """Give the rows; without those of the buffer, only what was streamed by `before`."""
        ...

    def count(self, key: Key, *, buffered_too: bool, before: dt.datetime) -> int:
        """Count what `rows` gives."""
        ...

    def streaming_buffer(
        self, key: Key, now: dt.datetime, partition: dt.date | None = None
    ) -> dict[str, str] | None:
        """Give `streamingBuffer` as it stands in a resource, of one day if asked to."""
        ...


class Tables:
    """Answers `datasets.*`, `tables.*` and `tabledata.list`."""

    def __init__(
        self,
        catalog: Catalog,
        storage: Reading,
        clock: Clock,
        access: Access,
        fields_of_view: Callable[[str, str], list[Field]],
    ) -> None:
        """Answer about the tables of a catalog.

        Args:
            catalog: the resources.
            storage: the rows.
            clock: what is in the streaming buffer, it knows.
            access: who may.
            fields_of_view: gives the fields of a query that is run in a project.
        """
        self._fields_of_view = fields_of_view
        self._catalog = catalog
        self._storage = storage
        self._clock = clock
        self._access = access

    def handle(self, route: Route, call: Call) -> dict[str, Any] | None:
        """Do what is asked; None is an empty answer.

        Raises:
            ApiError: it cannot be done.
        """
        resource, _, verb = route.operation.partition(".")
        permission = _PERMISSIONS.get(route.operation)
        if permission is not None:
            self._access.require(permission, *route.place)
        match (resource, verb, route.place):
            case ("datasets", _, _):
                return self._dataset(verb, route.place, call)
            case ("tables", "list", (project, dataset)):
                return self._list(project, dataset, call)
            case ("tables", "insert", (project, dataset)):
                body = self._described(project, call.json())
                name = _named(body, "tableReference", "tableId")
                return self._shown(self._catalog.create((project, dataset, name), body))
            case ("tables", _, (project, dataset, name)):
                return self._table(verb, (project, dataset, name), route.decorator, call)
            case ("tabledata", "list", (project, dataset, name)):
                return self._data((project, dataset, name), route.decorator, call)
            case _:
                raise ApiError(501, "notImplemented", f"this double knows no {route.operation}")

    def _dataset(self, verb: str, place: tuple[str, ...], call: Call) -> dict[str, Any] | None:
        match (verb, place):
            case ("list", (project,)):
                found = self._catalog.datasets(project)
                return {"kind": "bigquery#datasetList", "datasets": found}
            case ("insert", (project,)):
                body = call.json()
                dataset = _named(body, "datasetReference", "datasetId")
                return self._catalog.create_dataset((project, dataset), body)
            case ("get", (project, dataset)):
                return self._catalog.dataset((project, dataset))
            case ("patch" | "update", (project, dataset)):
                etag = call.headers.get("if-match")
                return self._catalog.patch_dataset((project, dataset), call.json(), etag)
            case ("delete", (project, dataset)):
                contents = call.query.get("deleteContents", "").lower() == "true"
                self._catalog.delete_dataset((project, dataset), contents=contents)
                return None
            case _:
                raise ApiError(501, "notImplemented", f"this double knows no datasets.{verb}")

    def _list(self, project: str, dataset: str, call: Call) -> dict[str, Any]:
        found = self._catalog.tables((project, dataset))
        size = _number(call, "maxResults", len(found))
        start = _number(call, "pageToken", 0)
        shown = [
            {name: one[name] for name in _LISTED if name in one}
            for one in found[start : start + size]
        ]
        answer = {"kind": "bigquery#tableList", "totalItems": len(found), "tables": shown}
        if start + size >= len(found):
            return answer
        return {**answer, "nextPageToken": str(start + size)}

    def _table(self, verb: str, key: Key, decorator: str, call: Call) -> dict[str, Any] | None:
        match verb:
            case "get":
                return self._shown(self._catalog.require(key), decorator)
            case "patch" | "update":
                etag = call.headers.get("if-match")
                body = self._described(key[0], call.json())
                return self._shown(self._catalog.patch(key, body, etag))
            case "delete":
                self._catalog.require(key)
                self._catalog.delete(key)
                return None
            case "testIamPermissions":
                asked: list[str] = call.json().get("permissions") or []
                held = self._access.held(asked, *key)
                return {"permissions": held} if held else {}
            case _:
                raise ApiError(501, "notImplemented", f"this double knows no tables.{verb}")

    def _described(self, project: str, body: Resource) -> Resource:
        """Give a body as it is, that of a view with the fields of its query."""
        query = part(body, "view").get("query")
        if query is None:
            return body
        return {**body, "schema": {"fields": self._fields_of_view(project, str(query))}}

    def _shown(self, table: Resource, decorator: str = "") -> Resource:
        """Give a resource with what the storage knows: rows outside and inside of the buffer."""
        if table["type"] != "TABLE":
            return table
        reference = table["tableReference"]
        key = (reference["projectId"], reference["datasetId"], reference["tableId"])
        day = _day(decorator)
        if day is None:
            flushed = self._clock.now() - BUFFERED_FOR
            rows = self._storage.count(key, buffered_too=False, before=flushed)
        else:
            rows = len(self._settled(key, table, day))
        shown = {**table, "numRows": str(rows)}
        buffer = self._storage.streaming_buffer(key, self._clock.now(), day)
        if buffer is not None:
            shown["streamingBuffer"] = buffer
        if decorator:
            shown["id"] = f"{table['id']}${decorator}"
            shown["tableReference"] = {**reference, "tableId": f"{key[2]}${decorator}"}
        return shown

    def _settled(self, key: Key, table: Resource, day: dt.date | None) -> list[dict[str, Any]]:
        """Give the rows that have left the streaming buffer, of one partition if asked to."""
        flushed = self._clock.now() - BUFFERED_FOR
        rows = self._storage.rows(key, buffered_too=False, before=flushed)
        if day is None:
            return rows
        column = part(table, "timePartitioning").get("field")
        if column is None:
            raise invalid("this double knows partitions of a column only")
        return [row for row in rows if str(row[column])[:10] == day.isoformat()]

    def _data(self, key: Key, decorator: str, call: Call) -> dict[str, Any]:
        table = self._catalog.require(key)
        if table["type"] != "TABLE":
            raise invalid(f"Cannot list a table of type {table['type']}.")
        rows = self._settled(key, table, _day(decorator))
        fields = fields_of(table)
        if wanted := call.query.get("selectedFields"):
            names = wanted.split(",")
            fields = [field for field in fields if field["name"] in names]
        options = {name.rpartition(".")[2]: value for name, value in call.query.items()}
        answer = {"kind": "bigquery#tableDataList", "etag": table["etag"]}
        return answer | page(fields, rows, call.query, timestamps(options))


_PERMISSIONS = {
    "datasets.get": "bigquery.datasets.get",
    "datasets.insert": "bigquery.datasets.create",
    "datasets.patch": "bigquery.datasets.update",
    "datasets.update": "bigquery.datasets.update",
    "datasets.delete": "bigquery.datasets.delete",
    "tables.list": "bigquery.tables.list",
    "tables.get": "bigquery.tables.get",
    "tables.insert": "bigquery.tables.create",
    "tables.patch": "bigquery.tables.update",
    "tables.update": "bigquery.tables.update",
    "tables.delete": "bigquery.tables.delete",
    "tabledata.list": "bigquery.tables.getData",
}


def _named(body: dict[str, Any], reference: str, name: str) -> str:
    said = part(body, reference).get(name)
    if not isinstance(said, str) or not said:
        raise ApiError(400, "required", "Required parameter is missing", f"{reference}.{name}")
    return said


def _day(decorator: str) -> dt.date | None:
    if not decorator:
        return None
    try:
        return dt.datetime.strptime(decorator, "%Y%m%d").replace(tzinfo=dt.UTC).date()
    except ValueError:
        raise invalid(f"Invalid partition decorator: ${decorator}") from None


def _number(call: Call, name: str, default: int) -> int:
    said = call.query.get(name) or str(default)
    if not (said.isascii() and said.isdigit()):
        raise invalid(f"Invalid value for {name}: {said}", name)
    return int(said)
