"""Asking an API server of Kubernetes for what tests want to know, and telling it what they need."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from tests.support.command import Json

T = TypeVar("T")

PATIENCE = 30.0
"""Seconds that controllers may take for anything that they do at once."""

MERGE = {"content-type": "application/merge-patch+json"}


@dataclass(frozen=True)
class Answer:
    """What became of one request."""

    status: int
    body: Json
    warnings: list[str]
    """What `kubectl` and Helm print as `Warning:`."""

    @property
    def said(self) -> str:
        """The message of a refusal."""
        return str(self.body.get("message", ""))

    def taken(self) -> Json:
        """Give the object.

        Raises:
            AssertionError: the server refused.
        """
        assert self.status < 300, f"HTTP {self.status}: {self.said or self.body}"
        return self.body


class Api:
    """An API server, as one user sees it. Safe for one thread at a time."""

    def __init__(self, address: str, certificate: Path, token: str) -> None:
        self.token = token
        self._client = httpx.Client(
            base_url=address,
            verify=trusting(certificate),
            trust_env=False,
            timeout=20.0,
            headers={"authorization": f"Bearer {token}"},
        )
        self._resources: dict[str, list[Json]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def ask(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        headers: Mapping[str, str] | None = None,
        **query: str,
    ) -> Answer:
        """Send one request, whatever the answer is."""
        answer = self._client.request(method, path, json=body, headers=headers, params=query)
        is_json = answer.headers.get("content-type", "").startswith("application/json")
        warnings = [_words(one) for one in answer.headers.get_list("warning")]
        return Answer(answer.status_code, answer.json() if is_json else {}, warnings)

    def text(self, path: str) -> str:
        """Read what is no object, such as `/metrics`."""
        return self._client.get(path).raise_for_status().text

    # ------------------------------------------------------------------------------- objects

    def create(self, manifest: Json, namespace: str, *, checked: bool = False) -> Answer:
        """Create an object; a namespace of its own counts. `checked`: no more than that."""
        query = {"dryRun": "All", "fieldValidation": "Strict"} if checked else {}
        return self.ask("POST", self.path(manifest, namespace), manifest, None, **query)

    def dry_run(self, manifest: Json, namespace: str) -> Answer:
        """Have an object checked as if it were created: every field, defaults, admission."""
        return self.create(manifest, namespace, checked=True)

    def get(self, kind: str, name: str, namespace: str, version: str = "v1") -> Json:
        """Read an object that is there."""
        path = self.path({"apiVersion": version, "kind": kind}, namespace)
        return self.ask("GET", f"{path}/{name}").taken()

    def find(self, kind: str, name: str, namespace: str, version: str = "v1") -> Json | None:
        """Read an object; None where there is none."""
        path = self.path({"apiVersion": version, "kind": kind}, namespace)
        answer = self.ask("GET", f"{path}/{name}")
        return None if answer.status == 404 else answer.taken()

    def all(self, kind: str, namespace: str, version: str = "v1") -> list[Json]:
        """List the objects of a kind."""
        path = self.path({"apiVersion": version, "kind": kind}, namespace)
        found: list[Json] = self.ask("GET", path).taken()["items"]
        return found

    def merge(
        self, kind: str, name: str, namespace: str, change: Json, version: str = "v1"
    ) -> Json:
        """Change some fields of an object; those of its status alone, if there are any."""
        path = self.path({"apiVersion": version, "kind": kind}, namespace)
        part = "/status" if "status" in change else ""
        return self.ask("PATCH", f"{path}/{name}{part}", change, MERGE).taken()

    def delete(
        self, kind: str, name: str, namespace: str, version: str = "v1", **options: Any
    ) -> None:
        """Delete an object, unless it is gone."""
        path = self.path({"apiVersion": version, "kind": kind}, namespace)
        answer = self.ask("DELETE", f"{path}/{name}", options)
        if answer.status != 404:
            answer.taken()

    def token_of(self, account: str, namespace: str, **spec: Any) -> str:
        """Give a token of a service account, as the kubelet asks for one."""
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token"
        token: str = self.ask("POST", path, body).taken()["status"]["token"]
        return token

    # ----------------------------------------------------------------------------- discovery

    def path(self, manifest: Json, namespace: str) -> str:
        """Say where objects of a manifest's kind are."""
        version = manifest["apiVersion"]
        root = f"/api/{version}" if "/" not in version else f"/apis/{version}"
        if root not in self._resources:
            self._resources[root] = self.ask("GET", root).taken()["resources"]
        for one in self._resources[root]:
            if one["kind"] == manifest["kind"] and "/" not in one["name"]:
                inside = manifest.get("metadata", {}).get("namespace", namespace)
                scope = f"/namespaces/{inside}" if one["namespaced"] else ""
                return f"{root}{scope}/{one['name']}"
        self._resources.pop(root)
        raise AssertionError(f"the API server knows no {version} {manifest['kind']}")

    def versions(self) -> Iterator[str]:
        """Give every apiVersion that the server has."""
        yield "v1"
        for group in self.ask("GET", "/apis").taken()["groups"]:
            yield group["preferredVersion"]["groupVersion"]


def trusting(certificate: Path) -> ssl.SSLContext:
    """Trust a server with this certificate."""
    return ssl.create_default_context(cafile=str(certificate))


def wait_for(what: str, look: Callable[[], T | None], patience: float = PATIENCE) -> T:
    """Look until there is something.

    Raises:
        AssertionError: there was nothing for so many seconds.
    """
    until = time.monotonic() + patience
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < until, f"not within {patience:g} s: {what}"
        time.sleep(0.1)


def _words(header: str) -> str:
    # 299 - "text with \"quotes\""
    return header.partition('"')[2].removesuffix('"').replace('\\"', '"')
