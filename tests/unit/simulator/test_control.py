from __future__ import annotations

import pytest

from ccsync.simulator import SIMULATED_KEY, Organization, Simulator

from .conftest import DAY, Ask, Clock, Start, people


@pytest.fixture(name="ask")
def _ask(start: Start, clock: Clock) -> Ask:
    return start(Simulator(Organization(seed=1, users=10), now=clock))


def test_faults_from_outside(ask: Ask) -> None:
    fault = {"fault": "429", "day": str(DAY), "times": 2, "retry-after": 3}
    assert ask.control("POST", "faults", fault).json == {"faults": 1}
    reply = ask.report()
    assert (reply.status, reply.headers["retry-after"]) == (429, "3")
    (shown,) = ask.control("GET", "stats").json["faults"]
    assert shown == {"fault": "429", "seen": 1, "hit": 1, "spent": False}
    assert ask.control("DELETE", "faults").status == 200
    assert ask.report().status == 200


def test_values_that_are_not_text(ask: Ask) -> None:
    fault = {"fault": "other-json", "body": {"a": [1, 2]}, "with-cursor": False}
    assert ask.control("POST", "faults", fault).status == 200
    assert ask.report().json == {"a": [1, 2]}


def test_a_restatement_from_outside(ask: Ask) -> None:
    before = len(ask.report(limit=1000).json["data"])
    wanted = {"day": str(DAY), "kind": "vanish", "share": 0.5, "seed": 1}
    reply = ask.control("POST", "restate", wanted)
    assert reply.json == {"day": str(DAY), "revision": 1}
    assert len(ask.report(limit=1000).json["data"]) == before // 2


def test_rows_from_outside(ask: Ask) -> None:
    reply = ask.control("PUT", f"days/{DAY}", people(2))
    assert reply.json == {"day": str(DAY), "revision": 1}
    assert ask.report().names == ["p0@x.example", "p1@x.example"]


def test_statistics_do_not_count_control(ask: Ask) -> None:
    ask.report()
    ask.report("nonsense")
    stats = ask.control("GET", "stats").json
    assert stats["requests"] == 2
    assert stats["by_status"] == {"200": 1, "400": 1}
    assert ask.control("DELETE", "requests").status == 200
    assert ask.control("GET", "stats").json["requests"] == 0


def test_requests_are_shown_without_their_key(ask: Ask) -> None:
    ask.report(limit=5)
    reply = ask.control("GET", "requests")
    (shown,) = reply.json
    assert shown["query"] == {"starting_at": str(DAY), "limit": "5"}
    assert shown["headers"]["x-api-key"] == "***"
    assert SIMULATED_KEY.encode() not in reply.body


@pytest.mark.parametrize(
    ("method", "what", "document"),
    [
        ("POST", "faults", {"fault": "nope"}),
        ("POST", "faults", {}),
        ("POST", "faults", [1]),
        ("POST", "restate", {"day": "x", "kind": "vanish"}),
        ("POST", "restate", {"day": str(DAY), "kind": "explode"}),
        ("POST", "restate", {"day": str(DAY), "kind": "vanish", "share": 0}),
        ("POST", "restate", {"day": str(DAY), "kind": "vanish", "part": 0.5}),
        ("PUT", "days/today", []),
        ("PUT", f"days/{DAY}", {"rows": []}),
    ],
)
def test_nonsense_is_refused(ask: Ask, method: str, what: str, document: object) -> None:
    assert ask.control(method, what, document).status == 400
    assert ask.api.usage.revision(DAY) == 0


@pytest.mark.parametrize(("method", "what"), [("GET", "nope"), ("PATCH", "faults"), ("POST", "")])
def test_unknown_controls_do_not_exist(ask: Ask, method: str, what: str) -> None:
    assert ask.control(method, what).status == 404


def test_the_controls_are_listed_with_bodies_that_work(ask: Ask) -> None:
    listed = ask.control("GET", "").json
    prefix = "/__simulator/"
    assert {"restate", "faults"} <= {one["path"].removeprefix(prefix) for one in listed}
    for one in listed:
        done = ask.control(one["method"], one["path"].removeprefix(prefix), one.get("body"))
        assert done.status == 200, one


def test_a_wrong_kind_is_answered_with_the_valid_ones(ask: Ask) -> None:
    reply = ask.control("POST", "restate", {"day": str(DAY), "kind": "explode"})
    assert reply.status == 400
    message = reply.json["error"]["message"]
    assert "'explode' is not a kind of restatement; kinds are values, vanish" in message
