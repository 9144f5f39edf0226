"""The documented contract of the endpoints: who may ask, and what may be asked."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ccsync.simulator import cursor as cursors
from ccsync.simulator.cursor import Cursor
from ccsync.simulator.exchange import Request

REPORT_PATH = "/v1/organizations/usage_report/claude_code"
ME_PATH = "/v1/organizations/me"

SIMULATED_KEY = "sk-ant-admin01-simulated-0000000000000000-not-a-real-key"
"""An Admin key that every simulated API takes in `x-api-key`."""

SIMULATED_TOKEN = "sk-ant-oat01-simulated-0000000000000000-not-a-real-token"  # noqa: S105 - invented
"""An OAuth token with `org:admin` that every simulated API takes in `Authorization: Bearer`."""

WORKSPACE_KEY_PREFIX = "sk-ant-api03-"
ENTERPRISE_KEY_PREFIX = "sk-ant-api01-"

DEFAULT_LIMIT = 20
MAX_LIMIT = 1000


class Refusal(Exception):
    """The contract says no."""

    def __init__(self, status: int, message: str, error_code: str = "") -> None:
        """Say with which status, and why."""
        super().__init__(message)
        self.status = status
        self.message = message
        self.error_code = error_code


@dataclass(frozen=True, slots=True)
class Query:
    """What a permitted request for usage asks for."""

    day: dt.date
    limit: int
    cursor: Cursor | None


def check_credential(request: Request, keys: Collection[str], tokens: Collection[str]) -> None:
    """Let in who may ask.

    Raises:
        Refusal: 401 for no, two or unknown credentials, 403 for kinds of keys that can not work.
    """
    key = request.headers.get("x-api-key")
    authorization = request.headers.get("authorization")
    if (key is None) == (authorization is None):
        raise Refusal(401, "exactly one of x-api-key and Authorization: Bearer is needed")
    if authorization is not None:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or token.strip() not in tokens:
            raise Refusal(401, "invalid bearer token")
        return
    if key in keys:
        return
    shown = key or ""
    if shown.startswith(WORKSPACE_KEY_PREFIX):
        raise Refusal(403, "key lacks required scope: held workspace, needed org:admin")
    if shown.startswith(ENTERPRISE_KEY_PREFIX):
        raise Refusal(
            403, "key lacks required scope: needed org:admin", "organization_type_not_supported"
        )
    raise Refusal(401, "invalid x-api-key")


def check_version(request: Request) -> None:
    """Insist on an API version.

    Raises:
        Refusal: 400 without one.
    """
    if not re.fullmatch(
        r"\d{4}-\d{2}-\d{2}", request.headers.get("anthropic-version", ""), re.ASCII
    ):
        raise Refusal(400, "anthropic-version: header is required, as in 2023-06-01")


def check_no_parameters(request: Request) -> None:
    """Insist on a bare path.

    Raises:
        Refusal: 400 for any parameter.
    """
    _by_name(request.parameters, ())


def report_query(request: Request, today: dt.date) -> Query:
    """Read what a request for usage asks for.

    Raises:
        Refusal: 400 for anything but one known day, a permitted limit and the query's own cursor.
    """
    given = _by_name(request.parameters, ("starting_at", "limit", "page"))
    if "starting_at" not in given:
        raise Refusal(400, "starting_at: field required")
    day = parse_day(given["starting_at"])
    if day is None:
        raise Refusal(400, "starting_at: expected a date in YYYY-MM-DD form")
    if day > today:
        raise Refusal(400, f"starting_at: must not lie in the future; today is {today} (UTC)")
    limit = _limit(given.get("limit"))
    if "page" not in given:
        return Query(day, limit, None)
    cursor = cursors.read(given["page"])
    if cursor is None:
        raise Refusal(400, "page: not a cursor")
    if (cursor.day, cursor.limit) != (day, limit):
        raise Refusal(400, "page: this cursor belongs to another query")
    return Query(day, limit, cursor)


def parse_day(text: str) -> dt.date | None:
    """Read `YYYY-MM-DD`; None when it is anything else or not in the calendar."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or not 1 <= int(text) <= MAX_LIMIT:
        raise Refusal(400, f"limit: expected a whole number from 1 to {MAX_LIMIT}")
    return int(text)


def _by_name(parameters: Sequence[tuple[str, str]], known: Sequence[str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for name, value in parameters:
        if name not in known:
            raise Refusal(400, f"{name}: unknown parameter")
        if name in given:
            raise Refusal(400, f"{name}: given more than once")
        given[name] = value
    return given
