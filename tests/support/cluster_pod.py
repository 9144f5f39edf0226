"""A pod's volumes and variables as the kubelet makes them, for a process that is no container.

What a pod mounts lies in a directory of the test instead, so paths below a mount are translated,
wherever the pod says them: in arguments, variables, and files of ConfigMaps.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.cluster_api import Api
from tests.support.command import Json

ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
"""Where the token of the service account is, in a pod."""

_STATE = re.compile(r"kubernetes://configmap/[-.\w]+(?=[\s\"']|$)")


@dataclass
class PodFiles:
    """Makes the volumes of one pod below a directory."""

    api: Api
    pod: Json
    folder: Path
    claims: Path
    """Where persistent volumes are, by the name of their claim."""

    paths: dict[str, Path] = field(default_factory=dict[str, Path])
    """Where in truth each mounted path is."""

    @property
    def namespace(self) -> str:
        name: str = self.pod["metadata"]["namespace"]
        return name

    def mount(self, container: Json) -> None:
        """Make everything that the container mounts."""
        volumes = {one["name"]: one for one in self.pod["spec"].get("volumes", [])}
        mounts = container.get("volumeMounts", [])
        for one in mounts:
            volume, within = volumes[one["name"]], one.get("subPath", "")
            self.paths[one["mountPath"].rstrip("/")] = self._place(volume) / within
        for one in volumes.values():
            self._fill(one, self._place(one))

    def translate(self, text: str) -> str:
        """Put the true paths where a text names mounted ones."""
        longest = sorted(self.paths, key=len, reverse=True)
        if not longest:
            return text
        pattern = "|".join(re.escape(path) for path in longest)
        return re.sub(
            rf"(?:(?<=//)|(?<![-\w./]))({pattern})(?=[/\s\"',:]|$)",
            lambda hit: str(self.paths[hit[1]]),
            text,
        )

    def variables(self, container: Json) -> dict[str, str]:
        """Give the environment that the pod asks for."""
        found: dict[str, str] = {}
        for source in container.get("envFrom", []):
            kind = "ConfigMap" if "configMapRef" in source else "Secret"
            named = source.get("configMapRef") or source["secretRef"]
            for name, content in self._content(kind, named).items():
                found[source.get("prefix", "") + name] = content.decode()
        for one in container.get("env", []):
            value = self._value(one["valueFrom"]) if "valueFrom" in one else one.get("value", "")
            if value is not None:
                found[one["name"]] = expand(self.translate(value), found)
        return found

    def _place(self, volume: Json) -> Path:
        place = self.folder / str(volume["name"])
        if "persistentVolumeClaim" in volume:
            place = self.claims / str(volume["persistentVolumeClaim"]["claimName"])
        place.mkdir(parents=True, exist_ok=True)
        return place

    def _fill(self, volume: Json, place: Path) -> None:
        for name, content in self._files(volume):
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def _files(self, volume: Json) -> Iterator[tuple[str, bytes]]:
        match volume:
            case {"configMap": source}:
                yield from self._chosen("ConfigMap", source)
            case {"secret": source}:
                yield from self._chosen("Secret", source | {"name": source["secretName"]})
            case {"projected": {"sources": sources}}:
                for source in sources:
                    yield from self._projected(source)
            case {"emptyDir": _} | {"persistentVolumeClaim": _}:
                pass
            case _:
                raise AssertionError(f"no stand-in for this volume: {volume}")

    def _projected(self, source: Json) -> Iterator[tuple[str, bytes]]:
        match source:
            case {"serviceAccountToken": token}:
                yield token["path"], self._token(token).encode()
            case {"configMap": named}:
                yield from self._chosen("ConfigMap", named)
            case {"secret": named}:
                yield from self._chosen("Secret", named)
            case {"downwardAPI": {"items": items}}:
                for item in items:
                    yield item["path"], (self._value(item) or "").encode()
            case _:
                raise AssertionError(f"no stand-in for this source: {source}")

    def _token(self, wanted: Json) -> str:
        about = self.pod["metadata"]
        bound = {"apiVersion": "v1", "kind": "Pod", "name": about["name"], "uid": about["uid"]}
        spec: Json = {"boundObjectRef": bound}
        spec["expirationSeconds"] = wanted.get("expirationSeconds", 3600)
        spec["audiences"] = [wanted["audience"]] if "audience" in wanted else []
        return self.api.token_of(self.pod["spec"]["serviceAccountName"], self.namespace, **spec)

    def _chosen(self, kind: str, source: Json) -> Iterator[tuple[str, bytes]]:
        content = self._content(kind, source)
        names = [(key, key) for key in content]
        if "items" in source:
            names = [(item["key"], item["path"]) for item in source["items"]]
        for key, path in names:
            yield path, self._local(content[key]) if kind == "ConfigMap" else content[key]

    def _local(self, content: bytes) -> bytes:
        try:
            text = self.translate(content.decode())
        except UnicodeDecodeError:
            return content
        token = self.paths.get(ACCOUNT)
        if token is not None:
            text = _STATE.sub(lambda hit: f"{hit[0]}?mount={token}", text)
        return text.encode()

    def _content(self, kind: str, source: Json) -> dict[str, bytes]:
        found = self.api.find(kind, source["name"], self.namespace)
        if found is None:
            assert source.get("optional"), f"{kind} {source['name']!r} not found"
            return {}
        texts: dict[str, str] = found.get("data") or {}
        if kind == "Secret":
            return {key: base64.b64decode(text) for key, text in texts.items()}
        binary: dict[str, str] = found.get("binaryData") or {}
        return {
            **{key: text.encode() for key, text in texts.items()},
            **{key: base64.b64decode(text) for key, text in binary.items()},
        }

    def _value(self, source: Json) -> str | None:
        match source:
            case {"fieldRef": {"fieldPath": path}}:
                return _field(self.pod, path)
            case {"resourceFieldRef": _}:
                return None
            case {"secretKeyRef": named}:
                found = self._content("Secret", named)
            case {"configMapKeyRef": named}:
                found = self._content("ConfigMap", named)
            case _:
                raise AssertionError(f"no stand-in for this value: {source}")
        if named["key"] not in found:
            assert named.get("optional"), f"no key {named['key']!r} in {named['name']!r}"
            return None
        return found[named["key"]].decode()


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Put in what `$(NAME)` stands for; `$$` is a dollar, and unknown names stay."""
    return re.sub(
        r"\$\$|\$\(([-._A-Za-z0-9]+)\)",
        lambda hit: "$" if hit[1] is None else variables.get(hit[1], hit[0]),
        text,
    )


def _field(pod: Json, path: str) -> str:
    whole, _, key = path.partition("[")
    value: Any = pod
    for part in whole.split("."):
        value = value.get(part, {})
    value = value.get(key.strip("]'\""), "") if key else value
    return value if isinstance(value, str) else ""
