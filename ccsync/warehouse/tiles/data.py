"""Tiles about the data themselves."""

# ruff: noqa: S608 - only names and expressions of this package get into the text

from __future__ import annotations

from inspect import cleandoc

from ccsync.warehouse.dialect import Dialect
from ccsync.warehouse.examples.data import MISSING_OR_OPEN_DAYS as MISSING
from ccsync.warehouse.tiles.ranges import Range
from ccsync.warehouse.tiles.tile import Tile


def _freshness(d: Dialect, within: Range) -> str:
    del within  # is of all days
    return cleandoc(f"""
        SELECT
          source_id,
          first_day,
          last_day,
          last_settled_day,
          open_days,
          missing_days,
          empty_days,
          last_fetched_at
        FROM {d.table("sync_freshness")}
        ORDER BY source_id
    """)


FRESHNESS = Tile(
    "freshness",
    "Which days are there, and since when",
    "table",
    "One row per source, of all its days, whatever range is chosen. Numbers of open days may still "
    "change.",
    _freshness,
)


def _missing_or_open_days(d: Dialect, within: Range) -> str:
    del within  # is of all days
    return MISSING.sql(d)


MISSING_OR_OPEN_DAYS = Tile(
    "missing_or_open_days",
    "Days that are missing, or whose numbers may still change",
    "table",
    MISSING.question,
    _missing_or_open_days,
)
