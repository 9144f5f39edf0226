"""What BigQuery has of one day: the current commit, and how many rows of a snapshot are there."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from ccsync.snapshot import Snapshot
from ccsync.warehouse.columns import SYNC_DAYS, USAGE_RAW
from ccsync.warehouse.views import NEWEST_FIRST
from ccsync_bigquery.jobs import Jobs
from ccsync_bigquery.names import Place

_SQL = """\
SELECT snapshot_id, fetched_at, 0 AS rows_there FROM (
  SELECT snapshot_id, fetched_at FROM `{commits}`
  WHERE date = @day AND source_id = @source_id
  ORDER BY {newest_first}
  LIMIT 1
) AS newest
UNION ALL
SELECT CAST(NULL AS STRING), CAST(NULL AS TIMESTAMP), COUNT(DISTINCT record_key) FROM `{rows}`
WHERE date = @day AND source_id = @source_id AND snapshot_id = @snapshot_id
"""


class Standing(msgspec.Struct, frozen=True):
    """How a day stands at BigQuery, seen from a snapshot of it."""

    snapshot_id: str | None
    """Of the newest commit; None when the day was never committed."""

    fetched_at: dt.datetime | None
    """Of the newest commit: the moment that orders revisions."""

    rows_there: int
    """Records of our snapshot that a query finds, each counted once."""

    def is_newer_than(self, snapshot: Snapshot) -> bool:
        """Tell whether another run committed a later revision."""
        return self.fetched_at is not None and self.fetched_at > snapshot.fetched_at

    def has_rows_of(self, snapshot: Snapshot) -> bool:
        """Tell whether every record is there, so that none need be written again."""
        return self.rows_there == snapshot.record_count

    def shows(self, snapshot: Snapshot) -> bool:
        """Tell whether the views show this revision, whole."""
        named = (self.snapshot_id, self.fetched_at)
        ours = (snapshot.snapshot_id, snapshot.fetched_at)
        return named == ours and self.has_rows_of(snapshot)


def ask(jobs: Jobs, place: Place, snapshot: Snapshot) -> Standing:
    """Query how the snapshot's day stands.

    Raises:
        SinkUnavailable, SinkRefused: as `Jobs.query`; `ForbiddenError` without permission to query.
    """
    sql = _SQL.format(
        rows=place.table(USAGE_RAW.name),
        commits=place.table(SYNC_DAYS.name),
        newest_first=NEWEST_FIRST,
    )
    parameters: dict[str, Any] = {
        "day": snapshot.day,
        "source_id": snapshot.source_id,
        "snapshot_id": snapshot.snapshot_id,
    }
    found = jobs.query(f"read what it has of {snapshot.day}", sql, parameters)
    commit = next((row for row in found if row["snapshot_id"] is not None), None)
    return Standing(
        snapshot_id=commit["snapshot_id"] if commit else None,
        fetched_at=commit["fetched_at"] if commit else None,
        rows_there=sum(row["rows_there"] for row in found),
    )
