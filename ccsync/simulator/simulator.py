"""The simulated API: contract, pages, faults, log and control behind one address on loopback."""

from __future__ import annotations

import datetime as dt
import urllib.parse
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Self

from ccsync.simulator import contract, restatements
from ccsync.simulator import cursor as cursors
from ccsync.simulator.contract import (
    ME_PATH,
    REPORT_PATH,
    SIMULATED_KEY,
    SIMULATED_TOKEN,
    Query,
    Refusal,
)
from ccsync.simulator.control import PREFIX, Control
from ccsync.simulator.exchange import Answer, Request, error_answer, json_answer, request_id
from ccsync.simulator.faults import Faults
from ccsync.simulator.federation import TOKEN_PATH, TokenExchange
from ccsync.simulator.log import Counts, RequestLog
from ccsync.simulator.pages import Pages
from ccsync.simulator.server import LOOPBACK, Server
from ccsync.simulator.shapes import Shape
from ccsync.simulator.usage import Change, Usage


class Simulator:
    """A Claude Code Analytics API of one's own, as a context manager.

    ```python
    with Simulator(Organization(seed=7, users=40)) as api:
        ...  # ask api.base_url with the key SIMULATED_KEY
        api.faults.add(effects.rate_limited(7), day=some_day, times=2)
        api.restate(some_day, "vanish", share=0.1)
    ```
    """

    def __init__(
        self,
        usage: Usage,
        *,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        port: int = 0,
        shape: Shape = "documented",
        latency: float = 0.0,
        keys: Collection[str] = (SIMULATED_KEY,),
        tokens: Collection[str] = (SIMULATED_TOKEN,),
        organization_header: bool = True,
        me: bool = True,
        federation: TokenExchange | None = None,
        on_request: Callable[[Request], None] | None = None,
    ) -> None:
        """Describe the API; entering it starts it.

        Args:
            usage: What it knows: an `Organization`, a `ScriptedOrganization` or your own.
            now: Its clock, in UTC.
            port: To listen on; 0 picks a free one.
            shape: Of the rows.
            latency: Seconds before every answer.
            keys: Valid in `x-api-key`.
            tokens: Valid in `Authorization: Bearer`.
            organization_header: Whether answers name the organization in a header.
            me: Whether `/v1/organizations/me` exists.
            federation: Gives tokens at `/v1/oauth/token`; without it there is no such path.
            on_request: Called with every request, after it was logged and before it is answered.
        """
        self.usage = usage
        self.faults = Faults()
        self.latency = latency
        self.on_request = on_request
        self._now = now
        self._port = port
        self._keys = keys
        self._tokens = tokens
        self._organization_header = organization_header
        self._me = me
        self.federation = federation
        self._log = RequestLog()
        self._pages = Pages(usage, shape)
        self._control = Control(usage, self.faults, self._log, federation)
        self._server: Server | None = None

    def start(self) -> None:
        """Listen and serve, in the background.

        Raises:
            OSError: the port is taken, or not ours to take.
            RuntimeError: it is running already.
        """
        if self._server is not None:
            raise RuntimeError("this simulated API is running already")
        self._server = Server(self._port, self._respond, self._now)
        self._server.start()

    def close(self) -> list[BaseException]:
        """Stop, with every connection and thread; give the failures of our own side."""
        server, self._server = self._server, None
        if server is None:
            return []
        server.close()
        return server.failures

    def __enter__(self) -> Self:
        """Start, unless it is running."""
        if self._server is None:
            self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop; a failure of our own side, as in `on_request`, is raised here."""
        failures = self.close()
        if failures and error is None:
            raise failures[0]

    @property
    def base_url(self) -> str:
        """Where it answers, without a slash at the end.

        Raises:
            RuntimeError: it is not running.
        """
        if self._server is None:
            raise RuntimeError("this simulated API is not running")
        return f"http://{LOOPBACK}:{self._server.port}"

    @property
    def requests(self) -> tuple[Request, ...]:
        """The requests so far, oldest first."""
        return self._log.requests()

    @property
    def counts(self) -> Counts:
        """Counters of the requests so far."""
        return self._log.counts()

    def forget_requests(self) -> None:
        """Empty the log and its counters."""
        self._log.clear()

    def restate(
        self,
        day: dt.date,
        kind: restatements.Kind | Change,
        *,
        share: float = 1.0,
        seed: int | str | None = None,
    ) -> int:
        """Restate a day from now on, as `ccsync.simulator.restatements.restate` says."""
        return restatements.restate(self.usage, day, kind, share=share, seed=seed)

    def warm(self, first: dt.date, last: dt.date, *, limit: int = contract.MAX_LIMIT) -> None:
        """Render the pages of a span of days, both inclusive, before somebody measures."""
        for ordinal in range(first.toordinal(), last.toordinal() + 1):
            self._pages.page(Query(dt.date.fromordinal(ordinal), limit, None), self._now())

    def _respond(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        request = self._received(method, target, headers, body)
        if request.path.startswith(PREFIX):
            return self._control.answer(request)
        self._log.received(request)
        if self.on_request is not None:
            self.on_request(request)
        answer = self.faults.spoil(request, self._right_answer(request))
        answer = answer.with_headers(("request-id", request_id(request.number)))
        self._log.answered(0 if answer.reset else answer.status, len(answer.body))
        return replace(answer, delay=answer.delay + self.latency)

    def _received(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> Request:
        url = urllib.parse.urlsplit(target)
        parameters = tuple(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        query = dict(parameters)
        cursor = cursors.read(query["page"]) if "page" in query else None
        return Request(
            number=self._log.next_number(),
            at=self._now().astimezone(dt.UTC),
            method=method,
            target=target,
            path=url.path,
            parameters=parameters,
            headers=headers,
            body=body,
            day=contract.parse_day(query.get("starting_at", "")),
            page=cursor.page if cursor else None if "page" in query else 1,
        )

    def _right_answer(self, request: Request) -> Answer:
        """Answer as the contract says."""
        organization: tuple[tuple[str, str], ...] = ()
        try:
            self._check_place(request)
            if self.federation is not None and request.path == TOKEN_PATH:
                return self.federation.answer(request)
            if self.federation is None or not self.federation.admits(request):
                contract.check_credential(request, self._keys, self._tokens)
            if self._organization_header:
                organization = (("anthropic-organization-id", self.usage.organization_id),)
            contract.check_version(request)
            answer = self._me_answer(request) if request.path == ME_PATH else self._report(request)
        except Refusal as refusal:
            answer = error_answer(
                refusal.status, refusal.message, request_id(request.number), refusal.error_code
            )
            if refusal.status == 405:
                answer = answer.with_headers(("allow", self._method(request)))
        return answer.with_headers(*organization)

    def _check_place(self, request: Request) -> None:
        paths = [REPORT_PATH, ME_PATH] if self._me else [REPORT_PATH]
        if self.federation is not None:
            paths.append(TOKEN_PATH)
        if request.path not in paths:
            raise Refusal(404, f"no such path: {request.path}")
        method = self._method(request)
        if request.method != method:
            raise Refusal(405, f"{request.method} is not allowed here; use {method}")

    def _method(self, request: Request) -> str:
        return "POST" if request.path == TOKEN_PATH else "GET"

    def _me_answer(self, request: Request) -> Answer:
        contract.check_no_parameters(request)
        return json_answer(
            {"id": self.usage.organization_id, "name": self.usage.name, "type": "organization"}
        )

    def _report(self, request: Request) -> Answer:
        query = contract.report_query(request, request.at.date())
        page = self._pages.page(query, request.at)
        return Answer(200, page.body, cursor=page.cursor)
