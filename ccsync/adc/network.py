"""Why a server could not be reached, in plain words, of what `requests` and urllib3 raise."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

_NO_ROUTE = (errno.ENETUNREACH, errno.EHOSTUNREACH)
REACH = (
    "see whether this machine reaches it: its network, a firewall, and the proxy in HTTPS_PROXY "
    "and NO_PROXY"
)
"""What to do about a server that is away."""

_TRUST = (
    "see that its certificate is trusted (REQUESTS_CA_BUNDLE names the PEM file of an authority, a "
    "proxy's perhaps)"
)


class Trouble(NamedTuple):
    """What became of a connection."""

    host: str
    """Whom it was for; "" when unknown."""

    why: str
    """What happened, to stand after the host."""

    advice: str
    is_away: bool
    """Whether no connection came about, so that the address may be a wrong one."""

    def __str__(self) -> str:
        """Write it for people, without the words of a library."""
        return f"{self.host or 'the server'} {self.why}; {self.advice}"


def trouble_of(error: BaseException) -> Trouble | None:
    """Say what happened on the way to a server; None for an error of another kind.

    Args:
        error: of `requests`, of urllib3, or one that was made of theirs.
    """
    import requests
    from urllib3 import exceptions as below

    causes = list(_causes(error))
    host = next((found for one in causes if (found := _host(one))), "")

    def among(*types: type[BaseException]) -> bool:
        return any(isinstance(one, types) for one in causes)

    if among(requests.exceptions.ProxyError):
        return Trouble(host, "could not be reached through the proxy", REACH, is_away=True)
    if among(requests.exceptions.SSLError, below.SSLError):
        return Trouble(host, "was reached, but there is no safe connection", _TRUST, is_away=False)
    if among(below.NameResolutionError):
        why = "could not be reached: its name cannot be resolved"
        return Trouble(host, why, REACH, is_away=True)
    if among(ConnectionRefusedError):
        return Trouble(host, "refuses connections", REACH, is_away=True)
    if among(requests.exceptions.ConnectTimeout):
        why = "could not be reached: no connection came about in time"
        return Trouble(host, why, REACH, is_away=True)
    if any(isinstance(one, OSError) and one.errno in _NO_ROUTE for one in causes):
        return Trouble(host, "could not be reached: there is no route to it", REACH, is_away=True)
    if among(requests.exceptions.Timeout, TimeoutError, below.TimeoutError):
        return Trouble(host, "gave no answer in time", REACH, is_away=False)
    if among(requests.exceptions.ConnectionError, below.HTTPError, ConnectionError):
        return Trouble(host, "dropped the connection", REACH, is_away=False)
    return None


def _host(error: BaseException) -> str:
    """Give the host that a request was for, from the request or from the words about it."""
    address: object = getattr(getattr(error, "request", None), "url", None)
    if isinstance(address, str) and (host := urlsplit(address).hostname):
        return host
    found = re.search(r"\bhost='([^']+)'", str(error))
    return found[1] if found else ""


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
