"""Compares what a destination shows with what the API says. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from ccsync import money
from ccsync.sink import Totals
from ccsync.snapshot import Snapshot

_COUNTS = tuple(
    field.name
    for field in msgspec.structs.fields(Totals)
    if field.name not in {"organization_id", "cost_tolerance", "estimated_cost"}
)


def totals_of(snapshot: Snapshot, organization_id: str | None = None) -> Totals:
    """Add up a snapshot, or what of it belongs to one organization."""
    counts: Counter[str] = Counter()
    costs: dict[str, Decimal] = {}
    for record in snapshot.records():
        if organization_id not in (None, record.organization_id):
            continue
        counts["records"] += 1
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
    known: dict[str, Any] = {name: counts[name] for name in _COUNTS}
    return Totals(organization_id=organization_id, estimated_cost=costs, **known)


def differences(shown: Totals, wanted: Totals) -> Iterator[str]:
    """Give a line for each total that differs; what the destination cannot say is not compared."""
    for name in _COUNTS:
        here, there = getattr(shown, name), getattr(wanted, name)
        if here is not None and here != there:
            yield f"{name}: shows {here:,}, the API says {there:,}"
    if shown.estimated_cost is not None:
        costs = wanted.estimated_cost or {}
        if not _same_money(shown.estimated_cost, costs, shown.cost_tolerance):
            here, there = _plain(shown.estimated_cost), _plain(costs)
            yield f"estimated_cost: shows {here}, the API says {there}"


def is_nothing(shown: Totals) -> bool:
    """Tell whether a destination shows nothing at all of a day."""
    counts = (getattr(shown, name) for name in _COUNTS)
    return not any(counts) and not any((shown.estimated_cost or {}).values())


def _same_money(
    here: Mapping[str, Decimal], there: Mapping[str, Decimal], tolerance: Decimal
) -> bool:
    pairs = [(here.get(one, money.ZERO), there.get(one, money.ZERO)) for one in {*here, *there}]
    return all(abs(a - b) <= tolerance * max(abs(a), abs(b)) for a, b in pairs)


def _plain(value: Mapping[str, Decimal]) -> str:
    """Write amounts so that equal ones are written alike."""
    amounts = {currency: money.canonical(amount) for currency, amount in value.items() if amount}
    return ", ".join(f"{amounts[currency]} {currency}" for currency in sorted(amounts)) or "0"
