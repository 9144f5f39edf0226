"""`ccsync bigquery compact`: deletes rows of snapshots that no view shows any more.

Nothing depends on it: superseded rows cost storage and are read by nobody. So it only ever deletes
what it is sure of, and leaves everything else for another time:

- rows of one source and one day, by one statement;
- never rows that were written after the newest commit: another run may be about to commit them;
- nothing where the newest commit's snapshot lacks rows: the views then show an older one.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from ccsync.warehouse.columns import SYNC_DAYS, USAGE_RAW
from ccsync.warehouse.views import NEWEST_FIRST
from ccsync_bigquery import permissions
from ccsync_bigquery.errors import StreamingBufferError
from ccsync_bigquery.jobs import Jobs
from ccsync_bigquery.names import Place
from ccsync_bigquery.service import Service

_FLUSHED = dt.timedelta(minutes=90)
"""By then streamed rows are stored, and may be deleted (BigQuery documentation, streaming data)."""

# An outer join has to compare columns of both sides, so the source id, which all rows share.
_LOOK = """\
SELECT
  c.snapshot_id,
  c.committed_at,
  c.record_count,
  COUNT(DISTINCT IF(r.snapshot_id = c.snapshot_id, r.record_key, NULL)) AS records,
  COUNTIF(r.snapshot_id != c.snapshot_id AND r.written_at < c.committed_at) AS superseded
FROM (
  SELECT source_id, snapshot_id, record_count, committed_at FROM `{commits}`
  WHERE date = @day AND source_id = @source_id
  ORDER BY {newest_first}
  LIMIT 1
) AS c
LEFT JOIN (
  SELECT source_id, snapshot_id, record_key, written_at FROM `{rows}`
  WHERE date = @day AND source_id = @source_id
) AS r ON r.source_id = c.source_id
GROUP BY c.snapshot_id, c.committed_at, c.record_count
"""

# Since the look another run may have committed anew a snapshot that was superseded then.
_DELETE = """\
DELETE FROM `{rows}`
WHERE date = @day AND source_id = @source_id
  AND snapshot_id != @snapshot_id AND written_at < @committed_at
  AND snapshot_id NOT IN (
    SELECT snapshot_id FROM `{commits}`
    WHERE date = @day AND source_id = @source_id AND committed_at > @committed_at
  )
"""


class Compacted(msgspec.Struct, frozen=True):
    """What became of one day."""

    day: dt.date
    deleted: int
    """Rows that are gone now."""

    skipped: str = ""
    """Why nothing was deleted although there may be something, and when to try again; or empty."""


def compact(service: Service, jobs: Jobs, place: Place, source_id: str, day: dt.date) -> Compacted:
    """Delete the rows of one source's superseded snapshots of a day.

    What the views show stays as it is, before, meanwhile and after. Rows of other sources stay.

    Raises:
        SinkUnavailable: BigQuery does not answer; rows may or may not be deleted.
        SinkRefused: a permission is missing, or the project has no billing: no statement that
            deletes rows is free of charge.
    """
    names = {
        "rows": place.table(USAGE_RAW.name),
        "commits": place.table(SYNC_DAYS.name),
        "newest_first": NEWEST_FIRST,
    }
    parameters: dict[str, object] = {"day": day, "source_id": source_id}
    found = jobs.query(f"look what {day} is made of", _LOOK.format(**names), parameters)
    if not found:
        return Compacted(day, 0, "the day was never committed")
    (row,) = found
    if not row["superseded"]:
        return Compacted(day, 0)
    if row["records"] != row["record_count"]:
        return Compacted(
            day,
            0,
            f"its newest snapshot has {row['records']:,} of {row['record_count']:,} records, so "
            f"older ones are kept: run `ccsync sync --from {day} --to {day} --force` first",
        )
    if _has_streamed_rows(service, jobs, day):
        return Compacted(day, 0, _streamed(jobs))
    parameters |= {name: row[name] for name in ("snapshot_id", "committed_at")}
    try:
        deleted = jobs.execute(
            f"delete superseded rows of {day}", _DELETE.format(**names), parameters
        )
    except StreamingBufferError:
        return Compacted(day, 0, _streamed(jobs))
    return Compacted(day, deleted)


def _has_streamed_rows(service: Service, jobs: Jobs, day: dt.date) -> bool:
    partition = service.reference(f"{USAGE_RAW.name}${day:%Y%m%d}")
    found: Any = jobs.context.retry(
        lambda: service.call(
            f"look at the partition of {day}",
            lambda: service.client.get_table(partition, **service.once),
            table=USAGE_RAW.name,
            permission=permissions.TABLES_GET,
        )
    )
    return found.streaming_buffer is not None


def _streamed(jobs: Jobs) -> str:
    again = jobs.context.now() + _FLUSHED
    return (
        "rows of it were streamed a short while ago, and BigQuery deletes none before they are "
        f"stored: try again after {again:%Y-%m-%d %H:%MZ}"
    )
