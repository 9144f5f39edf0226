"""From a row in the documented shape to a record. Runs for every row: it has to be quick."""

from __future__ import annotations

import datetime as dt
import functools
import operator
import re
from decimal import Decimal

from ccsync import money
from ccsync.records import JsonObject, ModelUsage, Record, ToolActions, sum_models
from ccsync.source import wire
from ccsync.source.numerals import exact

_by_model = operator.attrgetter("model")

_PLAIN = 10**18
"""Whole numbers below it need no look to be spelled canonically."""

_UTC_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T00:00:00(?:\.0+)?(?:Z|[+-]00:00))?")


def normalize(row: wire.Row, day: dt.date, extra: JsonObject | None = None) -> Record:
    """Make the record of a row that was asked for with `day`.

    `extra` holds what the row says beyond the documented shape.

    Raises:
        ValueError: a value cannot be what it should be; the message names the field, and shows no
            value that could be personal.
    """
    if utc_day(row.date) != day:
        raise ValueError(f"date is {utc_day(row.date)}, which is not the day that was asked for")
    actor = row.actor
    core = row.core_metrics
    lines = core.lines_of_code
    decisions = row.tool_actions
    return Record(
        day,
        row.organization_id,
        actor.kind,
        actor.id,
        core.num_sessions,
        lines.added,
        lines.removed,
        core.commits_by_claude_code,
        core.pull_requests_by_claude_code,
        tuple(
            [
                ToolActions(tool, (decision := decisions[tool]).accepted, decision.rejected)
                for tool in sorted(decisions)
            ]
        ),
        _in_order([_usage(model) for model in row.model_breakdown]),
        row.customer_type,
        row.subscription_type,
        row.terminal_type,
        row.is_remote,
        extra,
    )


@functools.lru_cache(maxsize=64)
def utc_day(text: str) -> dt.date:
    """Read a bare date, or the RFC 3339 instant of a UTC midnight.

    Raises:
        ValueError: it is neither.
    """
    found = _UTC_DAY.fullmatch(text)
    if found is None:
        raise ValueError("date is neither a date (YYYY-MM-DD) nor a midnight in UTC")
    try:
        return dt.date.fromisoformat(found[1])
    except ValueError:
        raise ValueError("date is not a day of the calendar") from None


def _in_order(usage: list[ModelUsage]) -> tuple[ModelUsage, ...]:
    """Sort, and add up what is of one model: `sum_models`, with a short way for the usual case."""
    if len(usage) > 1:
        usage.sort(key=_by_model)
        before = None
        for one in usage:
            model = one.model
            if model == before:
                return sum_models(usage)
            before = model
    return tuple(usage)


def _usage(model: wire.Model) -> ModelUsage:
    tokens = model.tokens
    cost = model.estimated_cost
    minor, major = _amounts(cost.amount)
    created = tokens.cache_creation
    if isinstance(created, int):
        total, five_minutes, one_hour = created, None, None
    else:
        five_minutes = created.ephemeral_5m_input_tokens
        one_hour = created.ephemeral_1h_input_tokens
        total = five_minutes + one_hour
    return ModelUsage(
        model.model,
        tokens.input,
        tokens.output,
        tokens.cache_read,
        total,
        major,
        minor,
        cost.currency,
        five_minutes,
        one_hour,
    )


def _amounts(amount: object) -> tuple[Decimal, Decimal]:
    """Read an amount in minor units, and give it in those and in whole ones."""
    if type(amount) is int and -_PLAIN < amount < _PLAIN:
        minor = Decimal(amount)
        return minor, money.major(minor) if amount % 10 == 0 else money.hundredth(minor)
    if type(amount) is Decimal:
        return amount, money.hundredth(amount)
    minor = _minor_units(amount)
    return minor, money.major(minor)


def _minor_units(amount: object) -> Decimal:
    """Read an amount that is no plain number: a string that is written like one, or a large one."""
    try:
        if isinstance(amount, int) and not isinstance(amount, bool):
            return money.canonical(Decimal(amount))
        if isinstance(amount, str):
            return money.canonical(exact(amount))
    except ValueError as error:
        raise ValueError(f"estimated_cost.amount: {error}") from None
    raise ValueError("estimated_cost.amount is neither a number nor a decimal string")
