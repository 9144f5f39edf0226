"""Faults of the connection in a user's words, and what helps against them."""

from __future__ import annotations

import datetime as dt
import re
import ssl
import urllib.request

from ccsync.source.http import httpx
from ccsync.source.text import one_line

_NOT_NOW = (9, 10)
"""What OpenSSL answers when a certificate is not valid yet, or not any more."""

_NO_TLS = re.compile(
    r"WRONG_VERSION_NUMBER|RECORD_LAYER_FAILURE|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST"
)

_REFUSALS = ("401", "403", "405", "407")
"""What a proxy answers until somebody changes something."""

_PROXY_SETTINGS = "Look at HTTPS_PROXY, and at NO_PROXY for hosts that need no proxy"


def described(error: Exception) -> str:
    """Describe what happened."""
    match error:
        case httpx.ConnectTimeout():
            return "no connection within 5 seconds"
        case httpx.TimeoutException():
            return "nothing came for 30 seconds"
        case httpx.DecodingError():
            return "the compressed body is garbled or cut off"
        case httpx.RemoteProtocolError():
            return f"the connection was dropped ({one_line(str(error))})"
        case httpx.ProxyError():
            return f"the proxy answered {one_line(str(error))}"
        case _:
            return one_line(str(error)) or type(error).__name__


def remedy(error: Exception, *, now: dt.datetime, proxied: bool) -> str:
    """Say what to do about it; "" where nothing is known.

    Args:
        error: what httpx raised.
        now: the moment by our clock, which certificates are checked against.
        proxied: whether a proxy stands in between.
    """
    distrust = _distrust(error)
    if getattr(distrust, "verify_code", 0) in _NOT_NOW:
        return (
            "The certificate is expired or not yet valid, by the clock of this machine, which says "
            f"{now:%Y-%m-%d %H:%M} (UTC). Is that right? If not, set the clock"
        )
    if distrust is not None:
        return (
            "The certificate is not trusted. If a proxy of your company opens "
            "encrypted connections, set source.ca_file to its certificate authority"
        )
    if isinstance(error, httpx.ProxyError):
        return f"It does not let the connection through. {_PROXY_SETTINGS}"
    if proxied and isinstance(error, httpx.ConnectError):
        return (
            "The proxy did not make the connection: is its address right, does it run, does it "
            f"want a login? {_PROXY_SETTINGS}"
        )
    if _NO_TLS.search(str(error)):
        return (
            "What answers does not speak https: something else is in the way, or source.base_url "
            "is wrong"
        )
    return ""


def is_lasting(error: Exception) -> bool:
    """Tell whether trying again cannot help: certificates, and a proxy that says no."""
    if isinstance(error, httpx.ProxyError):
        return str(error).startswith(_REFUSALS)
    return _distrust(error) is not None


def proxy_for(url: httpx.URL) -> str:
    """Name the host (and port) of the proxy that the environment sets for https; "" for none."""
    proxies = urllib.request.getproxies()
    named = proxies.get("https") or proxies.get("all")
    if not named or urllib.request.proxy_bypass(url.host):
        return ""
    try:
        return httpx.URL(named if "://" in named else f"http://{named}").netloc.decode("ascii")
    except (httpx.InvalidURL, ValueError):
        return ""


def _distrust(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    """Look for a certificate fault among the causes."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error
        error = error.__cause__ or error.__context__
    return None
