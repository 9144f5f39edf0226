from __future__ import annotations

import datetime as dt
from email.utils import format_datetime

import httpx
import pytest

from ccsync.source import DayRequest, WrongClockError
from ccsync.source.clock import ClockWatch
from ccsync.testing import FakeRuntime
from tests.unit.source.fake_api import DAY, FakeApi, a_row, a_source, bad, good

API = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


def heard(ahead: dt.timedelta, took: dt.timedelta = SECOND, **headers: str) -> ClockWatch:
    watch = ClockWatch()
    date = format_datetime(API, usegmt=True)
    watch.heard({"date": date, "request-id": "req_x", **headers}, API + ahead - took, API + ahead)
    return watch


@pytest.mark.parametrize("seconds", [0, 0.9, 1.5, 2])
def test_a_right_clock_is_right_however_the_second_falls(seconds: float) -> None:
    assert heard(dt.timedelta(seconds=seconds)).ahead == dt.timedelta()


def test_a_slow_answer_is_no_wrong_clock() -> None:
    assert heard(dt.timedelta(minutes=4), took=dt.timedelta(minutes=5)).ahead == dt.timedelta()


@pytest.mark.parametrize(
    ("ahead", "said", "wrong"),
    [
        (dt.timedelta(minutes=4), "agrees", False),
        (dt.timedelta(minutes=10), "10 minutes ahead of", False),
        (dt.timedelta(minutes=-10), "10 minutes behind", False),
        (dt.timedelta(hours=11), "11 hours ahead of", False),
        (dt.timedelta(hours=12, seconds=9), "12 hours ahead of", True),
        (dt.timedelta(hours=-13), "13 hours behind", True),
        (dt.timedelta(days=2), "2 days ahead of", True),
        (dt.timedelta(days=-730.5), "2 years behind", True),
    ],
)
def test_what_is_said_and_when_it_is_another_day(
    ahead: dt.timedelta, said: str, wrong: bool
) -> None:
    watch = heard(ahead)
    assert said in watch.difference
    assert (watch.refusal() is not None) == wrong


def test_minutes_around_midnight_are_no_other_day() -> None:
    watch = ClockWatch()
    midnight = API.replace(hour=0)
    headers = {"date": format_datetime(midnight, usegmt=True), "request-id": "req_x"}
    watch.heard(headers, midnight - 50 * 60 * SECOND, midnight - 50 * 60 * SECOND)
    assert watch.ahead == -50 * 60 * SECOND
    assert watch.refusal() is None


def test_a_refusal_says_what_both_clocks_say_the_harm_and_the_remedy() -> None:
    said = str(heard(dt.timedelta(days=2)).refusal())
    assert "it says 2026-11-24 12:00, the API says 2026-11-22 12:00 (UTC)" in said
    assert "not there yet" in said
    assert "NTP" in said
    assert "leaves out the newest days" in str(heard(dt.timedelta(days=-2)).refusal())


def test_an_answer_from_a_cache_is_as_old_as_it_says() -> None:
    assert heard(dt.timedelta(hours=30), age="108000").ahead == dt.timedelta()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"date": "Sun, 22 Nov 2020 12:00:00 GMT"},
        {"date": "soon", "request-id": "r"},
        {"request-id": "r"},
    ],
)
def test_what_tells_no_time_is_not_heard(headers: dict[str, str]) -> None:
    watch = ClockWatch()
    watch.heard(headers, API, API)
    assert watch.ahead is None
    assert watch.refusal() is None
    assert "agrees" in watch.difference


def dated(answer: httpx.Response, moment: dt.datetime = API) -> httpx.Response:
    answer.headers["date"] = format_datetime(moment, usegmt=True)
    return answer


@pytest.mark.parametrize("ahead", [dt.timedelta(days=2), dt.timedelta(days=-730)])
def test_no_day_is_given_by_a_clock_on_another_day(ahead: dt.timedelta) -> None:
    api = FakeApi().script(dated(good(a_row())), day=None)
    source = a_source(api, FakeRuntime(API + ahead))
    outcomes = [outcome for _, outcome in source.fetch([DayRequest(DAY), DayRequest(DAY)])]
    assert [type(one) for one in outcomes] == [WrongClockError, WrongClockError]
    assert len(api.asked("limit")) == 1, "once it is known, no other day is asked for"


def test_a_refused_key_is_told_before_a_wrong_clock() -> None:
    api = FakeApi().script(dated(bad(401)), day=None)
    source = a_source(api, FakeRuntime(API + dt.timedelta(days=2)))
    ((_, outcome),) = source.fetch([DayRequest(DAY)])
    assert "401" in str(outcome)


def test_hours_do_no_harm_while_the_day_is_the_same() -> None:
    api = FakeApi().script(dated(good(a_row())), day=None)
    source = a_source(api, FakeRuntime(API + dt.timedelta(hours=3)))
    ((_, outcome),) = source.fetch([DayRequest(DAY)])
    assert not isinstance(outcome, Exception)
    assert source.clock.ahead is not None


@pytest.mark.parametrize(
    "date", ["Fri, 31 Dec 9999 23:59:59 GMT", "Fri, 31 Dec 9999 23:59:59 -2359"]
)
@pytest.mark.parametrize("age", ["", "99999999"])
def test_the_end_of_time_is_no_time(date: str, age: str) -> None:
    watch = ClockWatch()
    watch.heard({"date": date, "age": age, "request-id": "req_x"}, API, API)
    assert watch.ahead is None


@pytest.mark.parametrize("minutes", [-20, 0, 20])
def test_a_pause_until_a_moment_is_by_the_clock_of_the_api(minutes: int) -> None:
    until = format_datetime(API + 7 * SECOND, usegmt=True)
    api = FakeApi().script(dated(bad(429, retry_after=until)), dated(good(a_row())))
    runtime = FakeRuntime(now=API + dt.timedelta(minutes=minutes))
    source = a_source(api, runtime)
    list(source.fetch([DayRequest(DAY)]))
    source.close()
    assert len(api.requests) == 2
    assert runtime.pauses == [pytest.approx(7, abs=1)]
