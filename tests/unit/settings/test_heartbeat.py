"""The section `heartbeat:`: what can be used, and that a fault never shows the address."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from ccsync.secret import Secret
from ccsync.settings.duration import Duration
from ccsync.settings.heartbeat import HeartbeatSettings, prove_address

URL = "https://monitor.example/recognisable"


def test_the_defaults_are_those_of_healthchecks() -> None:
    settings = HeartbeatSettings(url=Secret(URL))
    assert settings.signals == ("start", "success", "failure")
    assert settings.method == "POST"
    assert settings.timeout == Duration(5)
    assert "recognisable" not in repr(settings)


@pytest.mark.parametrize(
    "url",
    [
        URL,
        "https://monitor.example:8443/a/b?create=1",
        "http://127.0.0.1:8000/ping",
        "http://localhost/ping",
        "http://[::1]:9/ping",
        "https://monitor.example",
    ],
)
def test_addresses(url: str) -> None:
    prove_address(url)
    HeartbeatSettings(url=Secret(url))


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("monitor.example/recognisable", "expected an address such as"),
        ("ftp://monitor.example/recognisable", "expected an address such as"),
        ("https:///recognisable", "expected an address such as"),
        ("https://monitor.example:99999/recognisable", "expected an address such as"),
        ("https://monitor.example:0/recognisable", "expected an address such as"),
        ("https://monitor.example/recognis able", "expected an address such as"),
        ("https://[monitor/recognisable", "expected an address such as"),
        (f"{URL}#here", "without #"),
        ("http://monitor.example/recognisable", "plain http would show this secret"),
        ("http://127.0.0.1.example/recognisable", "plain http would show this secret"),
    ],
)
def test_what_is_no_address(url: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as caught:
        HeartbeatSettings(url=Secret(url))
    assert str(caught.value).startswith("url: ")
    assert "recognis" not in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, "exactly one of url and url_file is needed; none is set"),
        ({"url": Secret(URL), "url_file": "/x"}, "needed; both are set"),
        ({"url": Secret(URL), "timeout": Duration(0)}, "timeout: expected more than 0s"),
        ({"url": Secret(URL), "timeout": Duration(31)}, "at most 30s"),
    ],
)
def test_rules_across_fields(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        HeartbeatSettings(**fields)


def test_unknown_names_are_faults() -> None:
    with pytest.raises(msgspec.ValidationError, match="urll"):
        msgspec.convert({"urll": "x"}, HeartbeatSettings)
