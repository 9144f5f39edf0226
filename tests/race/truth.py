"""What the simulated API says, read from its own rows and without any contestant's code."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from ccsync.simulator import Row, ScriptedOrganization
from tests.peers.contestant import Core, Identity, Model, Shown


def truth(organization: ScriptedOrganization, first: dt.date, last: dt.date) -> Shown:
    """Give what a destination has to show of these days, both inclusive, at the finest grain.

    One row here is one row there: whoever compares adds up those of equal identity.
    """
    shown = Shown()
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        for row in _rows(organization, dt.date.fromordinal(ordinal)):
            shown.core.append(_core(row))
            assert shown.models is not None
            shown.models.extend(_models(row))
    return shown


def _rows(organization: ScriptedOrganization, day: dt.date) -> Iterable[Row]:
    midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), dt.UTC)
    return organization.rows(day, midnight, organization.revision(day))


def _identity(row: Row) -> Identity:
    actor = row["actor"]
    return (
        dt.date.fromisoformat(row["date"][:10]),
        row["organization_id"],
        actor["type"],
        actor.get("email_address") or actor.get("api_key_name") or "",
        row.get("customer_type"),
        row.get("subscription_type"),
        row.get("terminal_type"),
        row.get("is_remote"),
    )


def _core(row: Row) -> Core:
    core = row["core_metrics"]
    return Core(
        identity=_identity(row),
        sessions=core["num_sessions"],
        lines_added=core["lines_of_code"]["added"],
        lines_removed=core["lines_of_code"]["removed"],
        commits=core["commits_by_claude_code"],
        pull_requests=core["pull_requests_by_claude_code"],
        tools=tuple(
            (tool, decided["accepted"], decided["rejected"])
            for tool, decided in sorted(row["tool_actions"].items())
        ),
    )


def _models(row: Row) -> Iterable[Model]:
    for one in row["model_breakdown"]:
        tokens, cost = one["tokens"], one["estimated_cost"]
        yield Model(
            identity=_identity(row),
            model=one["model"],
            currency=cost["currency"],
            tokens=(
                tokens["input"],
                tokens["output"],
                tokens["cache_read"],
                tokens["cache_creation"],
            ),
            cents=Decimal(str(cost["amount"])),
        )
