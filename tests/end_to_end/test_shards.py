"""`--shard I/N`: N processes share a range of days, as the pods of an Indexed Job do."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import threading
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field

import pytest

from ccsync.shard import Shard
from ccsync.simulator import Request
from tests.end_to_end.scene import NEWEST, WEEK, Scene
from tests.end_to_end.truth import a_row
from tests.support.command import DAY, TODAY, Done, Running

COUNT = 8
LIFETIME = 16.0
"""Seconds of a lease; renewed at a quarter, however busy the machine is."""


@dataclass
class Backfill:
    """Some days before today, and pods that share them beside the usual runs."""

    scene: Scene
    length: int
    latency: float
    timeout: float = 90.0
    deliveries: Counter[dt.date] = field(default_factory=Counter[dt.date])
    """How often each day was delivered, over all the runs that were counted."""

    def __post_init__(self) -> None:
        for number, day in enumerate(self.days):
            self.scene.put(day, a_row(day, "mira", 1 + number % 50), a_row(day, "juno", 7))
        place = f"shared://{self.scene.place.state}?lifetime={LIFETIME}&latency={self.latency}"
        self.scene.configure(state=place)

    @property
    def days(self) -> list[dt.date]:
        return [TODAY - age * DAY for age in range(self.length, 0, -1)]

    def held(self, index: int) -> list[dt.date]:
        """The days of a shard."""
        return [day for day in self.days if Shard(index, COUNT).holds(day)]

    @contextlib.contextmanager
    def pod(self, index: int) -> Generator[Running]:
        """Start what the Job starts in its pod of this number."""
        with self.told(index):
            last = ("--from", str(self.days[0]), "--to", str(self.days[-1]))
            running = self.scene.place.start("sync", *last, timeout=self.timeout)
        with running:
            yield running

    @contextlib.contextmanager
    def told(self, index: int) -> Generator[None]:
        place = self.scene.place
        before = place.environment
        told = {"JOB_COMPLETION_INDEX": str(index), "CCSYNC_SHARDS": str(COUNT)}
        place.environment = {**before, **told, "CCSYNC_HOLDER": "backfill"}
        try:
            yield
        finally:
            place.environment = before

    def count(self, done: Done) -> Done:
        """Count what a run delivered."""
        self.deliveries.update(done.days("delivered"))
        return done

    def assert_whole(self) -> None:
        """Check that every day is shown as the API says, and stands in the ledger."""
        entries = self.scene.place.ledger.sinks["usage"]
        assert [day for day, entry in entries.items() if entry.trusted_line] == self.days
        assert self.scene.place.ledger.leases == ()
        assert self.scene.database.days == self.days
        for day in self.days[:: max(1, self.length // 20)]:
            self.scene.assert_true(day)


class Meeting:
    """The usual run is at work when the pods begin, and goes on when one of them dies."""

    def __init__(self, scene: Scene, fatal: dt.date) -> None:
        self.victim: Running | None = None
        self._fatal = fatal
        self._usual_is_at_work = threading.Event()
        self._one_is_dead = threading.Event()
        scene.api.on_request = self._look

    def _look(self, request: Request) -> None:
        if request.day == WEEK[2] and not self._usual_is_at_work.is_set():
            self._usual_is_at_work.set()
            self._one_is_dead.wait(40)
        elif request.day == self._fatal and not self._one_is_dead.is_set():
            assert self.victim is not None
            self.victim.kill()
            self._one_is_dead.set()

    def begin(self) -> None:
        assert self._usual_is_at_work.wait(20)

    def end(self) -> None:
        self._one_is_dead.set()


@pytest.mark.parametrize(
    ("length", "latency"),
    [
        (365, 0.0),
        pytest.param(730, 0.03, marks=pytest.mark.integration),
    ],
)
def test_a_year_in_eight_shards_beside_the_usual_run_one_of_them_killed(
    scene: Scene, length: int, latency: float
) -> None:
    backfill = Backfill(scene, length, latency)
    # None of whose days the usual run holds: this one would wait to see whether it lives.
    victim = next(index for index in range(COUNT) if not {*backfill.held(index)} & {*WEEK})
    meeting = Meeting(scene, backfill.held(victim)[len(backfill.held(victim)) // 3])
    with contextlib.ExitStack() as stack:
        usual = stack.enter_context(scene.place.start("sync", timeout=backfill.timeout))
        meeting.begin()
        stack.callback(meeting.end)
        meeting.victim = stack.enter_context(backfill.pod(victim))
        others = [index for index in range(COUNT) if index != victim]
        pods = [stack.enter_context(backfill.pod(index)) for index in others]
        ends = [backfill.count(pod.wait()) for pod in pods]
        killed = backfill.count(meeting.victim.wait())
        hourly = backfill.count(usual.wait())

    assert killed.exit == -9
    assert hourly.exit == 0, hourly
    assert hourly.days("delivered") == WEEK
    for index, done in zip(others, ends, strict=True):
        assert done.exit == 0, done
        assert done.finished["shard"] == f"{index}/{COUNT}"
        assert {*done.days("delivered")} <= {*backfill.held(index)} - {*WEEK}
    (lease,) = scene.place.ledger.leases
    assert lease.holder == f"backfill/{victim} (shard {victim}/{COUNT})"
    held = [(day, day) for day in backfill.held(victim)]
    assert lease.days == tuple(held), "its own days, and none between them"

    with backfill.pod(victim) as pod:
        again = backfill.count(pod.wait())
    assert again.exit == 0, again
    assert again.named("lease.watching") == [], "the retry of a pod is its heir at once"
    backfill.assert_whole()
    twice = {day for day, times in backfill.deliveries.items() if times != 1}
    # The last of the dead: acknowledged, and killed before that was saved.
    assert len(twice) <= 2, twice
    assert twice <= set(backfill.held(victim))
    assert set(backfill.deliveries) == set(backfill.days)

    after = scene.sync()
    assert after.exit == 0, after
    assert set(after.counts("usage")) == {"unchanged"}


def test_shards_one_after_the_other_need_no_job(scene: Scene) -> None:
    """By hand, and over the usual window: the state needs not be shared for that."""
    found: list[dt.date] = []
    for index in range(3):
        done = scene.sync("--shard", f"{index}/3")
        assert done.exit == 0, done
        assert done.finished["shard"] == f"{index}/3"
        found += done.days("delivered")
    assert sorted(found) == WEEK
    scene.assert_true()
    assert scene.sync().counts("usage") == {"unchanged": 3}


def test_more_shards_than_days(scene: Scene) -> None:
    report = scene.place.directory / "report.json"
    ends = [
        scene.sync("--shard", f"{index}/12", "--from", str(WEEK[3]), "--report", str(report))
        for index in range(12)
        if index % 3 == 0 or Shard(index, 12).holds(NEWEST)
    ]
    assert {done.exit for done in ends} == {0}
    idle = [done for done in ends if not done.days("delivered")]
    assert idle
    for done in idle:
        (remark,) = done.finished["remarks"]
        assert remark.startswith("shard ")
        assert remark.endswith("/12 holds none of the days that are wanted")
    assert json.loads(report.read_bytes())["shard"].endswith("/12")


@pytest.mark.parametrize(
    ("shard", "says"),
    [
        ("8/8", "--shard 8/8: shards are counted from 0, so the last one is 7/8"),
        ("8", "write I/N, counted from 0: 0/8 to 7/8 for eight shards, or auto"),
        ("auto", "JOB_COMPLETION_INDEX and CCSYNC_SHARDS are not set"),
    ],
)
def test_what_cannot_be_a_shard(scene: Scene, shard: str, says: str) -> None:
    done = scene.sync("--shard", shard)
    assert done.exit == 2, done
    assert says in done.messages
    assert scene.api.requests == ()
    assert not scene.place.state.exists()
