"""Records and snapshots for tests; say only what matters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from ccsync import money
from ccsync.privacy import Privacy
from ccsync.records import ModelUsage, Record, ToolActions
from ccsync.settings.model import PrivacySettings
from ccsync.snapshot import DayBuilder, FetchedDay, Snapshot

DAY = dt.date(2026, 11, 19)
ORGANIZATION = "7b1d4a52-0c3e-4f6a-9a41-5d2f7e8c9b10"
FETCHED_AT = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)


def a_record(actor_id: str = "mira@northwind.example", **changes: Any) -> Record:
    """Make a record; its numbers depend on the actor and `sessions`, so that no two look alike."""
    sessions: int = changes.pop("sessions", 3)
    minor = changes.pop("cost_minor", Decimal("131.25") * sessions)
    values: dict[str, Any] = {
        "date": DAY,
        "organization_id": ORGANIZATION,
        "actor_type": "user_actor",
        "actor_id": actor_id,
        "customer_type": "api",
        "terminal_type": "vscode",
        "is_remote": False,
        "sessions": sessions,
        "lines_added": 40 * sessions + len(actor_id),
        "lines_removed": 7 * sessions,
        "commits": sessions // 2,
        "pull_requests": sessions // 3,
        "tool_actions": (
            ToolActions("edit_tool", 5 * sessions, sessions),
            ToolActions("write_tool", sessions, 0),
        ),
        "model_usage": (
            ModelUsage(
                model="claude-opus-5",
                input_tokens=1000 * sessions,
                output_tokens=400 * sessions,
                cache_read_tokens=9000 * sessions,
                cache_creation_tokens=700 * sessions,
                estimated_cost=money.major(money.canonical(minor)),
                estimated_cost_minor=money.canonical(minor),
                currency="USD",
            ),
        ),
    }
    return Record(**{**values, **changes})


def a_fetched_day(
    records: Iterable[Record] = (),
    *,
    day: dt.date = DAY,
    source_id: str = ORGANIZATION,
    fetched_at: dt.datetime = FETCHED_AT,
    settled: bool = True,
) -> FetchedDay:
    """Make a fetched day of these records."""
    builder = DayBuilder()
    rows = list(records)
    builder.add(rows)
    return builder.finish(
        day=day, source_id=source_id, fetched_at=fetched_at, settled=settled, rows=len(rows)
    )


def a_snapshot(
    records: Iterable[Record] = (), *, privacy: PrivacySettings | None = None, **changes: Any
) -> Snapshot:
    """Make a snapshot of these records, as one privacy policy shows them."""
    policy = Privacy(privacy or PrivacySettings())
    return a_fetched_day(records, **changes).seen_through(policy)
