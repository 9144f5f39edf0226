"""Finds what `ccsync bigquery compact` has to do: whose days hold rows that no view shows."""

from __future__ import annotations

import datetime as dt

from ccsync.errors import SinkRefused
from ccsync.warehouse.columns import PROBE_SOURCE_ID, SYNC_DAYS, USAGE_RAW
from ccsync.warehouse.views import NEWEST_FIRST
from ccsync_bigquery.jobs import Jobs
from ccsync_bigquery.names import Place

_SOURCES = """\
SELECT DISTINCT source_id FROM `{commits}`
WHERE date BETWEEN @first AND @last AND source_id != @probe
ORDER BY source_id
"""

_DAYS = """\
SELECT r.date AS day
FROM `{rows}` AS r
JOIN (
  SELECT date, source_id, snapshot_id, committed_at FROM `{commits}`
  WHERE date BETWEEN @first AND @last AND source_id = @source_id
  QUALIFY ROW_NUMBER() OVER (PARTITION BY date ORDER BY {newest_first}) = 1
) AS c ON c.date = r.date AND c.source_id = r.source_id
WHERE r.date BETWEEN @first AND @last AND r.source_id = @source_id
  AND r.snapshot_id != c.snapshot_id AND r.written_at < c.committed_at
GROUP BY r.date
ORDER BY r.date
"""


def only_source(jobs: Jobs, place: Place, first: dt.date, last: dt.date) -> str | None:
    """Give the organization whose days are there; None when there are none.

    For who has no state that says which one is his.

    Raises:
        SinkUnavailable: BigQuery cannot be reached, and patience is used up.
        SinkRefused: there are several; or as `Jobs.query`.
    """
    sql = _SOURCES.format(commits=place.table(SYNC_DAYS.name))
    asked = {"first": first, "last": last, "probe": PROBE_SOURCE_ID}
    found = [str(row["source_id"]) for row in jobs.query("see whose days it has", sql, asked)]
    if len(found) > 1:
        raise SinkRefused(
            f"{place} has days of {len(found)} organizations ({', '.join(found)}), and nothing "
            "says which one is yours: set `source.organization_id`, or use the `state:` of its runs"
        )
    return found[0] if found else None


def days(jobs: Jobs, place: Place, source_id: str, first: dt.date, last: dt.date) -> list[dt.date]:
    """Give the days that hold rows of superseded snapshots, in order.

    Args:
        jobs: asks.
        place: the dataset.
        source_id: whose days.
        first: inclusive.
        last: inclusive.

    Raises:
        SinkUnavailable, SinkRefused: as `Jobs.query`.
    """
    sql = _DAYS.format(
        rows=place.table(USAGE_RAW.name),
        commits=place.table(SYNC_DAYS.name),
        newest_first=NEWEST_FIRST,
    )
    asked = {"first": first, "last": last, "source_id": source_id}
    return [row["day"] for row in jobs.query("look for superseded rows", sql, asked)]
