"""Why there was no answer over HTTP: what `requests` raises, in the user's words."""

from __future__ import annotations

import errno
import re
import ssl
from collections.abc import Iterator

import requests
import urllib3.exceptions

from ccsync_otlp.endpoint import Endpoint
from ccsync_otlp.tls import meaning_of
from ccsync_otlp.transport import NO_ANSWER, Response


def of_requests(error: Exception, endpoint: Endpoint) -> Response:
    """Classify what `requests` raised."""
    where = f"{endpoint.place} gave no answer"
    causes = list(_causes(error))
    by_proxy = any(isinstance(one, requests.exceptions.ProxyError) for one in causes)
    if by_proxy:
        where = f"{endpoint.place} was not reached through the proxy of the environment"
        tunnel = next((found for one in causes if (found := _tunnel_status(str(one)))), None)
        if tunnel in ("403", "407"):
            return Response("refused", f"HTTP {tunnel}", f"{where}: it answered {tunnel}")
    if any(isinstance(one, ssl.SSLError | requests.exceptions.SSLError) for one in causes):
        meaning = next((found for one in causes if (found := meaning_of(str(one)))), None)
        if meaning is not None:
            return Response("refused", NO_ANSWER, f"{where}: {meaning}")
    if isinstance(error, requests.exceptions.InvalidProxyURL | requests.exceptions.InvalidSchema):
        return Response("refused", NO_ANSWER, f"{where}: the proxy's address cannot be used")
    if isinstance(error, ValueError):
        return Response("refused", NO_ANSWER, f"{where}: the address cannot be used: {error}")
    return Response("unavailable", NO_ANSWER, f"{where}: {_described(error, causes, endpoint)}")


def _described(error: Exception, causes: list[BaseException], endpoint: Endpoint) -> str:
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return f"no connection within {endpoint.timeout:g} seconds"
    for one in causes:
        match one:
            case urllib3.exceptions.NameResolutionError():
                return "the name cannot be resolved"
            case requests.exceptions.Timeout() | TimeoutError():
                return f"nothing came within {endpoint.timeout:g} seconds"
            case ConnectionRefusedError():
                return "the connection was refused"
            case ConnectionResetError() | BrokenPipeError():
                return "the connection was dropped"
            case OSError() if one.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH):
                return "there is no route to it"
            case urllib3.exceptions.ReadTimeoutError():
                return f"nothing came within {endpoint.timeout:g} seconds"
            case requests.exceptions.ChunkedEncodingError() | urllib3.exceptions.IncompleteRead():
                return "the answer broke off"
            case _:
                pass
    if any("closed connection" in str(one) for one in causes):
        return "the connection was dropped"
    return f"{type(error).__name__}: {causes[-1]}"


def _tunnel_status(text: str) -> str | None:
    found = re.search(r"Tunnel connection failed: (\d{3})", text)
    return found[1] if found else None


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
