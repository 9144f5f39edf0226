"""No key leaves, whatever it is wrapped in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccsync import redact as redaction
from ccsync.redact import redact, register

KEY = "sk-ant-admin01-AbC_d-9"


@pytest.fixture(autouse=True)
def nothing_registered() -> Iterator[None]:
    redaction.forget()
    yield
    redaction.forget()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"key {KEY}.", "key sk-ant-***."),
        (f"{KEY}...", "sk-ant-***..."),
        (f'{{"a":"{KEY}"}}', '{"a":"sk-ant-***"}'),
        ("Authorization: Bearer abc.def-ghi", "Authorization: ***"),
        ("Authorization: Basic dXNlcjpwYXNz", "Authorization: ***"),
        ("got Bearer token-5 back", "got Bearer *** back"),
        ("got Bearer abc.def_ghi== back", "got Bearer *** back"),
        ("x-api-key: 12345", "x-api-key: ***"),
        ("{'x-api-key': '12345', 'a': 'b'}", "{'x-api-key': '***', 'a': 'b'}"),
        ('{"X-Api-Key":"12345"}', '{"X-Api-Key":"***"}'),
        (r'"{\"x-api-key\": \"12345\"}"', r'"{\"x-api-key\": \"***\"}"'),
        ("[(b'x-api-key', b'12345'), (b'a', b'b')]", "[(b'x-api-key', b'***'), (b'a', b'b')]"),
        ("https://me:pass@host.example/x", "https://me:***@host.example/x"),
        ("token eyJhbGciOiJ9.eyJzdWIiOiIx.c2ln", "token ***"),
        ("ya29.a0Af_x", "***"),
        (
            "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\nmore",
            "*** (a private key)\nmore",
        ),
    ],
)
def test_what_looks_like_a_key_goes(text: str, expected: str) -> None:
    assert redact(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "c.yaml:3:12: sinks.a.headers.authorization: environment variable X is not set",
        "c.yaml:3:12: sinks.a.headers.x-api-key: expected text",
        "cannot read /var/run/secrets/ccsync/api-key: No such file or directory",
        "the bearer of bad news",
        "tokens always expire: renew the bearer token.",
        "an Admin key (sk-ant-admin..., made in the Console) or a bearer token with org:admin",
        "kinds begin with sk-ant-api..., sk-ant-api01..., sk-ant-usr... or sk-ant-oat...",
        "https://host.example:8080/a@b",
        "no authorization, please",
        "day.delivered 2026-01-31 records=5",
    ],
)
def test_other_text_stays(text: str) -> None:
    assert redact(text) == text


def test_registered_values_go_in_every_spelling() -> None:
    register('p"a/s&s w0rd\n')
    for spelling in (
        'p"a/s&s w0rd',
        'p\\"a/s&s w0rd',
        "p%22a%2Fs%26s%20w0rd",
        "p%22a%2Fs%26s+w0rd",
    ):
        assert redact(f"<{spelling}>") == "<***>"


def test_a_longer_secret_goes_before_one_that_is_part_of_it() -> None:
    register("abcd")
    register("abcdefgh")
    assert redact("abcdefgh abcd") == "*** ***"


def test_too_short_to_be_a_secret() -> None:
    register("abc")
    register("")
    assert redact("abcabc") == "abcabc"


@given(st.text(max_size=10), st.text(max_size=10))
def test_a_key_of_ours_never_comes_through(before: str, after: str) -> None:
    assert "AbC_d-9" not in redact(f"{before}{KEY} {after}")


@given(st.text(max_size=40))
def test_twice_is_as_good_as_once(text: str) -> None:
    assert redact(redact(text)) == redact(text)


def test_a_secret_that_is_no_text_is_masked_all_the_same() -> None:
    register("key-\udcff-of-ours")
    try:
        assert redact("it is key-\udcff-of-ours") == "it is ***"
    finally:
        redaction.forget()
