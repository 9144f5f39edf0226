from __future__ import annotations

import datetime as dt
import json

import pytest

from ccsync.simulator import Organization, ScriptedOrganization, Simulator
from ccsync.simulator.contract import Query
from ccsync.simulator.cursor import Cursor, read, write
from ccsync.simulator.pages import Pages, boundary

from .conftest import DAY, Ask, Clock, Start, people

TODAY = dt.date(2026, 11, 20)


def all_names(ask: Ask, day: dt.date = DAY, limit: int = 7) -> list[str]:
    reply = ask.report(day, limit=limit)
    names = reply.names
    while reply.json["has_more"]:
        reply = ask.report(day, limit=limit, page=reply.json["next_page"])
        names += reply.names
    return names


@pytest.mark.parametrize(("count", "limit"), [(0, 1), (1, 1), (20, 7), (21, 7), (1001, 1000)])
def test_pages_together_are_the_day(start: Start, clock: Clock, count: int, limit: int) -> None:
    ask = start(Simulator(ScriptedOrganization({DAY: people(count)}), now=clock))
    assert all_names(ask, limit=limit) == [f"p{index}@x.example" for index in range(count)]
    assert len(ask.api.requests) == max(1, -(-count // limit))


def test_a_cursor_looks_like_a_real_one_and_must_be_percent_encoded(
    start: Start, clock: Clock
) -> None:
    ask = start(Simulator(ScriptedOrganization({DAY: people(3)}), now=clock))
    cursor = ask.report(limit=1).json["next_page"]
    assert cursor.startswith("page_")
    assert cursor.endswith("=")


def test_a_cursor_is_bound_to_its_query(start: Start, clock: Clock) -> None:
    usage = ScriptedOrganization({DAY: people(30), TODAY: people(30, TODAY)})
    ask = start(Simulator(usage, now=clock))
    cursor = ask.report(limit=10).json["next_page"]
    assert ask.report(limit=10, page=cursor).status == 200
    assert ask.report(limit=11, page=cursor).error == (400, "invalid_request_error")
    assert ask.report(page=cursor).status == 400
    assert ask.report(TODAY, limit=10, page=cursor).status == 400
    assert ask.report(limit=10, page=cursor[:-4]).status == 400


def test_an_edited_cursor_is_refused() -> None:
    at = Cursor(DAY, 10, dt.datetime(2026, 11, 20, tzinfo=dt.UTC), 0, 10)
    text = write(at)
    assert read(text) == at
    flipped = "A" if text[30] != "A" else "B"
    assert read(text[:30] + flipped + text[31:]) is None


def test_a_restatement_does_not_move_the_pages_of_a_running_sequence(
    start: Start, clock: Clock
) -> None:
    usage = ScriptedOrganization({DAY: people(20)})
    ask = start(Simulator(usage, now=clock))
    first = ask.report(limit=10)
    usage.put(DAY, people(3))
    second = ask.report(limit=10, page=first.json["next_page"])
    assert second.names == [f"p{index}@x.example" for index in range(10, 20)]
    assert all_names(ask) == ["p0@x.example", "p1@x.example", "p2@x.example"]


def test_the_running_day_does_not_move_the_pages_of_a_running_sequence(
    start: Start, clock: Clock
) -> None:
    ask = start(Simulator(Organization(seed=3, users=80), now=clock))
    clock.at("2026-11-20T13:00:00")
    expected = ask.report(TODAY, limit=1000).json["data"]
    first = ask.report(TODAY, limit=15)
    clock.at("2026-11-20T22:00:00")
    rows = first.json["data"]
    reply = first
    while reply.json["has_more"]:
        reply = ask.report(TODAY, limit=15, page=reply.json["next_page"])
        rows += reply.json["data"]
    assert rows == expected
    assert len(ask.report(TODAY, limit=1000).json["data"]) > len(rows)


@pytest.mark.parametrize(
    ("now", "served"),
    [
        ("2026-11-19T00:59:59", "2026-11-19T00:00:00"),
        ("2026-11-19T01:00:00", "2026-11-19T00:00:00"),
        ("2026-11-19T01:01:30", "2026-11-19T00:01:00"),
        ("2026-11-19T13:30:00", "2026-11-19T12:30:00"),
        ("2026-11-20T00:30:00", "2026-11-19T23:30:00"),
        ("2026-11-20T01:00:00", "2026-11-20T00:00:00"),
        ("2026-12-24T18:00:00", "2026-11-20T00:00:00"),
    ],
)
def test_only_what_is_older_than_an_hour_is_served(now: str, served: str) -> None:
    moment = dt.datetime.fromisoformat(now).replace(tzinfo=dt.UTC)
    assert boundary(DAY, moment).isoformat() == f"{served}+00:00"


def test_the_first_hour_of_a_day_shows_nothing(start: Start, clock: Clock) -> None:
    usage = ScriptedOrganization({DAY: people(2), TODAY: people(2, TODAY)})
    ask = start(Simulator(usage, now=clock))
    clock.at("2026-11-20T00:59:00")
    assert ask.report(TODAY).body == b'{"data":[],"has_more":false,"next_page":null}'
    clock.at("2026-11-20T01:01:00")
    assert len(ask.report(TODAY).names) == 2


def test_yesterday_is_whole_an_hour_after_midnight(start: Start, clock: Clock) -> None:
    ask = start(Simulator(Organization(seed=3, users=40), now=clock))
    whole = ask.report(DAY, limit=1000).body
    clock.at("2026-11-20T00:20:00")
    assert ask.report(DAY, limit=1000).body != whole
    clock.at("2026-11-20T01:00:00")
    assert ask.report(DAY, limit=1000).body == whole


def test_an_hour_of_another_zone_is_the_same_hour(clock: Clock) -> None:
    zone = dt.timezone(dt.timedelta(hours=9))
    assert boundary(TODAY, clock()) == boundary(TODAY, clock().astimezone(zone))


def test_pages_are_forgotten_beyond_the_bytes_that_may_be_kept() -> None:
    rendered: list[dt.date] = []

    class Counting(ScriptedOrganization):
        def original(self, day: dt.date, until: dt.datetime) -> list[dict[str, object]]:
            rendered.append(day)
            return [dict(row) for row in people(5, day)]

    pages = Pages(Counting(), "documented", keep_bytes=1)
    now = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)
    for day in (DAY, DAY, TODAY, DAY):
        assert len(json.loads(pages.page(Query(day, 20, None), now).body)["data"]) == 5
    assert rendered == [DAY, TODAY, DAY]
