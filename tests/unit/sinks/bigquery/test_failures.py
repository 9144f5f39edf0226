"""What the libraries raise, in the user's words; what a server can cause is in test_service."""

from __future__ import annotations

import datetime as dt
import errno
import ssl
from typing import Any, cast

import pytest
import requests
import urllib3.exceptions

from ccsync_bigquery.answers import Kind
from ccsync_bigquery.failures import answer_of

NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)

unresolved = urllib3.exceptions.NameResolutionError(
    "bigquery.example", cast("Any", None), cast("Any", OSError("Name or service not known"))
)

RAISED: list[tuple[Exception, Kind, str]] = [
    (requests.ConnectionError(unresolved), "unavailable", "the name cannot be resolved"),
    (
        requests.exceptions.ProxyError(OSError("Tunnel connection failed: 407 Login")),
        "forbidden",
        "the proxy of the environment answered 407",
    ),
    (
        requests.exceptions.ProxyError(OSError("Tunnel connection failed: 503 Busy")),
        "unavailable",
        "through the proxy of the environment",
    ),
    (
        requests.exceptions.SSLError(
            ssl.SSLError(1, "certificate verify failed: Hostname mismatch")
        ),
        "invalid",
        "the TLS handshake failed",
    ),
    (
        requests.exceptions.SSLError(ssl.SSLError(8, "EOF occurred in violation of protocol")),
        "unavailable",
        "SSLError",
    ),
    (requests.exceptions.InvalidURL("no host"), "invalid", "the address cannot be used"),
    (requests.exceptions.ConnectTimeout("slow"), "unavailable", "no connection came about"),
    (OSError(errno.ENETUNREACH, "Network is unreachable"), "unavailable", "no route to it"),
    (TimeoutError("slow"), "unavailable", "nothing came in time"),
    (BrokenPipeError(), "unavailable", "the connection was dropped"),
]


@pytest.mark.parametrize(("error", "kind", "words"), RAISED)
def test_each_has_its_kind_and_its_words(error: Exception, kind: Kind, words: str) -> None:
    answer = answer_of(error, NOW)
    assert answer.kind == kind
    assert words in answer.text
    assert answer.kind == "unavailable" or answer.advice
