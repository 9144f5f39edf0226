"""Which records DuckDB's columns cannot hold as they are."""

from __future__ import annotations

from decimal import Decimal

from ccsync.records import Record

_WHOLE_DIGITS, _FRACTION_DIGITS = 20, 18
"""Of `DECIMAL(38, 18)`, see `ccsync.warehouse.dialect.duckdb`."""

_LARGEST = 2**63 - 1
"""Of a `BIGINT`."""

_SURELY_FITS = 18
"""Characters that a plain amount may have and fit, wherever its point is."""


def misfit(record: Record) -> str:
    """Say why a record does not fit, naming no values; "" if it does.

    DuckDB would refuse a number that is too large, and would round an amount that is too fine.
    """
    # Whole numbers that are OR-ed together have no more bits than the largest of them has.
    bits = (
        record.sessions
        | record.lines_added
        | record.lines_removed
        | record.commits
        | record.pull_requests
    )
    for action in record.tool_actions:
        bits |= action.accepted | action.rejected
    for usage in record.model_usage:
        bits |= (
            usage.input_tokens
            | usage.output_tokens
            | usage.cache_read_tokens
            | usage.cache_creation_tokens
            | (usage.cache_creation_5m_tokens or 0)
            | (usage.cache_creation_1h_tokens or 0)
        )
        for amount in (usage.estimated_cost_minor, usage.estimated_cost):
            if why := _of_amount(amount):
                return why
    # The API counts: what is below zero is refused before it comes here.
    return "" if 0 <= bits <= _LARGEST else f"a count is larger than {_LARGEST}"


def _of_amount(amount: Decimal) -> str:
    text = str(amount)
    if len(text) <= _SURELY_FITS and "E" not in text:
        return ""
    exponent = amount.as_tuple().exponent
    if not isinstance(exponent, int) or -exponent > _FRACTION_DIGITS:
        return f"an amount has more than {_FRACTION_DIGITS} digits after the point"
    if amount.adjusted() >= _WHOLE_DIGITS:
        return f"an amount has more than {_WHOLE_DIGITS} digits before the point"
    return ""
