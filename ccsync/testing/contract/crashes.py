"""What is promised of a delivery that ends half-way: no later run is misled by what it left."""

from __future__ import annotations

import itertools

import pytest

from ccsync.errors import LeaseLost, Stopped
from ccsync.testing.contract.context import Deliverer, Steps
from ccsync.testing.contract.given import Build, Shown
from ccsync.testing.contract.promises import Promises, again


class CrashPromises(Promises):
    """Killed or stopped at any step, the next delivery puts everything right."""

    def test_killed_anywhere_then_tried_again(self, build: Build, shown: Shown) -> None:
        """The very same day comes again."""
        deliver = Deliverer(build)
        deliver(self.a_day(1))
        for minutes, attempt in self.deaths(deliver):
            deliver(attempt)
            self.assert_shown(shown, attempt)
            deliver(again(attempt, minutes))
            self.assert_shown(shown, attempt)

    def test_killed_anywhere_then_restated(self, build: Build, shown: Shown) -> None:
        """The API answers differently when the next run asks."""
        deliver = Deliverer(build)
        deliver(self.a_day(1))
        for minutes, _ in self.deaths(deliver):
            deliver(self.a_day(3, minutes=minutes))
            self.assert_shown(shown, self.a_day(3))

    def test_killed_anywhere_then_vanished(self, build: Build, shown: Shown) -> None:
        """The half that was written is gone at the API: only `remember` could know of it."""
        deliver = Deliverer(build)
        deliver(self.a_day(1))
        for minutes, _ in self.deaths(deliver):
            deliver(self.a_day(1, minutes=minutes))
            self.assert_shown(shown, self.a_day(1))

    def test_killed_anywhere_on_the_first_delivery(self, build: Build, shown: Shown) -> None:
        """Nothing was there before, and nothing of the attempt may stay."""
        for at in itertools.count(1):
            deliver = Deliverer(build)
            other = self.a_day(2, source_id=f"source-{at}", newcomers="newcomer")
            was_killed = deliver.is_killed(other, at)
            back = self.a_day(1, source_id=f"source-{at}", minutes=1)
            deliver(back)
            self.assert_shown(shown, back)
            if not was_killed:
                return

    def test_killed_anywhere_shows_no_torn_day(self, build: Build, shown: Shown) -> None:
        """Readers see the day as it was, or as it will be."""
        if not self.atomic:
            pytest.skip("this destination may show a half-written day until the next run")
        deliver = Deliverer(build)
        deliver(self.a_day(1))
        for minutes, attempt in self.deaths(deliver):
            self.assert_not_torn(shown, self.a_day(1), attempt)
            deliver(self.a_day(1, minutes=minutes))

    @pytest.mark.parametrize(
        "end", [Stopped(15), LeaseLost("another run took over")], ids=["stopped", "lease lost"]
    )
    def test_stopped_anywhere(self, build: Build, shown: Shown, end: Stopped | LeaseLost) -> None:
        """What `proceed` raises goes through the sink as it is, and nothing is written after it."""

        def stop() -> None:
            raise end

        deliver = Deliverer(build)
        deliver(self.a_day(1))
        for at in itertools.count(1):
            attempt = self.a_day(2, minutes=3 * at, newcomers=f"newcomer-{at}")
            steps = Steps(at, stop)
            was_stopped = False
            try:
                deliver.attempt(attempt, steps)
            except type(end):
                was_stopped = True
            assert was_stopped == (steps.taken >= at), (
                f"context.proceed() raised {type(end).__name__}, and deliver() did not let it pass"
            )
            self.assert_not_torn(shown, self.a_day(1), attempt)
            deliver(self.a_day(1, minutes=3 * at + 1))
            self.assert_shown(shown, self.a_day(1))
            if not was_stopped:
                return
