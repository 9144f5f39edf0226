"""From the records of a day to the values of its series: spelled first, added up after.

Adding is exact: integers, and `Decimal` for money. Nothing becomes a float here.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TypeAlias

from ccsync import money
from ccsync.records import ModelUsage, Record
from ccsync_otlp.attributes import Attributes, Cell, Rules, Shaping, Speller
from ccsync_otlp.catalogue import (
    COMMITS,
    COST,
    DECISIONS,
    LINES,
    PULL_REQUESTS,
    SESSIONS,
    TOKENS,
)

__all__ = ["Attributes", "Cell", "Rules", "Shaping", "Values", "values_of"]

Values: TypeAlias = dict[Attributes, dict[Cell, int | Decimal]]
"""By who and where, then by metric: the values that are not zero. Money in whole units."""


def values_of(records: Iterable[Record], shaping: Shaping) -> Values:
    """Add up the records of one day into the series of one destination."""
    cells = _Cells(Speller(shaping))
    values: Values = {}
    cancelled = False
    for record in records:
        base = cells.speller.base(record)
        sums = values.setdefault(base, {})
        for cell, count in cells.counts(record):
            if count:
                total = sums[cell] = sums.get(cell, 0) + count
                cancelled |= not total
        for usage in record.model_usage:
            if usage.estimated_cost:
                cell = cells.cost(usage)
                so_far = sums.get(cell)
                amount = usage.estimated_cost
                if isinstance(so_far, Decimal):
                    amount = money.add(so_far, amount)
                    cancelled |= not amount
                sums[cell] = amount
        if not sums:
            del values[base]
    return _without_zeros(values) if cancelled else values


def _without_zeros(values: Values) -> Values:
    """Drop what corrections have brought to nothing."""
    kept = {
        base: {cell: value for cell, value in sums.items() if value}
        for base, sums in values.items()
    }
    return {base: sums for base, sums in kept.items() if sums}


class _Cells:
    """Finds the cells of a record; a day has few different ones."""

    def __init__(self, speller: Speller) -> None:
        self.speller = speller
        cell = speller.cell
        self._sessions = cell(SESSIONS, {})
        self._added = cell(LINES, {"type": "added"})
        self._removed = cell(LINES, {"type": "removed"})
        self._commits = cell(COMMITS, {})
        self._pull_requests = cell(PULL_REQUESTS, {})
        self._tools: dict[str, tuple[Cell, Cell]] = {}
        self._tokens: dict[str, tuple[Cell, Cell, Cell, Cell]] = {}
        self._costs: dict[tuple[str, str], Cell] = {}

    def counts(self, record: Record) -> list[tuple[Cell, int]]:
        """Give every count of a record with its cell; one cell may come several times."""
        found = [
            (self._sessions, record.sessions),
            (self._added, record.lines_added),
            (self._removed, record.lines_removed),
            (self._commits, record.commits),
            (self._pull_requests, record.pull_requests),
        ]
        for action in record.tool_actions:
            accept, reject = self._tools.get(action.tool) or self._new_tool(action.tool)
            found += ((accept, action.accepted), (reject, action.rejected))
        for usage in record.model_usage:
            model = usage.model
            fresh, output, read, creation = self._tokens.get(model) or self._new_model(model)
            found += (
                (fresh, usage.input_tokens),
                (output, usage.output_tokens),
                (read, usage.cache_read_tokens),
                (creation, usage.cache_creation_tokens),
            )
        return found

    def cost(self, usage: ModelUsage) -> Cell:
        """Give the cell of a cost."""
        key = (usage.model, usage.currency)
        known = self._costs.get(key)
        if known is None:
            extra = {"model": usage.model, "currency": usage.currency}
            known = self._costs[key] = self.speller.cell(COST, extra)
        return known

    def _new_tool(self, tool: str) -> tuple[Cell, Cell]:
        cell = self.speller.cell
        made = self._tools[tool] = (
            cell(DECISIONS, {"tool_name": tool, "decision": "accept"}),
            cell(DECISIONS, {"tool_name": tool, "decision": "reject"}),
        )
        return made

    def _new_model(self, model: str) -> tuple[Cell, Cell, Cell, Cell]:
        cell = self.speller.cell
        made = self._tokens[model] = (
            cell(TOKENS, {"model": model, "type": "input"}),
            cell(TOKENS, {"model": model, "type": "output"}),
            cell(TOKENS, {"model": model, "type": "cacheRead"}),
            cell(TOKENS, {"model": model, "type": "cacheCreation"}),
        )
        return made
