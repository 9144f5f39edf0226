"""Whole days back from the views, as the records that were delivered. One way for every engine.

Who has an engine gives an `Ask`. Several days are asked for together, as many as are a few thousand
records: a question costs an engine about the same for one small day as for ten.
"""

# ruff: noqa: S608 - only names of this package, days, and quoted texts get into the SQL

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Protocol, TypeAlias, TypeVar

import msgspec

from ccsync import money
from ccsync.abilities import Shown
from ccsync.errors import SinkUnavailable
from ccsync.records import JsonObject, ModelUsage, Record, ToolActions
from ccsync.warehouse.dialect import Dialect

R = TypeVar("R", bound=msgspec.Struct)

TOGETHER = 5_000
"""Records that are asked for at once; a day with more is asked for alone."""

_LOOKS = 3
"""How often a day is looked at that changes while it is read."""


class Ask(Protocol):
    """Runs queries."""

    def __call__(self, doing: str, sql: str, row: type[R]) -> Iterable[R]:
        """Run a query, and give its rows in any order, each as a `row`.

        `row` is a msgspec Struct whose fields are named like the columns. `doing` says to people
        what the query is for, as in "could not ...".

        Raises:
            SinkUnavailable, SinkRefused: there is no answer.
        """
        ...


class _Commit(msgspec.Struct, frozen=True):
    """A day as `current_days` has it."""

    date: dt.date
    source_id: str
    snapshot_id: str
    record_count: int
    settled: bool
    fetched_at: dt.datetime


class _Row(msgspec.Struct, frozen=True, gc=False):
    """A record as `usage_daily` has it."""

    record_key: str
    snapshot_id: str
    source_id: str
    date: dt.date
    organization_id: str
    actor_type: str
    actor_id: str
    customer_type: str | None
    subscription_type: str | None
    terminal_type: str | None
    is_remote: bool | None
    sessions: int
    lines_added: int
    lines_removed: int
    commits: int
    pull_requests: int
    tool_actions: tuple[ToolActions, ...]
    model_usage: tuple[ModelUsage, ...]
    extra: str | None


_Snapshot: TypeAlias = tuple[dt.date, str, str]
"""A day, a source id and a snapshot id."""


def read(
    ask: Ask, dialect: Dialect, first: dt.date | None = None, last: dt.date | None = None
) -> Iterator[Shown]:
    """Give what the views show, as `ccsync.sink.Readable.read` promises.

    Args:
        ask: runs queries.
        dialect: whose SQL, and where the views are.
        first: inclusive; None: from the first day there is.
        last: inclusive; None: to the last day there is.

    Raises:
        SinkUnavailable: there is no answer, or a day changes again and again meanwhile.
        SinkRefused: the views are not there, or may not be read.
    """
    commits = _commits(ask, dialect, first or dt.date.min, last or dt.date.max)
    for some in _together(commits):
        found = _records(ask, dialect, some)
        for commit in some:
            records = found.pop(_name(commit), ())
            if len(records) == commit.record_count:
                yield _shown(commit, records)
            else:
                yield from _again(ask, dialect, commit)


def _again(ask: Ask, dialect: Dialect, before: _Commit) -> Iterator[Shown]:
    """Look anew at a day that was replaced while it was read; it may even be gone."""
    for _ in range(_LOOKS):
        commits = _commits(ask, dialect, before.date, before.date)
        now = next((one for one in commits if one.source_id == before.source_id), None)
        if now is None:
            return
        records = _records(ask, dialect, [now]).get(_name(now), ())
        if len(records) == now.record_count:
            yield _shown(now, records)
            return
    raise SinkUnavailable(
        f"{before.date} was replaced again and again while it was read: is a run at work? Read it "
        "when that is over"
    )


def _commits(ask: Ask, dialect: Dialect, first: dt.date, last: dt.date) -> list[_Commit]:
    sql = (
        f"SELECT {', '.join(_Commit.__struct_fields__)} FROM {dialect.table('current_days')} "
        f"WHERE date >= DATE '{first}' AND date <= DATE '{last}'"
    )
    found = ask("read which days are shown", sql, _Commit)
    return sorted(found, key=lambda one: (one.date, one.source_id))


def _together(commits: Iterable[_Commit]) -> Iterator[list[_Commit]]:
    """Put days together that are asked for at once; a day of several sources stays whole."""
    some: list[_Commit] = []
    size = 0
    for commit in commits:
        is_new_day = bool(some) and commit.date != some[-1].date
        if is_new_day and size + commit.record_count > TOGETHER:
            yield some
            some, size = [], 0
        some.append(commit)
        size += commit.record_count
    if some:
        yield some


def _records(
    ask: Ask, dialect: Dialect, commits: Sequence[_Commit]
) -> dict[_Snapshot, Sequence[_Row]]:
    """Read the records of some days by snapshot, sorted by their keys."""
    if not any(commit.record_count for commit in commits):
        return {}
    first, last = commits[0].date, commits[-1].date
    sources = sorted({commit.source_id for commit in commits})
    sql = (
        f"SELECT {', '.join(_Row.__struct_fields__)} FROM {dialect.table('usage_daily')} "
        f"WHERE date >= DATE '{first}' AND date <= DATE '{last}' "
        f"AND source_id IN ({', '.join(map(dialect.text, sources))})"
    )
    found: dict[_Snapshot, list[_Row]] = {}
    for row in ask(f"read the records of {first} to {last}", sql, _Row):
        found.setdefault((row.date, row.source_id, row.snapshot_id), []).append(row)
    return {name: sorted(rows, key=lambda one: one.record_key) for name, rows in found.items()}


def _name(commit: _Commit) -> _Snapshot:
    return commit.date, commit.source_id, commit.snapshot_id


def _shown(commit: _Commit, rows: Sequence[_Row]) -> Shown:
    return Shown(
        source_id=commit.source_id,
        day=commit.date,
        snapshot_id=commit.snapshot_id,
        record_count=commit.record_count,
        settled=commit.settled,
        fetched_at=commit.fetched_at.astimezone(dt.UTC),
        records=tuple(_record(row) for row in rows),
    )


def _record(row: _Row) -> Record:
    return Record(
        row.date,
        row.organization_id,
        row.actor_type,
        row.actor_id,
        row.sessions,
        row.lines_added,
        row.lines_removed,
        row.commits,
        row.pull_requests,
        row.tool_actions,
        tuple(_usage(one) for one in row.model_usage),
        row.customer_type,
        row.subscription_type,
        row.terminal_type,
        row.is_remote,
        None if row.extra is None else msgspec.json.decode(row.extra, type=JsonObject),
    )


def _usage(one: ModelUsage) -> ModelUsage:
    return ModelUsage(
        one.model,
        one.input_tokens,
        one.output_tokens,
        one.cache_read_tokens,
        one.cache_creation_tokens,
        _amount(one.estimated_cost),
        _amount(one.estimated_cost_minor),
        one.currency,
        one.cache_creation_5m_tokens,
        one.cache_creation_1h_tokens,
    )


def _amount(amount: Decimal) -> Decimal:
    """Spell an amount as records do: engines fill up with zeros."""
    return money.canonical(amount)
