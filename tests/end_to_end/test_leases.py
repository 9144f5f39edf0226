"""Several commands at once over one state in a directory."""

from __future__ import annotations

import contextlib
import signal
import socket

from tests.end_to_end.holding import held
from tests.end_to_end.scene import MIDDLE, NEWEST, OLD, OLDER, OPEN, WEEK, Scene


def test_of_two_runs_over_the_same_days_one_works_and_the_other_says_who(scene: Scene) -> None:
    with held(scene, OLDER) as (first, hold):
        second = scene.sync()
        assert second.exit == 75, second
        holder = f"{socket.gethostname()}/{first.process.pid}"
        assert f"worked on by another run: {holder}/" in second.problems
        assert second.counts("usage") == {"left to another run": 5}
        assert scene.sync("--from", str(NEWEST)).exit == 75
        hold.go()
        done = first.wait()
    assert done.exit == 0, done
    assert done.days("delivered") == WEEK
    scene.assert_true()
    assert scene.sync().exit == 0


def test_runs_over_different_days_go_side_by_side(scene: Scene) -> None:
    with held(scene, OLDER, "--from", str(OLDER), "--to", str(OLD)) as (first, hold):
        second = scene.sync("--from", str(MIDDLE))
        assert second.exit == 0, second
        assert second.days("delivered") == [MIDDLE, OPEN, NEWEST]
        hold.go()
        assert first.wait().exit == 0
    scene.assert_true()
    ledger = scene.place.ledger
    assert sorted(ledger.sinks["usage"]) == WEEK
    assert all(entry.line for entry in ledger.sinks["usage"].values())
    assert ledger.leases == ()
    done = scene.sync()
    assert done.counts("usage") == {"unchanged": 3}


def test_a_run_leaves_out_the_days_of_another(scene: Scene) -> None:
    with held(scene, OPEN, "--from", str(OPEN)) as (first, hold):
        second = scene.sync()
        assert second.exit == 0, second
        assert second.days("delivered") == [OLDER, OLD, MIDDLE]
        assert second.counts("usage") == {"delivered": 3, "left to another run": 2}
        hold.go()
        assert first.wait().days("delivered") == [OPEN, NEWEST]
    scene.assert_true()


def test_the_days_of_a_killed_run_are_free_at_once(scene: Scene) -> None:
    with held(scene, OLDER) as (first, _):
        assert scene.sync().exit == 75
        first.kill()
        first.wait()
        assert [lease.days for lease in scene.place.ledger.leases] == [((OLDER, NEWEST),)]
        done = scene.sync()
    assert done.exit == 0, done
    assert done.named("lease.watching") == []
    assert done.days("delivered") == WEEK
    scene.assert_true()


def test_a_run_that_was_frozen_keeps_its_days(scene: Scene) -> None:
    """It may go on at any moment, and then it writes."""
    with held(scene, OLDER) as (first, hold):
        first.send(signal.SIGSTOP)
        assert scene.sync().exit == 75
        first.send(signal.SIGCONT)
        hold.go()
        assert first.wait().exit == 0
    scene.assert_true()


def test_only_looking_needs_no_lease(scene: Scene) -> None:
    with held(scene, OLDER) as (first, hold):
        assert scene.place.run("status").exit == 0
        assert scene.sync("--dry-run").exit == 0
        hold.go()
        assert first.wait().exit == 0


def test_many_runs_at_once_end_in_the_truth(scene: Scene) -> None:
    with contextlib.ExitStack() as stack:
        runs = [stack.enter_context(scene.place.start("sync")) for _ in range(4)]
        ends = [run.wait() for run in runs]
    assert {done.exit for done in ends} <= {0, 75}, ends
    assert 0 in {done.exit for done in ends}
    scene.assert_true()
    assert scene.place.ledger.leases == ()
    assert {path.name for path in scene.place.state_files()} == {"ledger.json", "lock"}
