"""Reading and replacing the one ConfigMap through the API server, and what its answers mean.

An answer that may be another one soon is asked for again, for `PATIENCE` seconds: the network of a
pod that has just started, an API server that is being replaced, a token it has not heard of yet. A
replacement may be sent twice: it names the version that it replaces, so it counts once.
"""

from __future__ import annotations

import math
import ssl
from collections.abc import Mapping
from typing import Any, cast

import msgspec

from ccsync import USER_AGENT
from ccsync.errors import StateError, StateRefused, StateUnavailable
from ccsync.redact import redact
from ccsync.retry import Patience
from ccsync.runtime import Runtime
from ccsync.source.http import httpx
from ccsync.state.kubernetes import refusals
from ccsync.state.kubernetes.access import Access
from ccsync.state.kubernetes.address import Address

PATIENCE = 20.0
"""Seconds of trying again; well below what is left of a lease when it is renewed."""

_TIMEOUT = httpx.Timeout(10.0, connect=5.0)
_MOST_WORDS = 500


class ChangedError(Exception):
    """The object is not the one that was read any more (409)."""

    is_unsure = False
    """Whether it may have been us: an earlier try had no answer."""


class _NotNowError(StateUnavailable):
    """Worth another try; `finally_` is what it is if that does not help."""

    def __init__(
        self, message: str, *, pause: float | None = None, finally_: StateError | None = None
    ) -> None:
        super().__init__(message)
        self.pause = pause
        self.finally_ = finally_ or StateUnavailable(message)


class Api:
    """Asks the API server for one ConfigMap. Safe for one thread at a time."""

    def __init__(self, address: Address, access: Access, runtime: Runtime, patience: float) -> None:
        """Take where and as whom; nothing is read or connected."""
        self._address = address
        self._access = access
        self._runtime = runtime
        self._patience = patience
        self._client: httpx.Client | None = None

    def get(self) -> Mapping[str, Any]:
        """Read the object.

        Raises:
            StateRefused: not until somebody changes something. StateUnavailable: not now.
        """
        return self._ask("GET")

    def put(self, configmap: Mapping[str, Any]) -> Mapping[str, Any]:
        """Replace the object, and give it as it is now.

        Raises:
            ChangedError: it is not the one that was read any more.
            StateRefused, StateUnavailable: as `get`.
        """
        return self._ask("PUT", msgspec.json.encode(configmap))

    def close(self) -> None:
        """Let go of the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _ask(self, method: str, body: bytes | None = None) -> Mapping[str, Any]:
        patience = Patience(self._runtime, self._patience)
        try:
            return patience.call(
                lambda: self._once(method, body),
                retry_on=_NotNowError,
                pause_of=lambda error: error.pause,
                give_up=lambda error, _reason: error.finally_,
            )
        except ChangedError as error:
            error.is_unsure = patience.retries > 0
            raise

    def _once(self, method: str, body: bytes | None) -> Mapping[str, Any]:
        server, token = self._access.server, self._access.token
        path = f"/api/v1/namespaces/{self._access.namespace}/configmaps/{self._address.name}"
        headers = {"accept": "application/json", "accept-encoding": "identity"}
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        if body is not None:
            headers["content-type"] = "application/json"
        try:
            answer = self._connected().request(
                method, f"{server}{path}", content=body, headers=headers
            )
        except (httpx.TransportError, httpx.InvalidURL, UnicodeEncodeError) as error:
            raise self._failure(error) from error
        return self._read(answer)

    def _connected(self) -> httpx.Client:
        if self._client is None:
            # The API server is in the cluster: no proxy from the environment leads there.
            self._client = httpx.Client(
                verify=self._access.tls(),
                timeout=_TIMEOUT,
                trust_env=False,
                headers={"user-agent": USER_AGENT},
            )
        return self._client

    def _read(self, answer: httpx.Response) -> Mapping[str, Any]:
        try:
            said = msgspec.json.decode(answer.content)
        except (msgspec.DecodeError, UnicodeDecodeError):
            said = None
        named = cast("dict[str, Any]", said) if isinstance(said, dict) else {}
        if answer.status_code == 200 and named.get("kind") == "ConfigMap" and _version(named):
            return named
        raise self._refusal(answer, named if named.get("kind") == "Status" else None)

    def _refusal(
        self, answer: httpx.Response, said: Mapping[str, Any] | None
    ) -> StateError | ChangedError:
        """Give what an answer without the object means; `said` is its Status, if it has one."""
        status, address = answer.status_code, self._address
        words = redact(str((said or {}).get("message") or f"HTTP {status}"))[:_MOST_WORDS]
        namespace, server = self._access.namespace, self._access.server
        if status in {408, 429} or status >= 500:
            text = (
                f"the state at {address} cannot be reached: the API server {server} says: {words}"
            )
            return _NotNowError(text, pause=_pause_named(answer))
        if status == 401:
            refused = StateRefused(refusals.unauthorized(address, server))
            return _NotNowError(str(refused), finally_=refused)
        if said is None:
            return StateRefused(refusals.no_api(address, server, f"HTTP {status}"))
        match status:
            case 409:
                return ChangedError(words)
            case 403:
                return StateRefused(refusals.forbidden(address, namespace, words))
            case 404:
                return StateRefused(refusals.missing(address, namespace))
            case _:
                return StateRefused(refusals.invalid(address, words))

    def _failure(self, error: Exception) -> StateError:
        address, server = self._address, self._access.server
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, ssl.SSLCertVerificationError):
                return StateRefused(refusals.untrusted(address, server, cause.verify_message))
            cause = cause.__cause__ or cause.__context__
        if not isinstance(error, httpx.TransportError):
            return StateRefused(
                f"the state at {address}: address or token cannot be sent ({type(error).__name__})"
            )
        why = str(error) or type(error).__name__
        return _NotNowError(f"the state at {address} cannot be reached at {server}: {why}")


def _version(configmap: Mapping[str, Any]) -> Any:
    """Give the version; without one a replacement would be unconditional."""
    metadata = configmap.get("metadata")
    return cast("dict[str, Any]", metadata).get("resourceVersion") if metadata else None


def _pause_named(answer: httpx.Response) -> float | None:
    """Give the seconds that the API server asks to wait; it writes whole ones."""
    try:
        seconds = float(answer.headers.get("retry-after", ""))
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) else None
