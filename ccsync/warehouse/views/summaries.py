"""Decisions by tool, and tokens and estimated cost by model."""

# ruff: noqa: S608 - only names and expressions of this package get into the text

from __future__ import annotations

from inspect import cleandoc

from ccsync.warehouse.columns import ESTIMATED
from ccsync.warehouse.dialect import Dialect
from ccsync.warehouse.views.view import (
    ACCEPTANCE_RATE,
    ACCEPTED_OF_ALL,
    CACHE_READ_SHARE,
    CACHED_OF_ALL,
    DECISIONS,
    PEOPLE,
    SETTLED,
    TOKENS,
    View,
    of_model,
    of_record,
    of_tool,
)


def _acceptance_by_tool(d: Dialect) -> str:
    return cleandoc(f"""
        SELECT
          date,
          organization_id,
          tool,
          {d.total("accepted")} AS accepted,
          {d.total("rejected")} AS rejected,
          {d.ratio(*ACCEPTED_OF_ALL)} AS acceptance_rate,
          {d.every("settled")} AS settled
        FROM {d.table("tool_actions_daily")}
        GROUP BY date, organization_id, tool
    """)


ACCEPTANCE_BY_TOOL = View(
    name="acceptance_by_tool",
    description="Decisions about proposals per UTC day, organization and tool. For longer times "
    "add accepted and rejected and divide again; do not average the rate.",
    columns=(
        *of_record("date", "organization_id"),
        *of_tool("tool"),
        *DECISIONS,
        ACCEPTANCE_RATE,
        SETTLED,
    ),
    sql=_acceptance_by_tool,
)


def _cost_by_model_month(d: Dialect) -> str:
    return cleandoc(f"""
        SELECT
          {d.month("date")} AS month,
          organization_id,
          model,
          currency,
          COUNT(DISTINCT CASE WHEN {PEOPLE} THEN actor_id END) AS people,
          {d.total("input_tokens")} AS input_tokens,
          {d.total("output_tokens")} AS output_tokens,
          {d.total("cache_read_tokens")} AS cache_read_tokens,
          {d.total("cache_creation_tokens")} AS cache_creation_tokens,
          {d.ratio(*CACHED_OF_ALL)} AS cache_read_share,
          SUM(estimated_cost) AS estimated_cost,
          {d.every("settled")} AS settled
        FROM {d.table("model_usage_daily")}
        GROUP BY month, organization_id, model, currency
    """)


COST_BY_MODEL_MONTH = View(
    name="cost_by_model_month",
    description="Tokens and estimated cost per month (UTC), organization, model and currency. The "
    "running month is there as far as it has come.",
    columns=(
        ("month", "The first day of the month."),
        *of_record("organization_id"),
        *of_model("model", "currency"),
        ("people", "People (`user_actor`) who used the model."),
        *TOKENS,
        CACHE_READ_SHARE,
        ("estimated_cost", f"In whole units of `currency` (dollars, not cents). {ESTIMATED}"),
        ("settled", "Whether the numbers of its days so far are final."),
    ),
    sql=_cost_by_model_month,
)
