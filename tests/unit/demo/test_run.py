"""Runs of the real command by the demo: what they say is understood, a failure is told."""

from __future__ import annotations

import datetime as dt
import json
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ccsync.demo import run
from ccsync.demo.place import Place, prepared
from ccsync.errors import Exit, Stopped
from ccsync.runtime import Stop
from ccsync.simulator import SIMULATED_KEY, ScriptedOrganization, Simulator
from tests.end_to_end.truth import a_row

TODAY = dt.datetime.now(dt.UTC).date()
YESTERDAY = TODAY - dt.timedelta(days=1)
PEOPLE = 40

SETTINGS = """\
version: 1
source: {{base_url: {url}, api_key: {key}, requests_per_minute: 0, retry_deadline: 1s}}
sync: {{start: 1d, include_today: false}}
state: file://{state}
sinks: {{file: {{type: stdout, track: true}}}}
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with prepared(tmp_path / "demo") as place:
        yield place


@pytest.fixture
def organization(place: Place) -> Iterator[ScriptedOrganization]:
    rows = [a_row(YESTERDAY, f"person{number:02}") for number in range(PEOPLE)]
    organization = ScriptedOrganization({YESTERDAY: rows, TODAY: rows})
    with Simulator(organization) as api:
        place.settings.write_text(
            SETTINGS.format(url=api.base_url, key=SIMULATED_KEY, state=place.state)
        )
        yield organization


def lines(place: Place) -> list[dict[str, object]]:
    return [json.loads(line) for line in place.usage.read_text().splitlines()]


@pytest.mark.usefixtures("organization")
def test_a_run(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CCSYNC_SHARDS", "3")
    monkeypatch.setenv("JOB_COMPLETION_INDEX", "1")
    ran = run.sync(place, Stop())
    assert ran.delivered == {YESTERDAY: PEOPLE}
    assert (ran.days, ran.rows, ran.requests) == (1, PEOPLE, 1)
    assert len(lines(place)) == PEOPLE
    assert place.usage.stat().st_mode & 0o777 == 0o600
    again = run.sync(place, Stop())
    assert again.delivered == {}
    assert len(lines(place)) == PEOPLE


@pytest.mark.usefixtures("organization")
def test_a_killed_run_leaves_whole_lines_and_not_all(place: Place) -> None:
    killed = run.sync_killed(place, Stop(), day_bytes=PEOPLE * 1000, records=PEOPLE)
    assert 0 < killed.records < PEOPLE
    assert len(lines(place)) == killed.records
    assert not Path(f"/proc/{killed.pid}").exists()
    assert place.log.stat().st_mode & 0o777 == 0o600
    shown = run.status(place, columns=60, encoding="ascii")
    assert f"in doubt: {YESTERDAY}" in shown or f"missing: {YESTERDAY}" in shown
    assert shown.isascii()
    assert '"line"' not in place.ledger.read_text() if place.ledger.exists() else True
    assert run.sync(place, Stop()).delivered == {YESTERDAY: PEOPLE}


def test_a_day_too_small_to_be_killed_in_is_no_story(
    place: Place, organization: ScriptedOrganization
) -> None:
    organization.put(YESTERDAY, [a_row(YESTERDAY)])
    with pytest.raises(run.DemoError, match="its day is too small"):
        run.sync_killed(place, Stop(), day_bytes=1000, records=2)


def test_a_run_that_fails_is_told(place: Place) -> None:
    place.settings.write_text("version: 1\n")
    with pytest.raises(run.DemoError, match="exit code 2") as caught:
        run.sync(place, Stop())
    assert "ccsync.yaml" in str(caught.value)
    assert caught.value.exit is Exit.BUG


def test_a_status_that_fails_is_told(place: Place) -> None:
    place.settings.write_text("version: 1\n")
    with pytest.raises(run.DemoError, match="ccsync status failed with exit code 2"):
        run.status(place, columns=60, encoding="utf-8")


def test_a_wish_to_stop_ends_the_run(place: Place) -> None:
    stop = Stop()
    with Simulator(ScriptedOrganization(), latency=30) as api:
        place.settings.write_text(
            SETTINGS.format(url=api.base_url, key=SIMULATED_KEY, state=place.state)
        )
        timer = threading.Timer(0.3, stop.request, (signal.SIGTERM,))
        timer.start()
        begin = time.monotonic()
        with pytest.raises(Stopped):
            run.sync(place, stop)
        timer.join()
    assert time.monotonic() - begin < 10
