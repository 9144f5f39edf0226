"""The OTLP sink through the installed command: faults of receivers, deaths, keys."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
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
from tests.end_to_end.otlp import KEY, LIBRARIES, VARIABLE, Otlp, of, points, sink
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
    """How a receiver misbehaves, and what a run has to say."""

    answer: Answer
    words: tuple[str, ...]
    """Of cause and remedy."""

    outcome: str = "failed"
    """Of the day."""

    protocol: Literal["http", "grpc"] = "http"
    of_juno: bool = False
    """Only requests with points of hers are answered so."""


def fault(answer: Answer, *words: str, outcome: str = "failed") -> Fault:
    return Fault(answer, words, outcome)


def grpc(answer: Answer, *words: str) -> Fault:
    return Fault(answer, words, protocol="grpc")


def juno(answer: Answer, *words: str, protocol: Literal["http", "grpc"] = "http") -> Fault:
    return Fault(answer, words, "refused", protocol, of_juno=True)


LOST = "the following samples have been rejected: err-mimir-label-value-too-long"
WINDOW = "The backend behind the receiver takes no points of that day"
REFUSED = {
    "moved": fault(redirect("https://else.example/", 301), "301", "https://else.example/"),
    "found": fault(redirect("/login"), "HTTP 302", "redirects are not followed"),
    "page": fault(web_page(), "Please log in", "`endpoint` should end in /v1/metrics"),
    "unauthorized": fault(status(401, ECHO), "HTTP 401: no such key: ***", "wrong or expired"),
    "forbidden": fault(status(403, ECHO), "HTTP 403", "lacks a permission"),
    "missing": fault(status(404, "nothing here"), "404", "Check the path of `endpoint`"),
    "too-large": fault(status(413), "HTTP 413", "Lower max_request_bytes"),
    "unauthenticated": grpc(grpc_error("UNAUTHENTICATED", ECHO), "key: ***", "wrong or expired"),
    "unimplemented": grpc(grpc_error("UNIMPLEMENTED"), "gRPC UNIMPLEMENTED", "4317"),
}
DATA_REFUSED = {
    "partial": juno(
        partial(3, "label value is refused", which=JUNO),
        "points rejected: label value is refused. Its words above say what it does not take",
    ),
    "uncounted": juno(partial(0, LOST, which=JUNO), LOST),
    "bad-request": juno(status(400, "no juno@northwind.example"), "HTTP 400: no ..."),
    "bad-argument": juno(
        grpc_error("INVALID_ARGUMENT", "a bad label"),
        "gRPC INVALID_ARGUMENT: a bad label",
        "its log may say more",
        protocol="grpc",
    ),
    "out-of-bounds": fault(status(400, "out of bounds"), "bounds", WINDOW, outcome="skipped"),
    "too-old": fault(status(500, "too old sample"), "too old", WINDOW, outcome="skipped"),
}
UNAVAILABLE = {
    "busy": fault(status(429, "slow down"), "HTTP 429: slow down"),
    "busy-for-long": fault(status(429, retry_after=90), "HTTP 429", "it asks to wait 90s"),
    "down": fault(status(503, ECHO), "HTTP 503: no such key: ***"),
    "dropped": fault(dropped(), "the connection was dropped", "Check that the receiver runs"),
    "dropped-late": fault(dropped(after_storing=True), "the connection was dropped"),
    "slow": fault(status(200).but_stored().slowly(3), "nothing came within 0.6 seconds"),
    "exhausted": grpc(grpc_error("RESOURCE_EXHAUSTED", "a limit"), "EXHAUSTED: a limit"),
    "unavailable": grpc(grpc_error("UNAVAILABLE", "no backend"), "UNAVAILABLE: no backend"),
}


@pytest.mark.parametrize(("code", "faults"), [(3, REFUSED), (4, DATA_REFUSED), (5, UNAVAILABLE)])
def test_faults_are_told_and_the_next_good_run_is_right(
    scene: Scene, code: int, faults: dict[str, Fault]
) -> None:
    """Each fault is a sink of its own, with its own receiver.

    The exit code is the first of 1, 3, 4, 5 that some sink gives; outcome and message of each tell
    that no other one stands behind it.
    """
    scene.place.imports = LIBRARIES
    with ExitStack() as stack:
        all_of_them = {
            name: Otlp(scene, stack.enter_context(OtlpReceiver(protocols=(one.protocol,))))
            for name, one in faults.items()
        }
        scene.configure(
            {name: sink(all_of_them[name].receiver, faults[name].protocol) for name in faults}
        )
        for name, otlp in all_of_them.items():
            otlp.receiver.answer_with(misbehaving(faults[name]))

        done = next(iter(all_of_them.values())).sync()
        assert done.exit == code, done
        problems = {line.partition(":")[0]: line for line in done.finished["problems"]}
        for name, otlp in all_of_them.items():
            assert done.counts(name) == {faults[name].outcome: 1}, name
            assert not otlp.is_claimed(name=name)
            for word in faults[name].words:
                assert word in problems[name]
            assert problems[name].count("retry_deadline") == (code == 5)
            assert otlp.receiver.requests[0].headers["x-api-key"] == KEY, "where it belongs"
            otlp.receiver.answer_with(None)

        # Whatever was stored of those attempts, a day that changed meanwhile is shown as it is.
        scene.put(NEWEST, a_row(NEWEST, "mira", 4))
        done = scene.sync("--from", str(NEWEST))
        assert done.exit == 0, done
        for name, otlp in all_of_them.items():
            assert otlp.is_claimed(name=name)
            otlp.assert_true()


def misbehaving(how: Fault) -> Callable[[Request], Answer | None]:
    def answer(request: Request) -> Answer | None:
        return how.answer if not how.of_juno or any(map(JUNO, request.points)) else None

    return answer


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
    otlp.configure(point_time="observed")
    assert otlp.sync(day=None).exit == 0
    assert sessions(otlp) == true_sessions(otlp)
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
