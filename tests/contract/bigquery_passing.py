"""Faults that pass by: patience is enough for them, or it is used up."""

from __future__ import annotations

from ccsync.settings.model import Duration
from ccsync.testing.bigquery import (
    answer,
    http,
    page,
    quota_exceeded,
    rate_limited,
    reset,
    stall,
    truncated,
)
from tests.contract.bigquery_faults import (
    COMMIT,
    ROWS,
    SHORT,
    all_of,
    at,
    delivered,
    deny,
    jobs_fail,
    keep_running,
    older_table,
    recreate,
    rows_fail,
    switch,
    unavailable,
    upgrade,
)
from tests.contract.bigquery_stage import INSERT, QUERY

_PASSING = {
    "503": http(503, "backendError"),
    "500": http(500, "internalError"),
    "502 page": page(502, "Bad Gateway"),
    "504": http(504, "timeout", "Deadline exceeded"),
    "429": http(429, "rateLimitExceeded"),
    "rate limited": rate_limited(),
    "quota of a second": quota_exceeded(),
    "job rate": http(403, "jobRateLimitExceeded"),
    "reset": reset(),
    "truncated": truncated(),
    "not json": answer(200, b"{half"),
    "another json": answer(200, b"[]"),
    "foreign error": answer(500, b'["no object"]'),
}

_EMPTY = answer(200, b"{}")

_FEW = ("503", "502 page", "rate limited", "reset", "truncated", "not json")

DELIVERED = {
    **{
        f"rows, {name}": delivered(at(INSERT, fault, times=2, table=ROWS))
        for name, fault in _PASSING.items()
    },
    **{
        f"rows arrived, {name}": delivered(
            at(INSERT, _PASSING[name], times=2, table=ROWS, took_effect=True)
        )
        for name in ("503", "502 page", "reset", "truncated")
    },
    **{
        f"commit, {name}": delivered(at(INSERT, _PASSING[name], times=3, table=COMMIT), most=12)
        for name in _FEW
    },
    **{
        f"commit arrived, {name}": delivered(
            at(INSERT, _PASSING[name], table=COMMIT, took_effect=True), most=10
        )
        for name in ("503", "reset", "truncated")
    },
    **{
        f"query, {name}": delivered(at(QUERY, _PASSING[name], times=2))
        for name in (*_FEW, "job rate", "another json")
    },
    "query, empty json": delivered(at(QUERY, _EMPTY, times=2)),
    # It looks like an acknowledgement; that nothing is there is seen afterwards.
    "rows, empty json": delivered(at(INSERT, _EMPTY, table=ROWS), most=24),
    "commit, empty json": delivered(at(INSERT, _EMPTY, table=COMMIT), most=24),
    "confirmation lost": delivered(at(QUERY, reset(), skip=1), most=10),
    "tables, another json": delivered(at("tables.get", answer(200, b"[]")), most=10),
    "tables, 503": delivered(at("tables.get", http(503, "backendError"), times=3), most=12),
    "dataset, reset": delivered(at("datasets.get", reset(), times=2)),
    "everything now and then": delivered(
        all_of(*(at("*", reset(), skip=skip) for skip in (0, 1, 2, 3, 4, 5))), most=21
    ),
    "it names a pause": delivered(
        at(INSERT, http(503, "backendError", retry_after=90), table=ROWS), most=10
    ),
    "stall": delivered(at(INSERT, stall(), table=ROWS), settings={"timeout": SHORT}, most=10),
    "stall of a query": delivered(at(QUERY, stall()), settings={"timeout": SHORT}, most=10),
    **{
        f"some rows, {reason}": delivered(rows_fail(reason, times=2))
        for reason in ("backendError", "internalError", "timeout", "rateLimitExceeded", "stopped")
    },
    "too large, page": delivered(switch(max_request_bytes=3000), most=24),
    "too large, json": delivered(switch(max_request_bytes=3000, too_large="json"), most=24),
    "too many rows": delivered(switch(max_rows=2), most=18),
    "just made": delivered(all_of(switch(unknown_seconds=100), recreate()), spoils=True, most=60),
    "just made, and loses rows": delivered(
        all_of(switch(unknown_seconds=30, lossy_seconds=40), recreate()), spoils=True, most=60
    ),
    "made anew, and loses rows": delivered(
        all_of(switch(recreated_seconds=100), recreate()), spoils=True, most=120
    ),
    "one table made anew": delivered(
        all_of(switch(recreated_seconds=60), recreate(ROWS)), spoils=True, most=120
    ),
    "a column added just now": delivered(
        all_of(older_table, switch(schema_lag_seconds=120), upgrade), spoils=True, most=60
    ),
    "slow queries": delivered(keep_running(3), most=20),
    "nobody may query": delivered(deny("bigquery.jobs.create"), most=8),
    "nobody may read": delivered(deny("bigquery.tables.getData"), most=8),
    "loads": delivered(lambda _stage: None, mode="load", most=16),
    "load, a job fails": delivered(
        jobs_fail(503, "backendError", "try again"), mode="load", most=20
    ),
    "load, answer lost": delivered(
        at("jobs.upload", http(503, "backendError"), took_effect=True), mode="load", most=20
    ),
    "load, not arrived": delivered(at("jobs.upload", reset()), mode="load", most=20),
    "load, half an answer": delivered(at("jobs.upload", truncated()), mode="load", most=20),
    "load, begin lost": delivered(
        at("jobs.insert", http(500, "internalError"), times=2), mode="load", most=20
    ),
    "load, look lost": delivered(at("jobs.get", reset(), times=2), mode="load", most=20),
    "load, slow": delivered(keep_running(5), mode="load", most=40),
    "load, stall": delivered(
        at("jobs.upload", stall(), took_effect=True),
        mode="load",
        settings={"timeout": SHORT},
        most=20,
    ),
}

UNAVAILABLE = {
    **{
        f"rows, {name}": unavailable(
            at(INSERT, _PASSING[name], times=None, table=ROWS),
            "could not stream rows",
            "retry_deadline",
        )
        for name in ("503", "502 page", "quota of a second", "reset", "another json", "not json")
    },
    **{
        f"commit, {name}": unavailable(
            at(INSERT, _PASSING[name], times=None, table=COMMIT),
            "sync_days: could not stream rows",
            "retry_deadline",
        )
        for name in ("503", "reset", "quota of a second")
    },
    "commit arrived, always lost": unavailable(
        at(INSERT, truncated(), times=None, table=COMMIT), "could not stream rows", shows_new=True
    ),
    "queries": unavailable(
        at(QUERY, http(503, "backendError"), times=None),
        "could not read what it has of",
        "503 backendError",
    ),
    "tables": unavailable(
        at("tables.get", page(502), times=None), "could not read the table", "'Error 502"
    ),
    "a pause beyond patience": unavailable(
        at(INSERT, http(503, "backendError", retry_after=7200), times=None, table=ROWS),
        "it asks to wait 2h",
        most=9,
    ),
    "stall": unavailable(
        at(INSERT, stall(), times=None, table=ROWS),
        "nothing came in time (`timeout`)",
        settings={"timeout": SHORT, "retry_deadline": Duration(2)},
        most=30,
    ),
    **{
        f"some rows, {reason}": unavailable(
            rows_fail(reason, times=None), "BigQuery did not take", reason, most=90
        )
        for reason in ("backendError", "timeout")
    },
    "never known to streaming": unavailable(
        all_of(switch(unknown_seconds=1000000.0), recreate()),
        "streaming does not know it yet",
        spoils=True,
        most=120,
    ),
    "made anew, and loses rows for long": unavailable(
        all_of(switch(recreated_seconds=5000), recreate()),
        "acknowledged 12 rows",
        "a query finds 0 of them",
        "made anew a short while ago",
        spoils=True,
        most=700,
    ),
    "a column that streaming does not know": unavailable(
        all_of(older_table, switch(schema_lag_seconds=1000000.0), upgrade),
        "BigQuery knows no column terminal_type",
        "ccsync bigquery init --upgrade",
        spoils=True,
        most=120,
    ),
    "load, never done": unavailable(
        keep_running(10**9), "is not done after 10 minutes", mode="load", most=400
    ),
    "load, jobs fail": unavailable(
        jobs_fail(503, "backendError", "try again", times=1000), "try again", mode="load", most=120
    ),
}
