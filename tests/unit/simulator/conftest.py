"""A raw HTTP client for the simulated API, and a clock."""

from __future__ import annotations

import datetime as dt
import http.client
import json
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from ccsync.simulator import REPORT_PATH, SIMULATED_KEY, Row, Simulator, usage_row, user_actor

DAY = dt.date(2026, 11, 19)


class Clock:
    """Stands still unless told to move."""

    def __init__(self, moment: dt.datetime) -> None:
        self.moment = moment

    def __call__(self) -> dt.datetime:
        return self.moment

    def at(self, text: str) -> None:
        self.moment = dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> tuple[int, str]:
        """Status and type of a documented error body, which is checked to be one."""
        document = self.json
        assert document["type"] == "error"
        assert document["error"]["message"]
        assert document["request_id"] == self.headers["request-id"]
        return self.status, document["error"]["type"]

    @property
    def names(self) -> list[str]:
        return [row["actor"]["email_address"] for row in self.json["data"]]


class Ask:
    """Asks a simulated API; every call is a connection of its own."""

    def __init__(self, api: Simulator) -> None:
        self.api = api

    def raw(
        self,
        target: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Reply:
        connection = self.connect()
        try:
            connection.request(method, target, body=body, headers=dict(headers or {}))
            response = connection.getresponse()
            received = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, received, response.read())
        finally:
            connection.close()

    def connect(self) -> http.client.HTTPConnection:
        host = urllib.parse.urlsplit(self.api.base_url).netloc
        return http.client.HTTPConnection(host, timeout=10)

    def headers(self) -> dict[str, str]:
        return {"x-api-key": SIMULATED_KEY, "anthropic-version": "2023-06-01"}

    def report(self, day: dt.date | str = DAY, **parameters: object) -> Reply:
        query = urllib.parse.urlencode({"starting_at": str(day), **parameters})
        return self.raw(f"{REPORT_PATH}?{query}", headers=self.headers())

    def control(self, method: str, what: str, document: object = None) -> Reply:
        body = None if document is None else json.dumps(document).encode()
        return self.raw(f"/__simulator/{what}", method=method, body=body)


Start = Callable[[Simulator], Ask]


def simulator_threads() -> int:
    """How many threads simulated APIs have: a listener each, and one per connection."""
    return sum(thread.name == "simulator" for thread in threading.enumerate())


def wait_for_threads(count: int) -> None:
    """Wait until no more than so many are left."""
    deadline = time.monotonic() + 5
    while simulator_threads() > count and time.monotonic() < deadline:
        time.sleep(0.01)
    assert simulator_threads() <= count


@pytest.fixture
def clock() -> Clock:
    return Clock(dt.datetime(2026, 11, 20, 12, 30, tzinfo=dt.UTC))


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts simulated APIs and stops them all; failures of theirs fail the test."""
    running: list[Simulator] = []

    def begin(api: Simulator) -> Ask:
        api.start()
        running.append(api)
        return Ask(api)

    yield begin
    failures = [failure for api in running for failure in api.close()]
    assert not failures


def people(count: int, day: dt.date = DAY) -> list[Row]:
    """Rows of so many people, p0 first."""
    return [usage_row(day, user_actor(f"p{index}@x.example"), "org") for index in range(count)]


@pytest.fixture(name="people")
def _people() -> Callable[..., list[Row]]:
    return people
