"""Alerts about estimated cost, which is not a bill, and about how Claude Code is used.

Days are UTC days. What has ended is compared, so that a running day does not look like a decline.
"""

# ruff: noqa: S608 - only names and expressions of this package get into the text

from __future__ import annotations

from inspect import cleandoc

from ccsync.warehouse.alerts.alert import Alert
from ccsync.warehouse.alerts.data import DAILY
from ccsync.warehouse.dialect import Dialect
from ccsync.warehouse.views.view import PEOPLE


def over_budget(*, amount: int = 10_000, days: int = 30) -> Alert:
    """Tell where the estimated cost of the last days, today included, is above an amount.

    Args:
        amount: in whole units of whatever currency, for each organization.
        days: so many; today is the last of them.
    """

    def wrong(d: Dialect) -> str:
        return cleandoc(f"""
            SELECT
              organization_id,
              currency,
              estimated_cost,
              CONCAT('organization ', organization_id, ': {_whole("estimated_cost")} ',
                currency, ' of {amount}') AS what
            FROM (
              SELECT organization_id, currency, SUM(estimated_cost) AS estimated_cost
              FROM {d.table("cost_daily")}
              WHERE date >= {d.days_before(d.today(), days - 1)} AND date <= {d.today()}
              GROUP BY organization_id, currency
            ) AS spent
            WHERE estimated_cost > {amount}
            ORDER BY organization_id, currency
        """)

    return Alert(
        key="over-budget",
        summary=f"The estimated cost of Claude Code in {days} days is above its budget",
        runbook="look at cost by model and by person; set the amount of this query to your own "
        "budget. It is an estimate, not the bill.",
        schedule=DAILY,
        wrong=wrong,
    )


def cost_unusual(*, times: int = 3, days: int = 28, at_least: int = 50, known: int = 7) -> Alert:
    """Tell of today or yesterday if its estimated cost is far above the usual.

    Args:
        times: so many times the average of the days that cost anything.
        days: so many, before yesterday, are the usual.
        at_least: in whole units; as much and less is never worth a word.
        known: so many days that cost anything have to be there.
    """

    def wrong(d: Dialect) -> str:
        yesterday = d.days_before(d.today(), 1)
        return cleandoc(f"""
            WITH daily AS (
              SELECT date, organization_id, currency, SUM(estimated_cost) AS estimated_cost
              FROM {d.table("cost_daily")}
              WHERE date >= {d.days_before(d.today(), days + 1)} AND date <= {d.today()}
              GROUP BY date, organization_id, currency
            ),
            usual AS (
              SELECT
                organization_id,
                currency,
                {d.ratio("SUM(estimated_cost)", "COUNT(*)")} AS usual_cost
              FROM daily
              WHERE date < {yesterday} AND estimated_cost > 0
              GROUP BY organization_id, currency
              HAVING COUNT(*) >= {known}
            )
            SELECT
              n.date,
              n.organization_id,
              n.currency,
              n.estimated_cost,
              u.usual_cost,
              CONCAT('organization ', n.organization_id, ': {_whole("n.estimated_cost")} ',
                n.currency, ' on ', CAST(n.date AS STRING), ', usually {_whole("u.usual_cost")}')
                AS what
            FROM daily AS n
            JOIN usual AS u
              ON u.organization_id = n.organization_id AND u.currency = n.currency
            WHERE n.date >= {yesterday}
              AND n.estimated_cost > {at_least}
              AND {d.ratio("n.estimated_cost", "1")} > {times} * u.usual_cost
            ORDER BY n.organization_id, n.currency, n.date
        """)

    return Alert(
        key="cost-unusual",
        summary="The estimated cost of Claude Code is far above its usual",
        runbook="look for one person, API key or model in the tables of estimated cost: an "
        "automation that loops is the usual reason.",
        schedule=DAILY,
        wrong=wrong,
    )


def acceptance_falling(
    *, percent: int = 80, days: int = 7, before: int = 28, at_least: int = 100
) -> Alert:
    """Tell where a smaller share of proposals is accepted than in the weeks before.

    Args:
        percent: of the former share; less than that is told.
        days: so many ended days.
        before: so many days before those.
        at_least: decisions in the last days; fewer say nothing.
    """

    def wrong(d: Dialect) -> str:
        recent = f"date >= {d.days_before(d.today(), days)}"

        def added(count: str, when: str) -> str:
            return d.total(f"CASE WHEN {when} THEN {count} ELSE 0 END")

        def rate(when: str) -> str:
            return d.ratio(added("accepted", when), added("accepted + rejected", when))

        return cleandoc(f"""
            SELECT
              organization_id,
              decisions,
              acceptance_rate,
              acceptance_rate_before,
              CONCAT('organization ', organization_id, ': {_whole("100 * acceptance_rate")}',
                ' percent, before {_whole("100 * acceptance_rate_before")}') AS what
            FROM (
              SELECT
                organization_id,
                {added("accepted + rejected", recent)} AS decisions,
                {rate(recent)} AS acceptance_rate,
                {rate(f"NOT {recent}")} AS acceptance_rate_before
              FROM {d.table("acceptance_by_tool")}
              WHERE date >= {d.days_before(d.today(), days + before)} AND date < {d.today()}
              GROUP BY organization_id
            ) AS rates
            WHERE decisions >= {at_least}
              AND 100 * acceptance_rate < {percent} * acceptance_rate_before
            ORDER BY organization_id
        """)

    return Alert(
        key="acceptance-falling",
        summary="People accept fewer of Claude Code's edits",
        runbook="look at acceptance by tool: one tool points to a changed setting or client, all "
        "of them to a changed model or kind of work.",
        schedule=DAILY,
        wrong=wrong,
    )


def people_vanished(*, percent: int = 50, days: int = 7, at_least: int = 5) -> Alert:
    """Tell where far fewer people are active than in the days before.

    Args:
        percent: of the former number; less than that is told.
        days: so many ended days, and as many before those.
        at_least: people formerly; fewer say nothing.
    """

    def wrong(d: Dialect) -> str:
        recent = f"date >= {d.days_before(d.today(), days)}"
        return cleandoc(f"""
            SELECT
              organization_id,
              people,
              people_before,
              CONCAT('organization ', organization_id, ': ', CAST(people AS STRING),
                ' people, before ', CAST(people_before AS STRING)) AS what
            FROM (
              SELECT
                organization_id,
                COUNT(DISTINCT CASE WHEN {recent} THEN actor_id END) AS people,
                COUNT(DISTINCT CASE WHEN NOT {recent} THEN actor_id END) AS people_before
              FROM {d.table("daily_user")}
              WHERE {PEOPLE}
                AND date >= {d.days_before(d.today(), 2 * days)} AND date < {d.today()}
              GROUP BY organization_id
            ) AS counted
            WHERE people_before >= {at_least} AND 100 * people < {percent} * people_before
            ORDER BY organization_id
        """)

    return Alert(
        key="people-vanished",
        summary="Far fewer people use Claude Code",
        runbook="holidays apart: run `ccsync check` (has the key lost an organization, or the "
        "privacy policy changed?) and `ccsync verify`.",
        schedule=DAILY,
        wrong=wrong,
    )


def _whole(number: str) -> str:
    """Write a number without places, within a text in single quotes."""
    return f"', CAST(CAST(ROUND({number}) AS INT64) AS STRING), '"
