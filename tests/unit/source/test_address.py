from __future__ import annotations

import pytest

from ccsync.errors import SettingsError
from ccsync.source.address import check_base_url, is_loopback


@pytest.mark.parametrize(
    "address",
    [
        "https://api.example",
        "https://api.example/",
        "https://api.example:8443/some/prefix/",
        "http://127.0.0.1:8080",
        "http://127.8.9.10",
        "http://[::1]:8080",
        "http://localhost:1234/x",
        " https://api.example\n",
    ],
)
def test_good_addresses(address: str) -> None:
    assert check_base_url(address).host


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://api.example", "plain http to api.example would show the key"),
        ("http://127.0.0.1.example", "plain http"),
        ("http://10.0.0.1", "plain http"),
        ("http://0.0.0.0", "plain http"),
        ("https://user:hidden@api.example", "user name or password"),
        ("https://hidden@api.example", "user name or password"),
        ("http://127.0.0.1@hidden.example", "user name or password"),
        ("https://api.example?x=hidden", "without ? and #"),
        ("https://api.example/#hidden", "without ? and #"),
        ("api.example", "expected https://HOST"),
        ("ftp://api.example", "expected https://HOST"),
        ("https://", "expected https://HOST"),
        ("", "expected https://HOST"),
        ("https://api.example:99999999", "expected https://HOST"),
        ("https://api\x00.example", "expected https://HOST"),
    ],
)
def test_bad_addresses(address: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        check_base_url(address)
    assert said in str(caught.value)
    assert str(caught.value).startswith("source.base_url: ")
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("host", ["localhost.example", "128.0.0.1", "example", "::2"])
def test_what_is_not_loopback(host: str) -> None:
    assert not is_loopback(host)
