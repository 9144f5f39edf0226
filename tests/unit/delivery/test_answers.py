"""What a sink's answers mean for the ledger, the report and the next run."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest

from ccsync.errors import Exit, RecordsRefused, SinkRefused
from ccsync.report import Kind
from ccsync.sink import not_yet, too_old
from ccsync.testing import a_record
from tests.support.scene import ANN, BOB, TODAY, TOO_OLD, Scene, ago, kinds


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


def test_not_yet_leaves_no_line_and_is_no_error(scene: Scene) -> None:
    scene.one.by_day[TODAY] = not_yet("before noon")
    report = scene.run()
    assert report.exit == Exit.OK
    assert kinds(report)[TODAY] == "not yet"
    assert report.problems == []
    assert [one.reason for one in report.waiting] == ["before noon"]
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
    assert report.problems[0].needs_force


def test_a_refused_day_of_a_sink_without_a_ledger_comes_again_by_itself(scene: Scene) -> None:
    scene.configure("one", track=False)
    scene.one.by_day[ago(1)] = RecordsRefused("a name is too long")
    assert not scene.run().problems[0].needs_force
    scene.run()
    assert scene.one.days.count(ago(1)) == 2


def test_a_refused_day_is_sent_again_only_when_it_changes_or_with_force(scene: Scene) -> None:
    scene.one.by_day[ago(1)] = RecordsRefused("a name is too long")
    scene.run()
    again = scene.run()
    assert again.exit == Exit.DATA_REFUSED
    assert "unchanged since it was refused, not sent again" in again.problems[0].reason
    assert again.problems[0].needs_force
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
    scene.configure("one", on_rejected="skip")
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


def test_who_allows_to_leave_records_out_gets_the_days_that_were_refused(scene: Scene) -> None:
    """However old they are by then: that is what the setting was changed for."""
    scene.sessions(ago(3), 5, BOB)
    bob = a_record(BOB, date=ago(3), terminal_type="vscode", sessions=5)
    scene.one.answers = [RecordsRefused("bob", records=[bob])]
    assert kinds(scene.run())[ago(3)] == "refused"
    scene.runtime.advance(20 * 86400)
    scene.run()
    scene.configure("one", on_rejected="skip")
    scene.one.answers = [RecordsRefused("bob", records=[bob])]
    report = scene.run()
    (result,) = [one for one in report.results if one.day == ago(3)]
    assert (result.kind, result.left_out) == (Kind.DELIVERED, 1)
    assert scene.entry(ago(3)).line is not None


def test_a_refusal_that_names_nobody_is_not_tried_again_without_them(scene: Scene) -> None:
    scene.configure("one", on_rejected="skip")
    scene.one.by_day[ago(1)] = RecordsRefused("some of them")
    assert kinds(scene.run())[ago(1)] == "refused"
    assert scene.one.days.count(ago(1)) == 1


def test_rows_that_were_added_together_are_counted(scene: Scene) -> None:
    scene.policy = msgspec.structs.replace(scene.policy, identity="drop")
    scene.sessions(ago(1), 5, BOB)
    report = scene.run()
    assert report.merged_rows == {"one": 1}
    assert scene.one.taken[2].sessions == {"": 7}


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
