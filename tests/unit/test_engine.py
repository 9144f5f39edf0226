"""The run: which days are fetched, for whom, in what order, and what one party's trouble costs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from ccsync.errors import (
    Exit,
    SinkRefused,
    SourceDrift,
    SourceError,
    SourceNotYet,
    SourceRefused,
    StateUnavailable,
    Stopped,
)
from ccsync.report import Kind
from ccsync.settings.model import Duration, PrivacySettings, SinkConfig, Start, SyncSettings
from ccsync.sink import DELIVERED, SinkContext
from ccsync.snapshot import Snapshot
from ccsync.source import DayRefusedError
from tests.support.scene import DAY, TODAY, Scene, ago, kinds, scripted

BOB = "bob@northwind.example"


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


def test_a_day_is_fetched_once_for_all_the_sinks_that_need_it() -> None:
    scene = Scene("one", "two")
    report = scene.run()
    assert scene.asked == [ago(3), ago(2), ago(1), TODAY]
    assert scene.one.days == scene.sinks["two"].days == scene.asked
    assert report.days == scene.asked
    assert len(report.results) == 8


def test_only_sinks_that_need_a_day_get_it() -> None:
    scene = Scene("one", "two", start=6)
    scene.run(only=["one"])
    report = scene.run()
    assert scene.sinks["two"].days == [ago(age) for age in (6, 5, 4, 3, 2, 1, 0)]
    assert list(kinds(report)) == [ago(3), ago(2), ago(1), TODAY]


def test_sinks_under_different_policies_get_different_snapshots() -> None:
    scene = Scene("one", "two")
    scene.sessions(TODAY, 2)
    scene.sessions(TODAY, 3, BOB)
    drop = PrivacySettings(identity="drop")
    scene.configs["two"] = SinkConfig(type="two", privacy=drop)
    scene.run()
    assert scene.one.taken[-1].sessions == {"ann@northwind.example": 2, BOB: 3}
    assert scene.sinks["two"].taken[-1].sessions == {"": 5}


def test_a_day_that_cannot_be_fetched_stops_no_other() -> None:
    scene = Scene("one", "two")
    scene.failing = {ago(2)}
    report = scene.run()
    assert report.exit == Exit.UNAVAILABLE
    for sink in ("one", "two"):
        assert kinds(report, sink) == {
            ago(3): "delivered",
            ago(2): "failed",
            ago(1): "delivered",
            TODAY: "delivered",
        }
        assert scene.entry(ago(2), sink).line is None
    scene.failing = set()
    assert scene.run().exit == Exit.OK
    assert scene.one.days.count(ago(2)) == 1


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (SourceNotYet("before 01:00"), "not yet", Exit.OK),
        (SourceDrift("row 3"), "refused", Exit.DATA_REFUSED),
        (SourceRefused("the key"), "not tried", Exit.REFUSED),
        (DayRefusedError("that day"), "failed", Exit.REFUSED),
    ],
)
def test_each_trouble_of_the_source_has_its_name(error: SourceError, kind: str, code: Exit) -> None:
    scene = Scene()
    scripted(scene).answers[TODAY] = error
    report = scene.run()
    assert kinds(report)[TODAY] == kind
    assert report.exit == code
    told = report.problems + report.waiting
    said = [one.reason for one in told] + ([str(report.error)] if report.error else [])
    assert said == [str(error)], "once"


def test_the_deadline_of_the_run_leaves_days_for_the_next() -> None:
    scene = Scene()
    scene.rules = SyncSettings(start=Start(date=ago(3)), deadline=Duration(100))

    def slow(context: SinkContext, _snapshot: Snapshot) -> Any:
        scene.runtime.advance(70)
        return DELIVERED

    scene.one.answers = [slow, slow, slow]
    source = scripted(scene)
    report = scene.run()
    assert report.exit == Exit.UNAVAILABLE
    assert list(kinds(report).values()) == ["delivered", "delivered", "not tried", "not tried"]
    assert "sync.deadline (100s) was reached before it" in report.problems[0].reason
    assert source.closed
    assert kinds(scene.run())[TODAY] == "delivered"


def test_a_wish_to_stop_ends_the_run_with_what_was_acknowledged() -> None:
    scene = Scene()

    def stops(context: SinkContext, _snapshot: Snapshot) -> Any:
        scene.runtime.stop.request(15)
        context.proceed()

    scene.one.by_day[ago(1)] = stops
    source = scripted(scene)
    report = scene.run()
    assert isinstance(report.error, Stopped)
    assert report.exit == Exit.SIGTERM
    assert source.closed
    assert scene.one.closed == 1
    assert scene.entry(ago(2)).line is not None
    assert scene.entry(ago(1)).line is None
    assert scene.ledger.leases == ()
    assert kinds(report)[TODAY] == "not tried"


def test_a_state_that_is_away_when_the_run_is_stopped_does_not_hide_the_wish() -> None:
    """Kubernetes counts an exit code 5 as a failure of the job, and a disruption not."""
    scene = Scene()

    def fails(document: bytes, expected: str) -> str:
        try:
            return str(1 / 0)
        except ZeroDivisionError as error:
            raise StateUnavailable("the state is away") from error

    def stops(context: SinkContext, _snapshot: Snapshot) -> Any:
        scene.store.save = fails  # type: ignore[method-assign]
        scene.runtime.stop.request(15)
        context.proceed()

    scene.one.by_day[ago(1)] = stops
    report = scene.run()
    assert report.exit == Exit.SIGTERM
    assert str(report.error) == "stopped by signal 15; then the state is away"


def test_a_stop_between_days_is_honoured() -> None:
    scene = Scene()

    def stops(context: SinkContext, _snapshot: Snapshot) -> Any:
        scene.runtime.stop.request(2)
        return None

    scene.one.by_day[ago(2)] = stops
    report = scene.run()
    assert report.exit == Exit.SIGINT
    assert scene.one.days == [ago(3), ago(2)]


def test_a_stop_while_opening_ends_the_run() -> None:
    scene = Scene("one", "two")
    scene.one.opening = [Stopped(15)]
    report = scene.run()
    assert report.exit == Exit.SIGTERM
    assert scene.sinks["two"].opened == 0
    assert scene.store.document is None


def test_named_days_that_cannot_be_are_a_fault_of_usage() -> None:
    scene = Scene()
    report = scene.run(first=TODAY + DAY)
    assert report.exit == Exit.USAGE
    assert scene.one.closed == 1


def test_when_every_sink_is_gone_no_day_is_fetched() -> None:
    scene = Scene("one", "two")
    scene.one.opening = [SinkRefused("no")]
    scene.sinks["two"].opening = [SinkRefused("no")]
    report = scene.run()
    assert scene.asked == []
    assert report.exit == Exit.REFUSED
    assert len(report.results) == 8
    assert report.days == []


def test_what_cannot_be_fetched_says_of_a_gone_sink_why_it_is_gone() -> None:
    scene = Scene("one", "two")
    scene.one.opening = [SinkRefused("wrong password")]
    scene.failing = {ago(3)}
    report = scene.run()
    (result,) = [one for one in report.results if (one.sink, one.day) == ("one", ago(3))]
    assert result.reason == "not tried: wrong password"
    assert result.kind is Kind.FAILED


def test_gaps_heal_after_a_long_outage() -> None:
    scene = Scene()
    scene.sessions(TODAY, 1)
    scene.run()
    scene.sessions(TODAY, 7)
    scene.runtime.advance(8 * 86400)
    report = scene.run()
    assert report.days == [ago(2) + n * DAY for n in range(11)]
    line = scene.entry(TODAY).line
    assert line is not None
    assert line.settled
    assert [one.sessions for one in scene.one.taken if one.day == TODAY][-1] == {
        "ann@northwind.example": 7
    }
