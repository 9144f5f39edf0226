"""The lists within a record as rows of their own, and what they cost."""

# ruff: noqa: S608 - only names and expressions of this package get into the text

from __future__ import annotations

from inspect import cleandoc

from ccsync.warehouse.columns import ESTIMATED
from ccsync.warehouse.dialect import Dialect
from ccsync.warehouse.views.view import (
    ACTOR,
    DIMENSIONS,
    SETTLED,
    View,
    of_model,
    of_record,
    of_tool,
)


def _model_usage_daily(d: Dialect) -> str:
    return cleandoc(f"""
        SELECT
          u.date,
          u.organization_id,
          u.actor_type,
          u.actor_id,
          u.customer_type,
          u.subscription_type,
          u.terminal_type,
          u.is_remote,
          m.model,
          m.input_tokens,
          m.output_tokens,
          m.cache_read_tokens,
          m.cache_creation_tokens,
          m.cache_creation_5m_tokens,
          m.cache_creation_1h_tokens,
          m.estimated_cost,
          m.estimated_cost_minor,
          m.currency,
          u.source_id,
          u.record_key,
          u.settled
        FROM {d.table("usage_daily")} AS u
        CROSS JOIN {d.flatten("u.model_usage", "m")}
    """)


MODEL_USAGE_DAILY = View(
    name="model_usage_daily",
    description="Tokens and estimated cost: usage_daily with one row per model and currency. "
    "Records that used no model are not there.",
    columns=(
        *DIMENSIONS,
        *of_model(
            "model",
            "input_tokens",
            "output_tokens",
            "cache_read_tokens",
            "cache_creation_tokens",
            "cache_creation_5m_tokens",
            "cache_creation_1h_tokens",
            "estimated_cost",
            "estimated_cost_minor",
            "currency",
        ),
        *of_record("source_id", "record_key"),
        SETTLED,
    ),
    sql=_model_usage_daily,
)


def _tool_actions_daily(d: Dialect) -> str:
    return cleandoc(f"""
        SELECT
          u.date,
          u.organization_id,
          u.actor_type,
          u.actor_id,
          u.customer_type,
          u.subscription_type,
          u.terminal_type,
          u.is_remote,
          t.tool,
          t.accepted,
          t.rejected,
          u.source_id,
          u.record_key,
          u.settled
        FROM {d.table("usage_daily")} AS u
        CROSS JOIN {d.flatten("u.tool_actions", "t")}
    """)


TOOL_ACTIONS_DAILY = View(
    name="tool_actions_daily",
    description="Decisions about proposals: usage_daily with one row per tool. Records without a "
    "decision are not there.",
    columns=(
        *DIMENSIONS,
        *of_tool("tool", "accepted", "rejected"),
        *of_record("source_id", "record_key"),
        SETTLED,
    ),
    sql=_tool_actions_daily,
)


def _cost_daily(d: Dialect) -> str:
    return cleandoc(f"""
        SELECT
          date,
          organization_id,
          actor_type,
          actor_id,
          currency,
          SUM(estimated_cost) AS estimated_cost
        FROM {d.table("model_usage_daily")}
        GROUP BY date, organization_id, actor_type, actor_id, currency
    """)


COST_DAILY = View(
    name="cost_daily",
    description="Estimated cost per day, actor and currency. Costs in different currencies are "
    "different rows: group by currency too.",
    columns=(
        *ACTOR,
        *of_model("currency"),
        ("estimated_cost", f"In whole units of `currency` (dollars, not cents). {ESTIMATED}"),
    ),
    sql=_cost_daily,
)
