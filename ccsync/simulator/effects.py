"""What can go wrong with an answer. An effect turns the right answer into the wrong one."""

from __future__ import annotations

import datetime as dt
import email.utils
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import msgspec

from ccsync.simulator.exchange import Answer, Request, error_answer, json_answer, request_id
from ccsync.simulator.pages import envelope, rows_of

Effect: TypeAlias = Callable[[Request, Answer], Answer]

_MESSAGES = {
    401: "invalid x-api-key",
    409: "the resource is being changed",
    410: "the cursor has expired; start again without page",
    429: "Rate limited",
    529: "Overloaded",
}


def status(code: int, *, message: str = "", should_retry: bool | None = None) -> Effect:
    """Answer with an error status and the documented body.

    Args:
        code: The HTTP status.
        message: Of the error body.
        should_retry: Value of `x-should-retry`, if it is to be sent.
    """

    def effect(request: Request, _: Answer) -> Answer:
        said = message or _MESSAGES.get(code, "simulated fault")
        answer = error_answer(code, said, request_id(request.number))
        if should_retry is not None:
            answer = answer.with_headers(("x-should-retry", str(should_retry).lower()))
        return answer

    return effect


def rate_limited(
    retry_after: float | dt.timedelta | None = None,
    *,
    retry_after_ms: int | None = None,
    reset: dt.timedelta | None = None,
    should_retry: bool | None = None,
) -> Effect:
    """Answer 429.

    Args:
        retry_after: Seconds, or a distance from now that is sent as an HTTP date; None sends no
            such header.
        retry_after_ms: Milliseconds in `retry-after-ms`.
        reset: Distance from now in `anthropic-ratelimit-requests-reset`; negative is stale.
        should_retry: Value of `x-should-retry`, if it is to be sent.
    """

    def effect(request: Request, answer: Answer) -> Answer:
        headers: list[tuple[str, str]] = []
        if isinstance(retry_after, dt.timedelta):
            date = email.utils.format_datetime(request.at + retry_after, usegmt=True)
            headers.append(("retry-after", date))
        elif retry_after is not None:
            headers.append(("retry-after", f"{retry_after:g}"))
        if retry_after_ms is not None:
            headers.append(("retry-after-ms", str(retry_after_ms)))
        if reset is not None:
            moment = (request.at + reset).replace(microsecond=0, tzinfo=None)
            headers.append(("anthropic-ratelimit-requests-reset", f"{moment.isoformat()}Z"))
        return status(429, should_retry=should_retry)(request, answer).with_headers(*headers)

    return effect


def html(code: int = 502) -> Effect:
    """Answer with a web page, as an edge or a captive portal does."""
    page = f"<!DOCTYPE html><html><body><h1>{code}</h1><p>Please stand by.</p></body></html>"
    answer = Answer(code, page.encode(), content_type="text/html; charset=utf-8")
    return lambda _request, _answer: answer


def truncated(share: float = 0.5) -> Effect:
    """Promise the whole body, send that share of it and hang up."""
    return lambda _, answer: replace(answer, cut_at=int(len(answer.body) * share))


def broken_json(share: float = 0.5) -> Effect:
    """Send that share of the body as if it were whole: proper length, improper JSON."""
    return lambda _, answer: replace(answer, body=answer.body[: int(len(answer.body) * share)])


def reset() -> Effect:
    """Reset the connection without an answer."""
    return lambda _, answer: replace(answer, reset=True)


def stall(seconds: float = 30.0, *, share: float | None = None) -> Effect:
    """Fall silent, then hang up.

    Args:
        seconds: Of silence; ends early when the simulated API is closed or the client leaves.
        share: Of the body to send before; None sends not even a status line.
    """

    def effect(_: Request, answer: Answer) -> Answer:
        cut = None if share is None else int(len(answer.body) * share)
        return replace(answer, stall=seconds, cut_at=cut)

    return effect


def latency(seconds: float) -> Effect:
    """Answer rightly, but late."""
    return lambda _, answer: replace(answer, delay=answer.delay + seconds)


def repeated_cursor() -> Effect:
    """Claim that there is more, behind the cursor of this very page."""

    def effect(_: Request, answer: Answer) -> Answer:
        if answer.cursor is None:
            return answer
        return replace(answer, body=envelope(rows_of(answer.body), answer.cursor))

    return effect


def missing_cursor() -> Effect:
    """Claim that there is more, without a cursor."""

    def effect(_: Request, answer: Answer) -> Answer:
        if answer.cursor is None:
            return answer
        return replace(answer, body=envelope(rows_of(answer.body), None, has_more=True))

    return effect


def other_json(value: object = None) -> Effect:
    """Answer 200 with another JSON document; `{"status": "ok"}` unless given."""
    document = {"status": "ok"} if value is None else value
    return lambda _request, _answer: json_answer(document)


def redirect(to: str, code: int = 302) -> Effect:
    """Point to the same path and query under another base URL."""

    def effect(request: Request, _: Answer) -> Answer:
        return Answer(code, b"", headers=(("location", to.rstrip("/") + request.target),))

    return effect


def mutated(mutate: Callable[[bytes], bytes]) -> Effect:
    """Send other bytes; the length is right again."""
    return lambda _, answer: replace(answer, body=mutate(answer.body))


def raw_json(text: str) -> object:
    """Read the JSON document that `other_json` is to send.

    Raises:
        ValueError: it is not JSON.
    """
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise ValueError(f"{text!r} is not JSON: {error}") from None
