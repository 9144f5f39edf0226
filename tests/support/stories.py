"""What may happen to a world, as data: hypothesis invents stories and shortens those that fail."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TypeAlias

from hypothesis import strategies as st

from ccsync.errors import Exit
from ccsync.plan import DAY, Request
from tests.support.world import FIRST_DAY, PEOPLE, POLICIES, TERMINALS, World

HOUR = 3600.0


@dataclass(frozen=True)
class Restate:
    """The API answers differently for a day that is still open."""

    age: int
    person: str
    terminal: str | None
    sessions: int | None

    def happen(self, world: World) -> None:
        day = world.today() - self.age * DAY
        if day >= FIRST_DAY:
            world.api.restate(day, self.person, self.terminal, self.sessions)


@dataclass(frozen=True)
class Pass:
    """Time passes: an hour, a day, or a long outage of ccsync."""

    hours: int

    def happen(self, world: World) -> None:
        world.runtime.advance(self.hours * HOUR)


@dataclass(frozen=True)
class ClockBack:
    """The clock of the machine is set back."""

    minutes: int

    def happen(self, world: World) -> None:
        world.runtime.clock -= dt.timedelta(minutes=self.minutes)


@dataclass(frozen=True)
class Run:
    """`ccsync sync`, perhaps killed at some contact with the outside, perhaps with faults."""

    dies_at: int | None = None
    failing_ages: tuple[int, ...] = ()
    down: tuple[str, ...] = ()
    force: bool = False

    def happen(self, world: World) -> None:
        world.failing = {world.today() - age * DAY for age in self.failing_ages}
        for name in self.down:
            world.destinations[name].down = True
        world.run(dies_at=self.dies_at, request=Request(force=self.force))
        world.failing = set()
        for name in self.down:
            world.destinations[name].down = False


@dataclass(frozen=True)
class Overtaken:
    """A run stalls before a write; another run works meanwhile; then the first goes on writing.

    The other run's clock may be behind.
    """

    at: int
    person: str
    sessions: int | None
    behind: int = 0
    """Minutes."""

    def happen(self, world: World) -> None:
        def meanwhile() -> None:
            for age in range(2):
                day = world.today() - age * DAY
                world.api.restate(day, self.person, "vscode", self.sessions)
            world.runtime.advance(600)
            world.runtime.clock -= dt.timedelta(minutes=self.behind)
            world.run()
            world.runtime.clock += dt.timedelta(minutes=self.behind)

        world.run_overtaken(self.at, meanwhile)


@dataclass(frozen=True)
class ChangePrivacy:
    """Somebody changes the settings."""

    policy: str

    def happen(self, world: World) -> None:
        world.policy = self.policy


@dataclass(frozen=True)
class Recreate:
    """Somebody deletes a destination and makes it anew under the same name."""

    sink: str

    def happen(self, world: World) -> None:
        world.destinations[self.sink].recreate()


@dataclass(frozen=True)
class Wobble:
    """The API answers differently, a run dies on it, and the API goes back to what it said."""

    age: int
    person: str
    dies_at: int

    def happen(self, world: World) -> None:
        day = world.today() - self.age * DAY
        if day < FIRST_DAY:
            return
        before = world.api.days.get(day, {}).get((self.person, "vscode"))
        world.api.restate(day, self.person, "vscode", 9)
        world.run(dies_at=self.dies_at)
        world.api.restate(day, self.person, "vscode", before)


@dataclass(frozen=True)
class PrivacyWobble:
    """The settings are changed, a run dies on it, and the settings are changed back."""

    policy: str
    dies_at: int

    def happen(self, world: World) -> None:
        before, world.policy = world.policy, self.policy
        world.run(dies_at=self.dies_at)
        world.policy = before


Event: TypeAlias = (
    Wobble | PrivacyWobble | Restate | Pass | ClockBack | Run | Overtaken | ChangePrivacy | Recreate
)

_names = st.sampled_from(("replacing", "series"))

_restate = st.builds(
    Restate,
    age=st.integers(0, 2),
    person=st.sampled_from(PEOPLE),
    terminal=st.sampled_from(TERMINALS),
    sessions=st.none() | st.integers(0, 4),
)
_pass = st.builds(Pass, hours=st.sampled_from((1, 1, 13, 24, 24, 48, 24 * 8)))
_clock_back = st.builds(ClockBack, minutes=st.sampled_from((1, 20)))
_healthy = st.just(Run())
_killed = st.builds(Run, dies_at=st.integers(1, 60))
_faulty = st.builds(
    Run,
    dies_at=st.none() | st.integers(1, 60),
    failing_ages=st.lists(st.integers(0, 4), max_size=2).map(tuple),
    down=st.lists(_names, max_size=1).map(tuple),
    force=st.booleans(),
)
_wobble = st.builds(
    Wobble,
    age=st.integers(0, 2),
    person=st.sampled_from(PEOPLE),
    dies_at=st.integers(1, 40),
)
_privacy_wobble = st.builds(
    PrivacyWobble, policy=st.sampled_from(sorted(POLICIES)), dies_at=st.integers(1, 60)
)
_overtaken = st.builds(
    Overtaken,
    at=st.integers(1, 30),
    person=st.sampled_from(PEOPLE),
    sessions=st.none() | st.integers(0, 4),
    behind=st.sampled_from((0, 0, 5, 30)),
)
_privacy = st.builds(ChangePrivacy, policy=st.sampled_from(sorted(POLICIES)))
_recreate = st.builds(Recreate, sink=_names)

events: st.SearchStrategy[Event] = st.one_of(
    _restate, _restate, _restate, _pass, _healthy, _killed, _killed, _faulty,
    _wobble, _privacy_wobble, _overtaken, _privacy, _recreate, _clock_back,
)  # fmt: skip

stories: st.SearchStrategy[list[Event]] = st.lists(events, max_size=25)


def tell(story: list[Event], world: World) -> None:
    """Let it all happen, then run in peace; the promise must hold."""
    for event in story:
        event.happen(world)
    # A clock that was set back catches up; a dead run's lease ends; then comes a good run.
    world.runtime.advance(2 * HOUR)
    report = world.run()
    assert report is not None
    assert report.exit == Exit.OK, report.as_json().decode()
    world.assert_true()
