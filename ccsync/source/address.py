"""The address of the API, checked before any key is sent to it."""

from __future__ import annotations

import ipaddress

from ccsync.errors import SettingsError
from ccsync.source.http import httpx

_PATH = "source.base_url"


def check_base_url(text: str) -> httpx.URL:
    """Read `source.base_url`; a path prefix is allowed, a trailing slash means nothing.

    Raises:
        SettingsError: no key may be sent there, or it is no address. User name and password, if
            there are any, are not shown.
    """
    try:
        url = httpx.URL(text.strip())
    except (httpx.InvalidURL, UnicodeError, ValueError):
        raise SettingsError(f"{_PATH}: not an address; expected https://HOST") from None
    if url.userinfo:
        raise SettingsError(
            f"{_PATH}: a user name or password does not belong into the address; "
            "the key goes into source.api_key"
        )
    port = 443 if url.port is None else url.port
    if url.scheme not in ("http", "https") or not url.host or not 0 < port < 65_536:
        raise SettingsError(f"{_PATH}: not an address; expected https://HOST")
    if url.query or url.fragment:
        raise SettingsError(f"{_PATH}: expected an address without ? and #")
    if url.path.rstrip("/").endswith("/v1"):
        raise SettingsError(
            f"{_PATH}: leave /v1 out of the address; ccsync adds it to each request itself"
        )
    if url.scheme == "http" and not is_loopback(url.host):
        raise SettingsError(
            f"{_PATH}: plain http to {url.host} would show the key to everybody on the way; use "
            "https (http is taken for loopback addresses only)"
        )
    return url


def is_loopback(host: str) -> bool:
    """Tell whether this host is the machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
