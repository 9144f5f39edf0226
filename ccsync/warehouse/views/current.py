"""What is true now: the current commit of each day, and the usage it names."""

# ruff: noqa: S608 - only names and expressions of this package get into the text

from __future__ import annotations

from inspect import cleandoc

from ccsync.warehouse.dialect import Dialect
from ccsync.warehouse.views.view import COMMIT, DIMENSIONS, SETTLED, View, of_record

NEWEST_FIRST = "fetched_at DESC, committed_at DESC, snapshot_id DESC"
"""Orders the commits of one source and day.

By the moment before the fetch, never by the clock at the end: a slow run that was overtaken must
not win because it finished last.
"""

_NEWEST = ", ".join(f"c.{one}" for one in NEWEST_FIRST.split(", "))


def _current_days(d: Dialect) -> str:
    return cleandoc(f"""
        SELECT
          c.date,
          c.source_id,
          c.snapshot_id,
          c.record_count,
          c.settled,
          c.fetched_at,
          c.committed_at,
          c.run_id,
          c.mode,
          c.ccsync_version,
          c.schema_version
        FROM {d.table("sync_days")} AS c
        LEFT JOIN (
          SELECT date, source_id, snapshot_id, COUNT(DISTINCT record_key) AS records
          FROM {d.table("usage_raw")}
          GROUP BY date, source_id, snapshot_id
        ) AS r
          ON r.date = c.date AND r.source_id = c.source_id AND r.snapshot_id = c.snapshot_id
        WHERE c.source_id != '' AND COALESCE(r.records, 0) = c.record_count
        QUALIFY ROW_NUMBER() OVER (PARTITION BY c.date, c.source_id ORDER BY {_NEWEST}) = 1
    """)


CURRENT_DAYS = View(
    name="current_days",
    description="The current commit of each source and day: the newest whose records are all "
    "there. A day without usage is there, with record_count 0; a day that is not there was never "
    "delivered.",
    columns=COMMIT,
    sql=_current_days,
)


def _usage_daily(d: Dialect) -> str:
    return cleandoc(f"""
        SELECT
          r.date,
          r.organization_id,
          r.actor_type,
          r.actor_id,
          r.customer_type,
          r.subscription_type,
          r.terminal_type,
          r.is_remote,
          r.sessions,
          r.lines_added,
          r.lines_removed,
          r.commits,
          r.pull_requests,
          r.tool_actions,
          r.model_usage,
          r.extra,
          r.source_id,
          r.snapshot_id,
          r.record_key,
          c.fetched_at,
          c.settled
        FROM {d.table("usage_raw")} AS r
        JOIN {d.table("current_days")} AS c
          ON c.date = r.date AND c.source_id = r.source_id AND c.snapshot_id = r.snapshot_id
        WHERE TRUE
        QUALIFY ROW_NUMBER() OVER (
          PARTITION BY r.date, r.source_id, r.snapshot_id, r.record_key
          ORDER BY r.written_at DESC, r.run_id DESC
        ) = 1
    """)


USAGE_DAILY = View(
    name="usage_daily",
    description="What the API says now: one row per actor, UTC day and combination of dimensions. "
    "Add up what you do not group by. A day without usage has no rows.",
    columns=(
        *DIMENSIONS,
        *of_record(
            "sessions",
            "lines_added",
            "lines_removed",
            "commits",
            "pull_requests",
            "tool_actions",
            "model_usage",
            "extra",
            "source_id",
            "snapshot_id",
            "record_key",
        ),
        ("fetched_at", "The moment before the day was asked for."),
        SETTLED,
    ),
    sql=_usage_daily,
)
