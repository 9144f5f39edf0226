"""Reading back: what the views show of one day, added up, for `ccsync verify`.

Everything that belongs to the source counts, rows of other organizations that its credential may
see included: a day is fetched and replaced per source, and so it is compared.
"""

# ruff: noqa: S608 - names of this package get into the SQL

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec

from ccsync import money
from ccsync.sink import Totals
from ccsync_duckdb.file import DIALECT, DuckDBFile


class _OfRecords(msgspec.Struct, frozen=True):
    records: int
    sessions: int
    lines_added: int
    lines_removed: int
    commits: int
    pull_requests: int


class _OfTools(msgspec.Struct, frozen=True):
    tools_accepted: int
    tools_rejected: int


class _Tokens(msgspec.Struct, frozen=True):
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_creation_tokens: int


class _Cost(msgspec.Struct, frozen=True):
    currency: str
    estimated_cost: Decimal


# The day is named where the view is read: once lists are unfolded, DuckDB would read all days.
_SHOWN = (
    f"WITH shown AS (SELECT * FROM {DIALECT.table('usage_daily')} "
    "WHERE date = $1 AND source_id = $2)"
)
_RECORDS = "shown AS u"
_TOOLS = f"shown AS u CROSS JOIN {DIALECT.flatten('u.tool_actions', 't')}"
_MODELS = f"shown AS u CROSS JOIN {DIALECT.flatten('u.model_usage', 'm')}"


def totals(file: DuckDBFile, source_id: str, day: dt.date) -> Totals:
    """Add up what `usage_daily` shows of a source's day.

    Raises:
        SinkUnavailable, SinkRefused: the file cannot be read.
    """
    asked = [day, source_id]
    (records,) = file.rows(
        f"{_SHOWN} SELECT COUNT(*) AS records, {_sums('u', _OfRecords.__struct_fields__[1:])} "
        f"FROM {_RECORDS}",
        _OfRecords,
        asked,
    )
    (tools,) = file.rows(
        f"{_SHOWN} SELECT {_sum('t.accepted')} AS tools_accepted, "
        f"{_sum('t.rejected')} AS tools_rejected FROM {_TOOLS}",
        _OfTools,
        asked,
    )
    (tokens,) = file.rows(
        f"{_SHOWN} SELECT {_sums('m', _Tokens.__struct_fields__)} FROM {_MODELS}", _Tokens, asked
    )
    # Money of different currencies is never added.
    costs = file.rows(
        f"{_SHOWN} SELECT m.currency AS currency, SUM(m.estimated_cost) AS estimated_cost "
        f"FROM {_MODELS} GROUP BY m.currency",
        _Cost,
        asked,
    )
    return Totals(
        **msgspec.structs.asdict(records),
        **msgspec.structs.asdict(tools),
        **msgspec.structs.asdict(tokens),
        estimated_cost={one.currency: money.canonical(one.estimated_cost) for one in costs},
    )


def _sums(of: str, columns: tuple[str, ...]) -> str:
    return ", ".join(f"{_sum(f'{of}.{column}')} AS {column}" for column in columns)


def _sum(of: str) -> str:
    """Add whole numbers of any size; nothing is 0."""
    return f"COALESCE(SUM({of}), 0)"
