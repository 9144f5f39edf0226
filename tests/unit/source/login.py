"""A rule, a cluster that issues identity tokens, and an API in memory that exchanges them."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from ccsync.settings.model import FederationSettings
from ccsync.simulator import TOKEN_PATH, FederationRule, Issuer, TokenExchange
from ccsync.simulator.contract import Refusal
from ccsync.simulator.exchange import Request, error_answer
from ccsync.source import Source
from ccsync.source.federation import Federation
from ccsync.source.http import httpx as lean_httpx
from ccsync.source.sender import Sender
from ccsync.testing import FakeRuntime

from .fake_api import ORGANIZATION, FakeApi, Reply, a_row, good, settings

REQUEST_ID = "req_login"


class Scene:
    """What a login needs; `replies` go before what the rule says, one for each login."""

    def __init__(self, folder: Path, **ids: str) -> None:
        self.runtime = FakeRuntime()
        self.issuer = Issuer(now=self.runtime.now)
        self.exchange = TokenExchange(FederationRule(ORGANIZATION), self.issuer.jwks())
        self.file = folder / "token"
        self.put(self.issuer.token())
        rule = self.exchange.rule
        self.ids = FederationSettings(
            **{
                "rule_id": rule.rule_id,
                "organization_id": rule.organization_id,
                "service_account_id": rule.service_account_id,
                "token_file": str(self.file),
                **ids,
            }
        )
        self.replies: list[Reply] = []
        self.logins: list[httpx.Request] = []
        self.api = FakeApi().script(self.usage, day=None)
        self.admitted: list[str] = []
        self.background: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    def put(self, token: str) -> None:
        """Let the kubelet write another identity token."""
        self.file.write_text(token)

    def sender(self, **changes: Any) -> Sender:
        transport = lean_httpx.MockTransport(self)
        return Sender(settings(**changes), self.runtime, transport=transport)

    def federation(self, *, patience: float = 600.0) -> Federation:
        """A login whose background is run by `work_behind`."""
        return Federation(
            self.ids, self.sender(), self.runtime, patience=patience, background=self._later
        )

    def source(self, **changes: Any) -> Source:
        return Source(
            settings(api_key=None, federation=self.ids, **changes),
            self.runtime,
            settle_after_days=3,
            transport=lean_httpx.MockTransport(self),
        )

    def work_behind(self) -> int:
        """Do what was to be done in the background, and say how much it was."""
        work, self.background = self.background, []
        for one in work:
            one()
        return len(work)

    def usage(self, request: httpx.Request) -> httpx.Response:
        try:
            admitted = self.exchange.admits(self._as_seen(request))
        except Refusal as refusal:
            return self._refused(refusal)
        if not admitted:
            return self._refused(Refusal(401, "invalid bearer token"))
        self.admitted.append(request.headers["authorization"])
        return good(a_row(day=dt.date.fromisoformat(request.url.params["starting_at"])))

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path != TOKEN_PATH:
            return self.api(request)
        with self._lock:
            self.logins.append(request)
            reply = self.replies.pop(0) if self.replies else None
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, httpx.Response):
            return reply
        return self.exchanged(request) if reply is None else reply(request)

    def exchanged(self, request: httpx.Request) -> httpx.Response:
        """Answer as the rule says."""
        try:
            answer = self.exchange.answer(self._as_seen(request))
        except Refusal as refusal:
            return self._refused(refusal)
        return httpx.Response(200, headers={"request-id": REQUEST_ID}, content=answer.body)

    def _as_seen(self, request: httpx.Request) -> Request:
        return Request(
            number=len(self.logins),
            at=self.runtime.now(),
            method=request.method,
            target=request.url.path,
            path=request.url.path,
            parameters=(),
            headers=dict(request.headers),
            body=request.content,
            day=None,
            page=None,
        )

    def _refused(self, refusal: Refusal) -> httpx.Response:
        body = error_answer(refusal.status, refusal.message, REQUEST_ID).body
        headers = {"request-id": REQUEST_ID}
        return httpx.Response(refusal.status, headers=headers, content=body)

    def _later(self, work: Callable[[], None]) -> None:
        self.background.append(work)
