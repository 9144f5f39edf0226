"""What is promised when the destination is down, says no, or dislikes a record."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest

from ccsync.errors import RecordsRefused, SinkRefused, SinkUnavailable
from ccsync.records import Record
from ccsync.testing.builders import a_snapshot
from ccsync.testing.contract.context import (
    ContractContext,
    Deliverer,
    Steps,
    nothing_to_remember,
)
from ccsync.testing.contract.given import Build, Shown, Trouble
from ccsync.testing.contract.promises import Promises, after, again, bring, connected


class TroublePromises(Promises):
    """The error says how to react, and no trouble passes for an acknowledgement."""

    def test_outage_is_reported_and_passes(
        self, build: Build, shown: Shown, outage: Trouble
    ) -> None:
        """A destination that went away after `open` is `SinkUnavailable`, never silence."""
        Deliverer(build)(self.a_day(1))
        sink, _ = connected(build)
        try:
            with outage(), pytest.raises(SinkUnavailable) as reported:
                sink.deliver(self.a_day(2, minutes=1), None, nothing_to_remember)
        finally:
            sink.close()
        assert str(reported.value), "say what happened, why, and what to do"
        Deliverer(build)(self.a_day(3, minutes=2))
        self.assert_shown(shown, self.a_day(3))

    def test_same_sink_delivers_after_an_outage(
        self, build: Build, shown: Shown, outage: Trouble
    ) -> None:
        """The core tries the same sink again, without opening it again."""
        sink, _ = connected(build)
        try:
            with outage(), pytest.raises(SinkUnavailable):
                sink.deliver(self.a_day(1), None, nothing_to_remember)
            sink.deliver(self.a_day(1), None, nothing_to_remember)
            self.assert_shown(shown, self.a_day(1))
        finally:
            sink.close()

    def test_outage_in_the_middle(self, build: Build, shown: Shown, outage: Trouble) -> None:
        """The outage begins at any step; what was written before it is no acknowledgement."""
        deliver = Deliverer(build)
        for one in self.interruptions(deliver):
            was_reported = False
            with contextlib.ExitStack() as trouble:
                begin = _Once(lambda: trouble.enter_context(outage()))
                try:
                    deliver.attempt(one.attempt, Steps(one.step, begin))
                except SinkUnavailable:
                    was_reported = True
            if was_reported:
                self.assert_not_torn(shown, one.before, one.attempt)
            else:
                self.assert_shown(shown, one.attempt)
            back = again(one.before, minutes=5)
            deliver(back)
            self.assert_shown(shown, back)
            if not begin.happened:
                return

    def test_refusal_is_reported(self, build: Build, shown: Shown, refusal: Trouble) -> None:
        """Where patience does not help, the sink says so with `SinkRefused`."""
        Deliverer(build)(self.a_day(1))
        sink = build(ContractContext())
        try:
            with refusal(), pytest.raises(SinkRefused) as reported:
                bring(sink, self.a_day(2, minutes=1))
        finally:
            sink.close()
        assert str(reported.value), "say what happened, why, and what to do"
        Deliverer(build)(self.a_day(3, minutes=2))
        self.assert_shown(shown, self.a_day(3))

    def test_refused_record_is_named(self, build: Build, shown: Shown, poison: Record) -> None:
        """Its day is not acknowledged; without it the day is taken (`on_rejected: skip`)."""
        deliver = Deliverer(build)
        deliver(self.a_day(1))
        records = list(self.a_day(2).records())
        # In the middle: whoever sends records in batches has to tell which of them it was.
        records.insert(len(records) // 2, poison)
        day = a_snapshot(records, fetched_at=after(1))
        with pytest.raises(RecordsRefused) as refused:
            deliver.attempt(day)
        named = list(refused.value.records)
        assert named in ([], [poison]), "name the records that were refused, and no others"
        self.assert_not_torn(shown, self.a_day(1))
        accepted = self.a_day(2, minutes=2)
        if named:
            accepted = day.without(named)
            assert accepted.record_count == self.day_size
        deliver(accepted)
        self.assert_shown(shown, accepted)


class _Once:
    """Does something when it is called first."""

    def __init__(self, do: Callable[[], object]) -> None:
        self._do = do
        self.happened = False

    def __call__(self) -> None:
        if not self.happened:
            self.happened = True
            self._do()
