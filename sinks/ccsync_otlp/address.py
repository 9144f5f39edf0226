"""Addresses of receivers: what can be sent to, and what kind of place it is. Pure."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

_INSIDE = (".svc", ".cluster.local", ".local", ".internal", ".localhost")
"""Ends of names that only a cluster, a company or a machine can resolve."""


_BARE = re.compile(r"(?P<host>[A-Za-z0-9][A-Za-z0-9.-]{0,252}):\d{1,5}(?:/v1/metrics)?")
"""Host and port, and at most the path that every receiver has: neither holds a secret."""


def parse(text: str, *, grpc: bool, may_show: bool = False) -> SplitResult:
    """Take an address apart.

    Raises:
        ValueError: it cannot be sent to. The message does not show it, as it may hold a secret;
            with `may_show` a mere host and port are shown as they should be.
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError("not an address; the port or the brackets are wrong") from None
    if parts.scheme not in ("http", "https"):
        raise ValueError(_no_scheme(text if may_show else ""))
    if not parts.hostname or re.search(r"[\s\\]", text):
        raise ValueError("expected a host name after ://, and no blanks")
    if port == 0:
        raise ValueError("nothing can be sent to port 0")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a login cannot stand in the address; send it as a header: authorization")
    if parts.fragment:
        raise ValueError("an address to send to has no part after #")
    if grpc and (parts.path not in ("", "/") or parts.query):
        raise ValueError(
            "grpc has no path; give scheme, host and port, or set protocol: http/protobuf"
        )
    return parts


def _no_scheme(text: str) -> str:
    bare = _BARE.fullmatch(text)
    if bare is None:
        return "expected an address such as http://collector:4318 or https://otlp.example"
    inside = is_loopback(bare["host"]) or is_private(bare["host"])
    meant = f"{'http' if inside else 'https'}://{text}"
    return f"expected an address with http:// or https://; did you mean {meant}?"


def host_of(text: str) -> str | None:
    """Give the host of an address with or without a scheme; None if there is none to find."""
    try:
        return urlsplit(text if "://" in text else f"//{text}").hostname
    except ValueError:
        return None


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine."""
    if host.lower() == "localhost" or host.lower().endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_private(host: str) -> bool:
    """Tell whether a host is inside a cluster or a private network, as far as its name says."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.lower().rstrip(".").endswith(_INSIDE)
