from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable

import pytest

from ccsync.simulator import (
    REPORT_PATH,
    SIMULATED_KEY,
    Organization,
    Request,
    Row,
    ScriptedOrganization,
    Simulator,
)

from .conftest import DAY, Ask, Clock, Start, people, simulator_threads


def test_requests_are_logged_with_their_key(start: Start, clock: Clock) -> None:
    ask = start(Simulator(ScriptedOrganization({DAY: people(4)}), now=clock))
    cursor = ask.report(limit=2).json["next_page"]
    ask.report(limit=2, page=cursor)
    ask.report("nonsense", page="nonsense")
    first, second, third = ask.api.requests
    assert (first.method, first.path, first.at) == ("GET", REPORT_PATH, clock())
    assert first.headers["x-api-key"] == SIMULATED_KEY
    assert SIMULATED_KEY not in repr(first)
    assert first.query == {"starting_at": str(DAY), "limit": "2"}
    assert [(one.day, one.page) for one in (first, second, third)] == [
        (DAY, 1),
        (DAY, 2),
        (None, None),
    ]
    assert second.query["page"] == cursor
    assert ask.api.counts.by_status == {200: 2, 400: 1}
    assert ask.api.counts.by_path == {REPORT_PATH: 3}
    ask.api.forget_requests()
    assert ask.api.requests == ()
    assert ask.api.counts.requests == 0


def test_a_hook_sees_a_request_before_it_is_answered(start: Start, clock: Clock) -> None:
    usage = ScriptedOrganization({DAY: people(1)})
    seen: list[Request] = []

    def hook(request: Request) -> None:
        seen.append(request)
        usage.put(DAY, people(2))

    ask = start(Simulator(usage, now=clock, on_request=hook))
    assert len(ask.report().names) == 2
    assert tuple(seen) == ask.api.requests


def test_a_failing_hook_is_answered_with_500_and_raised_at_the_end(clock: Clock) -> None:
    def hook(_: Request) -> None:
        raise LookupError("planted")

    with (
        pytest.raises(LookupError, match="planted"),
        Simulator(ScriptedOrganization(), now=clock, on_request=hook) as api,
    ):
        assert Ask(api).report().status == 500


def test_a_failing_hook_does_not_hide_the_tests_own_failure(clock: Clock) -> None:
    def hook(_: Request) -> None:
        raise LookupError("planted")

    def fail() -> None:
        with Simulator(ScriptedOrganization(), now=clock, on_request=hook) as api:
            Ask(api).report()
            raise ArithmeticError("mine")

    with pytest.raises(ArithmeticError, match="mine"):
        fail()


def test_latency_of_every_answer(start: Start, clock: Clock) -> None:
    ask = start(Simulator(ScriptedOrganization(), now=clock, latency=0.1))
    began = time.monotonic()
    ask.report()
    assert time.monotonic() - began >= 0.09


def test_nothing_is_left_running(clock: Clock) -> None:
    assert simulator_threads() == 0
    with Simulator(ScriptedOrganization({DAY: people(1)}), now=clock) as api:
        ask = Ask(api)
        idle, busy = ask.connect(), ask.connect()
        idle.connect()
        busy.request("GET", f"{REPORT_PATH}?starting_at={DAY}", headers=ask.headers())
        assert busy.getresponse().read()
        assert simulator_threads() >= 2
    assert simulator_threads() == 0
    idle.close()
    busy.close()
    with pytest.raises(RuntimeError, match="not running"):
        _ = api.base_url
    assert api.close() == []


def test_it_can_be_started_again_but_not_twice(clock: Clock) -> None:
    api = Simulator(ScriptedOrganization(), now=clock)
    for _ in range(2):
        with api, pytest.raises(RuntimeError, match="running already"):
            api.start()


def test_a_taken_port_is_an_error(start: Start, clock: Clock) -> None:
    ask = start(Simulator(ScriptedOrganization(), now=clock))
    port = int(ask.api.base_url.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        Simulator(ScriptedOrganization(), port=port).start()


def test_warm_pages_are_the_ones_served(start: Start, clock: Clock) -> None:
    asked: list[dt.date] = []

    class Watched(Organization):
        def original(self, day: dt.date, until: dt.datetime) -> Iterable[Row]:
            asked.append(day)
            return super().original(day, until)

    ask = start(Simulator(Watched(seed=1, users=5), now=clock))
    ask.api.warm(DAY, DAY)
    assert asked == [DAY]
    assert ask.report(limit=1000).json["data"]
    assert asked == [DAY]
