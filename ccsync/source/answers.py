"""What an answer of the API means: use it, ask again, start the day over, or give up. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping

import msgspec

from ccsync.errors import SourceError, SourceNotYet, SourceRefused, SourceUnavailable
from ccsync.source.advice import Complaint, advice
from ccsync.source.clock import http_date
from ccsync.source.kind import KeyKind
from ccsync.source.text import one_line

_TRY_AGAIN = frozenset((408, 409, 429))
_LOST_CURSOR = frozenset((400, 404, 410))
_WHOLE_ACCOUNT = frozenset((401, 402, 403, 404, 405, 407))
"""Statuses that any other day would get, too."""

_SECONDS = re.compile(r"\d{1,9}(?:\.\d+)?")


class Question(msgspec.Struct, frozen=True):
    """One request, as far as it matters for understanding its answer."""

    path: str
    about: str
    """What is asked for, to begin messages with: the day, as a rule."""

    params: Mapping[str, str | int] = {}
    may_come_later: bool = False
    """The running day (or a younger one): a 400 means that it is not served yet."""

    @property
    def has_cursor(self) -> bool:
        """True for every page but the first."""
        return "page" in self.params


class Answer(msgspec.Struct, frozen=True):
    """One answer, complete."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""

    body: bytes

    @property
    def request_id(self) -> str:
        """Name the request as the vendor's support wants it; "" when the answer does not."""
        return one_line(self.headers.get("request-id", ""))

    @property
    def mark(self) -> str:
        """Name the request in a message."""
        return f"(request-id {self.request_id or 'not given'})"


class NoAnswerError(SourceUnavailable):
    """No useful answer this time; the same request may get one."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        """Say what happened, and what pause in seconds the API wants."""
        super().__init__(message)
        self.retry_after = retry_after


class CursorLostError(SourceError):
    """The API does not take its own cursor any more: the day has to start over."""


class DayRefusedError(SourceRefused):
    """The API said no to this day only; another one may be fine."""


def check(answer: Answer, question: Question, *, host: str, key: KeyKind, now: dt.datetime) -> None:
    """Return if the answer is one to read; `now` is when it came, in UTC.

    Raises:
        NoAnswerError: ask the same again, after `retry_after`.
        CursorLostError: start the day over.
        SourceNotYet: the API does not serve this day yet.
        DayRefusedError: this day is refused.
        SourceRefused: every day would be.
        SourceUnavailable: the API fails, and says that trying again does not help.
    """
    status = answer.status
    if status == 200:
        return
    said = Complaint.of(answer.status, answer.body, answer.request_id)
    what = f"{question.about}: {host} answered {said}"
    if 300 <= status < 400:
        raise SourceRefused(f"{what}{_redirected(answer)}")
    told = answer.headers.get("x-should-retry", "").strip().lower()
    if said.limit_reached and told != "true":
        raise SourceRefused(f"{what}. {advice(said, key)}")
    if question.has_cursor and status in _LOST_CURSOR and told != "true":
        raise CursorLostError(what)
    passing = status in _TRY_AGAIN or status >= 500 or status < 300
    if told == "true" or (passing and told != "false"):
        raise NoAnswerError(what, retry_after=pause_named(answer, now))
    if passing:
        raise SourceUnavailable(f"{what}. The API says that trying again does not help now")
    if status == 400 and question.may_come_later:
        raise SourceNotYet(f"{what}. The day is young; the next run asks again")
    refusal = SourceRefused if status in _WHOLE_ACCOUNT else DayRefusedError
    if status == 401 and key is KeyKind.ADMIN:
        # Nothing is left to think about, so what to do comes first.
        raise refusal(
            f"{question.about}: {host} answered 401: {advice(said, key)}. Its words: {said}"
        )
    raise refusal(f"{what}. {advice(said, key)}")


def pause_named(answer: Answer, now: dt.datetime) -> float | None:
    """Give the pause in seconds that the answer asks for; None if it does not, or says 0."""
    headers = answer.headers
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        text = headers.get(name, "").strip()
        if _SECONDS.fullmatch(text):
            seconds = float(text) / unit
        else:
            seconds = _seconds_until(http_date(text), now)
        if seconds > 0:
            return seconds
    if answer.status == 429:
        # This header is on good answers, too, and may lie in the past.
        text = headers.get("anthropic-ratelimit-requests-reset", "").strip()
        seconds = _seconds_until(_rfc3339(text), now)
        if seconds > 0:
            return seconds
    return None


def _seconds_until(moment: dt.datetime | None, now: dt.datetime) -> float:
    return (moment - now).total_seconds() if moment is not None else 0.0


def _rfc3339(text: str) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=dt.UTC)


def _redirected(answer: Answer) -> str:
    target = re.match(r"(?:https?:)?//([^/?#]*)", answer.headers.get("location", ""))
    host = one_line(target[1].rpartition("@")[2]) if target else ""
    where = f" to {host}" if host else ""
    return (
        f", a redirect{where}. It was not followed: the key goes nowhere but to source.base_url. "
        "Set source.base_url to the address that answers by itself"
    )
