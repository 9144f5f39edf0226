"""Workload identity federation, simulated: `POST /v1/oauth/token`, and the tokens that it gives.

It is as strict as the documentation, and stricter where that is silent: a field that is not known,
or a credential that comes along, is a request that nobody would send on purpose. Denials look all
alike, as with the real API; `history` knows why.
"""

from __future__ import annotations

import datetime as dt
import re
import secrets
import threading
from collections.abc import Collection
from dataclasses import dataclass, field

import msgspec

from ccsync.simulator.assertions import Denial, FederationRule, remaining
from ccsync.simulator.contract import Refusal
from ccsync.simulator.exchange import Answer, Request, json_answer
from ccsync.simulator.signatures import Jwk, can_verify

TOKEN_PATH = "/v1/oauth/token"  # noqa: S105 - a path

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LARGEST_ASSERTION = 16 * 1024
SHORTEST = 60.0
"""Seconds: no token lives shorter."""

DENIED = "Authentication failed"

_UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_SHAPES = {
    "grant_type": re.escape(GRANT_TYPE),
    "assertion": r"\S+",
    "federation_rule_id": r"fdrl_\w+",
    "organization_id": _UUID,
    "service_account_id": r"svac_\w+",
    "workspace_id": r"default|wrkspc_\w+",
}
_OPTIONAL = frozenset(("workspace_id",))


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of one login, as the Console's history lists it."""

    at: dt.datetime
    granted: bool
    reason: str
    """Why it was denied; "" when it was not."""


@dataclass(frozen=True, slots=True)
class _Token:
    scope: str
    expires_at: dt.datetime


@dataclass
class TokenExchange:
    """Gives tokens in exchange for identity tokens, by one rule."""

    rule: FederationRule
    """May be replaced while it runs, as somebody changes a rule in the Console."""

    jwks: Collection[Jwk]
    """The issuer's keys as far as they are known here; replace them when it rotates."""

    verifies: bool = field(default_factory=can_verify)
    """Whether signatures are really verified; without cryptography they only have to be there."""

    history: list[Decision] = field(default_factory=list[Decision])
    _tokens: dict[str, _Token] = field(default_factory=dict[str, _Token], repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def granted(self) -> int:
        """How many tokens were given."""
        with self._lock:
            return sum(one.granted for one in self.history)

    def revoke(self) -> None:
        """Let no token be good any more that was given so far."""
        with self._lock:
            self._tokens = {
                token: _Token(one.scope, dt.datetime.min.replace(tzinfo=dt.UTC))
                for token, one in self._tokens.items()
            }

    def answer(self, request: Request) -> Answer:
        """Exchange an identity token.

        Raises:
            Refusal: 400 for a request of the wrong shape, 401 for every denial.
        """
        fields = _fields(request)
        try:
            left = self._matched(fields, request.at)
        except Denial as denial:
            with self._lock:
                self.history.append(Decision(request.at, False, str(denial)))
            raise Refusal(401, DENIED) from None
        lifetime = max(SHORTEST, min(self.rule.lifetime, 2 * left))
        token = f"sk-ant-oat01-simulated-{secrets.token_urlsafe(24)}"
        with self._lock:
            self.history.append(Decision(request.at, True, ""))
            expires_at = request.at + dt.timedelta(seconds=lifetime)
            self._tokens[token] = _Token(self.rule.scope, expires_at)
        return json_answer(
            {
                "access_token": token,
                "token_type": "Bearer",
                "expires_in": int(lifetime),
                "scope": self.rule.scope,
            }
        )

    def admits(self, request: Request) -> bool:
        """Tell whether the request carries a token from here that is good for reports.

        False for every other credential.

        Raises:
            Refusal: 401 for a token that has expired, 403 for one without the scope.
        """
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        with self._lock:
            token = self._tokens.get(given.strip()) if scheme.lower() == "bearer" else None
        if token is None or "x-api-key" in request.headers:
            return False
        if request.at >= token.expires_at:
            raise Refusal(401, "OAuth token has expired")
        if "org:admin" not in token.scope.split():
            raise Refusal(403, f"token lacks required scope: held {token.scope}, needed org:admin")
        return True

    def _matched(self, fields: dict[str, str], now: dt.datetime) -> float:
        rule = self.rule
        for name, wanted in (
            ("federation_rule_id", rule.rule_id),
            ("organization_id", rule.organization_id),
            ("service_account_id", rule.service_account_id),
        ):
            if fields[name] != wanted:
                raise Denial(f"{name} is not that of the rule")
        if rule.archived:
            raise Denial("the rule is archived")
        workspace = fields.get("workspace_id")
        if workspace is None and len(rule.workspaces) > 1:
            raise Refusal(400, "workspace_id: required, the rule covers several workspaces")
        if workspace is not None and workspace not in rule.workspaces:
            raise Denial("the rule does not cover this workspace")
        return remaining(fields["assertion"], rule, self.jwks, now, verify=self.verifies)


def _fields(request: Request) -> dict[str, str]:
    """Read the body.

    Raises:
        Refusal: 400, it is of the wrong shape.
    """
    if "x-api-key" in request.headers or "authorization" in request.headers:
        raise Refusal(400, "a login carries no other credential")
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Refusal(400, "content-type: expected application/json")
    try:
        fields = msgspec.json.decode(request.body, type=dict[str, str])
    except msgspec.MsgspecError:
        raise Refusal(400, "expected a JSON object of strings") from None
    for name, shape in _SHAPES.items():
        if name not in fields:
            if name not in _OPTIONAL:
                raise Refusal(400, f"{name}: field required")
        elif not re.fullmatch(shape, fields[name], re.ASCII):
            raise Refusal(400, f"{name}: not of the expected form")
    if unknown := fields.keys() - _SHAPES:
        raise Refusal(400, f"{min(unknown)}: unknown field")
    if len(fields["assertion"]) > LARGEST_ASSERTION:
        raise Refusal(400, f"assertion: at most {LARGEST_ASSERTION} bytes")
    return fields
