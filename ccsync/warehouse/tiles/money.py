"""Tiles about tokens and estimated cost, which is not a bill."""

# ruff: noqa: S608 - only names and expressions of this package get into the text

from __future__ import annotations

from inspect import cleandoc

from ccsync.warehouse.dialect import Dialect
from ccsync.warehouse.examples.money import BUDGET_THIS_MONTH as BUDGET
from ccsync.warehouse.tiles.ranges import Range
from ccsync.warehouse.tiles.tile import Tile
from ccsync.warehouse.views.view import CACHED_OF_ALL, PEOPLE

_ESTIMATED = (
    "Estimated cost is what the tokens would cost at list prices: not a bill. Never add across "
    "currencies."
)


def _tokens_by_day(d: Dialect, within: Range) -> str:
    return cleandoc(f"""
        SELECT
          date,
          organization_id,
          {d.total("input_tokens")} AS input_tokens,
          {d.total("output_tokens")} AS output_tokens,
          {d.total("cache_read_tokens")} AS cache_read_tokens,
          {d.total("cache_creation_tokens")} AS cache_creation_tokens,
          {d.ratio(*CACHED_OF_ALL)} AS cache_read_share
        FROM {d.table("model_usage_daily")}
        WHERE {within("date")}
        GROUP BY date, organization_id
        ORDER BY date, organization_id
    """)


TOKENS_BY_DAY = Tile(
    "tokens_by_day",
    "Tokens per day, and the share read from the prompt cache",
    "stacked bars",
    "cache_read_share is cache_read / (input + cache_read + cache_creation). For longer times add "
    "the tokens and divide again.",
    _tokens_by_day,
)


def _cost_by_day(d: Dialect, within: Range) -> str:
    return cleandoc(f"""
        SELECT
          date,
          organization_id,
          model,
          currency,
          SUM(estimated_cost) AS estimated_cost
        FROM {d.table("model_usage_daily")}
        WHERE {within("date")}
        GROUP BY date, organization_id, model, currency
        ORDER BY date, organization_id, model, currency
    """)


COST_BY_DAY = Tile(
    "cost_by_day",
    "Estimated cost per day, by model",
    "stacked bars",
    f"{_ESTIMATED} Break down by currency too, or filter one.",
    _cost_by_day,
)


def _cost_by_model(d: Dialect, within: Range) -> str:
    return cleandoc(f"""
        SELECT
          organization_id,
          model,
          currency,
          COUNT(DISTINCT CASE WHEN {PEOPLE} THEN actor_id END) AS people,
          {d.total("input_tokens")} AS input_tokens,
          {d.total("output_tokens")} AS output_tokens,
          {d.total("cache_read_tokens")} AS cache_read_tokens,
          {d.total("cache_creation_tokens")} AS cache_creation_tokens,
          SUM(estimated_cost) AS estimated_cost
        FROM {d.table("model_usage_daily")}
        WHERE {within("date")}
        GROUP BY organization_id, model, currency
        ORDER BY organization_id, currency, estimated_cost DESC, model
    """)


COST_BY_MODEL = Tile(
    "cost_by_model",
    "Estimated cost, tokens and people by model",
    "table",
    f"Over the whole range. {_ESTIMATED}",
    _cost_by_model,
)


def _cost_by_person(d: Dialect, within: Range) -> str:
    return cleandoc(f"""
        SELECT
          currency,
          organization_id,
          actor_type,
          actor_id,
          SUM(estimated_cost) AS estimated_cost
        FROM {d.table("cost_daily")}
        WHERE {within("date")}
        GROUP BY currency, organization_id, actor_type, actor_id
        ORDER BY currency, estimated_cost DESC, organization_id, actor_type, actor_id
    """)


COST_BY_PERSON = Tile(
    "cost_by_person",
    "Estimated cost by person and API key",
    "table",
    f"PERSONAL DATA. Over the whole range, the highest first. {_ESTIMATED}",
    _cost_by_person,
)


def _budget_this_month(d: Dialect, within: Range) -> str:
    del within  # is of this month
    return BUDGET.sql(d)


BUDGET_THIS_MONTH = Tile(
    "budget_this_month",
    "This month against the budget",
    "table",
    f"{BUDGET.question} {_ESTIMATED}",
    _budget_this_month,
)
