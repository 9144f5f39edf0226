"""The API corrects the past, and destinations follow: whole days, and nothing left over."""

from __future__ import annotations

import msgspec

from ccsync.state.document import Entry, Ledger
from tests.end_to_end.scene import MIDDLE, NEWEST, OLD, OPEN, WEEK, Scene
from tests.end_to_end.truth import a_row, complete, in_order, truth
from tests.support.command import DAY, TODAY, Place, days_ago, newest_lines


def test_every_day_is_shown_and_the_second_run_sends_nothing(scene: Scene) -> None:
    first = scene.sync()
    assert first.exit == 0, first
    assert first.days("delivered") == WEEK
    scene.assert_true()
    assert scene.database.days == WEEK
    assert list(scene.place.ledger.sinks["usage"]) == WEEK
    rows = scene.database.query("select rowid, * from records order by rowid")

    scene.api.forget_requests()
    second = scene.sync()
    assert second.exit == 0
    assert second.counts("usage") == {"unchanged": 3}
    assert scene.database.query("select rowid, * from records order by rowid") == rows
    assert {request.day for request in scene.api.requests} == set(WEEK[-3:])


def test_the_last_three_days_restated(scene: Scene) -> None:
    scene.sync()
    for day in WEEK[-3:]:
        scene.api.restate(day, "values", seed=str(day))
        scene.api.restate(day, "redimension", share=0.5, seed=str(day))
    done = scene.sync()
    assert done.exit == 0, done
    assert done.counts("usage") == {"delivered": 3}
    scene.assert_true()


def test_zeros_and_vanished_rows_and_an_emptied_day(scene: Scene) -> None:
    scene.sync()
    scene.api.restate(MIDDLE, "zero", share=0.5)
    scene.api.restate(OPEN, "vanish", share=0.5)
    scene.api.restate(NEWEST, "vanish")
    done = scene.sync()
    assert done.exit == 0, done
    assert done.days("delivered") == [MIDDLE, OPEN, NEWEST]
    scene.assert_true()
    assert min(record["sessions"] for record in scene.database.shown(MIDDLE)) == 0
    assert [len(scene.database.shown(day)) for day in (MIDDLE, OPEN, NEWEST)] == [2, 1, 0]
    assert scene.sync().counts("usage") == {"unchanged": 3}, "an empty day is a day, too"


def test_todays_part_becomes_the_whole_day(scene: Scene) -> None:
    scene.configure(sync={"include_today": True})
    scene.put(TODAY, a_row(TODAY, "mira", 1))
    scene.place.clock.at(TODAY, "00:58")
    assert TODAY not in scene.sync().days("delivered"), "served from 01:00 UTC on"
    scene.place.clock.at(TODAY, "01:30")
    assert scene.sync().days("delivered") == [TODAY]
    scene.assert_true(TODAY)

    scene.put(TODAY, a_row(TODAY, "mira", 6), a_row(TODAY, "juno", 2))
    scene.place.clock.at(TODAY + DAY)
    done = scene.sync()
    assert done.exit == 0, done
    assert TODAY in done.days("delivered")
    scene.assert_true(TODAY)
    line = scene.place.ledger.entry(("usage", TODAY)).line
    assert line is not None
    assert not line.settled, "it is one day old, and may still change"


def test_an_open_day_is_whole_after_a_week_of_outage(scene: Scene) -> None:
    scene.configure(sync={"include_today": True})
    scene.put(TODAY, a_row(TODAY, "mira", 1))
    assert scene.sync().exit == 0
    later = [TODAY + number * DAY for number in range(8)]
    for day in later:
        scene.put(day, a_row(day, "mira", 9), a_row(day, "juno", 4))

    scene.place.clock.at(later[-1])
    scene.api.forget_requests()
    done = scene.sync()
    assert done.exit == 0, done
    scene.assert_true(*WEEK, *later)
    asked = {request.day for request in scene.api.requests}
    assert asked == {OPEN, NEWEST, *later}, "what was settled needs no look"


def test_an_open_line_is_looked_at_again_however_old_it_is(scene: Scene) -> None:
    """The same, with the ledger as an outage leaves it, of a day before `start`."""
    old = days_ago(40)
    scene.put(old, a_row(old, "mira", 5))
    assert scene.sync("--from", str(old), "--to", str(old)).days("delivered") == [old]
    scene.put(old, a_row(old, "mira", 8))

    def reopened(ledger: Ledger) -> Ledger:
        line = ledger.entry(("usage", old)).line
        assert line is not None
        entry = Entry(line=msgspec.structs.replace(line, settled=False))
        return msgspec.structs.replace(ledger, sinks={"usage": {old: entry}})

    scene.place.rewrite_ledger(reopened)
    assert scene.sync().days("delivered") == [old, *WEEK]
    scene.assert_true(old)


def test_both_ends_of_a_range_are_in(scene: Scene) -> None:
    done = scene.sync("--from", str(OLD), "--to", str(OPEN))
    assert done.exit == 0
    assert scene.database.days == WEEK[1:4]
    assert sorted(request.query["starting_at"] for request in scene.api.requests) == [
        str(day) for day in WEEK[1:4]
    ]
    assert scene.sync("--from", str(OPEN)).days("delivered") == [NEWEST]
    assert scene.database.days == WEEK[1:], "--from alone ends at the newest day"


def test_a_settled_day_is_corrected_when_it_is_asked_for(scene: Scene) -> None:
    scene.sync()
    scene.api.restate(OLD, "values")
    assert scene.sync().days("delivered") == [], "it has left the window"
    done = scene.sync("--from", str(OLD))
    assert done.days("delivered") == [OLD]
    assert done.counts("usage") == {"delivered": 1, "unchanged": 3}
    scene.assert_true()


def test_the_newest_lines_on_stdout_are_the_truth(scene: Scene, place: Place) -> None:
    scene.configure({"out": {"type": "stdout", "track": True}})
    first = scene.sync()
    scene.api.restate(NEWEST, "values")
    second = scene.sync()
    assert [line["date"] for line in second.lines] == 2 * [str(NEWEST)]
    shown = newest_lines([*first.lines, *second.lines])
    for day in WEEK:
        named = ("source_id", "snapshot_id", "fetched_at")
        revisions = {tuple(line.pop(name) for name in named) for line in shown[day]}
        assert len(revisions) == 1
        assert in_order(map(complete, shown[day])) == truth(scene.organization, day)
