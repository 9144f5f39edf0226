"""Queries for dashboards over the views, such as those of Looker Studio and Metabase.

Each is written once; `ranges` knows how a tool says which days somebody has chosen.
"""

from ccsync.warehouse.tiles.data import FRESHNESS, MISSING_OR_OPEN_DAYS
from ccsync.warehouse.tiles.money import (
    BUDGET_THIS_MONTH,
    COST_BY_DAY,
    COST_BY_MODEL,
    COST_BY_PERSON,
    TOKENS_BY_DAY,
)
from ccsync.warehouse.tiles.people import (
    ACCEPTANCE_BY_TOOL,
    ACCEPTANCE_BY_WEEK,
    ACTIVITY_BY_DAY,
    COHORTS,
    PEOPLE_BY_TERMINAL,
    PEOPLE_BY_WEEK,
    PEOPLE_TABLE,
    STOPPED_USING,
)
from ccsync.warehouse.tiles.ranges import Range
from ccsync.warehouse.tiles.tile import Tile

__all__ = ["TILES", "Range", "Tile"]

TILES = (
    ACTIVITY_BY_DAY,
    PEOPLE_BY_WEEK,
    COST_BY_DAY,
    COST_BY_MODEL,
    COST_BY_PERSON,
    BUDGET_THIS_MONTH,
    TOKENS_BY_DAY,
    ACCEPTANCE_BY_WEEK,
    ACCEPTANCE_BY_TOOL,
    PEOPLE_TABLE,
    PEOPLE_BY_TERMINAL,
    COHORTS,
    STOPPED_USING,
    FRESHNESS,
    MISSING_OR_OPEN_DAYS,
)
"""In the order in which a dashboard shows them."""
