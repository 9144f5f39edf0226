"""Volumes of a pod, and where its containers mount them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath

from tests.support.manifests import Fault, Json, Pod, entries
from tests.support.manifests_forms import config_key, dns_label, quantity

_SHORTEST_TOKEN, _LONGEST_TOKEN = 600, 1 << 32
"""Seconds of a projected token."""

_NEEDED = {
    "configMap": "name",
    "secret": "secretName",
    "persistentVolumeClaim": "claimName",
    "hostPath": "path",
    "csi": "driver",
}
_MEDIA = ("", "Memory", "HugePages")


def faults(pod: Pod) -> Iterator[Fault]:
    """Give what is wrong with volumes and mounts."""
    volumes = entries(pod.spec, "volumes")
    names = [str(one.get("name", "")) for one in volumes]
    for name, count in Counter(names).items():
        if count > 1:
            yield Fault(f"{pod.path}.volumes", f"{name!r} stands {count} times")
    mounted: set[str] = set()
    for path, container in pod.containers():
        mounts = entries(container, "volumeMounts")
        mounted |= {str(one.get("name")) for one in mounts}
        yield from _mounts(path, mounts, set(names))
    for number, volume in enumerate(volumes):
        path = f"{pod.path}.volumes[{number}]"
        yield from _volume(path, volume)
        if volume.get("name") not in mounted:
            yield Fault(path, f"no container mounts {volume.get('name')!r}")


def _mounts(path: str, mounts: list[Json], volumes: set[str]) -> Iterator[Fault]:
    targets = Counter(str(one.get("mountPath", "")).rstrip("/") for one in mounts)
    for target, count in targets.items():
        if count > 1:
            yield Fault(f"{path}.volumeMounts", f"{target!r} is mounted {count} times")
    for number, mount in enumerate(mounts):
        here = f"{path}.volumeMounts[{number}]"
        if mount.get("name") not in volumes:
            yield Fault(here, f"there is no volume {mount.get('name')!r}")
        target = str(mount.get("mountPath", ""))
        if not target.startswith("/") or ":" in target:
            yield Fault(here, f"mountPath {target!r} is no absolute path without a colon")
        if "subPath" in mount:
            yield from _relative(f"{here}.subPath", mount["subPath"])


def _volume(path: str, volume: Json) -> Iterator[Fault]:
    if wrong := dns_label(str(volume.get("name", ""))):
        yield Fault(f"{path}.name", wrong)
    sources = [key for key in volume if key != "name"]
    if len(sources) != 1:
        yield Fault(path, f"has {len(sources)} sources ({', '.join(sources)}), not one")
        return
    kind = sources[0]
    source: Json = volume[kind] or {}
    here = f"{path}.{kind}"
    if kind in _NEEDED and not source.get(_NEEDED[kind]):
        yield Fault(here, f"{_NEEDED[kind]} is missing")
    yield from _mode(here, source.get("defaultMode"))
    if kind in {"configMap", "secret"}:
        yield from _items(here, entries(source, "items"))
    elif kind == "emptyDir":
        yield from _empty_dir(here, source)
    elif kind == "projected":
        yield from _projected(here, source)


def _empty_dir(path: str, source: Json) -> Iterator[Fault]:
    if not str(source.get("medium", "")).startswith(_MEDIA[1:]) and source.get("medium"):
        yield Fault(f"{path}.medium", f"{source['medium']!r} is none of {_MEDIA}")
    if source.get("sizeLimit") is not None:
        try:
            if quantity(source["sizeLimit"]) < 0:
                yield Fault(f"{path}.sizeLimit", "is negative")
        except ValueError as error:
            yield Fault(f"{path}.sizeLimit", str(error))


def _projected(path: str, source: Json) -> Iterator[Fault]:
    sources = entries(source, "sources")
    if not sources:
        yield Fault(path, "projects nothing")
    for number, one in enumerate(sources):
        here = f"{path}.sources[{number}]"
        if len(one) != 1:
            yield Fault(here, f"has {len(one)} sources, not one")
            continue
        (kind, inner), *_ = one.items()
        if kind == "serviceAccountToken":
            lifetime = inner.get("expirationSeconds", 3600)
            if not _SHORTEST_TOKEN <= lifetime <= _LONGEST_TOKEN:
                yield Fault(
                    f"{here}.serviceAccountToken.expirationSeconds",
                    f"{lifetime} is not from {_SHORTEST_TOKEN} (ten minutes) to {_LONGEST_TOKEN}",
                )
            yield from _relative(f"{here}.serviceAccountToken.path", inner.get("path", ""))
        elif kind in {"configMap", "secret"}:
            if not inner.get("name"):
                yield Fault(f"{here}.{kind}", "name is missing")
            yield from _items(f"{here}.{kind}", entries(inner, "items"))


def _items(path: str, items: list[Json]) -> Iterator[Fault]:
    for number, item in enumerate(items):
        here = f"{path}.items[{number}]"
        if wrong := config_key(str(item.get("key", ""))):
            yield Fault(f"{here}.key", wrong)
        yield from _relative(f"{here}.path", item.get("path", ""))
        yield from _mode(here, item.get("mode"))
    for target, count in Counter(str(item.get("path", "")) for item in items).items():
        if count > 1:
            yield Fault(f"{path}.items", f"{target!r} is written {count} times")


def _mode(path: str, mode: object) -> Iterator[Fault]:
    if mode is not None and not (isinstance(mode, int) and 0 <= mode <= 0o777):
        yield Fault(f"{path}.defaultMode", f"{mode!r} is not from 0 to 0777 (511)")


def _relative(path: str, value: object) -> Iterator[Fault]:
    if not isinstance(value, str) or not value:
        yield Fault(path, "is empty")
    elif value.startswith("/") or ".." in PurePosixPath(value).parts:
        yield Fault(path, f"{value!r} leaves its directory")
