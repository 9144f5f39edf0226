"""The run and its state: leases, revisions, what is saved and how often."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from ccsync.errors import (
    Exit,
    LeaseLost,
    StateRefused,
    StateUnavailable,
)
from ccsync.settings.model import PrivacySettings, SinkConfig, Start, SyncSettings
from ccsync.sink import SinkContext
from ccsync.snapshot import Snapshot
from ccsync.state.document import Lease, encode, with_changes
from ccsync.testing.builders import a_fetched_day
from tests.support.scene import NOON, TODAY, Scene, ago, kinds, scripted


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


def test_the_source_is_told_the_latest_revision_that_any_sink_knows() -> None:
    scene = Scene("one", "two")
    scene.run(only=["one"])
    scene.runtime.advance(7200)
    scene.run(only=["two"])
    source = scripted(scene)
    scene.run()
    known = scene.entry(TODAY, "two").line
    assert known is not None
    assert [one.day for one in source.asked] == [ago(3), ago(2), ago(1), TODAY]
    assert source.asked[-1].not_before is not None
    assert source.asked[-1].not_before > NOON + dt.timedelta(hours=2)


def test_a_day_nobody_knows_has_no_earliest_revision() -> None:
    scene = Scene()
    source = scripted(scene)
    scene.run()
    assert {one.not_before for one in source.asked} == {None}


def test_revisions_go_on_although_the_clock_was_set_back() -> None:
    scene = Scene()
    scene.run()
    before = scene.entry(TODAY).line
    scene.runtime.clock -= dt.timedelta(hours=3)
    scene.sessions(TODAY, 9)
    scene.run()
    after = scene.entry(TODAY).line
    assert before is not None
    assert after is not None
    assert after.fetched_at >= before.fetched_at + dt.timedelta(seconds=1)
    assert scene.one.taken[-1].fetched_at == after.fetched_at


def test_the_state_of_another_organization_is_left_alone() -> None:
    scene = Scene()
    scene.run()
    before = scene.ledger.sinks
    other = a_fetched_day(day=ago(3), source_id="another", fetched_at=NOON)
    source = scripted(scene)
    source.answers[ago(3)] = other
    scene.one.taken.clear()
    report = scene.run()
    assert report.exit == Exit.REFUSED
    assert isinstance(report.error, StateRefused)
    assert scene.one.taken == []
    assert source.closed
    assert scene.ledger.sinks == before
    assert set(kinds(report).values()) == {"not tried"}


def test_a_lost_lease_ends_the_run_and_the_loser_writes_nothing() -> None:
    scene = Scene()

    def overtaken(context: SinkContext, _snapshot: Snapshot) -> Any:
        lease = Lease(holder="other", run_id="other run", days=((ago(9), TODAY),))
        content = with_changes(scene.ledger, {}, leases=[lease])
        scene.store.save(encode(content), scene.store.load()[1])
        scene.runtime.advance(60)
        context.proceed()
        raise AssertionError("it was to be stopped")

    scene.one.by_day[ago(2)] = overtaken
    report = scene.run()
    assert isinstance(report.error, LeaseLost)
    assert report.exit == Exit.LEASED
    assert scene.one.days == [ago(3), ago(2)]
    assert [lease.holder for lease in scene.ledger.leases] == ["other"]
    assert scene.entry(ago(2)).line is None
    assert kinds(report)[TODAY] == "left to another run"


def test_days_of_another_run_are_left_to_it() -> None:
    scene = Scene()
    other = Scene()
    other.store, other.runtime = scene.store, scene.runtime

    def meanwhile(_context: SinkContext, _snapshot: Snapshot) -> Any:
        scene.store.everybody_lives = True
        report = other.run(first=ago(1), last=TODAY, holder="second")
        raise RuntimeError(f"the second run exits {report.exit}, {kinds(report)}")

    scene.one.by_day[ago(3)] = meanwhile
    report = scene.run(first=ago(3), last=ago(1))
    text = report.problems[0].reason
    assert "exits 0" in text
    assert f"{ago(1)!r}: 'left to another run'" in text
    assert f"{TODAY!r}: 'delivered'" in text


def test_when_others_hold_everything_the_run_says_who() -> None:
    scene = Scene()
    lease = Lease(holder="machine/17", run_id="run-x", days=((ago(9), TODAY),))
    scene.store.save(encode(with_changes(scene.ledger, {}, leases=[lease])), "0")
    scene.store.everybody_lives = True
    report = scene.run()
    assert report.exit == Exit.LEASED
    assert "machine/17 (run run-x)" in str(report.error)
    assert scene.one.taken == []
    assert set(kinds(report).values()) == {"left to another run"}


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_state_that_is_away_is_said(dry_run: bool) -> None:
    scene = Scene()
    scene.store.down = True
    report = scene.run(dry_run=dry_run)
    assert isinstance(report.error, StateUnavailable)
    assert report.exit == Exit.UNAVAILABLE
    assert scene.one.taken == []


def test_garbage_in_the_place_of_the_ledger_stops_the_run() -> None:
    scene = Scene()
    scene.store.document = b"garbage"
    report = scene.run()
    assert report.exit == Exit.REFUSED
    assert scene.store.document == b"garbage"


def test_start_in_days_is_kept_from_the_first_run_on() -> None:
    scene = Scene()
    scene.rules = SyncSettings(start=Start(days=5))
    assert scene.run().days[0] == ago(5)
    scene.runtime.advance(20 * 86400)
    scene.sinks["two"] = type(scene.one)()
    scene.configs["two"] = SinkConfig(type="two")
    report = scene.run()
    assert min(kinds(report, "two")) == ago(5)


def test_a_run_with_nothing_new_saves_twice() -> None:
    scene = Scene(start=90)
    scene.run()
    scene.store.saves = 0
    scene.runtime.advance(3600)
    report = scene.run()
    assert set(kinds(report).values()) == {"unchanged"}
    assert len(scene.asked) == 4
    assert scene.store.saves == 2


def test_each_delivery_costs_at_most_two_saves() -> None:
    """One before it, and one within seconds after it."""
    scene = Scene(start=90)
    scene.one.note = b"a note"
    scene.run()
    scene.store.saves = 0
    scene.policy = PrivacySettings(identity="drop")
    report = scene.run()
    assert list(kinds(report).values()) == ["delivered"] * 91
    assert scene.store.saves <= 2 * 91 + 2
    assert len(scene.asked) == 91


@pytest.mark.parametrize("hours", [0, 1, -1])
def test_settings_that_are_changed_back_after_a_killed_run_deliver_again(hours: int) -> None:
    """Also when the clock was set back in between."""
    scene = Scene()
    scene.sessions(ago(2), 3)
    scene.run()
    scene.runtime.clock += dt.timedelta(hours=hours)
    scene.policy = PrivacySettings(identity="drop")
    scene.one.answers = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        scene.run()
    scene.policy = PrivacySettings()
    scene.one.taken.clear()
    scene.run()
    assert scene.one.days == [ago(3)], "the day that the killed run had begun"
