"""What a sink's failures mean: for its other days, for other sinks, and in words."""

from __future__ import annotations

from typing import Any

import pytest

from ccsync.errors import Exit, RecordsRefused, SinkRefused, SinkUnavailable
from ccsync.settings.model import Duration
from ccsync.sink import SinkContext, not_yet, too_old
from ccsync.snapshot import Snapshot
from tests.support.scene import TODAY, Scene, ago, kinds


def test_an_unavailable_destination_is_tried_again_with_patience(scene: Scene) -> None:
    scene.one.answers = [SinkUnavailable("busy"), SinkUnavailable("busy", retry_after=7)]
    assert scene.run().exit == Exit.OK
    assert len(scene.one.taken) == 6
    assert 7 in scene.runtime.pauses


def test_patience_ends_and_later_days_get_a_single_try(scene: Scene) -> None:
    scene.configure("one", retry_deadline=Duration(60))
    scene.one.by_day[ago(3)] = SinkUnavailable("away")
    scene.one.by_day[ago(2)] = SinkUnavailable("away")
    report = scene.run()
    assert report.exit == Exit.UNAVAILABLE
    assert kinds(report) == {
        ago(3): "failed",
        ago(2): "failed",
        ago(1): "delivered",
        TODAY: "delivered",
    }
    assert scene.one.days.count(ago(3)) > 3
    assert scene.one.days.count(ago(2)) == 1
    assert "retry_deadline" in report.problems[0].reason


def test_what_an_earlier_try_remembered_is_given_to_the_next(scene: Scene) -> None:
    scene.one.note = b"begun"
    scene.one.answers = [SinkUnavailable("half of it")]
    scene.run()
    assert [one.memory for one in scene.one.taken[:2]] == [None, b"begun"]


def test_a_refusing_sink_is_given_up_and_its_days_say_why(scene: Scene) -> None:
    scene.one.by_day[ago(2)] = SinkRefused("the table is gone")
    report = scene.run()
    assert report.exit == Exit.REFUSED
    assert scene.one.days == [ago(3), ago(2)]
    after = f"not tried: the sink was given up after {ago(2)}"
    assert [(one.reason, one.in_short) for one in report.problems] == [
        ("the table is gone", ""),
        (f"{after}: the table is gone", after),
        (f"{after}: the table is gone", after),
    ]
    assert scene.asked == [ago(3), ago(2)], "nobody is left who wants the others"


def test_a_bug_of_a_sink_is_its_own_trouble(logged: list[Any]) -> None:
    scene = Scene("one", "two")
    scene.one.by_day[ago(1)] = ZeroDivisionError("division by zero")
    report = scene.run()
    assert report.exit == Exit.BUG
    assert kinds(report)[ago(1)] == "failed"
    assert kinds(report)[TODAY] == "delivered"
    assert set(kinds(report, "two").values()) == {"delivered"}
    assert "a bug in the sink, please report it: ZeroDivisionError" in report.problems[0].reason
    (line,) = [one for one in logged if one["event"] == "sink.bug"]
    assert isinstance(line["exc_info"], ZeroDivisionError)


def test_a_sink_that_answers_nonsense_is_not_believed(scene: Scene) -> None:
    scene.one.by_day[ago(1)] = lambda _context, _snapshot: "ok"
    report = scene.run()
    assert report.exit == Exit.BUG
    assert scene.entry(ago(1)).line is None
    assert "answered 'ok', which is no Outcome" in report.problems[0].reason


def test_a_sink_that_cannot_be_opened_troubles_nobody_else() -> None:
    scene = Scene("one", "two")
    scene.one.opening = [SinkRefused("wrong password")]
    report = scene.run()
    assert report.exit == Exit.REFUSED
    assert set(kinds(report).values()) == {"failed"}
    assert set(kinds(report, "two").values()) == {"delivered"}
    assert len(report.results) == 8
    assert {one.reason for one in report.problems} == {"not tried: wrong password"}
    short = "not tried: the sink could not be opened"
    assert [one.in_short for one in report.problems] == ["", short, short, short]
    assert scene.one.closed == scene.sinks["two"].closed == 1


def test_opening_is_tried_again(scene: Scene) -> None:
    scene.one.opening = [SinkUnavailable("starting up")]
    assert scene.run().exit == Exit.OK
    assert scene.one.opened == 2


def test_a_sink_that_cannot_be_built_is_given_up(scene: Scene) -> None:
    scene.one.building = ImportError("no such library")
    report = scene.run()
    assert report.exit == Exit.BUG
    assert "no such library" in report.problems[0].reason
    assert scene.asked == []


def test_a_failure_to_close_is_logged_and_no_more(scene: Scene, logged: list[Any]) -> None:
    scene.one.closing = OSError("gone already")
    assert scene.run().exit == Exit.OK
    assert [one["event"] for one in logged] == ["sink.close_failed"]


def test_no_reason_holds_a_secret(scene: Scene) -> None:
    key = "sk-ant-admin01-recognisable"
    scene.one.by_day = {
        ago(3): RuntimeError(f"headers were {key}"),
        ago(2): RecordsRefused(f"refused with {key}"),
        ago(1): too_old(f"too old for {key}"),
        TODAY: not_yet(f"not with {key}"),
    }
    report = scene.run()
    told = report.problems + report.waiting
    assert len(told) == 4
    assert key.encode() not in report.as_json()
    assert key not in "".join(one.reason for one in told)
    assert scene.store.document is not None
    assert key.encode() not in scene.store.document


def test_each_pause_is_told_before_it_begins(scene: Scene, logged: list[Any]) -> None:
    key = "sk-ant-admin01-recognisable"
    scene.one.opening = [SinkUnavailable("starting up")]
    scene.one.answers = [SinkUnavailable(f"busy {key}"), SinkUnavailable("busy", retry_after=7)]
    assert scene.run().exit == Exit.OK
    told = [one for one in logged if one["event"] == "sink.retry"]
    assert [(one.get("day"), one["reason"]) for one in told] == [
        (None, "starting up"),
        (ago(3), "busy sk-ant-***"),
        (ago(3), "busy"),
    ]
    assert {one["sink"] for one in told} == {"one"}
    assert told[2]["next_try_in"] == 7
    assert [(sink, round(seconds, 1), why) for sink, seconds, why in scene.watcher.waits] == [
        ("one", one["next_try_in"], one["reason"]) for one in told
    ]


def test_a_run_that_is_stopped_while_it_waits_says_for_what(scene: Scene) -> None:
    def stop_then_fail(_context: SinkContext, _snapshot: Snapshot) -> None:
        scene.runtime.stop.request(15)
        raise SinkUnavailable("http://tower:4318: no answer")

    scene.one.by_day[ago(3)] = stop_then_fail
    report = scene.run()
    assert report.exit == Exit.SIGTERM
    assert str(report.error) == (
        "stopped by signal 15 while one was unavailable: http://tower:4318: no answer"
    )


def test_a_run_that_is_stopped_while_it_works_does_not(scene: Scene) -> None:
    def stop(context: SinkContext, _snapshot: Snapshot) -> None:
        scene.runtime.stop.request(15)
        context.proceed()

    scene.one.answers = [SinkUnavailable("busy"), stop]
    assert str(scene.run().error) == "stopped by signal 15"


def test_used_up_patience_is_told_once(scene: Scene) -> None:
    """A sink that tries its own requests again does so within the core's own tries."""

    def ask(context: SinkContext, _snapshot: Snapshot) -> None:
        def request() -> None:
            raise SinkUnavailable("no answer")

        context.retry(request)

    scene.configure("one", retry_deadline=Duration(5))
    scene.one.by_day = {ago(3): ask, ago(2): ask}
    first, second = (one.reason for one in scene.run().problems)
    assert first.startswith("no answer; given up after ")
    assert first.endswith(" tries: the patience of 5s (retry_deadline) is used up")
    assert second == (
        "no answer; not tried again: the patience of 5s (retry_deadline) was used up before"
    )


class PanicError(BaseException):
    """As libraries written in Rust raise it."""


PanicError.__module__ = "pyo3_runtime"


@pytest.mark.parametrize("end", [SystemExit(0), PanicError("index out of bounds")])
def test_a_sink_cannot_end_the_run(end: BaseException) -> None:
    scene = Scene("one", "two")
    scene.one.by_day[ago(1)] = end
    scene.one.closing = SystemExit(0)
    report = scene.run()
    assert report.exit == Exit.BUG
    assert kinds(report)[ago(1)] == "failed"
    assert set(kinds(report, "two").values()) == {"delivered"}
    assert "a bug in the sink, please report it" in report.problems[0].reason


def test_nor_where_it_is_built_or_opened() -> None:
    scene = Scene("one", "two", "three")
    scene.one.building = SystemExit(0)
    scene.sinks["two"].opening = [SystemExit(0)]
    report = scene.run()
    assert report.exit == Exit.BUG
    assert set(kinds(report, "three").values()) == {"delivered"}
