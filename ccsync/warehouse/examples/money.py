"""Questions about estimated cost. It is not a bill, and overlaps Anthropic's Cost API."""

# ruff: noqa: S608 - only names and expressions of this package get into the text

from __future__ import annotations

from inspect import cleandoc

from ccsync.warehouse.dialect import Dialect
from ccsync.warehouse.examples.example import Example
from ccsync.warehouse.views.view import CACHED_OF_ALL, PEOPLE


def _top_spenders(d: Dialect) -> str:
    return cleandoc(f"""
        WITH spent AS (
          SELECT
            currency,
            organization_id,
            actor_type,
            actor_id,
            SUM(estimated_cost) AS estimated_cost
          FROM {d.table("cost_daily")}
          WHERE date >= {d.month(d.today())} AND date <= {d.month_end(d.today())}
          GROUP BY currency, organization_id, actor_type, actor_id
        ),
        in_all AS (
          SELECT currency, SUM(estimated_cost) AS estimated_cost
          FROM spent
          GROUP BY currency
        ),
        ranked AS (
          SELECT
            currency,
            organization_id,
            actor_type,
            actor_id,
            estimated_cost,
            ROW_NUMBER() OVER (
              PARTITION BY currency
              ORDER BY estimated_cost DESC, organization_id, actor_type, actor_id
            ) AS place
          FROM spent
        )
        SELECT
          r.currency,
          r.place,
          r.organization_id,
          r.actor_type,
          r.actor_id,
          r.estimated_cost,
          {d.ratio("r.estimated_cost", "a.estimated_cost")} AS share
        FROM ranked AS r
        JOIN in_all AS a ON a.currency = r.currency
        WHERE r.place <= 20
        ORDER BY r.currency, r.place
    """)


TOP_SPENDERS = Example(
    "top_spenders",
    "Which 20 people and API keys have the highest estimated cost this month, and which share of "
    "all is theirs?",
    _top_spenders,
)


def _cost_by_model(d: Dialect) -> str:
    return cleandoc(f"""
        WITH in_all AS (
          SELECT month, organization_id, currency, SUM(estimated_cost) AS estimated_cost
          FROM {d.table("cost_by_model_month")}
          GROUP BY month, organization_id, currency
        )
        SELECT
          m.month,
          m.organization_id,
          m.model,
          m.currency,
          m.people,
          m.estimated_cost,
          {d.ratio("m.estimated_cost", "a.estimated_cost")} AS share_of_month
        FROM {d.table("cost_by_model_month")} AS m
        JOIN in_all AS a
          ON a.month = m.month
          AND a.organization_id = m.organization_id
          AND a.currency = m.currency
        ORDER BY m.month DESC, m.organization_id, m.currency, m.estimated_cost DESC, m.model
    """)


COST_BY_MODEL = Example(
    "cost_by_model",
    "What is the estimated cost of each model in each month?",
    _cost_by_model,
)


def _budget_this_month(d: Dialect) -> str:
    today = d.today()
    first, last = d.month(today), d.month_end(today)
    return cleandoc(f"""
        WITH budget AS (
          SELECT 'USD' AS currency, 5000 AS amount
        ),
        calendar AS (
          SELECT
            {first} AS month,
            {d.days_between(first, today)} + 1 AS days_so_far,
            {d.days_between(first, last)} + 1 AS days_of_month
        ),
        spent AS (
          SELECT currency, SUM(estimated_cost) AS amount
          FROM {d.table("cost_daily")}
          WHERE date >= {first} AND date <= {today}
          GROUP BY currency
        )
        SELECT
          c.month,
          b.currency,
          b.amount AS budget,
          COALESCE(s.amount, 0) AS estimated_cost,
          {d.ratio("COALESCE(s.amount, 0)", "b.amount")} AS share_of_budget,
          {d.ratio("c.days_so_far", "c.days_of_month")} AS share_of_month,
          {d.ratio("COALESCE(s.amount, 0)", "c.days_so_far")} * c.days_of_month AS at_this_rate
        FROM budget AS b
        CROSS JOIN calendar AS c
        LEFT JOIN spent AS s ON s.currency = b.currency
        ORDER BY b.currency
    """)


BUDGET_THIS_MONTH = Example(
    "budget_this_month",
    "How much of this month's budget is spent, and where does it end at this rate? Put your budget "
    "in the place of 5000 USD. Today counts as a whole day.",
    _budget_this_month,
)


def _cost_per_pull_request(d: Dialect) -> str:
    # A day of several currencies has a null cost, which MIN and MAX would pass over.
    one = "COUNT(estimated_cost) = COUNT(*) AND MIN(currency) = MAX(currency)"
    return cleandoc(f"""
        SELECT
          {d.month("date")} AS month,
          organization_id,
          {d.total("pull_requests")} AS pull_requests,
          {d.total("commits")} AS commits,
          CASE WHEN {one} THEN MIN(currency) END AS currency,
          CASE WHEN {one} THEN SUM(estimated_cost) END AS estimated_cost,
          CASE WHEN {one} THEN {d.ratio("SUM(estimated_cost)", "SUM(pull_requests)")} END
            AS cost_per_pull_request
        FROM {d.table("org_daily")}
        GROUP BY month, organization_id
        ORDER BY month DESC, organization_id
    """)


COST_PER_PULL_REQUEST = Example(
    "cost_per_pull_request",
    "What is the estimated cost per pull request in each month? Those opened by Claude Code: "
    "whether they were merged, the API does not say. Empty in months of several currencies.",
    _cost_per_pull_request,
)


def _cost_per_person(d: Dialect) -> str:
    return cleandoc(f"""
        WITH people AS (
          SELECT
            {d.month("date")} AS month,
            organization_id,
            COUNT(DISTINCT actor_id) AS people
          FROM {d.table("usage_daily")}
          WHERE {PEOPLE}
          GROUP BY month, organization_id
        ),
        cost AS (
          SELECT
            {d.month("date")} AS month,
            organization_id,
            currency,
            SUM(estimated_cost) AS estimated_cost
          FROM {d.table("cost_daily")}
          WHERE {PEOPLE}
          GROUP BY month, organization_id, currency
        )
        SELECT
          c.month,
          c.organization_id,
          p.people,
          c.currency,
          c.estimated_cost,
          {d.ratio("c.estimated_cost", "p.people")} AS cost_per_person
        FROM cost AS c
        JOIN people AS p ON p.month = c.month AND p.organization_id = c.organization_id
        ORDER BY c.month DESC, c.organization_id, c.currency
    """)


COST_PER_PERSON = Example(
    "cost_per_person",
    "What is the estimated cost per active person in each month? API keys are left out.",
    _cost_per_person,
)


def _cache_share(d: Dialect) -> str:
    return cleandoc(f"""
        SELECT
          {d.week("date")} AS week,
          organization_id,
          {d.total("input_tokens")} AS input_tokens,
          {d.total("cache_read_tokens")} AS cache_read_tokens,
          {d.total("cache_creation_tokens")} AS cache_creation_tokens,
          {d.ratio(*CACHED_OF_ALL)} AS cache_read_share
        FROM {d.table("model_usage_daily")}
        GROUP BY week, organization_id
        ORDER BY week DESC, organization_id
    """)


CACHE_SHARE = Example(
    "cache_share",
    "Which share of the tokens that models read came from the prompt cache, week by week?",
    _cache_share,
)
