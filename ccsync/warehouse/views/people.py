"""Who uses Claude Code, since when, and who comes back."""

# ruff: noqa: S608 - only names and expressions of this package get into the text

from __future__ import annotations

from inspect import cleandoc

from ccsync.warehouse.dialect import Dialect
from ccsync.warehouse.views.view import (
    ACTIVE_API_KEYS,
    ACTIVE_PEOPLE,
    API_KEYS,
    COUNTS,
    PEOPLE,
    View,
    of_record,
)


def _weekly_active(d: Dialect) -> str:
    return cleandoc(f"""
        SELECT
          {d.week("date")} AS week,
          organization_id,
          COUNT(DISTINCT CASE WHEN {PEOPLE} THEN actor_id END) AS active_people,
          COUNT(DISTINCT CASE WHEN {API_KEYS} THEN actor_id END) AS active_api_keys,
          COUNT(DISTINCT date) AS days_with_usage,
          {d.total("sessions")} AS sessions,
          {d.total("lines_added")} AS lines_added,
          {d.total("lines_removed")} AS lines_removed,
          {d.total("commits")} AS commits,
          {d.total("pull_requests")} AS pull_requests,
          {d.every("settled")} AS settled
        FROM {d.table("usage_daily")}
        GROUP BY week, organization_id
    """)


WEEKLY_ACTIVE = View(
    name="weekly_active",
    description="One row per organization and week (Monday to Sunday, UTC) with any usage. The "
    "running week is there as far as it has come.",
    columns=(
        ("week", "The Monday of the week."),
        *of_record("organization_id"),
        ACTIVE_PEOPLE,
        ACTIVE_API_KEYS,
        ("days_with_usage", "Days of the week with any usage, 1 to 7."),
        *COUNTS,
        (
            "settled",
            "Whether the numbers of its days so far are final. True in the middle of a week, too, "
            "when no recent day is there.",
        ),
    ),
    sql=_weekly_active,
)


def _adoption(d: Dialect) -> str:
    return cleandoc(f"""
        SELECT
          organization_id,
          actor_id,
          MIN(date) AS first_active,
          MAX(date) AS last_active,
          COUNT(DISTINCT date) AS active_days,
          {d.week("MIN(date)")} AS cohort_week,
          {d.total("sessions")} AS sessions,
          {d.total("lines_added")} AS lines_added,
          {d.total("lines_removed")} AS lines_removed,
          {d.total("commits")} AS commits,
          {d.total("pull_requests")} AS pull_requests
        FROM {d.table("usage_daily")}
        WHERE {PEOPLE}
        GROUP BY organization_id, actor_id
    """)


ADOPTION = View(
    name="adoption",
    description="One row per person (`user_actor` with an id; no API keys): since when, until when "
    "and on how many days they used Claude Code. PERSONAL DATA.",
    columns=(
        *of_record("organization_id", "actor_id"),
        ("first_active", "The first UTC day with any usage, as far as the data go back."),
        ("last_active", "The last UTC day with any usage."),
        ("active_days", "Days with any usage."),
        ("cohort_week", "The Monday of the week of first_active."),
        *COUNTS,
    ),
    sql=_adoption,
)


def _cohorts(d: Dialect) -> str:
    return cleandoc(f"""
        WITH active AS (
          SELECT DISTINCT organization_id, actor_id, {d.week("date")} AS week
          FROM {d.table("usage_daily")}
          WHERE {PEOPLE}
        ),
        joined AS (
          SELECT organization_id, actor_id, MIN(week) AS cohort_week
          FROM active
          GROUP BY organization_id, actor_id
        ),
        cohort AS (
          SELECT organization_id, cohort_week, COUNT(*) AS people
          FROM joined
          GROUP BY organization_id, cohort_week
        ),
        returned AS (
          SELECT a.organization_id, j.cohort_week, a.week, COUNT(*) AS people
          FROM active AS a
          JOIN joined AS j ON j.organization_id = a.organization_id AND j.actor_id = a.actor_id
          GROUP BY a.organization_id, j.cohort_week, a.week
        ),
        weeks AS (
          SELECT DISTINCT organization_id, week
          FROM active
        )
        SELECT
          c.organization_id,
          c.cohort_week,
          w.week,
          {d.weeks_between("c.cohort_week", "w.week")} AS weeks_since,
          c.people,
          COALESCE(r.people, 0) AS active_people,
          {d.ratio("COALESCE(r.people, 0)", "c.people")} AS active_share
        FROM cohort AS c
        JOIN weeks AS w ON w.organization_id = c.organization_id AND w.week >= c.cohort_week
        LEFT JOIN returned AS r
          ON r.organization_id = c.organization_id
          AND r.cohort_week = c.cohort_week
          AND r.week = w.week
    """)


COHORTS = View(
    name="cohorts",
    description="Of the people who began in the same week, how many were active so many weeks "
    "later. Weeks in which nobody of the organization was active are left out. Everybody who was "
    "there before the data begin is in the first cohort.",
    columns=(
        *of_record("organization_id"),
        ("cohort_week", "The Monday of the week in which these people began."),
        ("week", "The Monday of the week that is looked at."),
        ("weeks_since", "Weeks from cohort_week to week; 0 is the week in which they began."),
        ("people", "People who began in cohort_week."),
        ("active_people", "Those of them with any usage in week."),
        ("active_share", "active_people / people, 0 to 1. Low while week still runs."),
    ),
    sql=_cohorts,
)
