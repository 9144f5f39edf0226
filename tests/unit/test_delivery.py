"""What a sink's answers mean for the ledger, the report and the next run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import structlog

from ccsync.errors import Exit, RecordsRefused, SinkRefused, SinkUnavailable
from ccsync.report import Kind
from ccsync.settings.model import Duration, SinkConfig
from ccsync.sink import not_yet, too_old
from ccsync.testing import a_record
from tests.support.scene import TODAY, Scene, ago, kinds

TOO_OLD = too_old("it keeps two days")
ANN = "ann@northwind.example"
BOB = "bob@northwind.example"


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


@pytest.fixture
def scene() -> Scene:
    scene = Scene()
    for age in range(4):
        scene.sessions(ago(age), age + 1)
    return scene


def configure(scene: Scene, **fields: Any) -> None:
    scene.configs["one"] = SinkConfig(type="one", **fields)


def test_a_delivered_day_gets_a_line(scene: Scene) -> None:
    scene.one.note = b"a note"
    report = scene.run()
    assert kinds(report) == dict.fromkeys(map(ago, (3, 2, 1, 0)), "delivered")
    assert report.exit == Exit.OK
    entry = scene.entry(ago(2))
    assert entry.line is not None
    assert entry.line.snapshot_id == scene.one.taken[1].snapshot_id
    assert (entry.line.records, entry.line.settled, entry.line.left_out) == (1, False, 0)
    assert entry.line.fetched_at == scene.one.taken[1].fetched_at
    assert entry.remembered
    oldest = scene.entry(ago(3)).line
    assert oldest is not None
    assert oldest.settled


def test_nothing_new_is_not_delivered_again_but_seen(scene: Scene) -> None:
    scene.run()
    before = scene.entry(ago(1)).line
    scene.runtime.advance(3600)
    report = scene.run()
    assert set(kinds(report).values()) == {"unchanged"}
    assert len(scene.one.taken) == 4
    after = scene.entry(ago(1)).line
    assert before is not None
    assert after is not None
    assert after.delivered_at == before.delivered_at
    assert after.fetched_at > before.fetched_at


def test_a_day_that_settles_unchanged_is_noted_as_settled(scene: Scene) -> None:
    scene.run()
    scene.runtime.advance(86400)
    scene.run()
    line = scene.entry(ago(2)).line
    assert line is not None
    assert line.settled


def test_a_restated_day_is_delivered_with_what_was_remembered(scene: Scene) -> None:
    scene.one.note = b"first"
    scene.run()
    scene.sessions(ago(1), 9)
    assert kinds(scene.run())[ago(1)] == "delivered"
    assert scene.one.taken[-1].sessions == {ANN: 9}
    assert scene.one.taken[-1].memory == b"first"


def test_not_yet_leaves_no_line_and_is_no_error(scene: Scene) -> None:
    scene.one.by_day[TODAY] = not_yet("before noon")
    report = scene.run()
    assert report.exit == Exit.OK
    assert kinds(report)[TODAY] == "not yet"
    assert [one.reason for one in report.problems] == ["before noon"]
    assert scene.entry(TODAY).line is None
    del scene.one.by_day[TODAY]
    assert kinds(scene.run())[TODAY] == "delivered"


def test_a_skipped_day_is_noted_beside_the_line_and_exits_4_once(scene: Scene) -> None:
    scene.run()
    shown = scene.entry(ago(3)).line
    scene.sessions(ago(3), 9)
    scene.one.by_day[ago(3)] = TOO_OLD
    report = scene.run()
    assert report.exit == Exit.DATA_REFUSED
    assert kinds(report)[ago(3)] == "skipped"
    entry = scene.entry(ago(3))
    assert entry.line == shown
    assert entry.note is not None
    assert (entry.note.outcome, entry.note.reason) == ("skipped", "it keeps two days")
    again = scene.run()
    assert again.exit == Exit.OK
    assert kinds(again)[ago(3)] == "skipped"
    assert "not tried again: it keeps two days" in again.problems[0].reason
    assert scene.one.days.count(ago(3)) == 2


@pytest.mark.parametrize("request_", [{"force": True}, {"first": ago(3), "last": ago(3)}])
def test_a_skipped_day_is_tried_again_when_asked_for(
    scene: Scene, request_: dict[str, Any]
) -> None:
    scene.one.by_day[ago(3)] = TOO_OLD
    scene.run()
    assert kinds(scene.run(**request_))[ago(3)] == "skipped"
    assert scene.one.days.count(ago(3)) == 2
    del scene.one.by_day[ago(3)]
    assert kinds(scene.run(**request_))[ago(3)] == "delivered"
    assert scene.entry(ago(3)).note is None


def test_a_skipped_day_that_changes_back_is_shown_already(scene: Scene) -> None:
    scene.run()
    scene.sessions(ago(3), 9)
    scene.one.by_day[ago(3)] = TOO_OLD
    scene.run()
    scene.sessions(ago(3), 4)
    assert kinds(scene.run())[ago(3)] == "unchanged"
    assert scene.entry(ago(3)).note is None


def test_a_half_written_day_that_became_too_old_is_never_called_shown(scene: Scene) -> None:
    """Shown 4; 9 was half written; then the window of the destination closes; the API says 4."""
    scene.run()
    scene.sessions(ago(3), 9)
    scene.one.by_day[ago(3)] = SinkRefused("half of it was written")
    scene.run()
    scene.one.by_day[ago(3)] = TOO_OLD
    assert scene.run().exit == Exit.DATA_REFUSED
    scene.sessions(ago(3), 8)
    assert scene.run().exit == Exit.DATA_REFUSED
    scene.sessions(ago(3), 4)
    report = scene.run()
    assert kinds(report)[ago(3)] == "skipped"
    assert report.exit == Exit.DATA_REFUSED


def test_records_refused_leave_the_day_uncommitted(scene: Scene) -> None:
    scene.one.by_day[ago(1)] = RecordsRefused("a name is too long")
    report = scene.run()
    assert report.exit == Exit.DATA_REFUSED
    assert kinds(report)[ago(1)] == "refused"
    assert kinds(report)[TODAY] == "delivered"
    entry = scene.entry(ago(1))
    assert entry.line is None
    assert entry.note is not None
    assert entry.note.outcome == "refused"


def test_a_refused_day_is_sent_again_only_when_it_changes_or_with_force(scene: Scene) -> None:
    scene.one.by_day[ago(1)] = RecordsRefused("a name is too long")
    scene.run()
    again = scene.run()
    assert again.exit == Exit.DATA_REFUSED
    assert "unchanged since it was refused, not sent again" in again.problems[0].reason
    scene.run(first=ago(1), last=ago(1))
    assert scene.one.days.count(ago(1)) == 1
    scene.run(force=True)
    assert scene.one.days.count(ago(1)) == 2
    del scene.one.by_day[ago(1)]
    scene.sessions(ago(1), 7)
    assert kinds(scene.run())[ago(1)] == "delivered"


def test_what_was_shown_before_a_refusal_is_not_trusted(scene: Scene) -> None:
    scene.run()
    scene.sessions(ago(1), 9)
    scene.one.by_day[ago(1)] = RecordsRefused("a name is too long")
    scene.run()
    del scene.one.by_day[ago(1)]
    scene.sessions(ago(1), 2)
    assert kinds(scene.run())[ago(1)] == "delivered"


def test_refused_records_are_left_out_where_the_settings_say_so(scene: Scene) -> None:
    configure(scene, on_rejected="skip")
    scene.sessions(ago(1), 5, BOB)
    bob = a_record(BOB, date=ago(1), terminal_type="vscode", sessions=5)
    scene.one.answers = [too_old("x"), too_old("x"), RecordsRefused("bob", records=[bob])]
    report = scene.run()
    (result,) = [one for one in report.results if one.day == ago(1)]
    assert (result.kind, result.left_out, result.records) == (Kind.DELIVERED, 1, 1)
    assert result.exit == Exit.OK
    assert result.reason == "1 records refused by the destination were left out"
    line = scene.entry(ago(1)).line
    assert line is not None
    assert (line.left_out, line.records) == (1, 1)
    assert line.snapshot_id == scene.one.taken[2].snapshot_id, "the whole day's name"
    assert scene.one.taken[3].sessions == {ANN: 2}
    assert kinds(scene.run())[ago(1)] == "unchanged"


def test_a_refusal_that_names_nobody_is_not_tried_again_without_them(scene: Scene) -> None:
    configure(scene, on_rejected="skip")
    scene.one.by_day[ago(1)] = RecordsRefused("some of them")
    assert kinds(scene.run())[ago(1)] == "refused"
    assert scene.one.days.count(ago(1)) == 1


def test_an_unavailable_destination_is_tried_again_with_patience(scene: Scene) -> None:
    scene.one.answers = [SinkUnavailable("busy"), SinkUnavailable("busy", retry_after=7)]
    assert scene.run().exit == Exit.OK
    assert len(scene.one.taken) == 6
    assert 7 in scene.runtime.pauses


def test_patience_ends_and_later_days_get_a_single_try(scene: Scene) -> None:
    configure(scene, retry_deadline=Duration(60))
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
    assert [one.reason for one in report.problems] == ["the table is gone"] * 3
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


@pytest.mark.parametrize(
    ("resend", "hours", "sent"),
    [("never", 24, [0]), ("daily", 1, []), ("daily", 24, [2, 1, 0]), ("always", 1, [2, 1, 0])],
)
def test_open_days_are_sent_again_as_the_sink_asks(
    scene: Scene, resend: Any, hours: int, sent: list[int]
) -> None:
    scene.plugin = {"resend": resend}
    scene.run()
    scene.one.taken.clear()
    scene.runtime.advance(hours * 3600)
    scene.run()
    today = scene.runtime.now().date()
    assert [(today - day).days for day in scene.one.days] == sent


def test_the_settings_override_how_often_open_days_are_sent(scene: Scene) -> None:
    scene.plugin = {"resend": "always"}
    configure(scene, resend="never")
    scene.run()
    scene.run()
    assert len(scene.one.taken) == 4


def test_a_restatement_without_memory_says_that_tombstones_are_unknown(scene: Scene) -> None:
    scene.one.note = b"a note"
    scene.run()
    scene.store.memory.clear()
    scene.sessions(ago(1), 9)
    report = scene.run()
    assert report.exit == Exit.DATA_REFUSED
    assert kinds(report)[ago(1)] == "delivered"
    assert "tombstones unknown" in report.problems[0].reason
    assert scene.run().exit == Exit.OK


@pytest.mark.parametrize("again", [{"force": True}, {}])
def test_sending_the_same_again_without_memory_is_no_restatement(
    scene: Scene, again: dict[str, Any]
) -> None:
    scene.plugin = {"resend": "always"}
    scene.one.note = b"a note"
    scene.run()
    scene.store.memory.clear()
    report = scene.run(**again)
    assert report.exit == Exit.OK
    assert report.problems == []
    assert len(scene.one.taken) > 4


def test_a_sink_that_never_remembered_misses_nothing(scene: Scene) -> None:
    scene.run()
    scene.sessions(ago(1), 9)
    report = scene.run()
    assert (report.exit, report.problems) == (Exit.OK, [])


def test_an_untracked_sink_gets_the_window_each_time_and_no_memory(scene: Scene) -> None:
    scene.plugin = {"tracked": False}
    scene.one.note = b"a note"
    scene.run()
    scene.run()
    assert len(scene.one.taken) == 8
    assert scene.ledger.sinks == {}
    assert scene.store.memory == {}
    assert {one.memory for one in scene.one.taken} == {None}


def test_tracking_can_be_set(scene: Scene) -> None:
    scene.plugin = {"tracked": False}
    configure(scene, track=True)
    scene.run()
    scene.run()
    assert len(scene.one.taken) == 4


def test_rows_that_were_added_together_are_counted(scene: Scene) -> None:
    scene.policy = msgspec.structs.replace(scene.policy, identity="drop")
    scene.sessions(ago(1), 5, BOB)
    report = scene.run()
    assert report.merged_rows == {"one": 1}
    assert scene.one.taken[2].sessions == {"": 7}


def test_a_recreated_destination_gets_every_day_again_with_its_memory(scene: Scene) -> None:
    scene.one.note = b"a note"
    scene.run()
    scene.one.identity = "made anew"
    scene.one.taken.clear()
    scene.run()
    assert [one.day for one in scene.one.taken] == [ago(age) for age in (3, 2, 1, 0)]
    assert {one.memory for one in scene.one.taken} == {b"a note"}


def test_no_reason_holds_a_secret(scene: Scene) -> None:
    key = "sk-ant-admin01-recognisable"
    scene.one.by_day = {
        ago(3): RuntimeError(f"headers were {key}"),
        ago(2): RecordsRefused(f"refused with {key}"),
        ago(1): too_old(f"too old for {key}"),
        TODAY: not_yet(f"not with {key}"),
    }
    report = scene.run()
    assert len(report.problems) == 4
    assert key.encode() not in report.as_json()
    assert key not in "".join(one.reason for one in report.problems)
    assert scene.store.document is not None
    assert key.encode() not in scene.store.document


def test_a_dry_run_shows_what_it_would_do_and_touches_nothing(scene: Scene) -> None:
    report = scene.run(dry_run=True)
    assert set(kinds(report).values()) == {"would be delivered"}
    assert scene.takers[0].previewed is not None
    assert scene.takers[0].previewed.day == ago(3)
    assert (scene.one.opened, scene.one.taken, scene.store.document) == (0, [], None)
    scene.run()
    scene.sessions(ago(1), 9)
    before = scene.store.document
    again = scene.run(dry_run=True)
    assert kinds(again)[ago(1)] == "would be delivered"
    assert kinds(again)[ago(2)] == "unchanged"
    assert scene.store.document == before


def test_the_clock_of_a_line_is_the_runs(scene: Scene) -> None:
    scene.run()
    line = scene.entry(ago(1)).line
    assert line is not None
    assert line.delivered_at - scene.runtime.now() < dt.timedelta(minutes=1)
