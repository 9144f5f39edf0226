"""The command with its state in a bucket of Cloud Storage and of S3, over doubles of both."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from ccsync.testing.buckets import BucketDouble, Fault
from ccsync.testing.gcs import GcsDouble
from ccsync.testing.otlp import OtlpReceiver
from ccsync.testing.s3 import S3Double
from tests.end_to_end.otlp import KEY, VARIABLE, Otlp, sink
from tests.end_to_end.scene import OLDER, WEEK, Scene
from tests.end_to_end.truth import a_row

WRITING = ("POST", "PUT")


@pytest.fixture(params=[GcsDouble, S3Double])
def storage(request: pytest.FixtureRequest) -> Iterator[BucketDouble]:
    with request.param() as storage:
        yield storage


@pytest.fixture
def otlp(scene: Scene, storage: BucketDouble) -> Iterator[Otlp]:
    """Metrics of a week, and the state in the bucket."""
    with OtlpReceiver() as receiver:
        environment = scene.place.environment
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            environment[name] = ""
        if isinstance(storage, S3Double):
            environment.update(storage.environ)
        else:
            environment["STORAGE_EMULATOR_HOST"] = storage.address
        scheme = "s3" if isinstance(storage, S3Double) else "gs"
        scene.configure({"metrics": sink(receiver)}, state=f"{scheme}://state/ccsync")
        environment[VARIABLE] = KEY
        yield Otlp(scene, receiver)


def test_a_run_keeps_its_state_there(otlp: Otlp, storage: BucketDouble) -> None:
    first = otlp.sync(day=None)
    assert (first.exit, first.counts("metrics")) == (0, {"delivered": 5})
    notes = {f"ccsync/memory/metrics/{day}" for day in WEEK}
    assert set(storage.objects) == {"ccsync/begun", "ccsync/ledger", *notes}
    assert not otlp.scene.place.state.exists()
    again = otlp.sync(day=None)
    assert (again.exit, again.counts("metrics")) == (0, {"unchanged": 3})
    for command in (("status",), ("check",)):
        done = otlp.scene.place.run(*command)
        assert done.exit == 0, done
    text = first.stderr + again.stderr
    assert S3Double.secret not in text
    assert "mira@" not in text


def test_a_restatement_knows_what_was_shown(otlp: Otlp, storage: BucketDouble) -> None:
    otlp.sync(day=None)
    otlp.scene.put(OLDER, a_row(OLDER, "mira", 3))
    done = otlp.sync(day=OLDER)
    assert done.exit == 0, done
    otlp.assert_true(OLDER)


def test_lost_answers_and_busy_moments_harm_nobody(otlp: Otlp, storage: BucketDouble) -> None:
    """Each is the last that a request hears; the run goes on as if nothing had been.

    They hit one write after the other: the pauses before more tries of one grow to seconds.
    """
    for method in WRITING:
        storage.faults += [
            Fault("no_answer", method),
            Fault("not_arrived", method, after=1),
            Fault("throttled", method, after=1),
            Fault("no_answer", method, after=1),
        ]
    done = otlp.sync(day=None)
    assert (done.exit, done.counts("metrics")) == (0, {"delivered": 5})
    assert "state.retry" in done.stderr
    assert {fault.method for fault in storage.faults} < set(WRITING)
    assert otlp.sync(day=None).counts("metrics") == {"unchanged": 3}


def test_a_bucket_that_is_not_there_stops_the_run(otlp: Otlp, storage: BucketDouble) -> None:
    storage.bucket = None
    done = otlp.sync(day=None)
    assert done.exit == 3, done
    assert "there is no bucket state" in done.problems
    assert otlp.scene.api.requests == (), "nothing was fetched"
    assert otlp.receiver.requests == [], "and nothing delivered"
