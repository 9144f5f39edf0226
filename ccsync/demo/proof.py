"""Compares what a reader of the demo's file sees with what the API says, record for record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from decimal import Context, Decimal, Inexact

import msgspec

from ccsync.demo.plain import PlainDay, Who, add
from ccsync.records import Record

_EXACT = Context(prec=100, traps=[Inexact])


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """Of some days: what was compared, added up."""

    records: int = 0
    sessions: int = 0
    lines: int = 0
    """Added and removed."""

    tokens: int = 0
    cents: dict[str, Decimal] = {}
    """By currency, exact."""


class Proof(msgspec.Struct, frozen=True):
    """What the comparison found."""

    days: int
    differing: dict[dt.date, str]
    """The first difference of each day that differs."""

    totals: Totals
    """As the API says."""


def compare(
    days: Sequence[dt.date], shown: Sequence[Record], ask: Callable[[dt.date], PlainDay]
) -> Proof:
    """Compare, asking the API for each day."""
    by_day: dict[dt.date, list[Record]] = {day: [] for day in days}
    for record in shown:
        by_day.setdefault(record.date, []).append(record)
    differing: dict[dt.date, str] = {}
    totals = Totals()
    for day, records in sorted(by_day.items()):
        right = ask(day)
        totals = _plus(totals, right)
        found = difference(of_records(records), right)
        # Equal identities in one snapshot would be added up here, and be right by accident.
        if not found and len(records) != len(right):
            found = f"{len(records)} records are shown, the API has {len(right)}"
        if found:
            differing[day] = found
    return Proof(len(by_day), differing, totals)


def difference(shown: PlainDay, right: PlainDay) -> str:
    """Describe the first difference; empty when there is none."""
    for who in right.keys() - shown.keys():
        return f"{_name(who)}: the API has it, the file does not show it"
    for who in shown.keys() - right.keys():
        return f"{_name(who)}: the file shows it, the API does not have it"
    for who, numbers in right.items():
        for name in sorted(numbers.keys() | shown[who].keys()):
            api, file = numbers.get(name, 0), shown[who].get(name, 0)
            if api != file:
                return f"{_name(who)}: {' '.join(name)}: the API says {api}, the file {file}"
    return ""


def changed(before: PlainDay, after: PlainDay) -> tuple[int, int]:
    """Count the records whose numbers differ, and those that are gone."""
    other = sum(1 for who in before.keys() & after.keys() if before[who] != after[who])
    return other, len(before.keys() - after.keys())


def of_records(records: Sequence[Record]) -> PlainDay:
    """Say records of one day as `plain` says rows."""
    found: dict[Who, dict[tuple[str, ...], Decimal]] = {}
    for one in records:
        who = (
            *(one.organization_id, one.actor_type, one.actor_id, one.customer_type),
            *(one.subscription_type, one.terminal_type, one.is_remote),
        )
        add(found.setdefault(who, {}), _numbers(one))
    return found


def _numbers(record: Record) -> Iterator[tuple[tuple[str, ...], int | Decimal]]:
    yield ("sessions",), record.sessions
    yield ("lines_added",), record.lines_added
    yield ("lines_removed",), record.lines_removed
    yield ("commits",), record.commits
    yield ("pull_requests",), record.pull_requests
    for action in record.tool_actions:
        yield ("tool", action.tool, "accepted"), action.accepted
        yield ("tool", action.tool, "rejected"), action.rejected
    for usage in record.model_usage:
        name = ("model", usage.model, usage.currency)
        yield (*name, "input"), usage.input_tokens
        yield (*name, "output"), usage.output_tokens
        yield (*name, "cache_read"), usage.cache_read_tokens
        yield (*name, "cache_creation"), usage.cache_creation_tokens
        # From the amount that people read, not from the one that is kept beside it.
        yield (*name, "cents"), _EXACT.multiply(usage.estimated_cost, Decimal(100))


def _plus(totals: Totals, day: PlainDay) -> Totals:
    sessions = lines = tokens = Decimal(0)
    cents = dict(totals.cents)
    for numbers in day.values():
        for name, number in numbers.items():
            match name:
                case ("sessions",):
                    sessions += number
                case ("lines_added" | "lines_removed",):
                    lines += number
                case ("model", _, currency, "cents"):
                    cents[currency] = _EXACT.add(cents.get(currency, Decimal(0)), number)
                case ("model", _, _, _):
                    tokens += number
                case _:
                    pass
    return Totals(
        records=totals.records + len(day),
        sessions=totals.sessions + int(sessions),
        lines=totals.lines + int(lines),
        tokens=totals.tokens + int(tokens),
        cents=cents,
    )


def _name(who: tuple[object, ...]) -> str:
    return " ".join(str(part) for part in who[1:] if part is not None)
