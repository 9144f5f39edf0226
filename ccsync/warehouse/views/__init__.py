"""What analysts read: views over the tables, one definition for every engine.

`usage_daily` is the truth; all others of usage are made from it. No view shows rows of a snapshot
without a commit, or rows that only try out a table.
"""

from __future__ import annotations

from ccsync.warehouse.dialect import Dialect
from ccsync.warehouse.tables import LABELS
from ccsync.warehouse.views.current import CURRENT_DAYS, NEWEST_FIRST, USAGE_DAILY
from ccsync.warehouse.views.daily import DAILY_USER, ORG_DAILY
from ccsync.warehouse.views.flat import COST_DAILY, MODEL_USAGE_DAILY, TOOL_ACTIONS_DAILY
from ccsync.warehouse.views.people import ADOPTION, COHORTS, WEEKLY_ACTIVE
from ccsync.warehouse.views.summaries import ACCEPTANCE_BY_TOOL, COST_BY_MODEL_MONTH
from ccsync.warehouse.views.sync import SYNC_AUDIT, SYNC_FRESHNESS
from ccsync.warehouse.views.view import View

__all__ = ["NEWEST_FIRST", "VIEWS", "View", "create_view"]

VIEWS = (
    CURRENT_DAYS,
    USAGE_DAILY,
    MODEL_USAGE_DAILY,
    TOOL_ACTIONS_DAILY,
    COST_DAILY,
    DAILY_USER,
    ORG_DAILY,
    WEEKLY_ACTIVE,
    ACCEPTANCE_BY_TOOL,
    COST_BY_MODEL_MONTH,
    ADOPTION,
    COHORTS,
    SYNC_FRESHNESS,
    SYNC_AUDIT,
)
"""In order of creation: a view comes after those it reads."""


def create_view(view: View, dialect: Dialect) -> str:
    """Write what creates a view, or replaces it, and describes it.

    Returns:
        Statements, each ended by a semicolon: one for BigQuery, several for DuckDB.
    """
    create = (
        f"CREATE OR REPLACE VIEW {dialect.table(view.name)}"
        f"{dialect.view_clauses(view.description, view.columns, LABELS)}\n"
        f"AS\n{view.sql(dialect)}"
    )
    comments = dialect.comments("VIEW", view.name, view.description, view.columns)
    return "".join(f"{statement};\n" for statement in (create, *comments))
