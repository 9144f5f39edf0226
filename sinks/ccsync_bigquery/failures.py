"""What Google's client library and `requests` raise, made into answers."""

from __future__ import annotations

import datetime as dt
import errno
import re
import ssl
from collections.abc import Iterator, Mapping
from typing import Any, cast

import requests
import urllib3.exceptions
from google.api_core.exceptions import GoogleAPICallError

from ccsync_bigquery.answers import Answer, classify, no_answer, pause_asked_for

_UNTRUSTED = (
    "Its certificate is not trusted: set REQUESTS_CA_BUNDLE to the PEM file of the authority that "
    "signed it (a proxy's, perhaps)"
)
_WRONG_NAME = "Its certificate is for another name: see `endpoint`, and proxies on the way"
_EXPIRED = "Its certificate has expired or is not valid yet: see whether this clock is right"
_NOT_ENCRYPTED = "It does not speak TLS: see `endpoint`, and proxies on the way"
_TLS = (
    (r"WRONG_VERSION_NUMBER|HTTP_REQUEST|UNKNOWN_PROTOCOL|record layer failure", _NOT_ENCRYPTED),
    (r"mismatch|doesn.t match|not valid for", _WRONG_NAME),
    (r"has expired|not yet valid", _EXPIRED),
    (r"CERTIFICATE_VERIFY_FAILED", _UNTRUSTED),
)

_TUNNEL = r"Tunnel connection failed: (\d{3})"
_NO_ROUTE = (errno.ENETUNREACH, errno.EHOSTUNREACH)

_CAUSES: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((urllib3.exceptions.NameResolutionError,), "the name cannot be resolved"),
    ((ConnectionRefusedError,), "the connection was refused"),
    ((ConnectionResetError, BrokenPipeError), "the connection was dropped"),
    (
        (requests.exceptions.ChunkedEncodingError, urllib3.exceptions.IncompleteRead),
        "the answer broke off",
    ),
    (
        (requests.exceptions.ContentDecodingError, urllib3.exceptions.DecodeError),
        "the answer cannot be unpacked",
    ),
    (
        (requests.exceptions.ReadTimeout, urllib3.exceptions.ReadTimeoutError),
        "nothing came in time (`timeout`)",
    ),
    ((requests.exceptions.ConnectTimeout,), "no connection came about in time"),
    ((requests.exceptions.Timeout, TimeoutError), "nothing came in time (`timeout`)"),
)
"""In order: what an error was made of may have several of these types."""


class ForeignAnswerError(Exception):
    """An answer in JSON that is not Google's, which the client library trips over."""

    def __init__(self, response: requests.Response) -> None:
        """Keep what is needed to classify it."""
        super().__init__(f"HTTP {response.status_code}")
        self.response = response

    @classmethod
    def look(cls, response: requests.Response) -> None:
        """Raise, if it is one."""
        if response.status_code < 400:
            if response.content.lstrip()[:1] == b"[":  # Google's are objects
                raise cls(response)
            return
        try:
            content: object = response.json()
        except ValueError:
            return
        if isinstance(content, Mapping):
            content = cast("Mapping[str, object]", content).get("error", {})
        if not isinstance(content, Mapping):
            raise cls(response)


KNOWN = (
    GoogleAPICallError,
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    OSError,
    ForeignAnswerError,
)
"""What `answer_of` understands; anything else is a bug."""


def answer_of(error: Exception, now: dt.datetime) -> Answer:
    """Classify one of `KNOWN`."""
    if isinstance(error, GoogleAPICallError):
        return _of_call(error, now)
    if isinstance(error, ForeignAnswerError):
        there = error.response
        if there.status_code < 400:
            return no_answer("what came is not what BigQuery answers")
        pause = pause_asked_for(there.headers.get("retry-after"), now)
        return classify(there.status_code, "", there.text, retry_after=pause)
    causes = list(_causes(error))
    if any(isinstance(one, ssl.SSLError | requests.exceptions.SSLError) for one in causes):
        advice = next((say for words, say in _TLS if _said(words, causes)), None)
        if advice is not None:
            return Answer(kind="invalid", text="the TLS handshake failed", advice=advice)
    if isinstance(error, requests.TooManyRedirects):
        return classify(302, "", "a redirect, which is not followed")
    if isinstance(error, requests.exceptions.JSONDecodeError):
        return no_answer("what came is not JSON: it broke off, or came from something in between")
    if any(isinstance(one, requests.exceptions.ProxyError) for one in causes):
        return _of_proxy(causes)
    if isinstance(error, requests.RequestException) and isinstance(error, ValueError):
        return Answer(
            kind="invalid",
            text=f"the address cannot be used: {error}",
            advice="See `endpoint`, and proxies in the environment",
        )
    return no_answer(_described(causes))


def _of_call(error: GoogleAPICallError, now: dt.datetime) -> Answer:
    raised = cast("Any", error)
    headers: Mapping[str, str] = getattr(raised.response, "headers", None) or {}
    errors: object = raised.errors
    first: object = next(iter(cast("list[object]", errors)), None) if errors else None
    parts = cast("Mapping[str, Any]", first if isinstance(first, Mapping) else {})
    # The client puts method and address before the words.
    words = re.sub(r"^[A-Z]+ https?://\S+: ", "", str(raised.message))
    return classify(
        None if raised.code is None else int(raised.code),
        str(parts.get("reason") or raised.reason or ""),
        words if len(words) >= len(str(parts.get("message") or "")) else str(parts["message"]),
        retry_after=pause_asked_for(headers.get("retry-after"), now),
    )


def _of_proxy(causes: list[BaseException]) -> Answer:
    tunnel = next((m[1] for one in causes if (m := re.search(_TUNNEL, str(one)))), None)
    if tunnel in ("403", "407"):
        return classify(407, "", f"the proxy of the environment answered {tunnel}")
    return no_answer("it was not reached through the proxy of the environment")


def _described(causes: list[BaseException]) -> str:
    for types, words in _CAUSES:
        if any(isinstance(one, types) for one in causes):
            return words
    if any(isinstance(one, OSError) and one.errno in _NO_ROUTE for one in causes):
        return "there is no route to it"
    if _said("closed connection", causes):
        return "the connection was dropped"
    return f"{type(causes[0]).__name__}: {causes[-1]}"


def _said(words: str, causes: list[BaseException]) -> bool:
    return any(re.search(words, str(one), re.IGNORECASE) for one in causes)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Give an error, and everything that it was made of: its arguments, reasons and causes."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop(0)
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]
