"""Reading back: what the views show of one day, added up, for `ccsync verify`.

Everything that belongs to the source counts, rows of other organizations that its credential may
see included: a day is fetched and replaced per source, and so it is compared.
"""

# ruff: noqa: S608 - only names and expressions of this module get into the text

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from ccsync import money
from ccsync.sink import Totals
from ccsync.warehouse.views import VIEWS
from ccsync_bigquery.errors import MissingTableError
from ccsync_bigquery.jobs import Jobs
from ccsync_bigquery.names import Place

_RECORD_SUMS = {"records": "COUNT(*)"} | {
    name: f"SUM({name})"
    for name in ("sessions", "lines_added", "lines_removed", "commits", "pull_requests")
}
_TOOL_SUMS = {"tools_accepted": "SUM(a.accepted)", "tools_rejected": "SUM(a.rejected)"}
_MODEL_SUMS = {
    name: f"SUM(m.{name})"
    for name in ("input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens")
}
_COUNTS = (*_RECORD_SUMS, *_TOOL_SUMS, *_MODEL_SUMS)


def totals(jobs: Jobs, place: Place, source_id: str, day: dt.date) -> Totals:
    """Add up what `usage_daily` shows of a source's day, with one query.

    Raises:
        SinkUnavailable: BigQuery does not answer.
        SinkRefused: the view is not there, or may not be queried.
    """
    with naming_views():
        rows = jobs.query(
            f"add up {day} of {place.table('usage_daily')}",
            _sql(place),
            {"day": day, "source_id": source_id},
        )
    return _added_up(rows)


@contextmanager
def naming_views() -> Generator[None, None, None]:
    """Say of a missing view how it is made; a query that reads views fails in it."""
    try:
        yield
    except MissingTableError as error:
        missing = next((view.name for view in VIEWS if _names(error, view.name)), None)
        if missing is None:
            raise
        advice = f"The view {missing} is not there: run `ccsync bigquery views`"
        raise MissingTableError(error.what, advice, error.answer) from error


def _names(error: MissingTableError, view: str) -> bool:
    return re.search(rf"[.:]{view}\b", error.answer.text) is not None


def _sql(place: Place) -> str:
    """Write the query: a row with the sums of records, one of tools, and one per currency.

    Money of different currencies is never added, and a record counts once however many tools and
    models it names: so these are three sums, side by side.
    """
    return "\nUNION ALL\n".join(
        (
            f"WITH shown AS (\n  SELECT * FROM `{place.table('usage_daily')}`\n"
            "  WHERE date = @day AND source_id = @source_id\n)\n"
            + _select(_RECORD_SUMS, "shown AS r"),
            _select(_TOOL_SUMS, "shown AS r, UNNEST(r.tool_actions) AS a"),
            _select(
                _MODEL_SUMS,
                "shown AS r, UNNEST(r.model_usage) AS m\nGROUP BY m.currency",
                currency="m.currency",
                cost="SUM(m.estimated_cost)",
            ),
        )
    )


def _select(
    sums: Mapping[str, str],
    source: str,
    *,
    currency: str = "CAST(NULL AS STRING)",
    cost: str = "CAST(NULL AS BIGNUMERIC)",
) -> str:
    counts = [f"{sums.get(name, '0')} AS {name}" for name in _COUNTS]
    columns = ",\n  ".join([f"{currency} AS currency", f"{cost} AS estimated_cost", *counts])
    return f"SELECT\n  {columns}\nFROM {source}"


def _added_up(rows: Sequence[Mapping[str, Any]]) -> Totals:
    counts = dict.fromkeys(_COUNTS, 0)
    costs: dict[str, Decimal] = {}
    for row in rows:
        for name in _COUNTS:
            # The sum of nothing is null.
            counts[name] += row[name] or 0
        if row["currency"] is not None:
            costs[row["currency"]] = row["estimated_cost"] or money.ZERO
    known: dict[str, Any] = counts
    return Totals(estimated_cost=costs, **known)
