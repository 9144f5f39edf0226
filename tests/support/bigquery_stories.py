"""What may happen to a BigQuery dataset and to runs that write there, as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from hypothesis import strategies as st

from ccsync.errors import Exit
from tests.support import stories
from tests.support.bigquery_destination import Trouble
from tests.support.bigquery_world import NAME, BigQueryStories, Mode
from tests.support.stories import (
    HOUR,
    ChangePrivacy,
    ClockBack,
    Overtaken,
    Pass,
    PrivacyWobble,
    Restate,
    Run,
    Wobble,
)
from tests.support.world import PEOPLE, POLICIES, TERMINALS


@dataclass(frozen=True)
class Recreate:
    """Somebody deletes tables and makes them anew; for a while what is streamed there is lost."""

    tables: tuple[str, ...] = ()
    """Names; none are all."""
    loses: bool = True

    def happen(self, world: BigQueryStories) -> None:
        world.there.recreate(*self.tables, loses=self.loses)


@dataclass(frozen=True)
class Beside:
    """While a run works, so does another one with a state of its own, and is the first to end.

    Two states are no way to keep a promise: who goes by the older one may miss that the API went
    back to what it said before. So no story that is invented has this.
    """

    at: int
    person: str
    sessions: int | None

    def happen(self, world: BigQueryStories) -> None:
        def meanwhile() -> None:
            world.api.restate(world.today(), self.person, "vscode", self.sessions)
            world.runtime.advance(600)
            world.run()

        world.run_beside(self.at, meanwhile)


@dataclass(frozen=True)
class Shaky:
    """A run of whose requests some fail, or take effect while their answers get lost."""

    first: int
    times: int
    took_effect: bool
    about: str = ""
    """Only of those whose address holds this."""
    is_death: bool = False
    """Whether the run dies then, instead."""

    def happen(self, world: BigQueryStories) -> None:
        trouble = Trouble(self.first, self.times, self.took_effect, self.about, self.is_death)
        world.there.begin(trouble)
        world.run()
        world.there.begin(None)


@dataclass(frozen=True)
class Compact:
    """`ccsync bigquery compact`, perhaps killed; no view may show a difference."""

    dies_at: int | None = None

    def happen(self, world: BigQueryStories) -> None:
        if world.there.may_query:
            world.compact(dies_at=self.dies_at)


@dataclass(frozen=True)
class SetMode:
    """Somebody changes the settings. Who may not query may not load either."""

    mode: Mode

    def happen(self, world: BigQueryStories) -> None:
        world.mode = self.mode if world.there.may_query else "stream"


@dataclass(frozen=True)
class PermitQueries:
    """Somebody takes the permission to query away, or gives it back."""

    yes: bool

    def happen(self, world: BigQueryStories) -> None:
        world.there.permit_queries(yes=self.yes)
        if not self.yes:
            world.mode = "stream"


Event: TypeAlias = (
    stories.Event | Recreate | Beside | Shaky | Compact | SetMode | PermitQueries
)  # of `stories.Recreate`, no story here has one

_restate = st.builds(
    Restate,
    age=st.integers(0, 2),
    person=st.sampled_from(PEOPLE),
    terminal=st.sampled_from(TERMINALS),
    sessions=st.none() | st.integers(0, 4),
)
_run = st.builds(
    Run,
    dies_at=st.none() | st.integers(5, 60),
    failing_ages=st.lists(st.integers(0, 2), max_size=1).map(tuple),
    down=st.sampled_from(((), (), (), (NAME,))),
    force=st.booleans(),
)
_killed = st.builds(Run, dies_at=st.integers(5, 40))
_shaky = st.builds(
    Shaky, first=st.integers(1, 20), times=st.integers(1, 3), took_effect=st.booleans()
)
_wobble = st.builds(
    Wobble, age=st.integers(0, 2), person=st.sampled_from(PEOPLE), dies_at=st.integers(5, 40)
)
_privacy_wobble = st.builds(
    PrivacyWobble, policy=st.sampled_from(sorted(POLICIES)), dies_at=st.integers(5, 60)
)
_overtaken = st.builds(
    Overtaken,
    at=st.integers(1, 12),
    person=st.sampled_from(PEOPLE),
    sessions=st.none() | st.integers(0, 4),
    behind=st.sampled_from((0, 0, 5, 30)),
)

events: st.SearchStrategy[Event] = st.one_of(
    _restate, _restate, _restate, _restate, _killed, _killed, _run, _shaky, _wobble,
    _privacy_wobble, _overtaken, _overtaken,
    st.builds(Pass, hours=st.sampled_from((1, 1, 13, 24, 48))),
    st.builds(ClockBack, minutes=st.sampled_from((1, 20))),
    st.builds(ChangePrivacy, policy=st.sampled_from(sorted(POLICIES))),
    st.builds(Recreate, st.sampled_from(((), ("usage_raw",), ("sync_days",)))),
    st.builds(Compact, dies_at=st.none() | st.integers(3, 20)),
    st.builds(SetMode, st.sampled_from(("stream", "load"))),
    st.builds(PermitQueries, st.booleans()),
)  # fmt: skip


def told(*, least: int = 0, most: int = 25) -> st.SearchStrategy[list[Event]]:
    """Invent stories of so many events."""
    return st.lists(events, min_size=least, max_size=most)


def tell(story: Sequence[Event], world: BigQueryStories) -> None:
    """Let it all happen, and look after each step; then run in peace: the promise must hold."""
    for event in story:
        event.happen(world)
        world.assert_whole()
    # A clock that was set back catches up; leases and what BigQuery loses come to an end.
    world.runtime.advance(2 * HOUR)
    report = world.run()
    world.assert_whole()
    assert report is not None
    assert report.exit == Exit.OK, report.as_json().decode()
    world.assert_true()
