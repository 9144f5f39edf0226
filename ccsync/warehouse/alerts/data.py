"""Alerts about the data themselves: whether they come, and whether they are whole."""

# ruff: noqa: S608 - only names and expressions of this package get into the text

from __future__ import annotations

from inspect import cleandoc

from ccsync.warehouse.alerts.alert import Alert
from ccsync.warehouse.dialect import Dialect

OFTEN = "every 6 hours"
DAILY = "every day 12:00"
"""At noon UTC a run of the morning is over."""


def data_stale(*, hours: int = 26) -> Alert:
    """Tell of sources that nothing was fetched of for so long, and of tables without any day."""

    def wrong(d: Dialect) -> str:
        return cleandoc(f"""
            SELECT
              source_id,
              hours_ago,
              CONCAT('source ', source_id, ' was last fetched ', CAST(hours_ago AS STRING),
                ' hours ago') AS what
            FROM (
              SELECT source_id, {d.hours_since("last_fetched_at")} AS hours_ago
              FROM {d.table("sync_freshness")}
            ) AS ages
            WHERE hours_ago >= {hours}
            UNION ALL
            SELECT
              '' AS source_id,
              CAST(NULL AS INT64) AS hours_ago,
              'no day was ever delivered' AS what
            FROM (SELECT COUNT(*) AS sources FROM {d.table("sync_freshness")}) AS counted
            WHERE sources = 0
            ORDER BY source_id
        """)

    return Alert(
        key="data-stale",
        summary="Claude Code usage is no longer brought up to date",
        runbook="run `ccsync status` for the newest day of the sink, then look at the log and the "
        "exit code of the last run: 3 wants a key or a permission, 5 a network, none at all a "
        "schedule. A source that was given up on purpose: leave it out of this query.",
        schedule=OFTEN,
        wrong=wrong,
    )


def day_missing(*, final_after: int = 7) -> Alert:
    """Tell of ended days that were never delivered, or never again after they became final.

    Args:
        final_after: days after which numbers must be final; more than `settle_after_days`.
    """

    def wrong(d: Dialect) -> str:
        yesterday = d.days_before(d.today(), 1)
        return cleandoc(f"""
            SELECT
              e.source_id,
              e.date,
              CASE WHEN c.date IS NULL THEN 'missing' ELSE 'not final' END AS state,
              CONCAT(CAST(e.date AS STRING), ' of source ', e.source_id,
                CASE WHEN c.date IS NULL THEN ' is missing' ELSE ' is not final' END) AS what
            FROM (
              SELECT f.source_id, day AS date
              FROM {d.table("sync_freshness")} AS f
              CROSS JOIN {d.each_day("f.first_day", yesterday, "day")}
            ) AS e
            LEFT JOIN {d.table("current_days")} AS c
              ON c.source_id = e.source_id AND c.date = e.date
            WHERE c.date IS NULL
              OR (NOT c.settled AND e.date < {d.days_before(d.today(), final_after)})
            ORDER BY e.source_id, e.date
        """)

    return Alert(
        key="day-missing",
        summary="Days of Claude Code usage are missing",
        runbook="`ccsync status` lists missing and skipped days; `ccsync sync --from DAY --to DAY "
        "--force` fetches and delivers them again.",
        schedule=DAILY,
        wrong=wrong,
    )


def day_incomplete() -> Alert:
    """Tell of days whose newest delivery is not whole, so that readers see an older one or none."""

    def wrong(d: Dialect) -> str:
        return cleandoc(f"""
            SELECT
              source_id,
              date,
              COALESCE(record_count, 0) AS record_count,
              records_there,
              CONCAT(CAST(date AS STRING), ' of source ', source_id, ': ',
                CASE
                  WHEN record_count IS NULL THEN 'rows without a commit'
                  ELSE CONCAT(CAST(records_there AS STRING), ' records of ',
                    CAST(record_count AS STRING))
                END) AS what
            FROM {d.table("sync_audit")}
            WHERE NOT complete AND date < {d.days_before(d.today(), 1)}
            ORDER BY source_id, date
        """)

    return Alert(
        key="day-incomplete",
        summary="Deliveries of Claude Code usage did not end",
        runbook="`ccsync sync --from DAY --to DAY --force` delivers the days again; if that does "
        "not help, look for who deletes rows of usage_raw.",
        schedule=DAILY,
        wrong=wrong,
    )
