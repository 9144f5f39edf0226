"""What is promised of a delivery that ends half-way: no later run is misled by what it left."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from ccsync.errors import LeaseLost, Stopped
from ccsync.testing.contract.context import Deliverer, Steps
from ccsync.testing.contract.given import Build, Shown
from ccsync.testing.contract.promises import Promises, again


class CrashPromises(Promises):
    """Killed or stopped at any step, the next delivery puts everything right."""

    def test_killed_anywhere_then_tried_again(self, build: Build, shown: Shown) -> None:
        """The same content comes again, at once or as fetched by a later run."""
        deliver = Deliverer(build)
        for one in self.interruptions(deliver):
            was_killed = deliver.is_killed(one.attempt, one.step)
            for snapshot in (one.attempt, again(one.attempt, minutes=5)):
                deliver(snapshot)
                self.assert_shown(shown, snapshot)
            if not was_killed:
                return

    def test_killed_anywhere_then_restated(self, build: Build, shown: Shown) -> None:
        """The API answers differently when the next run asks."""
        deliver = Deliverer(build)
        for one in self.interruptions(deliver):
            was_killed = deliver.is_killed(one.attempt, one.step)
            restated = self.a_day(3, source_id=one.source_id, minutes=5, newcomers=True)
            deliver(restated)
            self.assert_shown(shown, restated)
            if not was_killed:
                return

    def test_killed_anywhere_then_vanished(self, build: Build, shown: Shown) -> None:
        """The half that was written is gone at the API: only `remember` could know of it."""
        deliver = Deliverer(build)
        for one in self.interruptions(deliver):
            was_killed = deliver.is_killed(one.attempt, one.step)
            back = again(one.before, minutes=5)
            deliver(back)
            self.assert_shown(shown, back)
            if not was_killed:
                return

    def test_killed_twice_then_vanished(self, build: Build, shown: Shown) -> None:
        """The second attempt must not forget what the first may have left behind."""
        deliver = Deliverer(build)
        for one in self.interruptions(deliver):
            # The second one dies earlier: it has not yet put right what the first one wrote.
            second = self.a_day(3, source_id=one.source_id, minutes=4)
            were_killed = [
                deliver.is_killed(one.attempt, one.step),
                deliver.is_killed(second, one.step // 2 + 1),
            ]
            back = again(one.before, minutes=5)
            deliver(back)
            self.assert_shown(shown, back)
            if not any(were_killed):
                return

    def test_killed_anywhere_on_the_first_delivery(self, build: Build, shown: Shown) -> None:
        """Nothing was known of the day before, and nothing of the attempt may stay."""
        for step in itertools.count(1):
            deliver = Deliverer(build)
            source_id = f"00000000-0000-4000-9000-{step:012}"
            attempt = self.a_day(2, source_id=source_id, newcomers=True)
            was_killed = deliver.is_killed(attempt, step)
            fewer = self.a_day(1, source_id=source_id, minutes=2)
            deliver(fewer)
            self.assert_shown(shown, fewer)
            if not was_killed:
                return

    def test_killed_anywhere_shows_no_torn_day(self, build: Build, shown: Shown) -> None:
        """Readers see the day as it was, or as it will be."""
        if not self.atomic:
            pytest.skip("this destination may show a half-written day until the next run")
        deliver = Deliverer(build)
        for one in self.interruptions(deliver):
            was_killed = deliver.is_killed(one.attempt, one.step)
            self.assert_not_torn(shown, one.before, one.attempt)
            if not was_killed:
                return

    @pytest.mark.parametrize(
        ("end", "why"),
        [(Stopped, 15), (LeaseLost, "another run took over")],
        ids=["stopped", "lease lost"],
    )
    def test_stopped_anywhere(
        self, build: Build, shown: Shown, end: type[Stopped | LeaseLost], why: Any
    ) -> None:
        """What `proceed` raises goes through the sink as it is, and nothing is written after it."""

        def stop() -> None:
            # Each time another one: an error keeps alive what it went through.
            raise end(why)

        deliver = Deliverer(build)
        for one in self.interruptions(deliver):
            steps = Steps(one.step, stop)
            was_stopped = False
            try:
                deliver.attempt(one.attempt, steps)
            except end:
                was_stopped = True
            assert was_stopped == (steps.taken >= one.step), (
                f"context.proceed() raised {end.__name__}, and deliver() did not let it pass"
            )
            self.assert_not_torn(shown, one.before, one.attempt)
            back = again(one.before, minutes=5)
            deliver(back)
            self.assert_shown(shown, back)
            if not was_stopped:
                return
