"""A BigQuery for tests: its REST API on loopback, its limits and its bad days on demand.

    from ccsync.testing.bigquery import BigQueryDouble, http

    with BigQueryDouble(project="my-project") as double, double.client() as client:
        client.create_dataset("usage")
        ...                                                 # create tables with the client
        double.faults.add("tabledata.insertAll", http(503, "backendError"), after_commit=True)
        run_my_writer(double.url)                           # your code; it should try again
        assert len(double.rows("usage.usage_raw")) == 3
        assert all(request.rows <= 500 for request in double.requests)

`double.faults` makes operations and single rows fail (`http`, `page`, `reset`, `stall`,
`truncated`, `quota_exceeded`...), `double.deny` takes permissions away, `double.switches` holds
limits and the eventual consistency of streaming, `double.clock` is the time of the double: it
stands still until `advance`, and `double.jobs` keeps jobs running (`keep_running`) or lets them
fail (`fail_next`). Rows are kept in DuckDB, and SQL is translated for it: see
`BigQueryDouble.execute`. Needs the extras `testing` and `bigquery`.
"""

from ccsync.testing.bigquery.extra import needs_extras

with needs_extras():
    from ccsync.testing.bigquery.double import BigQueryDouble
from ccsync.testing.bigquery.errors import ApiError
from ccsync.testing.bigquery.exchange import Request
from ccsync.testing.bigquery.faults import (
    Fault,
    answer,
    http,
    page,
    quota_exceeded,
    rate_limited,
    reset,
    service_perimeter,
    stall,
    truncated,
    unauthorized,
)

__all__ = [
    "ApiError",
    "BigQueryDouble",
    "Fault",
    "Request",
    "answer",
    "http",
    "page",
    "quota_exceeded",
    "rate_limited",
    "reset",
    "service_perimeter",
    "stall",
    "truncated",
    "unauthorized",
]
