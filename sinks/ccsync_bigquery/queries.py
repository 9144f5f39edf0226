"""Queries over REST: one request where BigQuery answers within seconds, rows as Python values.

The official client's own ways of querying either pause where nobody can stop them or need three
requests for one row. Parameters, login, address and the reading of rows are the client's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar, cast

from google.cloud import bigquery
from google.cloud.bigquery.table import RowIterator

from ccsync.errors import SinkUnavailable
from ccsync.sink import SinkContext
from ccsync_bigquery.answers import no_answer
from ccsync_bigquery.service import Service

T = TypeVar("T")

_HELD = 5.0
"""Seconds that BigQuery may hold a request until a query is done; nobody can stop us meanwhile."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 5.0

LONGEST_WAIT = dt.timedelta(minutes=10)
"""For one job, in one go. A load may stand in a queue that long; it goes on without us."""

_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "BOOL"),
    (int, "INT64"),
    (str, "STRING"),
    (dt.datetime, "TIMESTAMP"),
    (dt.date, "DATE"),
)
"""The first that fits counts: a bool is an int, and a datetime is a date."""


def ask(
    service: Service,
    context: SinkContext,
    doing: str,
    sql: str,
    parameters: Mapping[str, object],
    *,
    table: str | None = None,
    permission: str | None = None,
) -> list[dict[str, Any]]:
    """Run a query once, wait for it, and read all its rows.

    Raises:
        SinkUnavailable: no answer; ask anew, for nothing was changed.
        SinkRefused: as `Service.call`.
    """

    def call(function: Callable[[], T]) -> T:
        return service.call(doing, function, table=table, permission=permission)

    body: dict[str, Any] = {
        "query": sql,
        "useLegacySql": False,
        "parameterMode": "NAMED",
        "queryParameters": [cast("Any", one).to_api_repr() for one in named(parameters)],
        "timeoutMs": int(_HELD * 1000),
        # Microseconds; otherwise timestamps come as floating-point seconds.
        "formatOptions": {"useInt64Timestamp": True},
    }
    if service.location is not None:
        body["location"] = service.location
    path = f"/projects/{service.billing}/queries"
    answer = call(lambda: _request(service, "POST", path, data=body))
    reference: dict[str, Any] = answer.get("jobReference") or {}
    if not reference and not answer.get("jobComplete"):
        foreign = no_answer("what came is not what BigQuery answers")
        raise service.error(foreign, doing, table=table)
    job_id = str(reference.get("jobId"))
    path = f"/projects/{reference.get('projectId')}/queries/{job_id}"
    shape: dict[str, Any] = {"formatOptions.useInt64Timestamp": True}
    if reference.get("location"):
        shape["location"] = reference["location"]
    held = {**shape, "timeoutMs": int(_HELD * 1000)}
    waiting = pauses(service, context, doing, job_id)
    while not answer.get("jobComplete"):
        context.pause(next(waiting))
        answer = call(lambda: _request(service, "GET", path, query_params=held))
    return call(lambda: _rows(service, path, answer, shape))


def named(values: Mapping[str, object]) -> list[bigquery.ScalarQueryParameter]:
    """Make query parameters of bool, int, str, datetime (with a time zone) and date."""
    return [_parameter(name, value) for name, value in values.items()]


def pauses(service: Service, context: SinkContext, doing: str, job: str) -> Iterator[float]:
    """Give seconds to wait before each look at a job, growing, until it has been enough.

    Raises:
        SinkUnavailable: instead of a pause, when the job takes too long.
    """
    ends = context.now() + LONGEST_WAIT
    pause = _FIRST_PAUSE
    while context.now() < ends:
        yield pause
        pause = min(pause * 2, _LONGEST_PAUSE)
    raise SinkUnavailable(
        f"{service.place}: could not {doing}: the job {job} is not done after "
        f"{LONGEST_WAIT.seconds // 60} minutes; BigQuery goes on with it"
    )


def _parameter(name: str, value: object) -> bigquery.ScalarQueryParameter:
    for python, kind in _TYPES:
        if isinstance(value, python):
            return bigquery.ScalarQueryParameter(name, kind, cast("Any", value))
    raise TypeError(f"the parameter {name} is of type {type(value).__name__}")


def _request(service: Service, method: str, path: str, **parts: Any) -> dict[str, Any]:
    connection = cast("Any", service.client)._connection
    answer = connection.api_request(method, path, timeout=service.timeout, **parts)
    return cast("dict[str, Any]", answer)


def _rows(
    service: Service, path: str, first: dict[str, Any], shape: dict[str, Any]
) -> list[dict[str, Any]]:
    """Make Python values of all rows; asks for the pages after the first."""

    def page(*, method: str, path: str, query_params: dict[str, Any]) -> dict[str, Any]:
        return _request(service, method, path, query_params=query_params)

    rows: Any = RowIterator(
        service.client,
        page,
        path,
        first.get("schema", {}).get("fields", []),
        extra_params=shape,
        first_page_response=first,
    )
    return [dict(row.items()) for row in rows]
