"""Tiles about people and what they do."""

# ruff: noqa: S608 - only names and expressions of this package get into the text

from __future__ import annotations

from inspect import cleandoc

from ccsync.warehouse.dialect import Dialect
from ccsync.warehouse.examples.people import STOPPED_USING as STOPPED
from ccsync.warehouse.tiles.ranges import Range
from ccsync.warehouse.tiles.tile import Tile
from ccsync.warehouse.views.view import ACCEPTED_OF_ALL, PEOPLE

_DIVIDE_AGAIN = "For longer times add accepted and rejected and divide again; do not average rates."


def _activity_by_day(d: Dialect, within: Range) -> str:
    return cleandoc(f"""
        SELECT
          date,
          organization_id,
          active_people,
          active_api_keys,
          sessions,
          lines_added,
          lines_removed,
          commits,
          pull_requests,
          settled
        FROM {d.table("org_daily")}
        WHERE {within("date")}
        ORDER BY date, organization_id
    """)


ACTIVITY_BY_DAY = Tile(
    "activity_by_day",
    "People, sessions, lines, commits and pull requests per day",
    "bars",
    "One row per day and organization with any usage. Do not add up people over days: somebody who "
    "was active on two days is one person.",
    _activity_by_day,
)


def _people_by_week(d: Dialect, within: Range) -> str:
    return cleandoc(f"""
        SELECT
          week,
          organization_id,
          active_people,
          active_api_keys,
          days_with_usage,
          settled
        FROM {d.table("weekly_active")}
        WHERE {within("week")}
        ORDER BY week, organization_id
    """)


PEOPLE_BY_WEEK = Tile(
    "people_by_week",
    "People active per week",
    "bars",
    "Weeks that begin in the range, by their Mondays. The running week is there as far as it has "
    "come.",
    _people_by_week,
)


def _cohorts(d: Dialect, within: Range) -> str:
    return cleandoc(f"""
        SELECT
          organization_id,
          cohort_week,
          weeks_since,
          people,
          active_people,
          active_share
        FROM {d.table("cohorts")}
        WHERE week < {d.week(d.today())} AND {within("cohort_week")}
        ORDER BY organization_id, cohort_week, weeks_since
    """)


COHORTS = Tile(
    "cohorts",
    "Who began together, and who still came so many weeks later",
    "pivot table",
    "Rows cohort_week, columns weeks_since, values active_share. Finished weeks only. The first "
    "cohort is everybody who was there when the data begin.",
    _cohorts,
)


def _stopped_using(d: Dialect, within: Range) -> str:
    del within  # counts from today
    return STOPPED.sql(d)


STOPPED_USING = Tile(
    "stopped_using",
    "Who stopped",
    "table",
    f"PERSONAL DATA. {STOPPED.question} Counted from today, whatever range is chosen.",
    _stopped_using,
)


def _people(d: Dialect, within: Range) -> str:
    return cleandoc(f"""
        SELECT
          organization_id,
          actor_type,
          actor_id,
          COUNT(*) AS active_days,
          MAX(date) AS last_active,
          {d.total("sessions")} AS sessions,
          {d.total("lines_added")} AS lines_added,
          {d.total("lines_removed")} AS lines_removed,
          {d.total("commits")} AS commits,
          {d.total("pull_requests")} AS pull_requests,
          {d.total("accepted")} AS accepted,
          {d.total("rejected")} AS rejected,
          {d.ratio(*ACCEPTED_OF_ALL)} AS acceptance_rate
        FROM {d.table("daily_user")}
        WHERE {within("date")}
        GROUP BY organization_id, actor_type, actor_id
        ORDER BY organization_id, actor_type, actor_id
    """)


PEOPLE_TABLE = Tile(
    "people",
    "Each person and API key",
    "table",
    "PERSONAL DATA. What each person and API key did in the range.",
    _people,
)


def _people_by_terminal(d: Dialect, within: Range) -> str:
    return cleandoc(f"""
        SELECT
          organization_id,
          COALESCE(terminal_type, '(not said)') AS terminal,
          COALESCE(customer_type, '(not said)') AS customer,
          COUNT(DISTINCT actor_id) AS people,
          {d.total("sessions")} AS sessions
        FROM {d.table("usage_daily")}
        WHERE {PEOPLE} AND {within("date")}
        GROUP BY organization_id, terminal, customer
        ORDER BY organization_id, people DESC, terminal, customer
    """)


PEOPLE_BY_TERMINAL = Tile(
    "people_by_terminal",
    "Where people use Claude Code",
    "bars",
    "Somebody who used two terminals in the range counts for both: do not add up people.",
    _people_by_terminal,
)


def _acceptance_by_tool(d: Dialect, within: Range) -> str:
    return cleandoc(f"""
        SELECT
          organization_id,
          tool,
          {d.total("accepted")} AS accepted,
          {d.total("rejected")} AS rejected,
          {d.ratio(*ACCEPTED_OF_ALL)} AS acceptance_rate
        FROM {d.table("acceptance_by_tool")}
        WHERE {within("date")}
        GROUP BY organization_id, tool
        ORDER BY organization_id, tool
    """)


ACCEPTANCE_BY_TOOL = Tile(
    "acceptance_by_tool",
    "Share of proposals accepted, by tool",
    "bars",
    f"Over the whole range. {_DIVIDE_AGAIN}",
    _acceptance_by_tool,
)


def _acceptance_by_week(d: Dialect, within: Range) -> str:
    return cleandoc(f"""
        SELECT
          {d.week("date")} AS week,
          organization_id,
          {d.total("accepted")} AS accepted,
          {d.total("rejected")} AS rejected,
          {d.ratio(*ACCEPTED_OF_ALL)} AS acceptance_rate
        FROM {d.table("acceptance_by_tool")}
        WHERE {within("date")}
        GROUP BY week, organization_id
        ORDER BY week, organization_id
    """)


ACCEPTANCE_BY_WEEK = Tile(
    "acceptance_by_week",
    "Share of proposals accepted, per week",
    "lines",
    f"By the Mondays of the weeks. {_DIVIDE_AGAIN}",
    _acceptance_by_week,
)
