"""An API in memory: what it answers is said in advance, what it was asked is kept."""

from __future__ import annotations

import copy
import datetime as dt
import json
import threading
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import httpx

from ccsync.secret import Secret
from ccsync.settings.model import SourceSettings
from ccsync.source import Source
from ccsync.testing import FakeRuntime

DAY = dt.date(2026, 11, 19)
ORGANIZATION = "7b1d4a52-0c3e-4f6a-9a41-5d2f7e8c9b10"
KEY = "sk-ant-admin01-invented-for-tests"
DATA = Path(__file__).parents[2] / "data" / "api"

Row: TypeAlias = dict[str, Any]
Reply: TypeAlias = "httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]"


def sample(name: str) -> bytes:
    return (DATA / name).read_bytes()


def a_row(email: str = "mira@northwind.example", day: dt.date = DAY, **changes: Any) -> Row:
    """A row in the documented shape."""
    row: Row = copy.deepcopy(json.loads(sample("documented.json"))["data"][0])
    row["actor"]["email_address"] = email
    row["date"] = f"{day}T00:00:00Z"
    return {**row, **changes}


def page_body(*rows: Row, next_page: str | None = None, **envelope: Any) -> bytes:
    whole = {"data": list(rows), "has_more": next_page is not None, "next_page": next_page}
    return json.dumps(whole | envelope).encode()


def good(
    *rows: Row,
    next_page: str | None = None,
    organization: str | None = ORGANIZATION,
    body: bytes | None = None,
    **envelope: Any,
) -> httpx.Response:
    headers = {"request-id": "req_good"}
    if organization is not None:
        headers["anthropic-organization-id"] = organization
    content = page_body(*rows, next_page=next_page, **envelope) if body is None else body
    # A stream, so that bytes are counted as they are on a real connection.
    return httpx.Response(200, headers=headers, stream=_Stream(content))


def bad(status: int, body: bytes | None = None, **headers: str) -> httpx.Response:
    if body is None:
        error = {"type": "some_error", "message": "something said"}
        body = json.dumps({"type": "error", "error": error, "request_id": "req_body"}).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, headers={"request-id": "req_bad", **named}, content=body)


class _Stream(httpx.SyncByteStream):
    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Generator[bytes]:
        for start in range(0, len(self._content), 50_000):
            yield self._content[start : start + 50_000]


class FakeApi:
    """Answers from a script per day; the last answer of a script is given again and again."""

    def __init__(self) -> None:
        self.scripts: dict[str, list[Reply]] = {}
        self.me: list[Reply] = [bad(404)]
        self.requests: list[httpx.Request] = []
        self._lock = threading.Lock()

    def script(self, *replies: Reply, day: dt.date | None = DAY) -> FakeApi:
        """Say what is answered for a day; for every other day, if it is None."""
        self.scripts[str(day) if day else ""] = list(replies)
        return self

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            self.requests.append(request)
            if request.url.path.endswith("/v1/organizations/me"):
                replies = self.me
            else:
                day = request.url.params["starting_at"]
                replies = self.scripts.get(day) or self.scripts[""]
            reply = replies.pop(0) if len(replies) > 1 else replies[0]
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, httpx.Response):
            # A response can be read once only.
            return httpx.Response(reply.status_code, headers=reply.headers, stream=reply.stream)
        return reply(request)

    def asked(self, name: str) -> list[str | None]:
        """Give one query parameter of every request for usage."""
        return [
            request.url.params.get(name)
            for request in self.requests
            if "usage_report" in request.url.path
        ]


def settings(**changes: Any) -> SourceSettings:
    values: Mapping[str, Any] = {
        "api_key": Secret(KEY),
        "base_url": "https://api.example",
        "concurrency": 1,
        "requests_per_minute": 0,
    }
    return SourceSettings(**{**values, **changes})


def a_source(
    api: FakeApi,
    runtime: FakeRuntime | None = None,
    *,
    deadline: float | None = None,
    while_waiting: Callable[[], None] | None = None,
    **changes: Any,
) -> Source:
    return Source(
        settings(**changes),
        runtime or FakeRuntime(),
        settle_after_days=3,
        deadline=deadline,
        transport=httpx.MockTransport(api),
        while_waiting=while_waiting,
    )
