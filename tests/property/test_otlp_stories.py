"""The promise, with the OTLP sink as one of the two destinations of the world of stories.

Beside deaths and restatements: runs that are overtaken and go on writing, clocks set back, other
privacy policies tried and taken back, destinations away or made anew.
"""

from __future__ import annotations

import datetime as dt

from hypothesis import HealthCheck, given, settings

from ccsync.errors import SinkUnavailable
from ccsync.privacy import Privacy
from ccsync.sink import SinkContext
from ccsync.testing.builders import a_fetched_day
from ccsync.testing.otlp import AppendStore, points_of
from ccsync_otlp.transport import Response
from tests.support import otlp_world
from tests.support.otlp_world import WorldSink
from tests.support.stories import Event, stories, tell
from tests.support.world import DAY, FIRST_DAY, POLICIES, Destination, World

SESSIONS = "claude_code.daily.session.count"


class Way:
    """Carries requests to what a destination of the world is now."""

    def __init__(self, destination: Destination) -> None:
        self._destination = destination

    def send(self, body: bytes) -> Response:
        destination = self._destination
        try:
            destination.touch()
        except SinkUnavailable as error:
            return Response("unavailable", "no answer", str(error))
        if destination.before_write is not None:
            destination.before_write()
        store_of(destination).add(points_of(body))
        destination.touch()
        return Response("accepted", "HTTP 200")

    def close(self) -> None:
        pass


def store_of(destination: Destination) -> AppendStore:
    """Give what a destination keeps; a recreated one is empty."""
    store: AppendStore = destination.rows.setdefault("points", AppendStore())
    return store


class StorySink(WorldSink):
    """The real sink; a destination that is made anew has another identity."""

    def __init__(self, destination: Destination, context: SinkContext) -> None:
        super().__init__(otlp_world.settings(), context, Way(destination))
        self._destination = destination

    def open(self) -> str:
        self._destination.touch()
        return f"{super().open()} {self._destination.born}"


class OtlpStories(World):
    """The world with the OTLP sink in the place of the one that writes series."""

    def __init__(self) -> None:
        super().__init__(series_sink=StorySink)

    def assert_true(self) -> None:
        """Check the sessions that the points show."""
        days = [FIRST_DAY + number * DAY for number in range((self.today() - FIRST_DAY).days + 1)]
        for day in days:
            assert self._shown(day) == self._true(day), day

    def _shown(self, day: dt.date) -> dict[tuple[str, str], float]:
        found: dict[tuple[str, str], float] = {}
        for series, value in store_of(self.destinations["series"]).day(day).items():
            if series.metric == SESSIONS:
                who = series.attribute("user.email") or series.attribute("user.hash") or ""
                key = (str(who), str(series.attribute("terminal.type") or ""))
                assert key not in found
                found[key] = value
        return found

    def _true(self, day: dt.date) -> dict[tuple[str, str], float]:
        fetched = a_fetched_day(self.api.records(day), day=day)
        sums: dict[tuple[str, str], float] = {}
        for record in fetched.seen_through(Privacy(POLICIES[self.policy])).records():
            key = (record.actor_id, record.terminal_type or "")
            sums[key] = sums.get(key, 0) + record.sessions
        return {key: value for key, value in sums.items() if value}


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
@given(stories)
def test_any_story_ends_in_the_truth(story: list[Event]) -> None:
    tell(story, OtlpStories())
