"""Addresses of the REST API: which operation a request asks for, and on what."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from ccsync.testing.bigquery.exchange import Call

UNKNOWN = "unknown"

_API = ("bigquery", "v2", "projects")
_TABLE_ID = re.compile(rb'"tableId"\s*:\s*"([^"$\\]{1,1024})')
_HEAD_BYTES = 65536
"""Where a job names its table: at the start of the body, before the rows of an upload."""


@dataclass(frozen=True)
class Route:
    """What a request asks for."""

    operation: str
    """BigQuery's name of the method: `tables.get`, `tabledata.insertAll`, `jobs.insert`..."""

    place: tuple[str, ...] = ()
    """(project,), (project, dataset) or (project, dataset, table), without a decorator."""

    decorator: str = ""
    """What followed `$` in the table's name."""

    table: str | None = None
    """Name of the table it is about, as far as the request says."""


def route(call: Call) -> Route:
    """Read an address; operation `unknown` when there is no such method."""
    parts = call.parts
    if parts[:4] == ("upload", *_API) and parts[5:] == ("jobs",):
        operation = "jobs.upload" if call.method == "PUT" else "jobs.insert"
        return Route(operation, parts[4:5], table=_named(call.body))
    if parts[:3] != _API or len(parts) < 5:
        return Route(UNKNOWN)
    project, kind, rest = parts[3], parts[4], parts[5:]
    match kind:
        case "datasets":
            return _dataset(call.method, project, rest)
        case "jobs" | "queries":
            return _job(call, project, kind, rest)
        case _:
            return Route(UNKNOWN)


def _dataset(method: str, project: str, rest: tuple[str, ...]) -> Route:
    match rest:
        case ():
            return Route(
                _by_method("datasets", method, {"GET": "list", "POST": "insert"}), (project,)
            )
        case (dataset,):
            return Route(_by_method("datasets", method, _ONE), (project, dataset))
        case (dataset, "tables"):
            operation = _by_method("tables", method, {"GET": "list", "POST": "insert"})
            return Route(operation, (project, dataset))
        case (dataset, "tables", name):
            table, _, verb = name.partition(":")
            operation = _by_method("tables", method, {"POST": verb} if verb else _ONE)
            return _table(operation, project, dataset, table)
        case (dataset, "tables", table, "insertAll"):
            operation = _by_method("tabledata", method, {"POST": "insertAll"})
            return _table(operation, project, dataset, table)
        case (dataset, "tables", table, "data"):
            return _table(_by_method("tabledata", method, {"GET": "list"}), project, dataset, table)
        case _:
            return Route(UNKNOWN)


def _job(call: Call, project: str, kind: str, rest: tuple[str, ...]) -> Route:
    match (call.method, kind, rest):
        case ("POST", "queries", ()):
            operation = "jobs.query"
        case ("GET", "queries", (_,)):
            operation = "jobs.getQueryResults"
        case ("POST", "jobs", ()):
            return Route("jobs.insert", (project,), table=_named(call.body))
        case ("GET", "jobs", ()):
            operation = "jobs.list"
        case ("GET", "jobs", (_,)):
            operation = "jobs.get"
        case ("POST", "jobs", (_, "cancel")):
            operation = "jobs.cancel"
        case ("DELETE", "jobs", (_, "delete")):
            operation = "jobs.delete"
        case _:
            operation = UNKNOWN
    return Route(operation, (project,))


_ONE = {"GET": "get", "PATCH": "patch", "PUT": "update", "DELETE": "delete"}


def _by_method(resource: str, method: str, verbs: dict[str, str]) -> str:
    return f"{resource}.{verbs[method]}" if method in verbs else UNKNOWN


def _table(operation: str, project: str, dataset: str, name: str) -> Route:
    table, _, decorator = name.partition("$")
    return Route(operation, (project, dataset, table), decorator, table)


def _named(body: bytes) -> str | None:
    """Give the table that a load job goes to; a query's destination, if it names one."""
    found = _TABLE_ID.search(body[:_HEAD_BYTES])
    return None if found is None else json.loads(b'"' + found[1] + b'"')
