"""Tables as a warehouse has them after months of deliveries: mostly right, with every odd thing.

What has to be shown is said here when it is delivered; nothing is worked out from the tables.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from ccsync import money
from ccsync.records import ModelUsage, Record, ToolActions, identity
from ccsync.simulator import Organization
from ccsync.source.pages import read_page
from ccsync.testing.builders import a_record, a_snapshot

TODAY = dt.date(2026, 11, 20)
"""A Friday."""

OTHER = "0c5a31d7-66f0-4c3e-8d6f-2b7a90e4f111"
"""The second source."""

GUEST = "5f0e8b7a-1d2c-4b3a-9c8d-7e6f5a4b3c2d"
"""An organization whose usage the second source may see."""


class Usage(NamedTuple):
    """A record that has to be shown."""

    record: Record
    key: str
    source_id: str
    snapshot_id: str
    fetched_at: dt.datetime
    settled: bool


@dataclass
class Scene:
    """Rows of both tables, and what they have to show."""

    rows: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    commits: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    usage: list[Usage] = field(default_factory=list[Usage])
    current: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """The commits that have to be shown."""
    newest: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """The commits that would have to be shown if all their rows were there."""

    def deliver(
        self,
        source_id: str,
        day: dt.date,
        records: Sequence[Record],
        *,
        fetched: int = 60,
        committed: int | None = 70,
        shown: bool = True,
        newest: bool | None = None,
        copies: int = 1,
        lost: int = 0,
        settled: bool = True,
        name: str = "",
    ) -> None:
        """Put a snapshot into the tables.

        Args:
            source_id: the source.
            day: its day.
            records: its records.
            fetched: minutes from the day's end.
            committed: minutes from the day's end; None: it never was.
            shown: whether it has to be shown.
            newest: whether its commit is the newest of the day; by default if it is shown.
            copies: how often its rows are written.
            lost: how many rows are not there, though the commit counts them.
            settled: as the commit says.
            name: its id, if that matters.
        """
        end = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), dt.UTC)
        snapshot_id = name or f"{len(self.rows) + 1000 * len(self.commits):032x}"
        fetched_at = end + dt.timedelta(minutes=fetched)
        there = records[lost:]
        for number in range(copies):
            for record in there:
                self.rows.append(
                    {
                        **columns_of(record),
                        "source_id": source_id,
                        "snapshot_id": snapshot_id,
                        "record_key": key_of(record),
                        "run_id": f"run-{number}",
                        "written_at": fetched_at + dt.timedelta(seconds=number),
                        "schema_version": 1,
                    }
                )
        if committed is None:
            return
        commit = {
            "date": day,
            "source_id": source_id,
            "snapshot_id": snapshot_id,
            "record_count": len(records),
            "settled": settled,
            "fetched_at": fetched_at,
            "committed_at": end + dt.timedelta(minutes=committed),
            "run_id": f"run-{len(self.commits)}",
            "mode": "load" if day.day % 2 else "stream",
            "ccsync_version": "1.2.3",
            "schema_version": 1,
        }
        self.commits.append(commit)
        if shown if newest is None else newest:
            self.newest.append(commit)
        if shown:
            self.current.append(commit)
            self.usage += [
                Usage(record, key_of(record), source_id, snapshot_id, fetched_at, settled)
                for record in records
            ]


def columns_of(record: Record) -> dict[str, Any]:
    """Give a record as the columns that have its fields' names, nulls included."""
    return {
        **msgspec.structs.asdict(record),
        "tool_actions": [msgspec.structs.asdict(one) for one in record.tool_actions],
        "model_usage": [msgspec.structs.asdict(one) for one in record.model_usage],
        "extra": None if record.extra is None else json.dumps(record.extra),
    }


def key_of(record: Record) -> str:
    """Name a record; any name will do that is as unique as its identity."""
    return json.dumps(identity(record), default=str)


def make_scene() -> Scene:
    """Make them."""
    scene = Scene()
    _northwind(scene)
    _oddities(scene)
    _probe(scene)
    return scene


def _northwind(scene: Scene) -> None:
    """Fourteen weeks of a believable organization."""
    organization = Organization(seed=11, users=14)
    source = organization.organization_id
    for age in range(97, -1, -1):
        day = TODAY - dt.timedelta(days=age)
        records = _simulated(organization, day)
        if age in {40, 41}:  # never delivered
            continue
        if age % 7 == 3:  # a restatement: others were there, and some counted twice
            before = [msgspec.structs.replace(r, sessions=2 * r.sessions) for r in records[2:]]
            extra = a_record(f"gone{age}@northwind.example", date=day, organization_id=source)
            scene.deliver(source, day, [*before, extra], fetched=5, committed=6, shown=False)
        if age % 9 == 4:  # asked before the current one, done after it
            scene.deliver(source, day, records[:1], fetched=50, committed=90, shown=False)
        if age % 11 == 5:  # died half-way, later
            scene.deliver(source, day, records[::2], fetched=80, committed=None)
        if age == 30:  # a day that became empty
            scene.deliver(source, day, records, fetched=5, committed=6, shown=False)
            records = ()
        scene.deliver(
            source,
            day,
            records,
            copies=2 if age % 5 == 0 else 1,
            settled=age not in {0, 1, 2, 20},
            name="e" * 32 if age == 22 else "",
        )


def _simulated(organization: Organization, day: dt.date) -> Sequence[Record]:
    end = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), dt.UTC)
    rows = list(organization.rows(day, end, 0))
    body = json.dumps({"data": rows, "has_more": False, "next_page": None}, default=_number)
    records = read_page(body.encode(), day=day, number=1, on_bad_row="refuse").records
    return list(a_snapshot(records, day=day).records())


def _number(value: Any) -> str:
    assert isinstance(value, Decimal)
    return str(value)


def _oddities(scene: Scene) -> None:
    """A second source: two currencies, nulls, newer kinds of actor, records of a guest."""
    for age in (100, 99, 35, 34, 21, 8, 7, 6, 3, 1):
        day = TODAY - dt.timedelta(days=age)
        scene.deliver(OTHER, day, list(_odd_records(day, age)), settled=age > 2)
    ties = [TODAY - dt.timedelta(days=age) for age in (50, 49)]
    few = [a_record("tie@other.example", date=day, organization_id=OTHER) for day in ties]
    many = [msgspec.structs.replace(record, sessions=17) for record in few]
    # Fetched at the same moment: the later commit counts; and then the greater name.
    scene.deliver(OTHER, ties[0], [few[0]], committed=99)
    scene.deliver(OTHER, ties[0], [many[0]], committed=98, shown=False)
    scene.deliver(OTHER, ties[1], [many[1]], name="b" * 32)
    scene.deliver(OTHER, ties[1], [few[1]], name="a" * 32, shown=False)
    # Back to what was there before: the rows of the first one are used again.
    day = TODAY - dt.timedelta(days=60)
    first = [a_record("back@other.example", date=day, organization_id=OTHER, sessions=4)]
    second = [msgspec.structs.replace(first[0], sessions=5)]
    scene.deliver(OTHER, day, first, fetched=5, committed=6, shown=False, name="f" * 32)
    scene.deliver(OTHER, day, second, fetched=15, committed=16, shown=False, name="0" * 32)
    scene.deliver(OTHER, day, first, copies=0, name="f" * 32)
    # A commit that is to be seen before all its rows are: nothing, or what was there before.
    days = [TODAY - dt.timedelta(days=age) for age in (10, 11)]
    scene.deliver(OTHER, days[0], list(_odd_records(days[0], 10)), lost=2, shown=False, newest=True)
    scene.deliver(OTHER, days[1], list(_odd_records(days[1], 11)), fetched=5, newest=False)
    scene.deliver(OTHER, days[1], list(_odd_records(days[1], 12)), lost=1, shown=False, newest=True)
    # Rows without a commit, under the name of a snapshot of the first source that has one.
    day = TODAY - dt.timedelta(days=22)
    scene.deliver(OTHER, day, list(_odd_records(day, 22)), committed=None, name="e" * 32)
    # A day that has rows, but no commit; a day on which nobody did anything.
    day = TODAY - dt.timedelta(days=9)
    scene.deliver(OTHER, day, list(_odd_records(day, 9)), committed=None)
    scene.deliver(OTHER, TODAY - dt.timedelta(days=5), [])


def _odd_records(day: dt.date, age: int) -> Iterator[Record]:
    def one(who: str, **changes: Any) -> Record:
        return a_record(who, **{"date": day, "organization_id": OTHER, **changes})

    yield one("mixed@other.example", model_usage=(_models(age, "EUR"), _models(age, "USD")))
    yield one("mixed@other.example", terminal_type="", model_usage=(_models(2, "USD"),))
    yield one("mixed@other.example", terminal_type=None, sessions=1, tool_actions=())
    yield one("euro@other.example", is_remote=True, model_usage=(_models(age + 1, "EUR"),))
    yield one("idle@other.example", sessions=1, model_usage=(), tool_actions=(), is_remote=None)
    yield one("nightly", actor_type="api_actor", customer_type=None, commits=3)
    yield one("", actor_type="service_actor", tool_actions=(ToolActions("new_tool", 0, 0),))
    yield one("", sessions=2, subscription_type="team")
    yield one("guest@guest.example", organization_id=GUEST, extra={"new": [1, {"a": "b"}]})
    if age == 34:  # all in one currency, but for somebody who has two
        guest = {"organization_id": GUEST, "model_usage": (_models(1, "EUR"), _models(2, "USD"))}
        yield one("mixed@guest.example", **guest)
    if age == 35:  # two currencies, but nobody who has both
        guest = {"organization_id": GUEST, "model_usage": (_models(1, "EUR"),)}
        yield one("euro@guest.example", **guest)
    if age == 99:
        yield one("early@other.example", sessions=9, model_usage=(_nothing(),))


def _models(number: int, currency: str) -> ModelUsage:
    minor = money.canonical(Decimal(f"{number}.0123456789") + Decimal("1e9"))
    return ModelUsage(
        model="claude-opus-5",
        input_tokens=10 * number,
        output_tokens=number,
        cache_read_tokens=10**12 + number,
        cache_creation_tokens=7,
        cache_creation_5m_tokens=3,
        cache_creation_1h_tokens=4,
        estimated_cost=money.major(minor),
        estimated_cost_minor=minor,
        currency=currency,
    )


def _nothing() -> ModelUsage:
    return ModelUsage(
        model="claude-haiku-5",
        input_tokens=0,
        output_tokens=0,
        cache_read_tokens=0,
        cache_creation_tokens=0,
        estimated_cost=money.ZERO,
        estimated_cost_minor=money.ZERO,
        currency="USD",
    )


def _probe(scene: Scene) -> None:
    """Rows that `init` writes to try out the tables; they are nobody's usage."""
    day = TODAY - dt.timedelta(days=2)
    scene.deliver("", day, [a_record("probe", date=day)], shown=False)
