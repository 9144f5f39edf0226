"""The OTLP sink through the installed command: faults of receivers, deaths, keys."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial as bound
from typing import Literal

import pytest

from ccsync.testing.otlp import (
    Answer,
    OtlpReceiver,
    Request,
    dropped,
    grpc_error,
    partial,
    redirect,
    status,
    web_page,
)
from tests.end_to_end.otlp import KEY, VARIABLE, Otlp, of, points, sink
from tests.end_to_end.scene import NEWEST, WEEK, Scene
from tests.end_to_end.truth import a_row, truth
from tests.support.command import Running

JUNO = bound(of, "juno")
ECHO = f"no such key: {KEY}"


@pytest.fixture
def otlp(scene: Scene) -> Iterator[Otlp]:
    with OtlpReceiver(protocols=("http", "grpc")) as receiver:
        made = Otlp(scene, receiver)
        made.configure()
        yield made


@dataclass(frozen=True)
class Fault:
    """How a receiver misbehaves, and what a run has to make of it."""

    answer: Answer
    exit: int
    words: tuple[str, ...]
    """In the message: cause and remedy."""

    protocol: Literal["http", "grpc"] = "http"
    of_juno: bool = False
    """Only requests with points of hers are answered so."""


def always(answer: Answer, code: int, *words: str) -> Fault:
    return Fault(answer, code, words)


def grpc(answer: Answer, code: int, *words: str) -> Fault:
    return Fault(answer, code, words, protocol="grpc")


def juno(answer: Answer, *words: str, protocol: Literal["http", "grpc"] = "http") -> Fault:
    return Fault(answer, 4, words, protocol=protocol, of_juno=True)


LOST = "the following samples have been rejected: err-mimir-label-value-too-long"
WINDOW = "The backend behind the receiver takes no points of that day"
FAULTS: dict[str, dict[str, Fault]] = {
    "some points": {
        "partial": juno(
            partial(3, "label value is refused", which=JUNO),
            "points rejected: label value is refused. Its words above say what it does not take",
        ),
        "partial-uncounted": juno(partial(0, LOST, which=JUNO), LOST),
        "bad-request": juno(status(400, "no juno@northwind.example"), "HTTP 400: no ..."),
        "out-of-bounds": always(status(400, "out of bounds"), 4, "out of bounds", WINDOW),
        "too-old": always(status(500, "too old sample"), 4, "HTTP 500: too old sample", WINDOW),
        "too-large": always(status(413), 3, "HTTP 413", "Lower max_request_bytes"),
    },
    "another place": {
        "moved": always(redirect("https://else.example/", 301), 3, "301", "https://else.example/"),
        "found": always(redirect("/login"), 3, "HTTP 302", "redirects are not followed"),
        "page": always(web_page(), 3, "Please log in", "`endpoint` should end in /v1/metrics"),
        "unauthorized": always(status(401, ECHO), 3, "HTTP 401", "missing, wrong or expired"),
        "forbidden": always(status(403, ECHO), 3, "HTTP 403", "lacks a permission"),
        "missing": always(status(404, "nothing here"), 3, "404", "Check the path of `endpoint`"),
    },
    "away": {
        "busy": always(status(429, "slow down"), 5, "HTTP 429: slow down", "retry_deadline"),
        "busy-for-long": always(status(429, retry_after=90), 5, "it asks to wait 90s"),
        "down": always(status(503, ECHO), 5, "HTTP 503: no such key: ***", "retry_deadline"),
        "dropped": always(dropped(), 5, "the connection was dropped", "Check that the receiver"),
        "dropped-late": always(dropped(after_storing=True), 5, "the connection was dropped"),
        "slow": always(status(200).but_stored().slowly(3), 5, "nothing came within 0.6 seconds"),
    },
    "grpc": {
        "bad-argument": juno(
            grpc_error("INVALID_ARGUMENT", "a bad label"),
            "gRPC INVALID_ARGUMENT: a bad label",
            "its log may say more",
            protocol="grpc",
        ),
        "unauthenticated": grpc(
            grpc_error("UNAUTHENTICATED", ECHO), 3, "UNAUTHENTICATED", "missing, wrong or expired"
        ),
        "exhausted": grpc(grpc_error("RESOURCE_EXHAUSTED", "a limit"), 5, "EXHAUSTED: a limit"),
        "unavailable": grpc(grpc_error("UNAVAILABLE", "no backend"), 5, "UNAVAILABLE: no backend"),
        "unimplemented": grpc(grpc_error("UNIMPLEMENTED"), 3, "gRPC UNIMPLEMENTED", "4317"),
    },
}


@pytest.mark.parametrize("group", FAULTS)
def test_faults_are_told_and_the_next_good_run_is_right(scene: Scene, group: str) -> None:
    """Each fault is a sink of its own, with its own receiver and its own run."""
    faults = FAULTS[group]
    with ExitStack() as stack:
        receivers = {
            name: stack.enter_context(OtlpReceiver(protocols=(fault.protocol,)))
            for name, fault in faults.items()
        }
        sinks = {name: sink(receivers[name], fault.protocol) for name, fault in faults.items()}
        scene.configure(sinks)
        for name, fault in faults.items():
            fails(Otlp(scene, receivers[name]), name, fault)

        # Whatever was stored of those attempts, a day that changed meanwhile is shown as it is.
        scene.put(NEWEST, a_row(NEWEST, "mira", 4))
        done = scene.sync("--from", str(NEWEST))
        assert done.exit == 0, done
        for name, receiver in receivers.items():
            otlp = Otlp(scene, receiver)
            assert otlp.is_claimed(name=name)
            otlp.assert_true()


def fails(otlp: Otlp, name: str, fault: Fault) -> None:
    def answer(request: Request) -> Answer | None:
        return fault.answer if not fault.of_juno or any(map(JUNO, request.points)) else None

    otlp.receiver.answer_with(answer)
    done = otlp.sync("--sink", name)
    assert done.exit == fault.exit, done
    assert not otlp.is_claimed(name=name)
    for word in fault.words:
        assert word in done.problems, name
    assert otlp.receiver.requests[0].headers["x-api-key"] == KEY, "where it belongs"
    otlp.receiver.answer_with(None)


def test_nobody_listens(otlp: Otlp) -> None:
    otlp.configure(endpoint="http://127.0.0.1:9")
    done = otlp.sync()
    assert done.exit == 5, done
    assert "127.0.0.1:9 gave no answer: the connection was refused" in done.problems
    assert "Check that the receiver runs" in done.problems
    assert done.problems.count("retry_deadline") == 1


def test_a_pause_that_there_is_time_for_is_kept(otlp: Otlp) -> None:
    otlp.configure(retry_deadline="20s")
    otlp.receiver.answer_next(status(429, retry_after="0.1"), status(503, retry_after="0.1"))
    assert otlp.sync().exit == 0
    otlp.assert_true()


def test_a_small_limit_makes_small_requests(otlp: Otlp) -> None:
    otlp.receiver.limit(2_500)
    done = otlp.sync()
    assert done.exit == 0, done
    otlp.assert_true()


def test_those_who_are_refused_can_be_left_out(otlp: Otlp) -> None:
    otlp.configure(on_rejected="skip")
    otlp.receiver.refuse_points(JUNO, status(400, "not her"))
    done = otlp.sync()
    assert done.exit == 0, done
    assert "1 records refused by the destination were left out" in done.problems
    shown = otlp.shown(NEWEST)
    assert shown
    assert all("juno" not in str(key) for key in shown)


def test_a_day_that_is_too_old_until_the_destination_takes_it(otlp: Otlp) -> None:
    old = WEEK[:2]
    otlp.receiver.refuse_points(lambda point: point.time.date() in old)
    done = otlp.sync(day=None)
    assert done.exit == 4, done
    assert done.days("skipped") == old
    assert done.days("delivered") == WEEK[2:]
    assert WINDOW in done.problems
    otlp.assert_true(*WEEK[2:])
    assert not any(map(otlp.is_claimed, old))

    assert otlp.sync(day=None).exit == 0, "not tried again by itself"
    otlp.receiver.refuse_points(None)
    assert otlp.sync(day=old[0]).exit == 0, "asked for"
    otlp.assert_true(old[0], *WEEK[2:])
    assert otlp.shown(old[1]) == {}


def test_killed_between_two_requests_and_then_a_row_vanishes(otlp: Otlp) -> None:
    running: list[Running] = []

    def kill(request: Request) -> Answer | None:
        if request.number < 2:
            return None
        running[0].process.kill()
        return dropped()

    otlp.receiver.answer_with(kill)
    otlp.scene.place.environment[VARIABLE] = KEY
    command = otlp.scene.place.start("sync", "--from", str(NEWEST))
    with command:
        running.append(command)
        assert command.wait().exit == -signal.SIGKILL
    otlp.receiver.answer_with(None)
    assert any("juno" in str(key) for key in otlp.shown(NEWEST)), "half a day is there"
    assert not otlp.is_claimed()

    otlp.scene.put(NEWEST, a_row(NEWEST, "mira", 9))
    done = otlp.sync()
    assert done.exit == 0, done
    otlp.assert_true()
    zeros = [point for point in otlp.receiver.stored if point.value == 0]
    assert zeros
    assert all(map(JUNO, zeros)), "only what may be there is set to zero"


HASHED = {"identity": "hash", "hash_key": "a key of some length"}


def test_settings_that_change_and_change_back(otlp: Otlp) -> None:
    """What was shown otherwise before is zero then; nothing is shown twice."""
    assert otlp.sync(day=None).exit == 0
    otlp.configure(dimensions=["organization", "model"])
    assert otlp.sync(day=None).exit == 0
    assert sessions(otlp) == true_sessions(otlp)
    assert not people(otlp)
    otlp.configure(HASHED)
    assert otlp.sync(day=None).exit == 0
    assert sessions(otlp) == true_sessions(otlp)
    assert {name for name, _ in people(otlp)} == {"user.hash"}
    otlp.configure(service_name="usage", service_namespace="teams")
    assert otlp.sync(day=None).exit == 0
    otlp.assert_true(*WEEK)
    otlp.configure()
    assert otlp.sync(day=None).exit == 0
    otlp.assert_true(*WEEK)


def people(otlp: Otlp) -> set[tuple[str, str]]:
    return {
        pair
        for day in WEEK
        for _, attributes in otlp.shown(day)
        for pair in attributes
        if pair[0].startswith("user.")
    }


def sessions(otlp: Otlp) -> list[float]:
    name = "claude_code.daily.session.count"
    return [
        sum(value for (metric, _), value in otlp.shown(day).items() if metric == name)
        for day in WEEK
    ]


def true_sessions(otlp: Otlp) -> list[int]:
    return [sum(row["sessions"] for row in truth(otlp.scene.organization, day)) for day in WEEK]


def test_another_receiver_and_back(otlp: Otlp) -> None:
    """Each has its own tombstones: the first one still shows who vanished in between."""
    assert otlp.sync().exit == 0
    with OtlpReceiver() as other:
        otlp.configure(endpoint=other.base_url)
        otlp.scene.put(NEWEST, a_row(NEWEST, "mira", 4))
        assert otlp.sync().exit == 0
        assert otlp.shown(NEWEST, other) == points(otlp.scene.organization, NEWEST)
        assert not any(point.value == 0 for point in other.stored), "it never knew of anybody else"
    otlp.configure()
    assert otlp.sync().exit == 0
    otlp.assert_true()
