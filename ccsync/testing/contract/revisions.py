"""What is promised when a day is delivered again: the newest revision is shown, and it alone."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from ccsync import money
from ccsync.records import Record, ToolActions
from ccsync.secret import Secret
from ccsync.settings.model import PrivacySettings
from ccsync.sink import Acknowledgement
from ccsync.testing.builders import a_snapshot
from ccsync.testing.contract.context import Deliverer
from ccsync.testing.contract.given import Build, Shown
from ccsync.testing.contract.promises import Promises, after, again

HASHED = PrivacySettings(identity="hash", hash_key=Secret("a key for the contract"))
DROPPED = PrivacySettings(identity="drop")


def _other_cost(record: Record) -> dict[str, Any]:
    minor = money.canonical(Decimal("0.5"))
    (usage,) = record.model_usage
    usage = msgspec.structs.replace(
        usage, estimated_cost_minor=minor, estimated_cost=money.major(minor)
    )
    return {"model_usage": (usage,)}


def _other_tokens(record: Record) -> dict[str, Any]:
    (usage,) = record.model_usage
    return {"model_usage": (msgspec.structs.replace(usage, cache_read_tokens=1),)}


def _other_tools(record: Record) -> dict[str, Any]:
    first, *others = record.tool_actions
    return {"tool_actions": (ToolActions(first.tool, 0, first.accepted), *others)}


RESTATEMENTS: dict[str, Callable[[Record], dict[str, Any]]] = {
    "sessions": lambda _: {"sessions": 99},
    "lines": lambda _: {"lines_removed": 0},
    "commits": lambda _: {"commits": 98, "pull_requests": 97},
    "tools": _other_tools,
    "tokens": _other_tokens,
    "cost": _other_cost,
}
"""For each part of a record, a restatement of it alone."""


class RevisionPromises(Promises):
    """Whatever was shown of the day before is replaced; an older revision never comes back."""

    def test_same_day_twice(self, build: Build, shown: Shown) -> None:
        """The ledger may lose a line: the day comes again, its rows in another order."""
        deliver = Deliverer(build)
        deliver(self.a_day(1))
        deliver(again(self.a_day(1), minutes=5))
        self.assert_shown(shown, self.a_day(1))

    def test_same_snapshot_twice(self, build: Build, shown: Shown) -> None:
        """After `SinkUnavailable` the same snapshot comes again: it is no older revision."""
        deliver = Deliverer(build)
        snapshot = self.a_day(1)
        for _ in range(2):
            deliver(snapshot)
        self.assert_shown(shown, snapshot)

    def test_restated_up_down_and_back(self, build: Build, shown: Shown) -> None:
        """Numbers may grow, shrink, and be again what they were."""
        deliver = Deliverer(build)
        for minutes, revision in enumerate((2, 7, 1, 2)):
            deliver(self.a_day(revision, minutes=minutes))
            self.assert_shown(shown, self.a_day(revision))

    @pytest.mark.parametrize("part", RESTATEMENTS)
    def test_restated_in_one_number(self, build: Build, shown: Shown, part: str) -> None:
        """Every number counts, in every record of the day."""
        deliver = Deliverer(build)
        deliver(self.a_day(3))
        *others, last = self.a_day(3).records()
        changed = msgspec.structs.replace(last, **RESTATEMENTS[part](last))
        restated = a_snapshot([*others, changed], fetched_at=after(1))
        deliver(restated)
        self.assert_shown(shown, restated)

    def test_restated_to_zero(self, build: Build, shown: Shown) -> None:
        """Zero is a value."""
        deliver = Deliverer(build)
        deliver(self.a_day(3))
        deliver(self.a_day(0, minutes=1))
        self.assert_shown(shown, self.a_day(0))

    def test_record_vanished_and_came_back(self, build: Build, shown: Shown) -> None:
        """What is not in the snapshot is not shown any more."""
        deliver = Deliverer(build)
        whole, part = self.day_size, max(1, self.day_size // 2)
        for minutes, size in enumerate((whole, part, whole, part)):
            deliver(self.a_day(1, size=size, minutes=minutes))
            self.assert_shown(shown, self.a_day(1, size=size))

    def test_record_of_another_organization_vanished(self, build: Build, shown: Shown) -> None:
        """A day may hold records of an organization that is not the source; they come and go."""
        deliver = Deliverer(build)
        own = list(self.a_day(1).records())
        foreign = [msgspec.structs.replace(one, organization_id="other") for one in own]
        for minutes, records in enumerate(([*own, *foreign], own, [*own, foreign[0]])):
            day = a_snapshot(records, fetched_at=after(minutes))
            deliver(day)
            self.assert_shown(shown, day)

    def test_day_became_empty_and_came_back(self, build: Build, shown: Shown) -> None:
        """A day that became empty is shown as empty."""
        self._needs_empty_days()
        deliver = Deliverer(build)
        deliver(self.a_day(1))
        deliver(a_snapshot([], fetched_at=after(1)))
        self.assert_shown(shown, a_snapshot([]))
        deliver(self.a_day(2, minutes=2))
        self.assert_shown(shown, self.a_day(2))

    def test_changed_dimensions(self, build: Build, shown: Shown) -> None:
        """The same people in other dimensions are other records; the former ones go."""
        deliver = Deliverer(build)
        deliver(self.a_day(1))
        records = [
            msgspec.structs.replace(record, terminal_type=None, is_remote=True)
            for record in self.a_day(1).records()
        ]
        moved = a_snapshot(records, fetched_at=after(1))
        deliver(moved)
        self.assert_shown(shown, moved)

    @pytest.mark.parametrize("policy", [HASHED, DROPPED], ids=["hash", "drop"])
    def test_privacy_changed(self, build: Build, shown: Shown, policy: PrivacySettings) -> None:
        """The day comes again under other names: it must not be there twice."""
        deliver = Deliverer(build)
        deliver(self.a_day(1))
        private = a_snapshot(self.a_day(1).records(), privacy=policy, fetched_at=after(1))
        deliver(private)
        self.assert_shown(shown, private)
        deliver(self.a_day(1, minutes=2))
        self.assert_shown(shown, self.a_day(1))

    def test_memory_lost(self, build: Build, shown: Shown) -> None:
        """Who loses the state can still restate what is in the day."""
        deliver = Deliverer(build)
        deliver(self.a_day(1))
        deliver.memory.clear()
        deliver(self.a_day(2, minutes=1))
        self.assert_shown(shown, self.a_day(2))

    # ------------------------------------------------------------------------------ slow writers

    def test_stale_writer_does_not_win(self, build: Build, shown: Shown) -> None:
        """Of two revisions the one fetched later stays, and the other is not acknowledged."""
        deliver = Deliverer(build)
        deliver(self.a_day(2, minutes=10))
        late = deliver.attempt(self.a_day(1, minutes=5))
        self.assert_shown(shown, self.a_day(2))
        if self.plugin.tracked:
            assert late.kind is Acknowledgement.NOT_YET, (
                f"an older revision was answered with {late}; answer not_yet(...)"
            )

    def test_stale_writer_who_knows_nothing(self, build: Build, shown: Shown) -> None:
        """A stalled run has the memory of before: that must not make it win either."""
        if self.last_write_wins:
            pytest.skip("last_write_wins: only the lease keeps an overtaken run off")
        deliver = Deliverer(build)
        deliver(self.a_day(2, minutes=10))
        Deliverer(build).attempt(self.a_day(1, minutes=5))
        self.assert_shown(shown, self.a_day(2))

    def test_stale_writer_does_not_refill_an_empty_day(self, build: Build, shown: Shown) -> None:
        """An empty day has a revision too, though no record shows it."""
        self._needs_empty_days()
        deliver = Deliverer(build)
        deliver(self.a_day(1))
        deliver(a_snapshot([], fetched_at=after(10)))
        deliver.attempt(self.a_day(2, minutes=5))
        self.assert_shown(shown, a_snapshot([]))

    def _needs_empty_days(self) -> None:
        if not self.shows_empty_days:
            pytest.skip("this destination cannot show that a day became empty")
