"""Whole days back from the views, for `ccsync insights`. Needs the permission to query."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TypeVar

import msgspec

from ccsync.sink import Shown
from ccsync.warehouse import reading
from ccsync.warehouse.dialect import BigQuery
from ccsync_bigquery.jobs import Jobs
from ccsync_bigquery.names import Place
from ccsync_bigquery.readback import naming_views

R = TypeVar("R", bound=msgspec.Struct)


def read(jobs: Jobs, place: Place, first: dt.date | None, last: dt.date | None) -> Iterator[Shown]:
    """Give the days from `first` to `last`, as `ccsync.sink.Readable` promises.

    Raises:
        SinkUnavailable: BigQuery does not answer, or a day was replaced again and again meanwhile.
        SinkRefused: a view is not there, or may not be queried.
    """

    def ask(doing: str, sql: str, row: type[R]) -> Iterator[R]:
        with naming_views():
            found = jobs.query(doing, sql, {})
        return (msgspec.convert(one, row) for one in found)

    return reading.read(ask, BigQuery(*place), first, last)
