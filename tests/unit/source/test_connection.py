from __future__ import annotations

import datetime as dt
import ssl

import httpx
import pytest

from ccsync.source.connection import is_lasting, proxy_for, remedy

NOW = dt.datetime(2024, 11, 22, 12, 0, tzinfo=dt.UTC)


def distrusted(code: int) -> httpx.ConnectError:
    cause = ssl.SSLCertVerificationError("certificate verify failed")
    cause.verify_code = code
    fault = httpx.ConnectError("certificate verify failed")
    fault.__cause__ = cause
    return fault


@pytest.mark.parametrize("code", [9, 10])
def test_a_certificate_of_another_time_leads_to_the_clock(code: int) -> None:
    said = remedy(distrusted(code), now=NOW, proxied=False)
    assert "the clock of this machine, which says 2024-11-22 12:00 (UTC)" in said
    assert is_lasting(distrusted(code))


def test_a_certificate_of_nobody_known_leads_to_ca_file() -> None:
    assert "source.ca_file" in remedy(distrusted(18), now=NOW, proxied=False)


@pytest.mark.parametrize(
    ("answer", "lasting"),
    [("403 Forbidden", True), ("407 Proxy Authentication Required", True), ("502 Bad", False)],
)
def test_a_proxy_that_lets_nothing_through(answer: str, lasting: bool) -> None:
    fault = httpx.ProxyError(answer)
    assert "HTTPS_PROXY" in remedy(fault, now=NOW, proxied=True)
    assert is_lasting(fault) is lasting


@pytest.mark.parametrize(
    ("fault", "proxied", "said"),
    [
        (httpx.ConnectError("Connection refused"), True, "does it run"),
        (httpx.ConnectError("[SSL: WRONG_VERSION_NUMBER] wrong"), False, "does not speak https"),
        (httpx.ConnectError("Connection refused"), False, ""),
    ],
)
def test_other_remedies(fault: Exception, proxied: bool, said: str) -> None:
    found = remedy(fault, now=NOW, proxied=proxied)
    assert said in found
    assert bool(found) == bool(said)
    assert not is_lasting(fault)


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({}, ""),
        ({"HTTPS_PROXY": "http://me:secret@proxy.example:3128"}, "proxy.example:3128"),
        ({"ALL_PROXY": "proxy.example:3128"}, "proxy.example:3128"),
        ({"HTTPS_PROXY": "http://proxy.example", "NO_PROXY": ".vendor.example"}, ""),
        ({"HTTPS_PROXY": "http://proxy.example:port"}, ""),
    ],
)
def test_the_proxy_is_named_without_its_login(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], named: str
) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(httpx.URL("https://api.vendor.example/v1")) == named
