"""`ccsync sync` with its options: what is asked for, and nothing else."""

from __future__ import annotations

import pytest

from tests.end_to_end.scene import MIDDLE, NEWEST, OLD, OPEN, WEEK, Scene
from tests.support.command import TODAY


def test_a_dry_run_writes_nothing_anywhere(scene: Scene) -> None:
    scene.configure({"usage": scene.sqlite, "out": {"type": "stdout"}})
    before = set(scene.place.directory.rglob("*"))
    done = scene.sync("--dry-run")
    assert done.exit == 0, done
    assert done.counts("usage") == {"would be delivered": 5}
    assert done.counts("out") == {"would be delivered": 3}
    assert f"out would get, of {MIDDLE} (2 records):" in done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 2
    assert "mira@northwind.example" in lines[0] + lines[1]
    made = {path.name for path in set(scene.place.directory.rglob("*")) - before}
    assert made <= {"home"}, "no state, no database"

    scene.sync("--sink", "usage", "--from", str(OPEN))
    ledger = scene.place.ledger
    rows = scene.database.query("select * from records")
    scene.api.restate(NEWEST, "values")
    done = scene.sync("--dry-run")
    assert done.counts("usage") == {"would be delivered": 4, "unchanged": 1}
    assert scene.place.ledger == ledger
    assert scene.database.query("select * from records") == rows


def test_force_sends_unchanged_days_again(scene: Scene) -> None:
    scene.configure({"taker": scene.scripted("taker")})
    scene.sync()
    done = scene.sync("--force")
    assert done.exit == 0
    assert done.days("delivered") == WEEK[-3:]
    assert scene.sync("--force", "--from", str(OLD), "--to", str(OLD)).days("delivered") == [OLD]
    assert scene.sent("taker") == [*WEEK, *WEEK[-3:], OLD]


def test_one_sink_alone(scene: Scene) -> None:
    scene.configure({"usage": scene.sqlite, "taker": scene.scripted("taker")})
    assert list(scene.sync("--sink", "taker").finished["sinks"]) == ["taker"]
    assert not scene.database.path.exists()
    done = scene.sync("--sink", "usage", "--sink", "taker")
    assert done.counts("taker") == {"unchanged": 3}
    assert done.counts("usage") == {"delivered": 5}
    assert len(scene.api.requests) == 5 + 5, "a day is fetched once for both"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--sink", "usgae"), "--sink usgae: no such sink in ccsync.yaml; there are usage"),
        (("--to", str(OPEN)), "--to needs --from: say which day to begin with"),
        (("--from", str(OPEN), "--to", "2026-11-21"), "2026-11-21 is in the future: by the clock"),
        (("--from", str(OPEN), "--to", str(OLD)), f"--from {OPEN} lies after --to {OLD}"),
        (("--from", str(TODAY)), f"{TODAY} is today, and sync.include_today is false"),
        (("--from", "yesterday"), "'yesterday' is not a day; write it as YYYY-MM-DD"),
        (("--since", str(OPEN)), "No such option '--since'"),
    ],
)
def test_what_cannot_be_asked_for(scene: Scene, arguments: tuple[str, ...], says: str) -> None:
    done = scene.sync(*arguments)
    assert done.exit == 2, done
    assert says in done.messages
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert scene.api.requests == (), "nothing is asked"
    assert not scene.place.state.exists(), "and nothing is touched"


def test_start_is_kept_in_the_state(scene: Scene) -> None:
    """`start: 5d` means five days before the first run, not before every run."""
    scene.configure(sync={"start": "5d"})
    scene.sync()
    kept = scene.place.ledger.start
    assert kept is not None
    assert (kept.written, kept.day) == ("5d", WEEK[0])

    scene.place.clock.advance(days=30)
    scene.configure({"late": scene.scripted("late")}, sync={"start": "5d"})
    done = scene.sync()
    assert done.days("delivered")[0] == WEEK[0], "a sink that comes later gets all of it"
    assert done.counts("late") == {"delivered": 35}

    scene.configure({"late": scene.scripted("late")}, sync={"start": "40d"})
    assert scene.sync().counts("late") == {"delivered": 5, "unchanged": 3}


def test_a_start_in_the_future(scene: Scene) -> None:
    scene.configure(sync={"start": "2026-12-24"})
    done = scene.sync()
    assert done.exit == 2
    assert "sync.start: 2026-12-24 is in the future: by the clock" in done.messages


def test_an_untracked_sink_gets_the_window_each_time(scene: Scene) -> None:
    scene.configure({"out": {"type": "stdout"}})
    first = scene.sync()
    second = scene.sync()
    assert first.days("delivered") == second.days("delivered") == WEEK[-3:]
    assert len(first.lines) == len(second.lines) == 6

    scene.configure(state="none", sync={"start": "2d"})
    assert scene.sync().days("delivered") == scene.sync().days("delivered") == WEEK[-2:]
    assert scene.database.days == WEEK[-2:]


def test_a_dry_run_names_a_sink_that_cannot_show_what_it_would_get(scene: Scene) -> None:
    scene.configure({"odd": scene.scripted("odd", taking="bug"), "out": {"type": "stdout"}})
    done = scene.sync("--dry-run")
    assert done.exit == 1, done
    assert done.counts("odd") == {"would be delivered": 4, "failed": 1}
    assert "a bug in the sink, please report it: KeyError" in str(done.finished["problems"])
    assert f"out would get, of {MIDDLE} (2 records):" in done.stderr, "the others are shown"


def test_a_sink_that_ends_the_process_makes_no_success(scene: Scene) -> None:
    scene.configure({"odd": scene.scripted("odd", taking="exit"), "usage": scene.sqlite})
    done = scene.sync()
    assert done.exit == 1, done
    assert done.counts("odd") == {"failed": 5}
    assert done.counts("usage") == {"delivered": 5}
    assert "sys.exit(0)" in str(done.finished["problems"])
