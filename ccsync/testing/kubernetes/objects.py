"""ConfigMaps as the API server keeps them: every change is a new version of the whole."""

from __future__ import annotations

import copy
import datetime as dt
import itertools
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from ccsync.testing.kubernetes import statuses, validation

MOST_BYTES = 1_048_576


class Objects:
    """All ConfigMaps by namespace and name. Not safe for threads: its owner locks."""

    def __init__(self, now: Callable[[], dt.datetime]) -> None:
        """Start empty."""
        self.limit = MOST_BYTES
        """Bytes of values that one may have."""
        self.writes = 0
        """Replacements that changed something."""
        self._now = now
        self._kept: dict[tuple[str, str], dict[str, Any]] = {}
        self._versions = itertools.count(4711)

    def create(self, namespace: str, name: str, **parts: Any) -> None:
        """Make one, as `kubectl create` or a chart would."""
        metadata = {
            "name": name,
            "namespace": namespace,
            "uid": str(uuid.uuid4()),
            "resourceVersion": self._next(),
            "creationTimestamp": self._stamp(),
            **parts.pop("metadata", {}),
        }
        made = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": metadata, **parts}
        validation.validate(made, self.limit)
        self._kept[namespace, name] = made

    def delete(self, namespace: str, name: str) -> None:
        """Delete one."""
        del self._kept[namespace, name]

    def edit(self, namespace: str, name: str, change: Callable[[dict[str, Any]], object]) -> None:
        """Change one in place, past every check, and give it a new version."""
        change(self._kept[namespace, name])
        self._kept[namespace, name]["metadata"]["resourceVersion"] = self._next()

    def get(self, namespace: str, name: str) -> dict[str, Any]:
        """Read one.

        Raises:
            Refusal: there is none.
        """
        found = self._kept.get((namespace, name))
        if found is None:
            raise statuses.not_found(name)
        return copy.deepcopy(found)

    def replace(
        self, namespace: str, name: str, body: bytes, query: Mapping[str, str]
    ) -> dict[str, Any]:
        """Replace one by the object in a body, and give it as it is then.

        Raises:
            Refusal: it is not there, not the one that was read, or not taken.
        """
        new = validation.parsed(body)
        metadata = new.setdefault("metadata", {})
        if metadata.setdefault("name", name) != name:
            raise statuses.bad_request(
                f"the name of the object ({metadata['name']}) does not match the name on the URL "
                f"({name})"
            )
        if metadata.setdefault("namespace", namespace) != namespace:
            raise statuses.bad_request(
                "the namespace of the provided object does not match the namespace sent on the "
                "request"
            )
        old = self.get(namespace, name)
        # Without a version it is replaced whatever it is: the API server allows that.
        version = metadata.get("resourceVersion") or old["metadata"]["resourceVersion"]
        if version != old["metadata"]["resourceVersion"]:
            raise statuses.conflict(name)
        wanted, found = str(metadata.get("uid", "")), str(old["metadata"]["uid"])
        if wanted not in {"", found}:
            raise statuses.another_object(namespace, name, wanted, found)
        for kept in ("uid", "creationTimestamp", "resourceVersion"):
            metadata[kept] = old["metadata"][kept]
        validation.validate(new, self.limit)
        validation.validate_update(new, old)
        if "dryRun" in query or new == old:
            return new
        metadata["resourceVersion"] = self._next()
        metadata["managedFields"] = [
            {"manager": query.get("fieldManager", "ccsync"), "operation": "Update"}
        ]
        self._kept[namespace, name] = new
        self.writes += 1
        return copy.deepcopy(new)

    def _next(self) -> str:
        return str(next(self._versions))

    def _stamp(self) -> str:
        return self._now().strftime("%Y-%m-%dT%H:%M:%SZ")
