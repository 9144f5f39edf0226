"""Compares what a destination shows with what the API says. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import msgspec

from ccsync import money
from ccsync.sink import Totals
from ccsync.snapshot import Snapshot


def totals_of(snapshot: Snapshot) -> Totals:
    """Add up a snapshot."""
    counts: Counter[str] = Counter()
    costs: dict[str, Decimal] = {}
    for record in snapshot.records():
        counts["sessions"] += record.sessions
        counts["lines_added"] += record.lines_added
        counts["lines_removed"] += record.lines_removed
        counts["commits"] += record.commits
        counts["pull_requests"] += record.pull_requests
        for action in record.tool_actions:
            counts["tools_accepted"] += action.accepted
            counts["tools_rejected"] += action.rejected
        for usage in record.model_usage:
            counts["input_tokens"] += usage.input_tokens
            counts["output_tokens"] += usage.output_tokens
            counts["cache_read_tokens"] += usage.cache_read_tokens
            counts["cache_creation_tokens"] += usage.cache_creation_tokens
            so_far = costs.get(usage.currency, money.ZERO)
            costs[usage.currency] = money.add(so_far, usage.estimated_cost)
    names = [field.name for field in msgspec.structs.fields(Totals)]
    known = {name: counts[name] for name in names if name not in {"records", "estimated_cost"}}
    return Totals(records=snapshot.record_count, estimated_cost=costs, **known)


def differences(shown: Totals, wanted: Totals) -> Iterator[str]:
    """Give a line for each total that differs; what the destination cannot say is not compared."""
    for field in msgspec.structs.fields(Totals):
        here, there = _plain(getattr(shown, field.name)), _plain(getattr(wanted, field.name))
        if here is not None and here != there:
            yield f"{field.name}: shows {here}, the API says {there}"


def _plain(value: int | dict[str, Decimal] | None) -> str | None:
    """Write a total so that equal ones are written alike."""
    if value is None:
        return None
    if isinstance(value, int):
        return f"{value:,}"
    amounts = {currency: money.canonical(amount) for currency, amount in value.items() if amount}
    return ", ".join(f"{amounts[currency]} {currency}" for currency in sorted(amounts)) or "0"
