"""Destinations that change, fail, refuse, or are written by two."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import replace

import pytest

from ccsync.simulator import Answer
from tests.end_to_end.scene import MIDDLE, NEWEST, OLDER, OPEN, WEEK, Scene
from tests.end_to_end.truth import a_row, truth

HASHED = {"identity": "hash", "hash_key": "a key of some length"}


def test_another_privacy_policy_replaces_every_day(scene: Scene) -> None:
    scene.sync()
    assert scene.database.query("select count(*) from records where record like '%@%'") == [(10,)]

    scene.configure(privacy=HASHED)
    done = scene.sync()
    assert done.exit == 0, done
    assert done.days("delivered") == WEEK, "also the days that have left the window"
    assert scene.database.query("select count(*) from records where record like '%@%'") == [(0,)]
    for day in WEEK:
        shown = scene.database.shown(day)
        assert {record["sessions"] for record in shown} == {
            record["sessions"] for record in truth(scene.organization, day)
        }
        assert len(shown) == 2, "nothing doubled"
    people = {record["actor_id"] for day in WEEK for record in scene.database.shown(day)}
    assert len(people) == 2, "a person has the same pseudonym each day"

    scene.configure(privacy={"identity": "drop"})
    assert scene.sync().exit == 0
    for day in WEEK:
        (record,) = scene.database.shown(day)
        assert record["actor_id"] == ""
        assert record["sessions"] == sum(one["sessions"] for one in truth(scene.organization, day))


def test_sinks_under_different_policies(scene: Scene) -> None:
    scene.configure(
        {"usage": {**scene.sqlite, "privacy": HASHED}, "out": {"type": "stdout"}},
    )
    done = scene.sync("--from", str(NEWEST))
    assert {line["actor_id"].partition("@")[0] for line in done.lines} == {"mira", "juno"}
    assert not any("@" in record["actor_id"] for record in scene.database.shown(NEWEST))


def test_a_destination_that_was_recreated_gets_everything_again(scene: Scene) -> None:
    scene.sync()
    scene.database.path.unlink()
    done = scene.sync()
    assert done.exit == 0, done
    assert done.days("delivered") == WEEK
    scene.assert_true()


def test_another_name_is_another_sink(scene: Scene) -> None:
    scene.sync()
    scene.configure({"other": scene.scripted()})
    assert scene.sync().days("delivered", "other") == WEEK


def test_a_stale_second_writer_does_not_win(scene: Scene) -> None:
    """Two installations with a state of their own each: no lease tells one of the other."""
    slow = replace(scene.place, directory=scene.place.directory / "slow")
    slow.directory.mkdir()
    slow.configure(scene.api.base_url, {"usage": scene.sqlite}, source={"page_size": 1})
    asked, go_on = threading.Event(), threading.Event()

    def hold(request: object, answer: Answer) -> Answer:
        asked.set()
        assert go_on.wait(20)
        return answer

    scene.api.faults.add(hold, day=NEWEST, page=2)
    with slow.start("sync", "--from", str(NEWEST)) as stalled:
        assert asked.wait(20)
        scene.api.restate(NEWEST, "values")
        fast = scene.sync("--from", str(NEWEST))
        go_on.set()
        late = stalled.wait()
    assert fast.days("delivered") == [NEWEST]
    assert late.exit == 0, late
    assert late.counts("usage") == {"not yet": 1}
    assert late.problems == ""
    assert "newer revision" in "".join(late.finished["remarks"])
    scene.assert_true(NEWEST)
    assert slow.ledger.entry(("usage", NEWEST)).line is None
    assert slow.sync("--from", str(NEWEST)).exit == 0, "and its next run is right again"
    scene.assert_true(NEWEST)


def test_a_failing_sink_stops_no_other(scene: Scene) -> None:
    scene.configure(
        {
            "away": scene.scripted("away", taking="away", retry_deadline="0.3s"),
            "refusing": scene.scripted("refusing", taking="refused"),
            "buggy": scene.scripted("buggy", taking="bug"),
            "nonsense": scene.scripted("nonsense", taking="nonsense"),
            "closed": scene.scripted("closed", opening="refused"),
            "waiting": scene.scripted("waiting", taking="not yet"),
            "usage": scene.sqlite,
        }
    )
    done = scene.sync()
    scene.assert_true()
    assert done.days("delivered") == WEEK
    assert done.exit == 1, done
    assert done.counts("usage") == {"delivered": 5}
    assert done.counts("waiting") == {"not yet": 5}
    for sink in ("away", "refusing", "buggy", "nonsense", "closed"):
        assert done.counts(sink) == {"failed": 5}, sink
    problems = {line.partition(":")[0]: line for line in done.finished["problems"]}
    assert f"refusing: {OLDER} failed: the table is missing" in done.problems
    later = (
        f"{WEEK[1]} ... {NEWEST} (4 days) failed: not tried: the sink was given up after {OLDER}: "
    )
    assert f"{later}the table is missing" in problems["refusing"]
    assert "nobody answers there" in problems["away"]
    assert "retry_deadline" in problems["away"]
    assert "a bug in the sink, please report it: KeyError" in problems["buggy"]
    assert "which is no Outcome" in problems["nonsense"]
    assert scene.sent("refusing") == [OLDER], "nothing will work: no other day is tried"
    assert scene.sent("buggy") == WEEK
    assert scene.sent("away").count(OLDER) > 1, "tried again"
    assert scene.sent("away").count(NEWEST) == 1, "patience is used up"
    assert "ccsync_scripted.py" in done.named("sink.bug")[0]["exception"], "the traceback is logged"
    assert "Traceback" not in done.messages
    assert set(scene.place.ledger.sinks) == {"usage"}

    # Of several causes the first of 1, 3, 4, 5.
    for sinks, code in {
        ("usage", "away", "refusing"): 3,
        ("usage", "away"): 5,
        ("usage", "waiting"): 0,
    }.items():
        chosen = [word for sink in sinks for word in ("--sink", sink)]
        assert scene.sync(*chosen, "--from", str(NEWEST)).exit == code, sinks


@pytest.mark.parametrize(("opening", "code"), [("away", 5), ("refused", 3), ("bug", 1)])
def test_a_sink_that_cannot_be_opened(scene: Scene, opening: str, code: int) -> None:
    sink = scene.scripted("shut", opening=opening, retry_deadline="0.2s")
    scene.configure({"shut": sink, "usage": scene.sqlite})
    done = scene.sync("--from", str(OPEN))
    assert done.exit == code, done
    assert done.counts("shut") == {"failed": 2}
    assert done.counts("usage") == {"delivered": 2}
    assert "shut: 2026-11-18, 2026-11-19 failed: " in done.problems


def test_records_that_a_destination_never_takes(scene: Scene) -> None:
    unwanted = "juno@northwind.example"
    scene.configure({"picky": scene.scripted("picky", unwanted=unwanted)})
    scene.put(OPEN, a_row(OPEN, "mira", 2))
    days = ("--from", str(OPEN), "--to", str(NEWEST))
    done = scene.sync(*days)
    assert done.exit == 4, done
    assert done.days("refused") == [NEWEST]
    assert done.days("delivered") == [OPEN]
    assert f"picky: {NEWEST} refused: 1 records are too odd" in done.problems

    again = scene.sync(*days)
    assert again.exit == 4
    assert "unchanged since it was refused, not sent again" in again.problems
    remedy = f"`ccsync sync --from {NEWEST} --to {NEWEST} --force --sink picky`"
    assert remedy in again.problems
    assert remedy in scene.place.run("status").stdout.replace("\n", " ")
    assert scene.sent("picky") == [OPEN, NEWEST]
    assert scene.sync(*days, "--force").exit == 4
    assert scene.sent("picky") == [OPEN, NEWEST, OPEN, NEWEST]

    picky = scene.scripted("picky", unwanted=unwanted, on_rejected="skip")
    scene.configure({"picky": picky})
    done = scene.sync(*days, "--force")
    assert done.exit == 0, done
    assert done.days("delivered") == [OPEN, NEWEST]
    assert f"picky: {NEWEST} delivered: 1 records refused by the destination" in done.problems
    line = scene.place.ledger.entry(("picky", NEWEST)).line
    assert line is not None
    assert (line.records, line.left_out) == (1, 1)
    assert unwanted not in (scene.place.directory / "picky" / str(NEWEST)).read_text()
    assert scene.sync(*days).counts("picky") == {"unchanged": 2}


def test_a_day_that_is_too_old(scene: Scene) -> None:
    scene.configure({"short": scene.scripted("short", oldest=MIDDLE)})
    too_old = WEEK[:2]
    done = scene.sync()
    assert done.exit == 4, done
    assert done.days("skipped") == too_old
    assert done.days("delivered") == WEEK[2:]
    assert f"short: {too_old[0]}, {too_old[1]} skipped: too old" in done.problems
    assert f"it takes nothing before {MIDDLE}" in done.problems

    assert scene.sync().exit == 0, "not tried again while it is unchanged"
    assert scene.sent("short") == WEEK
    listed = scene.place.run("status")
    assert listed.exit == 0
    assert f"skipped: {too_old[0]} to {too_old[1]}" in listed.stdout

    scene.api.restate(OLDER, "values")
    done = scene.sync("--from", str(OLDER))
    assert done.exit == 4, "restated, or named: it is tried again"
    assert scene.sent("short") == [*WEEK, *too_old]
    assert scene.sync("--from", str(OLDER), "--to", str(OLDER)).exit == 4, "named, and unchanged"

    scene.configure({"short": scene.scripted("short")})
    assert scene.sync("--from", str(OLDER), "--to", str(OLDER)).exit == 0
    assert f"skipped: {too_old[1]}" in scene.place.run("status").stdout


def test_a_restated_day_inside_the_window_is_tried_again(scene: Scene) -> None:
    days = WEEK[-3:]
    scene.configure({"short": scene.scripted("short", oldest=dt.date(2027, 1, 1))})
    assert scene.sync("--from", str(days[0])).exit == 4
    assert scene.sync("--force", "--from", str(days[2])).exit == 4
    assert scene.sent("short") == [*days, days[2]]
    scene.configure(
        {"short": scene.scripted("short", oldest=dt.date(2027, 1, 1))}, sync={"start": "3d"}
    )
    assert scene.sync().exit == 0
    scene.api.restate(days[1], "values")
    done = scene.sync()
    assert done.exit == 4, done
    assert done.days("skipped") == days
    assert scene.sent("short") == [*days, days[2], days[1]]
