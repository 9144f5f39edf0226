"""Questions that people ask of the views, each with a query that answers it."""

from ccsync.warehouse.examples.data import INCOMPLETE_DAYS, MISSING_OR_OPEN_DAYS
from ccsync.warehouse.examples.example import Example
from ccsync.warehouse.examples.money import (
    BUDGET_THIS_MONTH,
    CACHE_SHARE,
    COST_BY_MODEL,
    COST_PER_PERSON,
    COST_PER_PULL_REQUEST,
    TOP_SPENDERS,
)
from ccsync.warehouse.examples.people import (
    ACCEPTANCE_BY_TOOL,
    ADOPTION_COHORTS,
    PEOPLE_BY_TERMINAL,
    STOPPED_USING,
    WEEKLY_ACTIVE_PEOPLE,
)

__all__ = ["EXAMPLES", "Example"]

EXAMPLES = (
    TOP_SPENDERS,
    BUDGET_THIS_MONTH,
    COST_BY_MODEL,
    COST_PER_PERSON,
    COST_PER_PULL_REQUEST,
    CACHE_SHARE,
    WEEKLY_ACTIVE_PEOPLE,
    STOPPED_USING,
    ADOPTION_COHORTS,
    PEOPLE_BY_TERMINAL,
    ACCEPTANCE_BY_TOOL,
    MISSING_OR_OPEN_DAYS,
    INCOMPLETE_DAYS,
)
"""In the order in which documentation shows them."""
