"""The volumes of a pod, as a kubelet makes them: owners, modes, links that are swapped at once."""

from __future__ import annotations

import base64
import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.containers import Mount
from tests.support.manifests import Json, entries, name_of, section
from tests.support.manifests_forms import quantity

ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
"""Where a container finds the token of its service account."""

_CONFIG_MODE, _TOKEN_MODE = 0o644, 0o600


class NotUnderstoodError(Exception):
    """A pod says something that is not done here, so that running it would prove nothing."""


@dataclass
class Objects:
    """ConfigMaps, Secrets and volumes of one namespace."""

    manifests: list[Json]
    claims: Path
    """Directory of the persistent volumes, each named as its claim."""

    tokens: Mapping[str, str] = field(default_factory=dict[str, str])
    """Tokens of the service account, by audience."""

    def content(self, kind: str, named: Json) -> dict[str, bytes]:
        """Give what is in a ConfigMap or Secret.

        Raises:
            NotUnderstoodError: there is none; no kubelet starts the pod.
        """
        for one in self.manifests:
            if one["kind"] == kind and name_of(one) == named["name"]:
                plain = {**section(one, "data"), **section(one, "stringData")}
                decoded = {
                    key: base64.b64decode(text)
                    for part in ("binaryData", *(["data"] if kind == "Secret" else []))
                    for key, text in section(one, part).items()
                }
                return {**{key: str(text).encode() for key, text in plain.items()}, **decoded}
        raise NotUnderstoodError(f"there is no {kind} {named['name']!r}")


class Volumes:
    """The volumes of one pod, made when a container mounts them."""

    def __init__(self, volumes: list[Json], objects: Objects, folder: Path, context: Json) -> None:
        self.mounts: list[Mount] = []
        self._volumes = {str(one["name"]): one for one in volumes}
        self._objects = objects
        self._folder = folder
        self._context = context
        self._made: dict[str, Path] = {}

    def mount(self, mount: Json) -> list[str]:
        """Add what a mount says; gives options where it is no directory of the host.

        Raises:
            NotUnderstoodError: the mount or its volume is of a kind that is not known here.
        """
        unknown = mount.keys() - {"name", "mountPath", "readOnly"}
        if unknown or mount["name"] not in self._volumes:
            raise NotUnderstoodError(f"volumeMounts: not understood: {mount}")
        volume = self._volumes[mount["name"]]
        writable = not mount.get("readOnly", False)
        (kind,) = volume.keys() - {"name"}
        source = section(volume, kind)
        if kind == "emptyDir":
            return [f"--tmpfs={mount['mountPath']}:{self._in_memory(source, writable=writable)}"]
        if kind == "persistentVolumeClaim":
            self._add(self._claim(source["claimName"]), mount, writable=writable)
        elif kind in {"configMap", "secret", "projected"}:
            # They are read-only, whatever the mount says.
            self._add(self._files(str(volume["name"]), kind, source), mount, writable=False)
        else:
            raise NotUnderstoodError(f"volumes: not understood: {volume}")
        return []

    def _add(self, place: Path, mount: Json, *, writable: bool) -> None:
        self.mounts.append(Mount(place, mount["mountPath"], writable))

    def _in_memory(self, source: Json, *, writable: bool) -> str:
        """A kubelet takes a directory of the node; a file system in memory has a limit as well."""
        if unknown := source.keys() - {"sizeLimit", "medium"}:
            raise NotUnderstoodError(f"emptyDir: not understood: {unknown}")
        size = source.get("sizeLimit")
        limit = f",size={math.floor(quantity(size))}" if size is not None else ""
        return f"{'rw' if writable else 'ro'},nosuid,nodev,mode=0777{limit}"

    def _claim(self, name: str) -> Path:
        place = self._objects.claims / name
        place.mkdir(parents=True, exist_ok=True)
        os.chown(place, -1, self._group())
        # Written by the group, and so is whatever is made in it.
        place.chmod(0o2775)
        return place

    def _files(self, name: str, kind: str, source: Json) -> Path:
        if name not in self._made:
            place = self._folder / "volumes" / name
            hidden = place / "..2026_01_01"
            hidden.mkdir(parents=True)
            for path, content, mode in self._content(kind, source):
                file = hidden / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
                os.chown(file, 0, self._group())
                # Whoever is in the group of the pod may read what its owner may.
                file.chmod(mode | 0o040 if self._context["fsGroup"] is not None else mode)
            (place / "..data").symlink_to(hidden.name)
            for one in hidden.iterdir():
                (place / one.name).symlink_to(Path("..data") / one.name)
            self._made[name] = place
        return self._made[name]

    def _group(self) -> int:
        return int(self._context["fsGroup"] or 0)

    def _content(self, kind: str, source: Json) -> Iterator[tuple[str, bytes, int]]:
        mode = int(source.get("defaultMode", _CONFIG_MODE))
        if kind == "projected":
            if unknown := source.keys() - {"sources", "defaultMode"}:
                raise NotUnderstoodError(f"projected: not understood: {unknown}")
            for one in entries(source, "sources"):
                yield from self._projected(one, mode)
            return
        yield from self._chosen("ConfigMap" if kind == "configMap" else "Secret", source, mode)

    def _projected(self, source: Json, mode: int) -> Iterator[tuple[str, bytes, int]]:
        match source:
            case {"serviceAccountToken": {"path": str(path)}}:
                audience = str(source["serviceAccountToken"].get("audience", ""))
                if audience not in self._objects.tokens:
                    raise NotUnderstoodError(f"there is no token for {audience!r}")
                yield path, self._objects.tokens[audience].encode(), _TOKEN_MODE
            case {"configMap": _}:
                yield from self._chosen("ConfigMap", source["configMap"], mode)
            case {"secret": _}:
                yield from self._chosen("Secret", source["secret"], mode)
            case _:
                raise NotUnderstoodError(f"projected: not understood: {source}")

    def _chosen(self, kind: str, source: Json, mode: int) -> Iterator[tuple[str, bytes, int]]:
        if unknown := source.keys() - {"name", "secretName", "items", "defaultMode"}:
            raise NotUnderstoodError(f"{kind}: not understood: {unknown}")
        named = {"name": source.get("secretName") or source.get("name")}
        content = self._objects.content(kind, named)
        items = entries(source, "items") or [{"key": key, "path": key} for key in content]
        for item in items:
            if item["key"] not in content:
                raise NotUnderstoodError(f"{kind} {named['name']!r} has no key {item['key']!r}")
            yield str(item["path"]), content[item["key"]], int(item.get("mode", mode))
