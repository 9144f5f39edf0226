"""What manifests of one release say of each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Set
from urllib.parse import urlsplit

import yaml

from tests.support import manifests_references as references
from tests.support.manifests import (
    Fault,
    Json,
    Pod,
    entries,
    name_of,
    of_kind,
    pod_of,
    section,
    texts,
    title,
)

STATE = "kubernetes://configmap/"


def faults(manifests: list[Json], existing: Set[str]) -> Iterator[Fault]:
    """Give what does not go together.

    Args:
        manifests: all of a release.
        existing: names of objects that somebody else makes, as the values say.
    """
    yield from _twice(manifests)
    for manifest in manifests:
        if (pod := pod_of(manifest)) is None:
            continue
        for path, kind, name in references.objects(pod):
            if name not in existing and name not in _names(manifests, kind):
                yield Fault(f"{title(manifest)}: {path}", f"there is no {kind} {name!r}")
        for path, kind, name, key in references.keys(pod):
            known = _keys_of(manifests, kind, name)
            if known is not None and key not in known:
                yield Fault(f"{title(manifest)}: {path}", f"{kind} {name!r} has no key {key!r}")
    yield from _bindings(manifests, existing)
    yield from _policies(manifests)
    yield from _state(manifests, existing)


def _twice(manifests: list[Json]) -> Iterator[Fault]:
    found = Counter(
        (str(one.get("apiVersion")).partition("/")[0], title(one), _namespace(one))
        for one in manifests
    )
    for (_, name, _), count in found.items():
        if count > 1:
            yield Fault(name, f"is made {count} times")


def _namespace(manifest: Json) -> str:
    return str(manifest["metadata"].get("namespace", ""))


def _names(manifests: list[Json], kind: str) -> set[str]:
    """Give the names of what a release makes; an ExternalSecret makes a Secret."""
    names = {name_of(one) for one in of_kind(manifests, kind)}
    if kind == "Secret":
        names |= {_target(one) for one in of_kind(manifests, "ExternalSecret")}
    return names


def _target(manifest: Json) -> str:
    target = section(manifest["spec"], "target")
    return str(target.get("name") or name_of(manifest))


def _keys_of(manifests: list[Json], kind: str, name: str) -> set[str] | None:
    """Give the keys of a ConfigMap or Secret; None: nobody here knows them."""
    if kind == "Secret":
        for one in of_kind(manifests, "ExternalSecret"):
            if _target(one) == name:
                if one["spec"].get("dataFrom"):
                    return None
                return {str(part["secretKey"]) for part in entries(one["spec"], "data")}
    for one in of_kind(manifests, kind):
        if name_of(one) == name:
            parts = ("data", "stringData", "binaryData")
            return {str(key) for part in parts for key in section(one, part)}
    return None


def _bindings(manifests: list[Json], existing: Set[str]) -> Iterator[Fault]:
    accounts = _names(manifests, "ServiceAccount") | existing | {"default"}
    for binding in of_kind(manifests, "RoleBinding"):
        reference = binding["roleRef"]
        known = _names(manifests, "Role") | existing
        if reference["kind"] == "Role" and reference["name"] not in known:
            yield Fault(title(binding), f"there is no Role {reference['name']!r}")
        for subject in entries(binding, "subjects"):
            if subject["kind"] == "ServiceAccount" and subject["name"] not in accounts:
                yield Fault(title(binding), f"there is no ServiceAccount {subject['name']!r}")


def _policies(manifests: list[Json]) -> Iterator[Fault]:
    """A NetworkPolicy that selects none of the pods protects nobody."""
    pods = [(one, pod) for one in manifests if (pod := pod_of(one)) is not None]
    for policy in of_kind(manifests, "NetworkPolicy"):
        wanted = section(policy["spec"]["podSelector"], "matchLabels")
        for manifest, pod in pods:
            labels = section(pod.metadata, "labels")
            if not wanted.items() <= labels.items():
                yield Fault(title(policy), f"does not select the pods of {title(manifest)}")


def _state(manifests: list[Json], existing: Set[str]) -> Iterator[Fault]:
    """State in a ConfigMap: it is there, and the pods may read and update that one."""
    for name in _state_names(manifests):
        if name not in _names(manifests, "ConfigMap") | existing:
            yield Fault("state", f"there is no ConfigMap {name!r}")
        for manifest in manifests:
            if (pod := pod_of(manifest)) is None:
                continue
            account = str(pod.spec.get("serviceAccountName", "default"))
            if not _has_token(manifests, pod, account):
                yield Fault(title(manifest), f"state in ConfigMap {name!r} needs a mounted token")
            if "Role" not in {one.get("kind") for one in manifests}:
                continue  # rbac.create: false: somebody else's
            if not _may(manifests, account, name):
                yield Fault(title(manifest), f"{account} may not get and update {name!r}")


def _state_names(manifests: list[Json]) -> set[str]:
    found: set[str] = set()
    for one in of_kind(manifests, "ConfigMap"):
        for value in section(one, "data").values():
            if not isinstance(value, str) or STATE not in value or "sinks:" not in value:
                continue
            settings: Json = yaml.safe_load(value) or {}
            state = str(settings.get("state", ""))
            if state.startswith(STATE):
                found.add(urlsplit(state).path.removeprefix("/"))
    return found


def _has_token(manifests: list[Json], pod: Pod, account: str) -> bool:
    given = pod.spec.get("automountServiceAccountToken")
    if given is None:
        own = [one for one in of_kind(manifests, "ServiceAccount") if name_of(one) == account]
        given = own[0].get("automountServiceAccountToken", True) if own else True
    return bool(given)


def _may(manifests: list[Json], account: str, configmap: str) -> bool:
    for binding in of_kind(manifests, "RoleBinding"):
        if account not in {one["name"] for one in entries(binding, "subjects")}:
            continue
        for role in of_kind(manifests, "Role"):
            if name_of(role) != binding["roleRef"]["name"]:
                continue
            for rule in entries(role, "rules"):
                named = configmap in texts(rule, "resourceNames")
                right = {"get", "update"} <= set(rule["verbs"])
                if named and right and "configmaps" in rule["resources"]:
                    return True
    return False
