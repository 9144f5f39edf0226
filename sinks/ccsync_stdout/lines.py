"""From a snapshot to bytes to print. Pure."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from ccsync.printable import printable
from ccsync.records import ModelUsage, Record, ToolActions
from ccsync.snapshot import Snapshot


class Line(msgspec.Struct, frozen=True, gc=False):
    """A record plus what tells its revision; fields without a value are null, never missing."""

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
    extra: dict[str, Any] | None
    source_id: str
    snapshot_id: str
    fetched_at: dt.datetime


_json = msgspec.json.Encoder()


def _line(record: Record, source_id: str, snapshot_id: str, fetched_at: dt.datetime) -> Line:
    return Line(
        record.date,
        record.organization_id,
        record.actor_type,
        record.actor_id,
        record.customer_type,
        record.subscription_type,
        record.terminal_type,
        record.is_remote,
        record.sessions,
        record.lines_added,
        record.lines_removed,
        record.commits,
        record.pull_requests,
        record.tool_actions,
        record.model_usage,
        record.extra,
        source_id,
        snapshot_id,
        fetched_at,
    )


def _revision(snapshot: Snapshot) -> tuple[str, str, dt.datetime]:
    return snapshot.source_id, snapshot.snapshot_id, snapshot.fetched_at


def jsonl(snapshot: Snapshot) -> Iterator[bytes]:
    """Give JSON lines, a slice of the day at a time."""
    revision = _revision(snapshot)
    for part in snapshot.slices():
        yield _json.encode_lines([_line(record, *revision) for record in part])


def csv_header() -> bytes:
    """Give the header line."""
    return _csv([[field.name for field in msgspec.structs.fields(Line)]])


def csv_rows(snapshot: Snapshot) -> Iterator[bytes]:
    """Give CSV rows, a slice of the day at a time; nested parts are JSON in their cell."""
    revision = _revision(snapshot)
    for part in snapshot.slices():
        yield _csv(
            [_cell(value) for value in msgspec.structs.astuple(line)]
            for line in (_line(record, *revision) for record in part)
        )


def _csv(rows: Any) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, dt.date | dt.datetime | bool):
        return _json.encode(value).decode().strip('"')
    return _json.encode(value).decode()


def table(snapshot: Snapshot) -> Iterator[bytes]:
    """Give one table per day, the most active first."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # Rich would take what is in brackets in a plain string for its markup.
    def name(text: str) -> Text:
        return Text(printable(text))

    grid = Table(title=f"{snapshot.day}  ({snapshot.record_count} records)", title_justify="left")
    grid.add_column("actor")
    grid.add_column("terminal")
    for heading in ("sessions", "+lines", "-lines", "commits", "PRs", "accepted", "est. cost"):
        grid.add_column(heading, justify="right")
    for record in sorted(snapshot.records(), key=lambda one: (-one.sessions, one.actor_id)):
        accepted = sum(action.accepted for action in record.tool_actions)
        decided = accepted + sum(action.rejected for action in record.tool_actions)
        grid.add_row(
            name(record.actor_id or "(unknown)"),
            name((record.terminal_type or "-") + (" (remote)" if record.is_remote else "")),
            f"{record.sessions:,}",
            f"{record.lines_added:,}",
            f"{record.lines_removed:,}",
            f"{record.commits:,}",
            f"{record.pull_requests:,}",
            f"{accepted / decided:.0%}" if decided else "-",
            name(_cost(record)),
        )
    console = Console(file=io.StringIO(), width=120, force_terminal=False)
    with console.capture() as captured:
        console.print(grid)
    yield captured.get().encode()


def _cost(record: Record) -> str:
    costs: dict[str, Decimal] = {}
    for usage in record.model_usage:
        costs[usage.currency] = costs.get(usage.currency, Decimal(0)) + usage.estimated_cost
    return ", ".join(f"{amount:.2f} {currency}" for currency, amount in sorted(costs.items()))


ENCODERS: Mapping[str, Callable[[Snapshot], Iterator[bytes]]] = {
    "jsonl": jsonl,
    "csv": csv_rows,
    "table": table,
}
