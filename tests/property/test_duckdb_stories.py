"""The promise, with the DuckDB sink over a real file as the destination of the world of stories.

At every step each day of the file is one revision that the API gave, whole, and never an older one
than before; in the end it is what the API says.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ccsync.errors import Exit
from ccsync_duckdb.file import DuckDBFile
from tests.support import stories
from tests.support.bigquery_destination import Tally
from tests.support.duckdb_world import NAME, DuckDBStories, MortalSink
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
class Delete:
    """Somebody deletes the file."""

    def happen(self, world: DuckDBStories) -> None:
        world.recreate()


Event: TypeAlias = stories.Event | Delete

_restate = st.builds(
    Restate,
    age=st.integers(0, 2),
    person=st.sampled_from(PEOPLE),
    terminal=st.sampled_from(TERMINALS),
    sessions=st.none() | st.integers(0, 4),
)
_dies_at = st.integers(1, 60)
_run = st.builds(
    Run,
    dies_at=st.none() | _dies_at,
    failing_ages=st.lists(st.integers(0, 2), max_size=1).map(tuple),
    down=st.sampled_from(((), (), (), (NAME,))),
    force=st.booleans(),
)
_killed = st.builds(Run, dies_at=_dies_at, force=st.booleans())
_wobble = st.builds(Wobble, age=st.integers(0, 2), person=st.sampled_from(PEOPLE), dies_at=_dies_at)
_privacy_wobble = st.builds(
    PrivacyWobble, policy=st.sampled_from(sorted(POLICIES)), dies_at=_dies_at
)
_overtaken = st.builds(
    Overtaken,
    at=st.integers(1, 12),
    person=st.sampled_from(PEOPLE),
    sessions=st.none() | st.integers(0, 4),
    behind=st.sampled_from((0, 0, 5, 30)),
)

events: st.SearchStrategy[Event] = st.one_of(
    _restate, _restate, _restate, _restate, _killed, _killed, _killed, _run, _wobble,
    _privacy_wobble, _overtaken,
    st.builds(Pass, hours=st.sampled_from((1, 1, 13, 24, 48))),
    st.builds(ClockBack, minutes=st.sampled_from((1, 20))),
    st.builds(ChangePrivacy, policy=st.sampled_from(sorted(POLICIES))),
    st.just(Delete()),
)  # fmt: skip


def tell(story: Sequence[Event], world: DuckDBStories) -> None:
    """Let it all happen, and look after each step; then run in peace: the promise must hold."""
    for event in story:
        event.happen(world)
        world.assert_whole()
    world.runtime.advance(2 * HOUR)
    report = world.run()
    assert report is not None
    assert report.exit == Exit.OK, report.as_json().decode()
    world.assert_whole()
    world.assert_true()


def tell_stories(examples: int, tally: Tally, *, least: int, most: int) -> None:
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        print_blob=True,
    )
    @given(st.lists(events, min_size=least, max_size=most))
    def property_(story: list[Event]) -> None:
        with DuckDBStories(tally=tally) as world:
            tell(story, world)

    property_()


@pytest.mark.thorough
def test_any_story_ends_in_the_truth() -> None:
    tally = Tally()
    tell_stories(12, tally, least=6, most=14)
    assert tally.deaths > 10
    assert tally.looks > 100


@pytest.mark.integration
@pytest.mark.timeout(1800)
def test_many_stories_end_in_the_truth() -> None:
    tell_stories(40, Tally(), least=8, most=25)


A_DAY: tuple[Event, ...] = (
    Restate(1, PEOPLE[0], None, 4),
    Restate(0, PEOPLE[0], "vscode", 2),
    Restate(0, PEOPLE[1], "", 1),
    Run(),
    Restate(0, PEOPLE[1], "", None),
    Restate(0, PEOPLE[2], None, 5),
)


@pytest.mark.thorough
def test_killed_at_each_statement_in_turn() -> None:
    """The former day is shown until the commit, and the new one from then on."""
    with DuckDBStories() as world:
        for event in A_DAY[:4]:
            event.happen(world)
        shown: list[int] = []
        for dies_at in range(1, 200):
            world.api.restate(world.today(), PEOPLE[2], None, dies_at)
            report = world.run(dies_at=dies_at)
            world.assert_whole()
            records = world.shown_days()[world.today()].records
            shown.append(max(record.sessions for record in records))
            if report is not None:
                break
            world.runtime.advance(600)
        assert len(shown) > 15, "there are as many statements"
        assert set(shown) >= {2, len(shown)}
        world.assert_true()


class NoTransactions(MortalSink):
    """Writes as statements come."""

    def _connected(self) -> tuple[DuckDBFile, str]:
        file, named = super()._connected()

        @contextmanager
        def nothing() -> Generator[None]:
            yield

        file.transaction = nothing  # type: ignore[method-assign]
        return file, named


class NamedByPath(MortalSink):
    """Takes each file of that name for the same."""

    def open(self) -> str:
        return super().open().partition(" ")[0]


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("sink", "then", "says"),
    [
        (NoTransactions, [Run(dies_at=at) for at in range(8, 32, 3)], "torn|not shown any more"),
        (NamedByPath, [Run(), Delete()], "not true"),
    ],
)
def test_each_rule_is_needed(sink: type[MortalSink], then: list[Event], says: str) -> None:
    story: list[Event] = []
    for number, event in enumerate(then):
        story += [Restate(0, PEOPLE[2], None, number + 2), event, Pass(1)]
    with DuckDBStories(sink=sink) as world, pytest.raises(AssertionError, match=says):
        tell([*A_DAY, *story], world)
    with DuckDBStories() as world:
        tell([*A_DAY, *story], world)
