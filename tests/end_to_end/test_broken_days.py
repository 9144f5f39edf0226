"""A day that cannot be had holds no other day back, and heals by itself later."""

from __future__ import annotations

import pytest

from ccsync.simulator import effects
from tests.end_to_end.scene import MIDDLE, NEWEST, OPEN, WEEK, Scene
from tests.end_to_end.truth import a_row
from tests.support.command import DAY, Done

IMPATIENT = {"retry_deadline": "0.5s"}


def test_a_failed_day_is_named_and_heals_even_outside_the_window(scene: Scene) -> None:
    scene.configure(source=IMPATIENT)
    scene.api.faults.add(effects.status(500), day=MIDDLE, times=None)
    scene.api.faults.add(effects.status(503), day=OPEN, times=None)
    done = scene.sync()
    others = [day for day in WEEK if day not in {MIDDLE, OPEN}]
    assert done.exit == 5, done
    assert done.days("failed") == [MIDDLE, OPEN]
    assert done.days("delivered") == others
    assert scene.database.days == others
    scene.assert_true(*others)
    assert f"{MIDDLE} failed: 127.0.0.1" in done.problems
    assert "500" in done.problems
    assert f"{OPEN} failed: 127.0.0.1" in done.problems
    assert "503" in done.problems

    scene.api.faults.clear()
    scene.api.faults.add(effects.status(500), day=MIDDLE, times=None)
    done = scene.sync()
    assert done.exit == 5
    assert done.days("delivered") == [OPEN]

    scene.api.faults.clear()
    scene.place.clock.advance(days=10)
    later = [NEWEST + number * DAY for number in range(1, 11)]
    done = scene.sync()
    assert done.exit == 0, done
    assert done.days("delivered") == [MIDDLE, *later], "what was open is looked at, and unchanged"
    assert done.counts("usage")["unchanged"] == 2
    scene.assert_true()


def test_a_passing_failure_is_no_failure(scene: Scene) -> None:
    scene.api.faults.add(effects.rate_limited(retry_after_ms=20), day=MIDDLE)
    scene.api.faults.add(effects.truncated(), day=OPEN)
    done = scene.sync()
    assert done.exit == 0, done
    assert done.days("delivered") == WEEK
    scene.assert_true()


@pytest.mark.parametrize("cursor", ["repeated", "missing"])
def test_pages_that_go_in_circles(cursor: str, scene: Scene) -> None:
    scene.configure(source={"page_size": 1})
    scene.sync()
    scene.assert_true()
    before = scene.database.shown(OPEN)
    entry = scene.place.ledger.entry(("usage", OPEN))
    for day in WEEK[-3:]:
        scene.api.restate(day, "values")

    effect = effects.repeated_cursor() if cursor == "repeated" else effects.missing_cursor()
    scene.api.faults.add(effect, day=OPEN, page=2, times=None)
    done = scene.sync()
    assert done.exit == 4, done
    assert done.days("delivered") == [MIDDLE, NEWEST]
    assert done.days("refused") == [OPEN]
    assert f"{OPEN} refused: page 2" in done.problems
    assert "next_page" in done.problems
    assert scene.database.shown(OPEN) == before, "nothing half-delivered"
    assert scene.place.ledger.entry(("usage", OPEN)) == entry
    scene.assert_true(MIDDLE, NEWEST)

    scene.api.faults.clear()
    assert scene.sync().days("delivered") == [OPEN]
    scene.assert_true()


def test_a_row_that_cannot_be_read(scene: Scene) -> None:
    bad = a_row(OPEN, "odd")
    bad["core_metrics"]["num_sessions"] = -1
    scene.put(OPEN, a_row(OPEN, "mira", 4), bad, a_row(OPEN, "juno", 5))
    done = scene.sync()
    assert done.exit == 4, done
    assert done.days("refused") == [OPEN]
    assert f"{OPEN} refused: page 1, row 1 (the first is 0)" in done.problems
    assert "num_sessions" in done.problems
    assert "on_bad_row: skip" in done.problems
    assert "odd@" not in done.stderr, "no record values in logs"
    assert scene.database.shown(OPEN) == []

    scene.configure(source={"on_bad_row": "skip"})
    done = scene.sync()
    assert done.exit == 0, done
    assert scene.database.sessions([OPEN]) == [9]
    assert f"row left out: {OPEN}: page 1, row 1" in done.problems


def test_an_answer_that_is_no_report(scene: Scene) -> None:
    scene.configure(source=IMPATIENT)
    scene.api.faults.add(effects.other_json({"status": "ok"}), day=MIDDLE, times=None)
    done = scene.sync()
    assert done.exit == 4, done
    assert done.days("refused") == [MIDDLE]
    assert "source.base_url" in done.problems


def test_a_refused_key_stops_the_asking(scene: Scene) -> None:
    scene.place.environment["ANTHROPIC_ADMIN_KEY"] = "sk-ant-admin01-another-key-that-is-not-valid"
    done = scene.sync()
    assert done.exit == 3, done
    assert len(scene.api.requests) <= 2, "one for each worker"
    assert "401" in done.problems
    assert "make a new one in Claude Console" in done.problems
    assert "another-key" not in done.stderr
    assert done.counts("usage") == {"not tried": 5}
    assert done.messages.count("make a new one in") <= 1, "said once, not for every day"
    assert scene.database.days == []


def test_the_run_ends_at_its_deadline(scene: Scene) -> None:
    scene.configure(sync={"deadline": "1.5s"}, source={"concurrency": 1})
    scene.api.faults.add(effects.latency(1.8), day=MIDDLE)
    done = scene.sync()
    assert done.exit == 5, done
    assert done.days("delivered") == WEEK[:3]
    assert "sync.deadline" in done.problems
    assert _healed(scene).days("delivered") == WEEK[3:]


def _healed(scene: Scene) -> Done:
    scene.configure()
    return scene.sync()
