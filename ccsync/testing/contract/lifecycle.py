"""What is promised of building, opening and closing, and of what a sink says about itself."""

from __future__ import annotations

from collections.abc import Callable, Collection

import pytest

from ccsync.errors import SinkUnavailable
from ccsync.testing.contract.context import (
    ContractContext,
    Deliverer,
    Steps,
    nothing_to_remember,
)
from ccsync.testing.contract.given import Build, Shown, Trouble
from ccsync.testing.contract.promises import Promises, again, bring, connected, identity


class LifecyclePromises(Promises):
    """Build does nothing, open connects and names the destination, close always works."""

    def test_close_is_safe_before_open_and_twice(self, build: Build) -> None:
        """A run that ends early closes what it never opened."""
        sink = build(ContractContext())
        sink.close()
        sink.open()
        sink.close()
        sink.close()

    def test_building_connects_nothing(self, build: Build, outage: Trouble) -> None:
        """A destination that is down must not keep `ccsync` from starting."""
        with outage():
            build(ContractContext()).close()

    def test_open_works_after_an_outage(self, build: Build, shown: Shown, outage: Trouble) -> None:
        """The core opens the same sink again after `SinkUnavailable`."""
        sink = build(ContractContext())
        try:
            with outage(), pytest.raises(SinkUnavailable):
                bring(sink, self.a_day(1))
            bring(sink, self.a_day(1))
        finally:
            sink.close()
        self.assert_shown(shown, self.a_day(1))

    def test_identity_stays_the_same(self, build: Build) -> None:
        """A new identity delivers every day again: a delivery must not change it."""
        before = identity(build)
        assert before, "open() must name the destination"
        Deliverer(build)(self.a_day(1))
        assert identity(build) == before, "open() names the same destination differently"

    def test_recreated_destination_is_noticed(
        self, build: Build, shown: Shown, recreate: Callable[[], None]
    ) -> None:
        """Only a new identity tells the core that everything is gone."""
        deliver = Deliverer(build)
        deliver(self.a_day(1))
        before = identity(build)
        recreate()
        assert identity(build) != before, "open() names the old and the new destination alike"
        deliver(self.a_day(1, minutes=1))
        self.assert_shown(shown, self.a_day(1))

    def test_acknowledged_is_shown_before_close(self, build: Build, shown: Shown) -> None:
        """Returning is the acknowledgement: nothing may wait for `close`."""
        sink, _ = connected(build)
        try:
            sink.deliver(self.a_day(1), None, nothing_to_remember)
            self.assert_shown(shown, self.a_day(1))
        finally:
            sink.close()

    def test_one_sink_takes_many_days(self, build: Build, shown: Shown) -> None:
        """One sink is opened once for all the days of a run."""
        sink, _ = connected(build)
        try:
            for revision in (1, 2):
                snapshot = self.a_day(revision, minutes=revision)
                sink.deliver(snapshot, None, nothing_to_remember)
            self.assert_shown(shown, self.a_day(2))
        finally:
            sink.close()

    def test_delivery_asks_whether_to_proceed(self, build: Build) -> None:
        """Without that it cannot be stopped, and writes on when its lease is lost."""
        sink, context = connected(build)
        before = context.proceeds
        sink.deliver(self.a_day(1), None, nothing_to_remember)
        sink.close()
        assert context.proceeds > before, "call context.proceed() before each request"

    def test_each_request_asks_whether_to_proceed(
        self, build: Build, requests: Callable[[], int]
    ) -> None:
        """Between two requests a lease may be lost, too."""
        sink, context = connected(build)
        asked, seen = context.proceeds, requests()
        sink.deliver(self.a_day(1), None, nothing_to_remember)
        asked, seen = context.proceeds - asked, requests() - seen
        sink.close()
        assert asked >= seen, f"{seen} requests, but only {asked} calls of context.proceed()"

    def test_logs_name_nobody(self, build: Build) -> None:
        """Logs hold no record values: they go where usage data may not."""
        deliver = Deliverer(build)
        logged: list[object] = []
        for minutes in range(2):
            deliver(again(self.a_day(1), minutes))
            logged += deliver.context.logged
        assert "northwind.example" not in repr(logged), "the sink logs who used what"

    def test_secrets_stay_secret(self, build: Build, secrets: Collection[str]) -> None:
        """No secret is in a repr, a log line, the identity or the memory (both are stored)."""
        steps = Steps()
        context = ContractContext(steps)
        sink = build(context)
        notes: list[bytes] = []
        said = [sink.open(), repr(sink)]
        sink.deliver(self.a_day(1), None, notes.append)
        sink.close()
        text = " ".join((*said, repr(sink), repr(context.logged), repr(notes)))
        assert [number for number, one in enumerate(secrets) if one in text] == []
