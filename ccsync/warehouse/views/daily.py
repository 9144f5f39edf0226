"""One row per actor and day, and one per organization and day."""

# ruff: noqa: S608 - only names and expressions of this package get into the text

from __future__ import annotations

from inspect import cleandoc

from ccsync.warehouse.columns import ESTIMATED
from ccsync.warehouse.dialect import Dialect
from ccsync.warehouse.views.view import (
    ACCEPTANCE_RATE,
    ACCEPTED_OF_ALL,
    ACTIVE_API_KEYS,
    ACTIVE_PEOPLE,
    ACTOR,
    API_KEYS,
    CACHE_READ_SHARE,
    CACHED_OF_ALL,
    COUNTS,
    DECISIONS,
    ONE_CURRENCY,
    PEOPLE,
    SAME_CURRENCY,
    SETTLED,
    TOKENS,
    View,
    of_record,
)


def _daily_user(d: Dialect) -> str:
    tools = d.flatten("u.tool_actions", "t")
    models = d.flatten("u.model_usage", "m")
    return cleandoc(f"""
        SELECT
          date,
          organization_id,
          actor_type,
          actor_id,
          {d.total("sessions")} AS sessions,
          {d.total("lines_added")} AS lines_added,
          {d.total("lines_removed")} AS lines_removed,
          {d.total("commits")} AS commits,
          {d.total("pull_requests")} AS pull_requests,
          {d.total("accepted")} AS accepted,
          {d.total("rejected")} AS rejected,
          {d.total("input_tokens")} AS input_tokens,
          {d.total("output_tokens")} AS output_tokens,
          {d.total("cache_read_tokens")} AS cache_read_tokens,
          {d.total("cache_creation_tokens")} AS cache_creation_tokens,
          CASE WHEN MIN(first_currency) = MAX(last_currency) THEN MIN(first_currency) END
            AS currency,
          CASE WHEN COALESCE(MIN(first_currency) = MAX(last_currency), TRUE) THEN SUM(cost) END
            AS estimated_cost,
          {d.every("settled")} AS settled
        FROM (
          SELECT
            u.date,
            u.organization_id,
            u.actor_type,
            u.actor_id,
            u.sessions,
            u.lines_added,
            u.lines_removed,
            u.commits,
            u.pull_requests,
            u.settled,
            (SELECT COALESCE(SUM(t.accepted), 0) FROM {tools}) AS accepted,
            (SELECT COALESCE(SUM(t.rejected), 0) FROM {tools}) AS rejected,
            (SELECT COALESCE(SUM(m.input_tokens), 0) FROM {models}) AS input_tokens,
            (SELECT COALESCE(SUM(m.output_tokens), 0) FROM {models}) AS output_tokens,
            (SELECT COALESCE(SUM(m.cache_read_tokens), 0) FROM {models}) AS cache_read_tokens,
            (SELECT COALESCE(SUM(m.cache_creation_tokens), 0) FROM {models})
              AS cache_creation_tokens,
            (SELECT COALESCE(SUM(m.estimated_cost), 0) FROM {models}) AS cost,
            (SELECT MIN(m.currency) FROM {models}) AS first_currency,
            (SELECT MAX(m.currency) FROM {models}) AS last_currency
          FROM {d.table("usage_daily")} AS u
        ) AS records
        GROUP BY date, organization_id, actor_type, actor_id
    """)


DAILY_USER = View(
    name="daily_user",
    description="One row per actor (a person or an API key) and UTC day with any usage: all "
    "terminals, customer types, tools and models together.",
    columns=(*ACTOR, *COUNTS, *DECISIONS, *TOKENS, *ONE_CURRENCY, SETTLED),
    sql=_daily_user,
)


def _org_daily(d: Dialect) -> str:
    people = f"COUNT(CASE WHEN {PEOPLE} THEN 1 END)"
    cost_of_people = f"SUM(CASE WHEN {PEOPLE} THEN estimated_cost END)"
    return cleandoc(f"""
        SELECT
          date,
          organization_id,
          {people} AS active_people,
          COUNT(CASE WHEN {API_KEYS} THEN 1 END) AS active_api_keys,
          {d.total("sessions")} AS sessions,
          {d.total("lines_added")} AS lines_added,
          {d.total("lines_removed")} AS lines_removed,
          {d.total("commits")} AS commits,
          {d.total("pull_requests")} AS pull_requests,
          {d.total("accepted")} AS accepted,
          {d.total("rejected")} AS rejected,
          {d.ratio(*ACCEPTED_OF_ALL)} AS acceptance_rate,
          {d.total("input_tokens")} AS input_tokens,
          {d.total("output_tokens")} AS output_tokens,
          {d.total("cache_read_tokens")} AS cache_read_tokens,
          {d.total("cache_creation_tokens")} AS cache_creation_tokens,
          {d.ratio(*CACHED_OF_ALL)} AS cache_read_share,
          CASE WHEN {SAME_CURRENCY} THEN MIN(currency) END AS currency,
          CASE WHEN {SAME_CURRENCY} THEN SUM(estimated_cost) END AS estimated_cost,
          CASE WHEN {SAME_CURRENCY} THEN {d.ratio(cost_of_people, people)} END
            AS estimated_cost_per_person,
          {d.every("settled")} AS settled
        FROM {d.table("daily_user")}
        GROUP BY date, organization_id
    """)


ORG_DAILY = View(
    name="org_daily",
    description="One row per organization and UTC day with any usage.",
    columns=(
        *of_record("date", "organization_id"),
        ACTIVE_PEOPLE,
        ACTIVE_API_KEYS,
        *COUNTS,
        *DECISIONS,
        ACCEPTANCE_RATE,
        *TOKENS,
        CACHE_READ_SHARE,
        *ONE_CURRENCY,
        (
            "estimated_cost_per_person",
            "The estimated cost of people, API keys left out, divided by active_people; null when "
            f"nobody was active, or when there are several currencies. {ESTIMATED}",
        ),
        SETTLED,
    ),
    sql=_org_daily,
)
