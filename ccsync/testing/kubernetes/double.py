"""What a test starts: a cluster's ConfigMaps, one service account, and the pod's mount."""

from __future__ import annotations

import base64
import itertools
import secrets
import threading
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import msgspec

from ccsync.simulator.exchange import Answer
from ccsync.testing.kubernetes import server, statuses
from ccsync.testing.kubernetes.objects import Objects
from ccsync.testing.kubernetes.statuses import Refusal

_MOST_BODY_BYTES = 3 * 1024 * 1024
_VERBS = {"GET": "get", "PUT": "update", "POST": "create", "PATCH": "patch", "DELETE": "delete"}
_RESET = Answer(0, b"", reset=True)


@dataclass(frozen=True)
class Fault:
    """What becomes of one request.

    not_arrived: the connection breaks before anything is done. no_answer: afterwards.
    throttled, unavailable: 429 with Retry-After, 503. not_an_api: another server's HTML.
    """

    kind: Literal["not_arrived", "no_answer", "throttled", "unavailable", "not_an_api"]
    method: str = ""
    """Only requests of this method have it; empty: any."""


@dataclass(frozen=True)
class Heard:
    """One request, and how it was answered."""

    verb: str
    path: str
    token: str
    status: int
    """0: not at all."""


class KubernetesDouble:
    """Answers as the API server of a cluster in which one service account may do little."""

    namespace = "analytics"
    user = "system:serviceaccount:analytics:ccsync"

    def __init__(
        self, folder: Path, *, certificate: Path | None = None, key: Path | None = None
    ) -> None:
        """Start. `folder` gets the mount; with a certificate (its own CA) and key it speaks TLS."""
        self.mount = folder / "serviceaccount"
        """What is at /var/run/secrets/kubernetes.io/serviceaccount in a pod."""
        self.verbs = {"get", "update"}
        """What RBAC lets the service account do, with ConfigMaps of the names in `granted`."""
        self.granted: set[str] = {"ccsync"}
        self.heard: list[Heard] = []
        self.faults: list[Fault] = []
        """Each is had by the next request that it fits."""
        self.is_down = False
        """Every connection breaks."""
        self.dies_at: int | None = None
        """Goes down for good at this moment of those counted: before and after each request."""
        self._moments = itertools.count(1)
        self._lock = threading.Lock()
        self._certificate = certificate
        self._server = server.start(self._respond, certificate, key)
        self.objects = Objects(self._server.now)
        self.mount.mkdir(parents=True)
        (self.mount / "namespace").write_text(self.namespace)
        if certificate is not None:
            (self.mount / "ca.crt").write_bytes(certificate.read_bytes())
        self.token = self.rotate_token()
        """The one that is valid now."""

    def __enter__(self) -> KubernetesDouble:
        """Give the double; it runs already."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self.close()

    def close(self) -> None:
        """Stop. Raises what went wrong on our side."""
        self._server.close()
        for failure in server.failures(self._server):
            raise failure

    @property
    def address(self) -> str:
        """Where it listens, without a path."""
        return server.address(self._server, self._certificate)

    @property
    def environ(self) -> Mapping[str, str]:
        """What the kubelet puts into a pod's environment; clients speak TLS to that."""
        host, _, port = self.address.rpartition("://")[2].partition(":")
        return {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port}

    def url(self, name: str = "ccsync") -> str:
        """Give the `state:` address of a ConfigMap; without TLS it names the server as well."""
        query = {"mount": str(self.mount)}
        if self._certificate is None:
            query["api"] = self.address
        return f"kubernetes://configmap/{name}?{urllib.parse.urlencode(query)}"

    def rotate_token(self) -> str:
        """Replace the token in the mount; the one before is not valid any more."""
        self.token = f"token-{secrets.token_hex(16)}"
        new = self.mount / "..new"
        new.write_text(self.token)
        new.replace(self.mount / "token")
        return self.token

    def create(self, name: str = "ccsync", **parts: Any) -> None:
        """Make a ConfigMap, as the chart does: empty."""
        with self._lock:
            self.objects.create(self.namespace, name, **parts)

    def delete(self, name: str = "ccsync") -> None:
        """Delete a ConfigMap."""
        with self._lock:
            self.objects.delete(self.namespace, name)

    def read(self, name: str = "ccsync") -> dict[str, Any]:
        """Give a ConfigMap as it is."""
        with self._lock:
            return self.objects.get(self.namespace, name)

    def binary(self, name: str = "ccsync") -> dict[str, bytes]:
        """Give a ConfigMap's binaryData, decoded."""
        values: Mapping[str, str] = self.read(name).get("binaryData") or {}
        return {key: base64.b64decode(value) for key, value in values.items()}

    def edit(self, change: Callable[[dict[str, Any]], object], name: str = "ccsync") -> None:
        """Let somebody else change a ConfigMap."""
        with self._lock:
            self.objects.edit(self.namespace, name, change)

    def put_binary(self, key: str, content: bytes, name: str = "ccsync") -> None:
        """Let somebody else put bytes under a key of binaryData."""

        def put(configmap: dict[str, Any]) -> None:
            configmap.setdefault("binaryData", {})[key] = base64.b64encode(content).decode()

        self.edit(put, name)

    def dies(self, at: int | None) -> None:
        """Die at a moment counted from now, from 1; None: live again."""
        with self._lock:
            self._moments = itertools.count(1)
            self.dies_at = at
            self.is_down = False

    def _respond(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        path = urllib.parse.urlsplit(target).path
        token = headers.get("authorization", "").removeprefix("Bearer ")
        with self._lock:
            answer = self._answer(method, target, headers, body)
            verb = _VERBS.get(method, method.lower())
            self.heard.append(Heard(verb, path, token, answer.status))
            return answer

    def _answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        fault = self._fault(method)
        if self._is_dead() or fault == "not_arrived":
            return _RESET
        try:
            if fault == "throttled":
                raise statuses.throttled(1)
            if fault == "unavailable":
                raise statuses.unavailable()
            answer = self._served(method, target, headers, body)
        except Refusal as refusal:
            answer = refusal.answer
        if fault == "not_an_api":
            return Answer(200, b"<html>Welcome</html>", content_type="text/html")
        return _RESET if self._is_dead() or fault == "no_answer" else answer

    def _served(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        parts = urllib.parse.urlsplit(target)
        if headers.get("authorization") != f"Bearer {self.token}":
            raise statuses.unauthorized()
        match [urllib.parse.unquote(part) for part in parts.path.split("/")]:
            case ["", "api", "v1", "namespaces", namespace, "configmaps", *rest] if len(rest) < 2:
                name = rest[0] if rest else ""
            case _:
                raise statuses.no_such_path()
        verb = _VERBS.get(method, method.lower()) if name or method != "GET" else "list"
        allowed = verb in self.verbs and name in self.granted and namespace == self.namespace
        if not allowed:
            raise statuses.forbidden(self.user, verb, namespace, name)
        if verb == "get":
            return _json(self.objects.get(namespace, name))
        if verb != "update":
            raise statuses.no_such_path()
        if headers.get("content-type", "").partition(";")[0] != "application/json":
            raise statuses.unsupported_media_type()
        if len(body) > _MOST_BODY_BYTES:
            raise statuses.too_large_request(_MOST_BODY_BYTES)
        query = dict(urllib.parse.parse_qsl(parts.query))
        return _json(self.objects.replace(namespace, name, body, query))

    def _fault(self, method: str) -> str:
        for number, fault in enumerate(self.faults):
            if fault.method in {"", method}:
                return self.faults.pop(number).kind
        return ""

    def _is_dead(self) -> bool:
        if self.dies_at is not None and next(self._moments) >= self.dies_at:
            self.is_down = True
        return self.is_down


def _json(configmap: Mapping[str, Any]) -> Answer:
    return Answer(200, msgspec.json.encode(configmap))
