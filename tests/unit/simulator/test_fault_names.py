from __future__ import annotations

import datetime as dt

import pytest

from ccsync.simulator import REPORT_PATH, Answer, Match, Request
from ccsync.simulator.fault_names import FAULT_NAMES, fault_text

from .conftest import DAY

REQUEST = Request(
    number=1,
    at=dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC),
    method="GET",
    target=f"{REPORT_PATH}?starting_at={DAY}",
    path=REPORT_PATH,
    parameters=(("starting_at", str(DAY)),),
    headers={},
    body=b"",
    day=DAY,
    page=1,
)
RIGHT = Answer(200, b'{"data":[],"has_more":false,"next_page":null}', cursor="page_x")


def spoil(text: str) -> Answer:
    return fault_text(text).effect(REQUEST, RIGHT)


@pytest.mark.parametrize("name", [*FAULT_NAMES, "429", "408", "529"])
def test_every_fault_can_be_named(name: str) -> None:
    options = ":to=http://127.0.0.1:9" if name == "redirect" else ""
    assert spoil(name + options) != RIGHT


def test_whom_a_fault_is_for() -> None:
    text = "503:day=2026-11-19,page=2,nth=4,times=always,with-cursor=true,path=any"
    assert fault_text(text).match == Match(DAY, 2, True, None, 4, None)
    assert fault_text("503").match == Match()
    assert fault_text("dead-cursor").match.with_cursor is True


@pytest.mark.parametrize(
    ("text", "header", "value"),
    [
        ("429:retry-after=7", "retry-after", "7"),
        ("429:retry-after=0", "retry-after", "0"),
        ("429:retry-after-date=30", "retry-after", "Fri, 20 Nov 2026 12:00:30 GMT"),
        ("429:retry-after-ms=5", "retry-after-ms", "5"),
        ("429:reset=-60", "anthropic-ratelimit-requests-reset", "2026-11-20T11:59:00Z"),
        ("429:should-retry=false", "x-should-retry", "false"),
        ("500:should-retry=true", "x-should-retry", "true"),
        ("redirect:to=http://h:1/,code=307", "location", f"http://h:1{REQUEST.target}"),
    ],
)
def test_options_of_answers(text: str, header: str, value: str) -> None:
    assert dict(spoil(text).headers)[header] == value


def test_options_of_the_rest() -> None:
    assert spoil("html:code=200").status == 200
    assert spoil("dead-cursor:code=404").status == 404
    assert spoil("truncate:share=0.2").cut_at == 9
    assert len(spoil("broken-json:share=0.2").body) == 9
    assert spoil("stall:seconds=3").stall == 3
    assert spoil("stall:share=0").cut_at == 0
    assert spoil("latency:seconds=2").delay == 2
    assert spoil('other-json:body=["ok"]').body == b'["ok"]'


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("nope", "'nope' is not a fault"),
        ("200", "'200' is not a fault"),
        ("503:often", "expected OPTION=VALUE"),
        ("503:color=red", "no option 'color'"),
        ("503:day=tomorrow", "option day=tomorrow: expected a date"),
        ("503:times=x", "option times=x"),
        ("503:times=0", "times is 0"),
        ("503:with-cursor=1", "expected true or false"),
        ("other-json:body={", "is not JSON"),
        ("redirect", "needs the option 'to'"),
        ("reset:seconds=3", "no option 'seconds'"),
    ],
)
def test_complaints(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        fault_text(text)
