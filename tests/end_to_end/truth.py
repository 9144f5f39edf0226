"""What a destination has to show: the API's rows as records, read without the code under test.

Only rows in the documented shape are read here; a test of odd rows says itself what it expects.
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from ccsync.simulator import Row, ScriptedOrganization, model_usage, usage_row, user_actor

Json = dict[str, Any]

OPTIONAL = ("customer_type", "subscription_type", "terminal_type", "is_remote", "extra")
SPLIT = ("cache_creation_5m_tokens", "cache_creation_1h_tokens")


def a_row(day: dt.date, person: str = "mira", sessions: int = 3, **changes: Any) -> Row:
    """Build a row whose numbers depend on person and sessions, so that no two look alike."""
    values: Json = {
        "lines": (40 * sessions + len(person), 7 * sessions),
        "commits": sessions // 2,
        "pull_requests": sessions // 3,
        "tools": {"edit_tool": (5 * sessions, sessions), "write_tool": (sessions, 0)},
        "models": [
            model_usage(
                "claude-opus-5",
                tokens=(1000 * sessions, 400 * sessions, 9000 * sessions, 700 * sessions),
                cents=Decimal("131.25") * sessions,
            )
        ],
    }
    actor = user_actor(f"{person}@northwind.example")
    organization_id = ScriptedOrganization().organization_id
    return usage_row(day, actor, organization_id, sessions=sessions, **{**values, **changes})


def amount(number: Decimal) -> str:
    """Write an amount as it has to stand in a record: no exponent, no zeros at the end."""
    return f"{number.normalize() + 0:f}"


def record_of(row: Row) -> Json:
    """Say the row as a record, every field present."""
    core = row["core_metrics"]
    actor = row["actor"]
    return {
        "date": row["date"][:10],
        "organization_id": row["organization_id"],
        "actor_type": actor["type"],
        "actor_id": actor.get("email_address") or actor.get("api_key_name"),
        "customer_type": row["customer_type"],
        "subscription_type": row["subscription_type"],
        "terminal_type": row["terminal_type"],
        "is_remote": row["is_remote"],
        "sessions": core["num_sessions"],
        "lines_added": core["lines_of_code"]["added"],
        "lines_removed": core["lines_of_code"]["removed"],
        "commits": core["commits_by_claude_code"],
        "pull_requests": core["pull_requests_by_claude_code"],
        "tool_actions": [
            {"tool": tool, **row["tool_actions"][tool]} for tool in sorted(row["tool_actions"])
        ],
        "model_usage": sorted(map(_model_of, row["model_breakdown"]), key=lambda m: m["model"]),
        "extra": None,
    }


def _model_of(model: Row) -> Json:
    tokens, cost = model["tokens"], model["estimated_cost"]
    minor = Decimal(str(cost["amount"]))
    return {
        "model": model["model"],
        "input_tokens": tokens["input"],
        "output_tokens": tokens["output"],
        "cache_read_tokens": tokens["cache_read"],
        "cache_creation_tokens": tokens["cache_creation"],
        "estimated_cost": amount(minor / 100),
        "estimated_cost_minor": amount(minor),
        "currency": cost["currency"],
        **dict.fromkeys(SPLIT),
    }


def complete(record: Json) -> Json:
    """Give a record with every field: those that are left out have no value."""
    models = [{**dict.fromkeys(SPLIT), **model} for model in record["model_usage"]]
    return {**dict.fromkeys(OPTIONAL), **record, "model_usage": models}


def in_order(records: Iterable[Json]) -> list[Json]:
    """Sort records, so that two collections of them can be compared."""
    return sorted(records, key=lambda record: json.dumps(record, sort_keys=True))


def truth(organization: ScriptedOrganization, day: dt.date) -> list[Json]:
    """Give the records of a day, as the API serves it now."""
    midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), dt.UTC)
    rows = organization.rows(day, midnight, organization.revision(day))
    return in_order(record_of(row) for row in rows)


@dataclass(frozen=True)
class Database:
    """The database of a `type: sqlite` sink, as somebody else reads it."""

    path: Path

    def query(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Ask, or change something behind the sink's back."""
        with closing(sqlite3.connect(self.path, timeout=10)) as database, database:
            return database.execute(sql, parameters).fetchall()

    def shown(self, day: dt.date) -> list[Json]:
        """Give the records that it shows for a day, of whatever source."""
        found = self.query("select record from records where day = ?", str(day))
        return in_order(complete(json.loads(record)) for (record,) in found)

    @property
    def days(self) -> list[dt.date]:
        """The days that it shows records of."""
        found = self.query("select distinct day from records order by day")
        return [dt.date.fromisoformat(day) for (day,) in found]

    def sessions(self, days: Sequence[dt.date]) -> list[int]:
        """Give the sessions of each day, added up."""
        return [sum(record["sessions"] for record in self.shown(day)) for day in days]
