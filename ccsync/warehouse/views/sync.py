"""Whether the data are fresh and whole."""

# ruff: noqa: S608 - only names and expressions of this package get into the text

from __future__ import annotations

from inspect import cleandoc

from ccsync.warehouse.dialect import Dialect
from ccsync.warehouse.views.current import NEWEST_FIRST
from ccsync.warehouse.views.view import View, of_record


def _sync_freshness(d: Dialect) -> str:
    return cleandoc(f"""
        SELECT
          source_id,
          MIN(date) AS first_day,
          MAX(date) AS last_day,
          MAX(CASE WHEN settled THEN date END) AS last_settled_day,
          COUNT(*) AS days,
          COUNT(CASE WHEN NOT settled THEN 1 END) AS open_days,
          {d.days_between("MIN(date)", "MAX(date)")} + 1 - COUNT(*) AS missing_days,
          COUNT(CASE WHEN record_count = 0 THEN 1 END) AS empty_days,
          MAX(fetched_at) AS last_fetched_at,
          MAX(committed_at) AS last_committed_at
        FROM {d.table("current_days")}
        GROUP BY source_id
    """)


SYNC_FRESHNESS = View(
    name="sync_freshness",
    description="One row per source: which days are there, and when the last one was fetched.",
    columns=(
        *of_record("source_id"),
        ("first_day", "The earliest day delivered."),
        ("last_day", "The latest day delivered."),
        ("last_settled_day", "The latest day whose numbers are final; null: none yet."),
        ("days", "Days delivered, those without usage included."),
        ("open_days", "Days that were too recent to be final when they were last fetched."),
        ("missing_days", "Days between first_day and last_day that were never delivered."),
        ("empty_days", "Days delivered on which nobody used Claude Code."),
        ("last_fetched_at", "When the API was last asked for a day that is shown."),
        ("last_committed_at", "When such a day was last committed."),
    ),
    sql=_sync_freshness,
)


def _sync_audit(d: Dialect) -> str:
    superseded = "s.commits > 0 AND s.snapshot_id != c.snapshot_id"
    shown = "CASE WHEN s.snapshot_id = c.snapshot_id THEN s.records ELSE 0 END"
    return cleandoc(f"""
        WITH snapshots AS (
          SELECT
            date,
            source_id,
            snapshot_id,
            SUM(commits) AS commits,
            SUM(row_count) AS row_count,
            SUM(records) AS records
          FROM (
            SELECT
              date,
              source_id,
              snapshot_id,
              0 AS commits,
              COUNT(*) AS row_count,
              COUNT(DISTINCT record_key) AS records
            FROM {d.table("usage_raw")}
            WHERE source_id != ''
            GROUP BY date, source_id, snapshot_id
            UNION ALL
            SELECT
              date,
              source_id,
              snapshot_id,
              COUNT(*) AS commits,
              0 AS row_count,
              0 AS records
            FROM {d.table("sync_days")}
            WHERE source_id != ''
            GROUP BY date, source_id, snapshot_id
          ) AS both_tables
          GROUP BY date, source_id, snapshot_id
        )
        SELECT
          s.date,
          s.source_id,
          c.snapshot_id,
          c.record_count,
          {d.total(shown)} AS records_there,
          COALESCE(c.record_count = {d.total(shown)}, FALSE) AS complete,
          {d.total("s.row_count - s.records")} AS duplicate_rows,
          COUNT(CASE WHEN {superseded} THEN 1 END) AS superseded_snapshots,
          {d.total(f"CASE WHEN {superseded} THEN s.row_count ELSE 0 END")} AS superseded_rows,
          COUNT(CASE WHEN s.commits = 0 THEN 1 END) AS uncommitted_snapshots,
          {d.total("CASE WHEN s.commits = 0 THEN s.row_count ELSE 0 END")} AS uncommitted_rows,
          c.settled,
          c.fetched_at,
          c.committed_at
        FROM snapshots AS s
        LEFT JOIN (
          SELECT date, source_id, snapshot_id, record_count, settled, fetched_at, committed_at
          FROM {d.table("sync_days")}
          WHERE source_id != ''
          QUALIFY ROW_NUMBER() OVER (PARTITION BY date, source_id ORDER BY {NEWEST_FIRST}) = 1
        ) AS c ON c.date = s.date AND c.source_id = s.source_id
        GROUP BY
          s.date,
          s.source_id,
          c.snapshot_id,
          c.record_count,
          c.settled,
          c.fetched_at,
          c.committed_at
    """)


SYNC_AUDIT = View(
    name="sync_audit",
    description="One row per source and day of which anything is in the tables: whether all that "
    "the newest commit promises is there, and what is left of other snapshots.",
    columns=(
        *of_record("date", "source_id"),
        ("snapshot_id", "Of the newest commit; null: the day has rows, but no commit."),
        ("record_count", "Records that the commit promises; null: no commit."),
        ("records_there", "Records of that snapshot that are in usage_raw, each counted once."),
        (
            "complete",
            "Whether all of them are there, so that the views show them. False for a day without a "
            "commit, and for a moment after a delivery, as streamed rows of the two tables need "
            "not appear in order; meanwhile the views show the newest commit that is complete.",
        ),
        ("duplicate_rows", "Rows written more than once. Harmless: views show one of them."),
        ("superseded_snapshots", "Snapshots with a commit that a later fetch has replaced."),
        ("superseded_rows", "Their rows in usage_raw, duplicates included."),
        (
            "uncommitted_snapshots",
            "Snapshots with rows but without a commit: a delivery that is under way, or that died "
            "half-way. Never shown.",
        ),
        ("uncommitted_rows", "Their rows in usage_raw, duplicates included."),
        ("settled", "Whether the newest snapshot is final; null: no commit."),
        ("fetched_at", "The moment before it was asked for; null: no commit."),
        ("committed_at", "When it was committed; null: no commit."),
    ),
    sql=_sync_audit,
)
