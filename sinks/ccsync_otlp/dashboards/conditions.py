"""What somebody wants to be told without looking, as data. One rule of alerting each.

Days are UTC days. "Yesterday" is the last day that has ended. Thresholds are first guesses that
anybody may change; each stands in one place here, and in one place of each file made from this.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal, TypeAlias

import msgspec


class Stale(msgspec.Struct, frozen=True):
    """By sink: the API was last asked for a day that the sink acknowledged too long ago.

    From `ccsync.telemetry.FRESHNESS`: the time since then at the end of a run, so that the moment
    of the point has to be taken into account.
    """

    longer_than: dt.timedelta


class DayMissing(msgspec.Struct, frozen=True):
    """By organization: yesterday has no session at all, the same day in former weeks had some."""

    weeks: int
    """In each of so many weeks before."""


class OverBudget(msgspec.Struct, frozen=True):
    """By organization and currency: estimated cost of the last days, today included."""

    amount: int
    """In whole units of whatever currency."""

    days: int


class FarAboveUsual(msgspec.Struct, frozen=True):
    """By organization and currency: estimated cost of today or yesterday.

    Against the average of the days with any cost among the `days` before yesterday.
    """

    times: float
    days: int
    at_least: int
    """In whole units: less is never worth a word."""

    known: int = 7
    """So many days with any cost have to be there, or nobody knows what is usual."""


class AcceptanceFalling(msgspec.Struct, frozen=True):
    """By organization: the share of proposed edits that was accepted in the last `days` ended days.

    Against the share of the `before` days before those.
    """

    to: float
    """Of the former share: 0.8 is a fifth less."""

    days: int
    before: int
    at_least: int
    """Decisions in the last days: fewer say nothing."""


class PeopleVanished(msgspec.Struct, frozen=True):
    """By organization: people active in the last `days` ended days against the `days` before."""

    to: float
    """Of the former number."""

    days: int
    at_least: int
    """People formerly: fewer say nothing."""


class Failing(msgspec.Struct, frozen=True):
    """No run in this time succeeded, and the newest ended with an exit code that wants somebody.

    Read from `ccsync.telemetry.EXIT`. 75 wants nobody (another run is at work), nor do 130 and 143
    (somebody stopped it).
    """

    since: dt.timedelta
    harmless: tuple[int, ...] = (0, 75, 130, 143)


Condition: TypeAlias = (
    Stale | DayMissing | OverBudget | FarAboveUsual | AcceptanceFalling | PeopleVanished | Failing
)


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """A condition, and what to say and do when it holds."""

    key: str
    name: str
    """In the form of Prometheus."""

    severity: Literal["critical", "warning", "info"]
    summary: str
    """One line, without the figures."""

    description: str
    runbook: str
    """What to do first."""

    condition: Condition
    lasting: dt.timedelta
    """It holds for so long before anybody is told."""


HOUR = dt.timedelta(hours=1)

ALERTS: tuple[Alert, ...] = (
    Alert(
        key="data-stale",
        name="CcsyncDataStale",
        severity="critical",
        summary="Claude Code usage is no longer brought up to date",
        description="For more than a day nothing new of the API has reached this sink.",
        runbook=(
            "Run `ccsync status` for the sink's newest day, then look at the last run's log and "
            "exit code: 3 wants a key or a permission, 5 a network, none at all a schedule."
        ),
        condition=Stale(dt.timedelta(hours=26)),
        lasting=dt.timedelta(minutes=15),
    ),
    Alert(
        key="day-missing",
        name="CcsyncDayMissing",
        severity="warning",
        summary="Yesterday has no Claude Code usage",
        description=(
            "No session is shown for yesterday, though the same day of the weeks before had some."
        ),
        runbook=(
            "A holiday, or a gap: `ccsync status` lists missing and skipped days; `ccsync sync "
            "--from DAY --to DAY --force` sends one again."
        ),
        condition=DayMissing(weeks=2),
        lasting=6 * HOUR,
    ),
    Alert(
        key="over-budget",
        name="CcsyncCostOverBudget",
        severity="warning",
        summary="The estimated cost of Claude Code is above its budget",
        description="The estimated cost of thirty days is above the amount that was set.",
        runbook=(
            "Look at the dashboard of the estimated cost for the model and the people; set the "
            "amount of this rule to your own budget. It is an estimate, not the bill."
        ),
        condition=OverBudget(amount=10_000, days=30),
        lasting=HOUR,
    ),
    Alert(
        key="cost-unusual",
        name="CcsyncCostFarAboveUsual",
        severity="warning",
        summary="The estimated cost of Claude Code is far above its usual",
        description="One day's estimated cost is a multiple of what the four weeks before show.",
        runbook=(
            "Look for one person, API key or model in the tables of the cost dashboard: an "
            "automation that loops is the usual reason."
        ),
        condition=FarAboveUsual(times=3, days=28, at_least=50),
        lasting=HOUR,
    ),
    Alert(
        key="acceptance-falling",
        name="CcsyncAcceptanceFalling",
        severity="info",
        summary="People accept fewer of Claude Code's edits",
        description="The accepted share of a week is well below that of the four weeks before.",
        runbook=(
            "Look at acceptance by tool in the overview: one tool points to a changed setting or "
            "client, all of them to a changed model or kind of work."
        ),
        condition=AcceptanceFalling(to=0.8, days=7, before=28, at_least=100),
        lasting=6 * HOUR,
    ),
    Alert(
        key="people-vanished",
        name="CcsyncPeopleVanished",
        severity="warning",
        summary="Far fewer people use Claude Code",
        description="The people active in a week are about half of those of the week before.",
        runbook=(
            "Holidays apart: run `ccsync check` (has the key lost an organization, or the privacy "
            "policy changed?) and `ccsync verify`."
        ),
        condition=PeopleVanished(to=0.5, days=7, at_least=5),
        lasting=6 * HOUR,
    ),
    Alert(
        key="job-failing",
        name="CcsyncJobFailing",
        severity="critical",
        summary="Every run of ccsync fails",
        description="All runs of the last hours ended with an error.",
        runbook=(
            "Look up the exit code in ccsync's README: 2 settings, 3 key or permission, 4 data "
            "refused, 5 unavailable; the last line of the log names the reason."
        ),
        condition=Failing(3 * HOUR),
        lasting=dt.timedelta(minutes=5),
    ),
)
"""`DayMissing` to `PeopleVanished` read the usage, `Stale` and `Failing` what runs say of
themselves: the settings `telemetry` must name a place for that."""
