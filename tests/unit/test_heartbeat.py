"""What a monitor hears of a run, and that nothing it does gets in the run's way."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from ccsync import redact
from ccsync.errors import CcsyncError, DaysLeased, Exit, SettingsError, StateUnavailable, Stopped
from ccsync.heartbeat import PAUSE, Heartbeat, address, signal_of, story
from ccsync.report import Kind, Report, Result, Watcher
from ccsync.secret import Secret
from ccsync.settings.duration import Duration
from ccsync.settings.heartbeat import HeartbeatSettings
from ccsync.testing import FakeRuntime
from tests.support.answering import Said, Server, serving
from tests.support.world import Silent

OK = Said(200, b"OK")
DAY = dt.date(2026, 11, 19)
HIDDEN = "recognisable-0123"


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


def heartbeat(server: Server, runtime: FakeRuntime | None = None, **fields: Any) -> Heartbeat:
    path = fields.pop("path", f"/{HIDDEN}")
    fields.setdefault("timeout", Duration(0.5))
    settings = HeartbeatSettings(url=Secret(server.url + path), **fields)
    return Heartbeat(settings, runtime or FakeRuntime(), "run-1")


def report(error: CcsyncError | None = None, *results: Result) -> Report:
    made = Report("run-1", "1.2.3", FakeRuntime().now())
    for result in results:
        made.add(result)
    made.ended_at = made.started_at + dt.timedelta(seconds=12.34)
    made.error = error
    return made


def paths(server: Server) -> list[str]:
    return [heard.path.replace(HIDDEN, "S") for heard in server.heard]


def quiet() -> None:
    """Wait for threads that no run would wait for, or they would outlive their test."""
    for thread in threading.enumerate():
        if thread.name == "ccsync-heartbeat":
            thread.join(10)


@pytest.mark.parametrize(
    ("error", "path"),
    [
        (None, "/S"),
        (CcsyncError("a bug"), "/S/fail"),
        (SettingsError("x"), "/S/fail"),
        (StateUnavailable("away"), "/S/fail"),
    ],
)
def test_a_run_that_begins_and_ends(
    error: CcsyncError | None, path: str, logged: list[Any]
) -> None:
    with serving(OK) as server:
        sent = heartbeat(server)
        sent.start()
        sent.end(report(error))
    assert paths(server) == ["/S/start", path]
    assert [heard.method for heard in server.heard] == ["POST", "POST"]
    assert {one["event"] for one in logged} == {"heartbeat.sent"}
    assert {one["log_level"] for one in logged} == {"debug"}


@pytest.mark.parametrize("error", [Stopped(15), Stopped(2), DaysLeased("others have them")])
def test_a_run_that_proves_nothing_is_silent(error: CcsyncError, logged: list[Any]) -> None:
    with serving(OK) as server:
        sent = heartbeat(server)
        sent.end(report(error))
    assert paths(server) == []
    assert logged == []


def test_what_each_exit_code_says() -> None:
    told = {code: signal_of(code) for code in Exit}
    assert {code for code, said in told.items() if said == "success"} == {Exit.OK}
    assert {code for code, said in told.items() if said is None} == {75, 130, 143}


def test_the_body_has_numbers_and_no_words_of_others() -> None:
    bad = Result(
        sink="one", day=DAY, kind=Kind.REFUSED, exit=Exit.DATA_REFUSED, reason="ann@a.example"
    )
    good = Result(sink="one", day=DAY, kind=Kind.DELIVERED)
    with serving(OK) as server:
        sent = heartbeat(server)
        sent.end(report(None, bad, good, good))
    (heard,) = server.heard
    assert heard.body.decode() == (
        "exit 4: data refused: rows, records or days; trying again does not help\n"
        "run run-1, 12.3 s\n"
        "one: 2 delivered, 1 refused\n"
    )
    assert heard.headers["content-type"].startswith("text/plain")
    assert heard.headers["user-agent"].startswith("ccsync/")


def test_a_story_is_bounded() -> None:
    results = [Result(sink=f"s{n}", day=DAY, kind=Kind.DELIVERED) for n in range(500)]
    assert len(story(report(None, *results)).splitlines()) == 100


def test_get_has_no_body() -> None:
    with serving(OK) as server:
        sent = heartbeat(server, method="GET")
        sent.end(report())
    assert [(heard.method, heard.body) for heard in server.heard] == [("GET", b"")]


def test_only_what_the_monitor_understands() -> None:
    with serving(OK) as server:
        sent = heartbeat(server, signals=("success",))
        sent.start()
        sent.end(report(StateUnavailable("away")))
        sent = heartbeat(server, signals=("success",))
        sent.start()
        sent.end(report())
    assert paths(server) == ["/S"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/S?create=1", ["/S/start?create=1", "/S?create=1"]),
        ("/api/S/", ["/api/S/start", "/api/S"]),
        ("", ["/start", "/"]),
    ],
)
def test_paths_go_before_a_query(path: str, expected: list[str]) -> None:
    with serving(OK) as server:
        sent = heartbeat(server, path=path)
        sent.start()
        sent.end(report())
    assert paths(server) == expected


@pytest.mark.parametrize(
    ("said", "tries", "reason"),
    [
        (Said(500), 2, "HTTP 500"),
        (Said(429), 2, "HTTP 429"),
        (Said(ending="none"), 2, "no connection: "),
        (Said(ending="reset"), 2, "no connection: "),
        (Said(404), 1, "HTTP 404"),
        (Said(302, headers={"Location": "http://elsewhere.example/"}), 1, "is not followed"),
        (Said(200, b"OK (not found)"), 1, "the monitor said 'OK (not found)'"),
        (Said(200, b"OK (rate limited)"), 1, "the monitor said 'OK (rate limited)'"),
    ],
)
def test_what_is_not_taken_is_a_warning(
    said: Said, tries: int, reason: str, logged: list[Any]
) -> None:
    runtime = FakeRuntime()
    with serving(said) as server:
        sent = heartbeat(server, runtime)
        sent.end(report())
        quiet()
    assert len(server.heard) == tries
    assert runtime.pauses == [PAUSE] * (tries - 1)
    (line,) = logged
    assert (line["event"], line["log_level"]) == ("heartbeat.not_sent", "warning")
    assert line["signal"] == "success"
    assert reason in line["reason"]
    assert HIDDEN not in str(logged)


def test_the_second_try_may_succeed(logged: list[Any]) -> None:
    answers = iter([Said(503), OK])
    with serving(lambda _: next(answers)) as server:
        sent = heartbeat(server)
        sent.end(report())
    assert paths(server) == ["/S", "/S"]
    assert [one["event"] for one in logged] == ["heartbeat.sent"]


def test_a_monitor_that_is_away(logged: list[Any]) -> None:
    with serving(OK) as server:
        pass
    sent = heartbeat(server)
    sent.start()
    sent.end(report())
    assert [one["event"] for one in logged] == ["heartbeat.not_sent"] * 2
    assert "no connection" in logged[0]["reason"]


def test_a_monitor_that_does_not_answer_costs_a_bounded_time(logged: list[Any]) -> None:
    with serving(Said(ending="stall")) as server:
        sent = heartbeat(server, timeout=Duration(0.2))
        begun = time.monotonic()
        sent.start()
        assert time.monotonic() - begun < 0.2, "the run goes on meanwhile"
        sent.end(report())
        assert time.monotonic() - begun < 2 * 0.2 + PAUSE + 1 + 1
        server.over.set()
        quiet()
    assert {one["event"] for one in logged} == {"heartbeat.not_sent"}
    assert "no answer within 0.2s" in str(logged)


def test_a_wish_to_stop_is_not_kept_waiting(logged: list[Any]) -> None:
    runtime = FakeRuntime()
    with serving(Said(ending="stall")) as server:
        sent = heartbeat(server, runtime, timeout=Duration(20))
        sent.start()
        runtime.stop.request(15)
        begun = time.monotonic()
        sent.end(report(Stopped(15)))
        sent.end(report())
        assert time.monotonic() - begun < 1
        server.over.set()
        quiet()
    assert paths(server) == ["/S/start"]
    assert [one["reason"] for one in logged] == ["the process was asked to end"]


def test_it_starts_when_the_run_has_its_days() -> None:
    class Seen(Silent):
        planned_days = 0

        def planned(self, plan: Any) -> None:
            self.planned_days = len(list(plan))

    seen = Seen()
    with serving(OK) as server:
        sent = heartbeat(server)
        watcher: Watcher = sent.watching(seen)
        watcher.fetched(DAY, 1)
        watcher.paced(60)
        watcher.waiting("one", 1.0, "away")
        watcher.result(Result(sink="one", day=DAY, kind=Kind.DELIVERED))
        assert server.heard == []
        watcher.planned([])
        sent.end(report())
    assert paths(server) == ["/S/start", "/S"]


def from_file(path: Path) -> HeartbeatSettings:
    return HeartbeatSettings(url_file=str(path))


def test_the_address_may_lie_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "url"
    path.write_text(f"https://monitor.example/{HIDDEN}?x=1\n")
    parts = address(from_file(path))
    assert parts.geturl() == f"https://monitor.example/{HIDDEN}?x=1"
    assert HIDDEN not in redact.redact(f"POST https://monitor.example/{HIDDEN}/start?x=1")
    assert HIDDEN not in redact.redact(f"target=b'/{HIDDEN}/start?x=1'")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot read"),
        ("", "expected an address such as"),
        (f"{HIDDEN}\n", "expected an address such as"),
        (f"https://monitor.example/{HIDDEN}\nhttps://monitor.example/{HIDDEN}", "such as"),
        (f"http://monitor.example/{HIDDEN}", "plain http"),
    ],
)
def test_a_file_without_an_address(
    tmp_path: Path, logged: list[Any], content: str | None, says: str
) -> None:
    path = tmp_path / "url"
    if content is not None:
        path.write_text(content)
    sent = Heartbeat(from_file(path), FakeRuntime(), "run-1")
    sent.end(report())
    (line,) = logged
    assert line["event"] == "heartbeat.not_sent"
    assert line["reason"].startswith("heartbeat.url_file: ")
    assert says in line["reason"]
    assert HIDDEN not in str(logged)
