"""What a pod needs to be there: ConfigMaps, Secrets, claims, an account, and single keys."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.manifests import Json, Pod, entries, section

_SINGLE = (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret"))
_WHOLE = (("configMapRef", "ConfigMap"), ("secretRef", "Secret"))


def objects(pod: Pod) -> Iterator[tuple[str, str, str]]:
    """Give path, kind and name of every object that has to be there before the pod starts."""
    for number, volume in enumerate(entries(pod.spec, "volumes")):
        path = f"{pod.path}.volumes[{number}]"
        yield from _of_volume(path, volume)
        for one in entries(section(volume, "projected"), "sources"):
            yield from _of_volume(path, one)
    for path, container in pod.containers():
        for kind, source in _named(container):
            yield f"{path}.env", kind, str(source.get("name"))
    account = str(pod.spec.get("serviceAccountName", "default"))
    if account != "default":
        yield f"{pod.path}.serviceAccountName", "ServiceAccount", account
    for one in entries(pod.spec, "imagePullSecrets"):
        yield f"{pod.path}.imagePullSecrets", "Secret", str(one.get("name"))


def keys(pod: Pod) -> Iterator[tuple[str, str, str, str]]:
    """Give path, kind, name and key of every single key that a pod needs."""
    for number, volume in enumerate(entries(pod.spec, "volumes")):
        path = f"{pod.path}.volumes[{number}]"
        for kind, maker, key in (
            ("configMap", "ConfigMap", "name"),
            ("secret", "Secret", "secretName"),
        ):
            source = section(volume, kind)
            for item in entries(source, "items"):
                yield path, maker, str(source.get(key)), str(item.get("key"))
    for path, container in pod.containers():
        for kind, source in _named(container):
            if "key" in source:
                yield f"{path}.env", kind, str(source.get("name")), str(source["key"])


def _of_volume(path: str, volume: Json) -> Iterator[tuple[str, str, str]]:
    for kind, maker, key in (
        ("configMap", "ConfigMap", "name"),
        ("secret", "Secret", "secretName" if "name" in volume else "name"),
        ("persistentVolumeClaim", "PersistentVolumeClaim", "claimName"),
    ):
        source = section(volume, kind)
        if source and not source.get("optional"):
            yield path, maker, str(source.get(key))


def _named(container: Json) -> Iterator[tuple[str, Json]]:
    """Give kind and reference of whatever variables are taken from, unless it is optional."""
    sources = [(section(one, "valueFrom"), _SINGLE) for one in entries(container, "env")]
    sources += [(one, _WHOLE) for one in entries(container, "envFrom")]
    for source, kinds in sources:
        for key, kind in kinds:
            if (named := section(source, key)) and not named.get("optional"):
                yield kind, named
