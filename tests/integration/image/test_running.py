"""The image at work, as an orchestrator runs it: every right taken away, a volume for the state."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import pytest

from ccsync.simulator import SIMULATED_KEY, Organization, Request, Simulator, effects
from tests.integration.image.outside import RECEIVER_KEY, SETTINGS, TERMINATION_LOG, VOLUME, Outside
from tests.integration.otlp.truth import some_rows
from tests.support.command import Done
from tests.support.containers import HARDENED, MEMORY, Image

pytestmark = [pytest.mark.integration, pytest.mark.timeout(1200)]

PROMPT = 2.0
"""Seconds from the stop signal to the end, the tool's own work included."""

# The command, and then the most memory that it had at once.
PEAK = """
import resource, sys
from ccsync.cli import main
sys.argv = ["ccsync", *sys.argv[1:]]
try:
    main()
finally:
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(kilobytes // 1024, file=sys.stderr)
"""


def termination_message(outside: Outside) -> Any:
    content = outside.termination_log.read_bytes()
    assert 0 < len(content) <= 4096, "kubelet keeps no more of it"
    return json.loads(content)


def assert_logged_as_json(done: Done) -> None:
    """Check that whoever collects logs can read each line, and which run it is of."""
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert lines
    assert len({line["run_id"] for line in lines}) == 1
    assert not [line for line in lines if not {"event", "level", "timestamp"} <= line.keys()]


def test_a_first_run_a_second_and_a_corrected_day(outside: Outside) -> None:
    first = outside.sync()
    assert first.exit == 0, first
    outside.assert_true()
    assert outside.acknowledged == outside.days
    assert first.counts("metrics") == {"delivered": 5}
    assert first.stdout == ""
    assert_logged_as_json(first)
    message = termination_message(outside)
    assert (message["exit"], message["sinks"]) == (0, {"metrics": {"delivered": 5}})

    sent = len(outside.receiver.requests)
    second = outside.sync()
    assert second.exit == 0, second
    assert second.counts("metrics") == {"unchanged": 3}
    assert len(outside.receiver.requests) == sent

    newest = outside.days[-1]
    kept = some_rows(newest, outside.organization.organization_id)[3:]
    outside.organization.put(newest, kept)
    third = outside.sync()
    assert third.counts("metrics") == {"delivered": 1, "unchanged": 2}
    outside.assert_true()

    for done in (first, second, third):
        assert SIMULATED_KEY not in done.stderr
        assert RECEIVER_KEY not in done.stderr


def test_nothing_is_written_outside_the_mounts(outside: Outside) -> None:
    """Where it might write anywhere, as root in a file system of its own, it still does not."""
    options = [*(one for one in HARDENED if one != "--read-only"), "--user=0:0"]
    with outside.start(entrypoint="true", options=options) as container:
        assert container.wait().exit == 0
        by_tool = container.changes()
    with outside.start("sync", "--report", TERMINATION_LOG, options=options) as container:
        done = container.wait()
        changes = container.changes()
    assert done.exit == 0, done
    outside.assert_true()
    assert sorted(changes) == sorted(by_tool)


def test_it_ends_at_once_when_it_is_stopped(outside: Outside) -> None:
    """As the first process of a container, in the middle of a request that gets no answer."""
    newest = outside.days[-1]
    asked = threading.Event()

    def look(request: Request) -> None:
        if request.day == newest:
            asked.set()

    outside.api.on_request = look
    outside.api.faults.add(effects.stall(60), day=newest)
    with outside.start("sync", "--report", TERMINATION_LOG) as container:
        assert asked.wait(30), f"nobody asked for {newest}"
        time.sleep(0.3)  # the days before it are on their way
        begun = time.monotonic()
        container.stop()
        seconds = time.monotonic() - begun
        done = container.wait()
    assert done.exit == 143, done
    assert seconds < PROMPT
    assert_logged_as_json(done)
    assert "stopped by signal 15" in done.problems
    assert termination_message(outside)["exit"] == 143
    assert outside.acknowledged == outside.days[:-1]
    assert outside.ledger.leases == ()

    outside.api.faults.clear()
    again = outside.sync()
    assert again.exit == 0, again
    assert again.counts("metrics") == {"delivered": 1, "unchanged": 2}
    outside.assert_true()


def test_exit_2_settings_that_are_not_right(outside: Outside) -> None:
    outside.configure(sync={"lookback_day": 3})
    done = outside.sync()
    assert done.exit == 2, done
    assert f"{SETTINGS}:" in done.stderr
    assert "did you mean" in done.stderr


def test_exit_2_without_settings(image: Image) -> None:
    done = image.run("sync")
    assert done.exit == 2, done
    assert "CCSYNC_CONFIG" in done.stderr


def test_exit_3_a_wrong_key(outside: Outside) -> None:
    outside.environment["ANTHROPIC_ADMIN_KEY"] = "sk-ant-admin01-wrong"
    done = outside.sync()
    assert done.exit == 3, done
    assert termination_message(outside)["exit"] == 3
    assert "sk-ant-admin01-wrong" not in done.stderr


def test_exit_5_the_api_is_away(outside: Outside) -> None:
    """Thirty days fail, and the message about them still fits."""
    outside.configure(sync={"start": "30d"}, source={"retry_deadline": "1s"})
    outside.api.faults.add(effects.status(503), times=None)
    done = outside.sync()
    assert done.exit == 5, done
    message = termination_message(outside)
    assert (message["exit"], message["sinks"]) == (5, {"metrics": {"failed": 30}})
    assert message["problems"]


def test_a_state_that_cannot_be_kept_is_said(outside: Outside) -> None:
    """Without a volume there is nowhere to write; the state must not vanish with the container."""
    outside.configure()
    done = outside.sync(mounts=[one for one in outside.mounts if one.target != VOLUME])
    assert done.exit == 3, done
    assert VOLUME in done.stderr
    assert "Traceback" not in done.stderr


def test_a_thousand_people_fit_into_its_memory(outside: Outside) -> None:
    """The whole process, measured from inside, stays well below what it is given."""
    big = Organization(seed=3, users=1000, first_day=outside.days[0])
    with Simulator(big) as api:
        outside.configure(source={"base_url": api.base_url})
        arguments = ("-c", PEAK, "--config", SETTINGS, "sync")
        done = outside.image.run(
            *arguments,
            mounts=outside.mounts,
            environment=outside.environment,
            entrypoint="python",
        )
    assert done.exit == 0, done
    assert len(outside.receiver.stored) > 50_000
    assert int(done.messages) < MEMORY * 2 / 3, "megabytes at the peak"


def test_the_limit_of_memory_is_real(image: Image) -> None:
    done = image.run("-c", f"len(b'x' * {2 * MEMORY} * 2**20)", entrypoint="python")
    assert done.exit == 137, done
