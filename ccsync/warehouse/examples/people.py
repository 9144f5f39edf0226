"""Questions about people."""

# ruff: noqa: S608 - only names and expressions of this package get into the text

from __future__ import annotations

from inspect import cleandoc

from ccsync.warehouse.dialect import Dialect
from ccsync.warehouse.examples.example import Example
from ccsync.warehouse.views.view import PEOPLE


def _stopped_using(d: Dialect) -> str:
    return cleandoc(f"""
        SELECT
          organization_id,
          actor_id,
          first_active,
          last_active,
          active_days,
          {d.days_between("last_active", d.today())} AS days_since
        FROM {d.table("adoption")}
        WHERE active_days >= 5 AND last_active < {d.days_before(d.today(), 28)}
        ORDER BY last_active DESC, organization_id, actor_id
    """)


STOPPED_USING = Example(
    "stopped_using",
    "Who used Claude Code on 5 days or more, and not at all in the last 28?",
    _stopped_using,
)


def _weekly_active_people(d: Dialect) -> str:
    return cleandoc(f"""
        SELECT
          week,
          organization_id,
          active_people,
          active_people - people_before AS more_than_before,
          {d.ratio("active_people - people_before", "people_before")} AS growth
        FROM (
          SELECT
            week,
            organization_id,
            active_people,
            CASE
              WHEN week_before IS NULL THEN NULL
              WHEN week_before = {d.days_before("week", 7)} THEN people_before
              ELSE 0
            END AS people_before
          FROM (
            SELECT
              week,
              organization_id,
              active_people,
              LAG(week) OVER (PARTITION BY organization_id ORDER BY week) AS week_before,
              LAG(active_people) OVER (PARTITION BY organization_id ORDER BY week)
                AS people_before
            FROM {d.table("weekly_active")}
          ) AS beside_last
        ) AS beside_week_before
        WHERE week < {d.week(d.today())}
        ORDER BY organization_id, week
    """)


WEEKLY_ACTIVE_PEOPLE = Example(
    "weekly_active_people",
    "How many people use Claude Code each week, and how many more than the week before? Finished "
    "weeks only.",
    _weekly_active_people,
)


def _adoption_cohorts(d: Dialect) -> str:
    return cleandoc(f"""
        SELECT
          organization_id,
          cohort_week,
          people,
          MAX(CASE WHEN weeks_since = 1 THEN active_share END) AS after_1_week,
          MAX(CASE WHEN weeks_since = 4 THEN active_share END) AS after_4_weeks,
          MAX(CASE WHEN weeks_since = 8 THEN active_share END) AS after_8_weeks,
          MAX(CASE WHEN weeks_since = 12 THEN active_share END) AS after_12_weeks
        FROM {d.table("cohorts")}
        WHERE week < {d.week(d.today())}
        GROUP BY organization_id, cohort_week, people
        ORDER BY organization_id, cohort_week
    """)


ADOPTION_COHORTS = Example(
    "adoption_cohorts",
    "Of the people who began in the same week, which share was active 1, 4, 8 and 12 weeks later? "
    "Finished weeks only; empty where that week has not come yet.",
    _adoption_cohorts,
)


def _people_by_terminal(d: Dialect) -> str:
    return cleandoc(f"""
        SELECT
          organization_id,
          COALESCE(terminal_type, '(not said)') AS terminal,
          COALESCE(customer_type, '(not said)') AS customer,
          COUNT(DISTINCT actor_id) AS people,
          {d.total("sessions")} AS sessions,
          {d.total("lines_added")} AS lines_added
        FROM {d.table("usage_daily")}
        WHERE {PEOPLE} AND date >= {d.days_before(d.today(), 28)}
        GROUP BY organization_id, terminal, customer
        ORDER BY organization_id, people DESC, terminal, customer
    """)


PEOPLE_BY_TERMINAL = Example(
    "people_by_terminal",
    "In which terminals, and as which kind of customer, did people use Claude Code today and in "
    "the 28 days before? Somebody who used two terminals counts for both.",
    _people_by_terminal,
)


def _acceptance_by_tool(d: Dialect) -> str:
    recent = f"date >= {d.days_before(d.today(), 28)}"

    def added(count: str, when: str) -> str:
        return d.total(f"CASE WHEN {when} THEN {count} END")

    def rate(when: str) -> str:
        return d.ratio(added("accepted", when), added("accepted + rejected", when))

    return cleandoc(f"""
        SELECT
          organization_id,
          tool,
          {added("accepted", recent)} AS accepted,
          {added("rejected", recent)} AS rejected,
          {rate(recent)} AS acceptance_rate,
          {rate(f"NOT {recent}")} AS acceptance_rate_before
        FROM {d.table("acceptance_by_tool")}
        WHERE date >= {d.days_before(d.today(), 56)} AND date < {d.today()}
        GROUP BY organization_id, tool
        ORDER BY organization_id, tool
    """)


ACCEPTANCE_BY_TOOL = Example(
    "acceptance_of_tools",
    "Which share of each tool's proposals was accepted in the last 28 days before today, and in "
    "the 28 before those?",
    _acceptance_by_tool,
)
