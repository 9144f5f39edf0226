from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from ccsync.errors import (
    SourceDrift,
    SourceError,
    SourceNotYet,
    SourceRefused,
    SourceUnavailable,
    Stopped,
)
from ccsync.privacy import Privacy
from ccsync.settings.model import PrivacySettings
from ccsync.snapshot import FetchedDay
from ccsync.source import DayRequest, OrganizationInfo, Source
from ccsync.source.answers import DayRefusedError
from ccsync.testing import FakeRuntime

from .fake_api import DAY, ORGANIZATION, FakeApi, a_row, a_source, bad, good, sample

ONE = dt.timedelta(days=1)
TODAY = dt.date(2026, 11, 22)
NOON = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)


def fetch(source: Source, *requests: DayRequest) -> list[FetchedDay | SourceError]:
    try:
        return [outcome for _, outcome in source.fetch(requests)]
    finally:
        source.close()


def fetch_one(source: Source, request: DayRequest | None = None) -> FetchedDay | SourceError:
    (outcome,) = fetch(source, request or DayRequest(DAY))
    return outcome


def whole(outcome: FetchedDay | SourceError) -> FetchedDay:
    assert isinstance(outcome, FetchedDay), outcome
    return outcome


def failed(outcome: FetchedDay | SourceError, kind: type[SourceError]) -> str:
    assert type(outcome) is kind
    return str(outcome)


def actors(day: FetchedDay) -> list[str]:
    snapshot = day.seen_through(Privacy(PrivacySettings()))
    return sorted(record.actor_id for record in snapshot.records())


def days(count: int, first: dt.date = DAY - 30 * ONE) -> Sequence[DayRequest]:
    return [DayRequest(first + n * ONE) for n in range(count)]


def test_a_day_of_several_pages() -> None:
    api = FakeApi().script(
        good(a_row("a"), a_row("b"), next_page="page_1=="),
        good(next_page="page_2=="),
        good(a_row("c")),
    )
    day = whole(fetch_one(a_source(api, page_size=500)))
    assert (day.day, day.source_id, day.rows, day.settled) == (DAY, ORGANIZATION, 3, True)
    assert day.fetched_at == NOON
    assert actors(day) == ["a", "b", "c"]
    assert api.asked("starting_at") == [str(DAY)] * 3
    assert api.asked("limit") == ["500"] * 3
    assert api.asked("page") == [None, "page_1==", "page_2=="]
    assert api.asked("ending_at") == [None] * 3


def test_an_empty_day_is_a_day() -> None:
    day = whole(fetch_one(a_source(FakeApi().script(good()))))
    assert (day.rows, actors(day)) == (0, [])


@pytest.mark.parametrize("age", [0, 1, 2, 3, 4])
def test_a_day_settles_with_age(age: int) -> None:
    day = TODAY - age * ONE
    api = FakeApi().script(good(a_row(day=day)), day=day)
    assert whole(fetch_one(a_source(api), DayRequest(day))).settled == (age >= 3)


@pytest.mark.parametrize(
    ("now", "not_before", "fetched_at"),
    [
        ("12:00:00.123456", None, "12:00:00.123"),
        ("12:00:00.999999", "11:59:00", "12:00:00.999"),
        ("12:00:00", "12:00:00", "12:00:01"),
        ("12:00:00.900", "12:00:00.200700", "12:00:01.201"),
        ("12:00:00", "13:00:00", "13:00:01"),
    ],
)
def test_a_revision_is_a_second_younger_than_the_last(
    now: str, not_before: str | None, fetched_at: str
) -> None:
    def at(text: str) -> dt.datetime:
        return dt.datetime.fromisoformat(f"2026-11-22T{text}+00:00")

    source = a_source(FakeApi().script(good()), FakeRuntime(at(now)))
    request = DayRequest(DAY, at(not_before) if not_before else None)
    assert whole(fetch_one(source, request)).fetched_at == at(fetched_at)


def test_a_revision_in_another_time_zone() -> None:
    source = a_source(FakeApi().script(good()))
    zone = dt.timezone(dt.timedelta(hours=2))
    request = DayRequest(DAY, dt.datetime(2026, 11, 22, 14, 0, tzinfo=zone))
    assert whole(fetch_one(source, request)).fetched_at == NOON + dt.timedelta(seconds=1)


# Cursors


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_lost_cursor_restarts_the_day(status: int) -> None:
    runtime = FakeRuntime()

    def lose(_: httpx.Request) -> httpx.Response:
        runtime.advance(60)
        return bad(status)

    api = FakeApi().script(
        good(a_row("old"), next_page="page_old"),
        lose,
        good(a_row("a"), next_page="page_x"),
        good(a_row("b")),
    )
    day = whole(fetch_one(a_source(api, runtime)))
    assert actors(day) == ["a", "b"]
    assert day.rows == 2
    assert day.fetched_at == NOON + dt.timedelta(seconds=60)
    assert api.asked("page") == [None, "page_old", None, "page_x"]


def test_a_cursor_is_lost_only_so_often() -> None:
    api = FakeApi().script(
        *[good(a_row("a"), next_page="page_x"), bad(410)] * 9,
    )
    said = failed(fetch_one(a_source(api)), SourceUnavailable)
    assert said.startswith(f"{DAY}: api.example answered 410")
    assert "started over 3 times" in said
    assert "req_bad" in said
    assert len(api.requests) == 8


@pytest.mark.parametrize("next_page", [None, ""])
def test_more_pages_without_a_cursor(next_page: str | None) -> None:
    api = FakeApi().script(good(a_row("a"), has_more=True, next_page=next_page))
    said = failed(fetch_one(a_source(api)), SourceDrift)
    assert said.startswith(f"{DAY}: page 1 says that there are more pages")
    assert "req_good" in said


def test_a_cursor_that_no_request_can_hold() -> None:
    api = FakeApi().script(good(a_row(), next_page="\u20ac" * 5_001))
    said = failed(fetch_one(a_source(api)), SourceDrift)
    assert said.startswith("2026-11-19: page 1 names the next page by 5,001 characters")
    assert "req_good" in said
    longest = FakeApi().script(good(a_row(), next_page="\u20ac" * 5_000), good())
    whole(fetch_one(a_source(longest)))


def test_a_cursor_that_leads_in_a_circle() -> None:
    api = FakeApi().script(
        good(a_row("a"), next_page="x"), good(a_row("b"), next_page="y"), good(next_page="x")
    )
    said = failed(fetch_one(a_source(api)), SourceDrift)
    assert said.startswith(f"{DAY}: page 3 leads back to a page that was read before")
    assert len(api.requests) == 3


def test_a_page_that_comes_twice_under_another_cursor() -> None:
    rows = [a_row(f"{name}@northwind.example") for name in "abcd"]
    api = FakeApi().script(good(a_row("z"), next_page="x"), good(*rows, next_page="y"), good(*rows))
    said = failed(fetch_one(a_source(api)), SourceDrift)
    assert said.startswith(f"{DAY}: page 3 has the rows of page 2 once more")
    assert "req_good" in said


def test_equal_rows_on_small_pages_are_no_repetition() -> None:
    key = a_row(actor={"type": "api_actor", "api_key_name": "ci"})
    api = FakeApi().script(good(key, key, next_page="x"), good(key, key))
    assert whole(fetch_one(a_source(api))).rows == 4


def test_too_many_pages() -> None:
    api = FakeApi().script(*[good(a_row("a"), next_page=f"page_{n}") for n in range(9)])
    said = failed(fetch_one(a_source(api, max_pages=5)), SourceDrift)
    assert said.startswith(f"{DAY}: there are more pages than source.max_pages, 5")
    assert len(api.requests) == 5


# Retries


@pytest.mark.parametrize(
    "fault",
    [
        bad(500),
        bad(529, sample("error_529.json")),
        bad(429),
        bad(408),
        bad(409),
        httpx.ReadError("reset"),
        httpx.ReadTimeout(""),
        good(body=b'{"data": ['),
        good(body=sample("error_502.html")),
        bad(502, sample("error_502.html")),
    ],
)
@pytest.mark.parametrize("page", [1, 2])
def test_a_page_is_asked_for_again(fault: Any, page: int) -> None:
    runtime = FakeRuntime()
    first, second = good(a_row("a"), next_page="page_x"), good(a_row("b"))
    script = [fault, fault, first, second] if page == 1 else [first, fault, fault, second]
    source = a_source(FakeApi().script(*script), runtime)
    assert actors(whole(fetch_one(source))) == ["a", "b"]
    assert len(runtime.pauses) == 2
    assert runtime.pauses[0] <= 1
    assert source.stats.requests == 4
    assert source.stats.retries == 2
    assert source.stats.bytes_read > 0


def test_the_pause_that_the_api_names_is_honoured() -> None:
    runtime = FakeRuntime()
    fetch_one(a_source(FakeApi().script(bad(429, retry_after="90"), good()), runtime))
    assert runtime.pauses == [90]


def test_patience_ends_and_then_each_day_gets_a_single_try() -> None:
    runtime = FakeRuntime()
    api = FakeApi().script(bad(503), day=None).script(bad(503), good(), day=days(3)[2].day)
    first, second, third = fetch(a_source(api, runtime), *days(3))
    assert "503" in failed(first, SourceUnavailable)
    assert "the patience of 10m (retry_deadline) is used up" in str(first)
    assert "req_bad" in str(first)
    assert str(days(3)[1].day) in failed(second, SourceUnavailable)
    assert "was used up before" in str(second)
    assert "was used up before" in failed(third, SourceUnavailable)
    assert sum(runtime.pauses) == pytest.approx(600)
    assert api.asked("starting_at")[-2:] == [str(request.day) for request in days(3)[1:]]


def test_no_pause_reaches_beyond_the_run_and_no_day_is_begun_after_it() -> None:
    runtime = FakeRuntime()
    api = FakeApi().script(bad(503), day=None)
    source = a_source(api, runtime, deadline=runtime.monotonic() + 30)
    first, second = fetch(source, *days(2))
    assert "sync.deadline" in failed(first, SourceUnavailable)
    assert "not asked for" in failed(second, SourceUnavailable)
    assert sum(runtime.pauses) == pytest.approx(30)
    assert str(days(2)[1].day) not in api.asked("starting_at")


# Errors of days


@pytest.mark.parametrize("concurrency", [1, 2, 5])
def test_a_day_that_fails_stops_no_other(concurrency: int) -> None:
    api = FakeApi()
    for number, request in enumerate(days(5)):
        api.script(good(a_row(str(number), request.day)), day=request.day)
    api.script(good(a_row("x", DAY)), day=days(5)[1].day)
    api.script(bad(400), day=days(5)[3].day)
    outcomes = fetch(a_source(api, concurrency=concurrency), *days(5))
    assert [type(outcome) for outcome in outcomes] == [
        FetchedDay, SourceDrift, FetchedDay, DayRefusedError, FetchedDay,
    ]  # fmt: skip
    assert str(outcomes[1]).startswith(f"{days(5)[1].day}: page 1, row 0 ")
    assert "req_good" in str(outcomes[1])


@pytest.mark.parametrize("status", [401, 402, 403, 404, 302])
def test_a_refusal_ends_the_asking(status: int) -> None:
    api = FakeApi().script(good(), day=None).script(bad(status), day=days(6)[1].day)
    first, *others = fetch(a_source(api), *days(6))
    whole(first)
    assert len(others) == 5
    assert all(other is others[0] for other in others)
    failed(others[0], SourceRefused)
    assert len(api.asked("starting_at")) == 2


def test_a_refusal_ends_the_asking_with_threads() -> None:
    api = FakeApi().script(bad(401), day=None)
    outcomes = fetch(a_source(api, concurrency=3), *days(50))
    assert {type(outcome) for outcome in outcomes} == {SourceRefused}
    assert len(api.requests) <= 3


def test_a_lost_permission_in_mid_day_leaves_no_part_of_it() -> None:
    api = FakeApi().script(good(a_row("a"), next_page="page_x"), bad(403))
    failed(fetch_one(a_source(api)), SourceRefused)


def test_the_running_day_may_not_be_served_yet() -> None:
    api = FakeApi().script(bad(400), day=TODAY).script(good(), day=DAY)
    outcomes = fetch(a_source(api), DayRequest(DAY), DayRequest(TODAY))
    whole(outcomes[0])
    assert str(TODAY) in failed(outcomes[1], SourceNotYet)


def test_rows_can_be_left_out() -> None:
    rows = [a_row("a"), a_row("b", is_remote=7), a_row("c")]
    api = FakeApi().script(good(*rows, next_page="x"), good(*rows))
    day = whole(fetch_one(a_source(api, on_bad_row="skip")))
    assert day.rows == 6
    assert [text[:27] for text in day.skipped_rows] == [
        f"{DAY}: page 1, row 1 (",
        f"{DAY}: page 2, row 1 (",
    ]


# Whose days they are


def test_the_header_names_the_organization() -> None:
    api = FakeApi().script(good(organization="from-the-header"))
    assert whole(fetch_one(a_source(api))).source_id == "from-the-header"
    assert len(api.requests) == 1


def test_else_the_api_is_asked_once() -> None:
    api = FakeApi().script(good(organization=None), day=None)
    api.me = [httpx.Response(200, content=sample("organization.json"))]
    outcomes = fetch(a_source(api), *days(3))
    assert {whole(outcome).source_id for outcome in outcomes} == {ORGANIZATION}
    assert len(api.requests) == 4


@pytest.mark.parametrize("me", [bad(404), bad(500), httpx.ReadError(""), good(body=b"<html>")])
def test_else_the_rows_if_they_agree(me: Any) -> None:
    api = FakeApi().script(
        good(a_row(organization_id="x"), organization=None, next_page="p"),
        good(a_row(organization_id="x"), a_row(organization_id=None), organization=None),
    )
    api.me = [me]
    assert whole(fetch_one(a_source(api))).source_id == "x"


def test_else_the_settings() -> None:
    rows = [a_row(organization_id="x"), a_row(organization_id="y")]
    api = FakeApi().script(good(*rows, organization=None))
    assert whole(fetch_one(a_source(api, organization_id="mine"))).source_id == "mine"


def test_else_it_is_asked_of_the_user() -> None:
    api = (
        FakeApi().script(good(organization=None), day=None).script(good(a_row(), organization=None))
    )
    outcomes = fetch(a_source(api), *days(1), DayRequest(DAY))
    assert "set source.organization_id" in failed(outcomes[0], DayRefusedError)
    whole(outcomes[1])


@pytest.mark.parametrize("trouble", [bad(429), bad(503), httpx.ConnectError("away")])
def test_an_api_that_cannot_say_it_just_now_is_no_refusal(
    trouble: httpx.Response | Exception,
) -> None:
    api = FakeApi().script(good(organization=None))
    api.me = [trouble]
    said = failed(fetch_one(a_source(api)), SourceUnavailable)
    assert said.startswith("2026-11-19: ")
    assert "the organization: " in said
    assert "source.organization_id" in said


@pytest.mark.parametrize("header", [ORGANIZATION, None])
def test_the_key_of_another_organization_is_refused(header: str | None) -> None:
    api = FakeApi().script(good(a_row(), organization=header), day=None)
    outcomes = fetch(a_source(api, organization_id="mine"), DayRequest(DAY), *days(2))
    said = failed(outcomes[0], SourceRefused)
    assert ORGANIZATION in said
    assert "source.organization_id is mine" in said
    assert outcomes[1] is outcomes[0]


def test_pages_of_different_organizations_make_no_day() -> None:
    api = FakeApi().script(good(a_row(), next_page="x"), good(a_row(), organization="other"))
    assert "different organizations" in failed(fetch_one(a_source(api)), SourceUnavailable)


def test_rows_of_another_organization_stay_under_it() -> None:
    api = FakeApi().script(good(a_row("a", organization_id="child"), a_row("b")))
    day = whole(fetch_one(a_source(api)))
    snapshot = day.seen_through(Privacy(PrivacySettings()))
    assert {record.organization_id for record in snapshot.records()} == {"child", ORGANIZATION}
    assert day.source_id == ORGANIZATION


def test_organization() -> None:
    api = FakeApi()
    api.me = [bad(500), httpx.Response(200, content=sample("organization.json"))]
    source = a_source(api)
    assert source.organization() == OrganizationInfo(ORGANIZATION, "Northwind")
    assert source.stats.retries == 1
    api.me = [bad(403)]
    with pytest.raises(SourceRefused, match=r"the organization: api\.example answered 403"):
        source.organization()
    source.close()


# Stopping


@pytest.mark.parametrize("concurrency", [1, 2])
def test_a_stop_between_pages_ends_everything(concurrency: int) -> None:
    runtime = FakeRuntime()

    def last_page(_: httpx.Request) -> httpx.Response:
        runtime.stop.request(15)
        return good(a_row("a"), next_page="page_x")

    api = FakeApi().script(last_page, good(a_row("b")), day=None)
    source = a_source(api, runtime, concurrency=concurrency)
    with pytest.raises(Stopped):
        fetch(source, *days(4))
    assert api.asked("page").count("page_x") == 0


@pytest.mark.parametrize("concurrency", [1, 2])
def test_a_stop_in_a_pause_ends_everything(concurrency: int) -> None:
    class Stopping(FakeRuntime):
        def _pause(self, seconds: float) -> None:
            self.stop.request(2)
            super()._pause(seconds)

    api = FakeApi().script(bad(503), day=None)
    with pytest.raises(Stopped):
        fetch(a_source(api, Stopping(), concurrency=concurrency), *days(4))
    assert len(api.requests) <= concurrency


def test_who_stops_early_leaves_nobody_asking() -> None:
    release = threading.Event()

    def slow(_: httpx.Request) -> httpx.Response:
        assert release.wait(10)
        return good(next_page="page_x")

    api = FakeApi().script(slow, day=None).script(good(), day=days(9)[0].day)
    source = a_source(api, concurrency=2)
    arrivals = source.fetch(days(9))
    next(arrivals)
    arrivals.close()
    release.set()
    for thread in threading.enumerate():
        if thread.name.startswith("fetch-"):
            thread.join(10)
    assert "page_x" not in api.asked("page")
    assert len(api.requests) <= 3
    source.close()


def test_a_bug_reaches_the_consumer() -> None:
    def broken(_: httpx.Request) -> httpx.Response:
        raise ZeroDivisionError

    api = FakeApi().script(broken, day=None)
    for concurrency in (1, 3):
        with pytest.raises(ZeroDivisionError):
            fetch(a_source(api, concurrency=concurrency), *days(3))


@pytest.mark.parametrize("concurrency", [1, 2])
def test_the_consumer_is_heard_while_it_waits(concurrency: int) -> None:
    calls = 0

    def renew() -> None:
        nonlocal calls
        calls += 1

    runtime = FakeRuntime()
    api = FakeApi().script(bad(429, retry_after="300"), good())
    fetch_one(a_source(api, runtime, concurrency=concurrency, while_waiting=renew))
    assert sum(runtime.pauses) == pytest.approx(300)
    assert calls >= (60 if concurrency == 1 else 1)


def test_what_the_consumer_raises_while_it_waits_ends_everything() -> None:
    def lost() -> None:
        raise KeyError("the lease")

    for concurrency in (1, 2):
        source = a_source(FakeApi().script(good()), concurrency=concurrency, while_waiting=lost)
        with pytest.raises(KeyError):
            fetch_one(source)
