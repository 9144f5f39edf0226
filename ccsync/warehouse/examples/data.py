"""Questions about the data themselves."""

# ruff: noqa: S608 - only names and expressions of this package get into the text

from __future__ import annotations

from inspect import cleandoc

from ccsync.warehouse.dialect import Dialect
from ccsync.warehouse.examples.example import Example


def _missing_or_open_days(d: Dialect) -> str:
    yesterday = d.days_before(d.today(), 1)
    return cleandoc(f"""
        SELECT
          e.source_id,
          e.date,
          CASE WHEN c.date IS NULL THEN 'missing' ELSE 'open' END AS state,
          c.fetched_at
        FROM (
          SELECT f.source_id, day AS date
          FROM {d.table("sync_freshness")} AS f
          CROSS JOIN {d.each_day("f.first_day", yesterday, "day")}
        ) AS e
        LEFT JOIN {d.table("current_days")} AS c
          ON c.source_id = e.source_id AND c.date = e.date
        WHERE c.date IS NULL OR NOT c.settled
        ORDER BY e.source_id, e.date
    """)


MISSING_OR_OPEN_DAYS = Example(
    "missing_or_open_days",
    "Which days, from each source's first to yesterday, were never delivered, or were too recent "
    "to be final when they were last fetched?",
    _missing_or_open_days,
)


def _incomplete_days(d: Dialect) -> str:
    return cleandoc(f"""
        SELECT
          source_id,
          date,
          record_count,
          records_there,
          uncommitted_snapshots,
          uncommitted_rows
        FROM {d.table("sync_audit")}
        WHERE NOT complete OR uncommitted_rows > 0
        ORDER BY source_id, date
    """)


INCOMPLETE_DAYS = Example(
    "incomplete_days",
    "Of which days are rows missing, or rows there that no commit has made visible? A delivery "
    "that is under way is shown, too.",
    _incomplete_days,
)
