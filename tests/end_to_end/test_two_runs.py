"""Two runs at once over a state that both can reach, as pods have it: processes stand for pods.

Nobody knows there which runs live: a lease is over when it stood still for its whole lifetime.
"""

from __future__ import annotations

import contextlib
import json
import signal
import time
from collections.abc import Generator

import pytest

from tests.end_to_end.holding import held
from tests.end_to_end.scene import MIDDLE, NEWEST, OLD, OLDER, OPEN, WEEK, Scene
from tests.support.command import Running

LIFETIME = 6.0
"""Seconds; a real one is two minutes. Renewed at a quarter, so that a busy machine harms nobody."""

BRIEF = 2.0
"""Of leases that nobody watches while their holder lives: no harm if it is late."""

SLACK = 6.0
"""Seconds that a run may take beside what it waits for."""


@pytest.fixture
def shared(scene: Scene) -> Scene:
    """The scene with its state in a place that stands for a remote one."""
    scene.configure(state=f"shared://{scene.place.state}?lifetime={LIFETIME}")
    return scene


@pytest.fixture
def brief(scene: Scene) -> Scene:
    """The same, with leases that soon end."""
    scene.configure(state=f"shared://{scene.place.state}?lifetime={BRIEF}")
    return scene


@contextlib.contextmanager
def named(scene: Scene, holder: str, **more: str) -> Generator[None]:
    """Let commands that start meanwhile be tries of one job."""
    before = scene.place.environment
    scene.place.environment = {**before, "CCSYNC_HOLDER": holder, **more}
    try:
        yield
    finally:
        scene.place.environment = before


def assert_whole(scene: Scene) -> None:
    """Check that every day is shown and in the ledger, and that nobody holds anything."""
    scene.assert_true()
    entries = scene.place.ledger.sinks["usage"]
    assert [day for day, entry in entries.items() if entry.trusted_line] == WEEK
    assert scene.place.ledger.leases == ()


def test_over_the_same_days_one_works_and_the_other_exits_75(shared: Scene) -> None:
    with held(shared, OLDER) as (first, hold):
        begun = time.monotonic()
        second = shared.sync()
        waited = time.monotonic() - begun
        assert second.exit == 75, second
        assert f"/{first.process.pid}/" in second.problems
        assert len(second.named("lease.watching")) == 1
        assert waited < LIFETIME + SLACK, "a renewal tells that the other one lives"
        hold.go()
        done = first.wait()
    assert done.exit == 0, done
    assert done.days("delivered") == WEEK
    assert_whole(shared)


def test_over_different_days_both_work_and_the_ledger_is_whole(shared: Scene) -> None:
    with held(shared, OLDER, "--from", str(OLDER), "--to", str(OLD)) as (first, hold):
        second = shared.sync("--from", str(MIDDLE))
        assert second.exit == 0, second
        assert second.named("lease.watching") == [], "nobody holds what it wants"
        assert second.days("delivered") == [MIDDLE, OPEN, NEWEST]
        hold.go()
        assert first.wait().exit == 0
    assert_whole(shared)
    assert shared.sync().counts("usage") == {"unchanged": 3}


def test_a_run_takes_what_another_leaves(shared: Scene) -> None:
    with held(shared, OPEN, "--from", str(OPEN)) as (first, hold):
        second = shared.sync()
        assert second.exit == 0, second
        assert second.counts("usage") == {"delivered": 3, "left to another run": 2}
        hold.go()
        assert first.wait().days("delivered") == [OPEN, NEWEST]
    assert_whole(shared)


def killed_with_its_lease(scene: Scene, *arguments: str) -> None:
    """Kill a run in the middle of its days, as `kill -9` or a lost node does."""
    with held(scene, MIDDLE, *arguments) as (run, _):
        run.kill()
        run.wait()
    (lease,) = scene.place.ledger.leases
    assert lease.days == ((OLDER, NEWEST),)


def test_a_killed_run_is_followed_after_the_lifetime_of_its_lease(brief: Scene) -> None:
    killed_with_its_lease(brief)
    begun = time.monotonic()
    done = brief.sync()
    waited = time.monotonic() - begun
    assert done.exit == 0, done
    assert len(done.named("lease.watching")) == 1
    assert BRIEF <= waited < BRIEF + BRIEF / 4 + SLACK
    assert_whole(brief)


def test_a_retry_of_the_same_job_follows_at_once(shared: Scene) -> None:
    with named(shared, "nightly"):
        killed_with_its_lease(shared)
        done = shared.sync()
    assert done.exit == 0, done
    assert done.named("lease.watching") == []
    assert_whole(shared)


def test_another_pod_of_the_same_job_is_no_retry(brief: Scene) -> None:
    with named(brief, "nightly", JOB_COMPLETION_INDEX="0"):
        killed_with_its_lease(brief)
    with named(brief, "nightly", JOB_COMPLETION_INDEX="1"):
        done = brief.sync()
    assert done.exit == 0, done
    assert done.named("lease.watching")[0]["holders"] == ["nightly/0"]
    assert_whole(brief)


def test_a_run_that_was_frozen_for_too_long_writes_nothing_more(brief: Scene) -> None:
    """Another one took over its days meanwhile, and has brought newer numbers."""
    with held(brief, OLDER) as (frozen, hold):
        time.sleep(
            BRIEF / 8
        )  # between two renewals: a frozen process must not hold the place's lock
        frozen.send(signal.SIGSTOP)
        brief.api.on_request = None
        brief.api.restate(OLDER, "values")
        successor = brief.sync()
        assert successor.exit == 0, successor
        hold.go()
        frozen.send(signal.SIGCONT)
        done = frozen.wait()
    assert done.exit == 75, done
    assert "another run took over our days" in done.problems
    assert done.days("delivered") == []
    assert_whole(brief)


def test_a_probe_reads_beside_a_run_and_leaves_no_trace(shared: Scene) -> None:
    begun = shared.place.state / "begun"
    with held(shared, OLDER) as (first, hold):
        runs = begun.read_text().split()
        assert len(runs) == 1
        before = shared.place.run("status", "--max-age", "26h")
        assert before.exit == 5
        assert before.messages == "usage: has no data yet; the limit is 26h"
        hold.go()
        assert first.wait().exit == 0
    ledger = shared.place.ledger
    after = shared.place.run("status", "--json", "--max-age", "26h")
    assert after.exit == 0, after
    assert set(json.loads(after.stdout)[0]["days"].values()) >= {"settled", "open"}
    shared.place.clock.advance(hours=27)
    assert shared.place.run("status", "--max-age", "26h").exit == 5
    assert begun.read_text().split() == runs, "who only looks does not begin"
    assert shared.place.ledger == ledger


@pytest.mark.parametrize(
    ("command", "exit_"), [(("status", "--max-age", "26h"), 5), (("sync",), 5)], ids=str
)
def test_a_state_that_is_away(shared: Scene, command: tuple[str, ...], exit_: int) -> None:
    assert shared.sync().exit == 0
    (shared.place.state / "down").touch()
    done = shared.place.run(*command)
    assert done.exit == exit_, done
    assert "cannot be reached: it is down" in done.stderr
    (shared.place.state / "down").unlink()
    assert shared.place.run(*command).exit == 0


def test_a_probe_of_a_state_that_is_none(shared: Scene) -> None:
    shared.place.state.mkdir()
    (shared.place.state / "ledger.json").write_text("<html>")
    done = shared.place.run("status", "--max-age", "26h")
    assert done.exit == 3, done
    assert f"the ledger at shared://{shared.place.state} cannot be read" in done.messages


def test_a_state_that_goes_away_and_comes_back_meanwhile(shared: Scene) -> None:
    """For less than a lifetime: the run goes on, and enters everything in the end."""
    down = shared.place.state / "down"
    with held(shared, OLDER) as (run, hold):
        down.touch()
        time.sleep(LIFETIME / 2)
        down.unlink()
        hold.go()
        done = run.wait()
    assert done.exit == 0, done
    assert done.named("lease.renewal_failed")
    assert_whole(shared)


def test_a_state_that_stays_away_ends_the_run(brief: Scene) -> None:
    """Its lease may be over: another run may be at work already."""
    down = brief.place.state / "down"
    with held(brief, OLDER) as (run, _):
        down.touch()
        done = run.wait()
    assert done.exit == 75, done
    assert "the lease could not be renewed" in done.problems
    down.unlink()
    assert brief.sync().exit == 0
    assert_whole(brief)


def test_many_runs_at_once_end_in_the_truth(shared: Scene) -> None:
    def running() -> list[Running]:
        return [stack.enter_context(shared.place.start("sync")) for _ in range(4)]

    with contextlib.ExitStack() as stack:
        ends = [run.wait() for run in running()]
    assert {done.exit for done in ends} <= {0, 75}, ends
    assert sum(len(done.days("delivered")) for done in ends) == len(WEEK)
    assert_whole(shared)
