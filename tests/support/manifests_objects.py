"""Metadata of all manifests; ConfigMaps, Secrets, claims, RBAC, NetworkPolicies."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping

from tests.support import manifests_placing
from tests.support.manifests import Fault, Json, entries, name_of, section, texts
from tests.support.manifests_forms import (
    config_key,
    dns_subdomain,
    label_key,
    label_value,
    quantity,
)

MOST_BYTES = 1 << 20
"""Of all values of a ConfigMap or Secret."""

MOST_ANNOTATION_BYTES = 256 * 1024
_MODES = ("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod")
_PROTOCOLS = ("TCP", "UDP", "SCTP")
_HOOKS = re.compile(r"(test|(pre|post)-(install|delete|upgrade|rollback))")
_HOOK_POLICIES = ("before-hook-creation", "hook-succeeded", "hook-failed")
_NAMELESS = ("create", "list", "watch", "deletecollection")
"""Verbs that a rule with resourceNames never allows, or only with a field selector."""


def faults(manifest: Json) -> Iterator[Fault]:
    """Give what is wrong with metadata, and with what is special to a kind."""
    yield from _metadata(manifest)
    if judge := _BY_KIND.get(str(manifest.get("kind"))):
        yield from judge(manifest)


def _metadata(manifest: Json) -> Iterator[Fault]:
    for key in ("apiVersion", "kind", "metadata"):
        if not manifest.get(key):
            yield Fault(key, "is missing")
    metadata = section(manifest, "metadata")
    if wrong := dns_subdomain(name_of(manifest)):
        yield Fault("metadata.name", wrong)
    for key, value in section(metadata, "labels").items():
        for wrong in (label_key(key), label_value(value)):
            if wrong:
                yield Fault("metadata.labels", wrong)
    size = 0
    for key, value in section(metadata, "annotations").items():
        if wrong := label_key(key.lower()):
            yield Fault("metadata.annotations", wrong)
        if not isinstance(value, str):
            yield Fault("metadata.annotations", f"{key}: {value!r} is no text; put it in quotes")
        size += len(key) + len(str(value))
    if size > MOST_ANNOTATION_BYTES:
        yield Fault("metadata.annotations", f"{size} bytes are more than 256 KiB")
    yield from _hooks(section(metadata, "annotations"))


def _hooks(annotations: Mapping[str, str]) -> Iterator[Fault]:
    for hook in annotations.get("helm.sh/hook", "").split(",") if annotations else ():
        if hook and not _HOOKS.fullmatch(hook.strip()):
            yield Fault("metadata.annotations", f"helm.sh/hook: {hook!r} is no hook")
    for policy in annotations.get("helm.sh/hook-delete-policy", "").split(","):
        if policy and policy.strip() not in _HOOK_POLICIES:
            yield Fault("metadata.annotations", f"helm.sh/hook-delete-policy: {policy!r} is none")
    if annotations.get("helm.sh/resource-policy", "keep") != "keep":
        yield Fault("metadata.annotations", "helm.sh/resource-policy can only be keep")


def _configmap(manifest: Json) -> Iterator[Fault]:
    data = section(manifest, "data")
    binary = section(manifest, "binaryData")
    for key in (*data, *binary):
        if wrong := config_key(str(key)):
            yield Fault("data", wrong)
    for key in data.keys() & binary.keys():
        yield Fault("data", f"{key!r} stands in binaryData, too")
    size = 0
    for key, value in data.items():
        if not isinstance(value, str):
            yield Fault(f"data.{key}", f"{value!r} is no text")
        size += len(str(value).encode())
    for key, value in binary.items():
        decoded = _decoded(value)
        if decoded is None:
            yield Fault(f"binaryData.{key}", "is no base64")
        size += len(decoded or b"")
    if size > MOST_BYTES:
        yield Fault("data", f"{size} bytes are more than 1 MiB")


def _secret(manifest: Json) -> Iterator[Fault]:
    size = 0
    for key, value in section(manifest, "data").items():
        if wrong := config_key(str(key)):
            yield Fault("data", wrong)
        decoded = _decoded(value)
        if decoded is None:
            yield Fault(f"data.{key}", "is no base64")
        size += len(decoded or b"")
    for key, value in section(manifest, "stringData").items():
        if wrong := config_key(str(key)):
            yield Fault("stringData", wrong)
        if not isinstance(value, str):
            yield Fault(f"stringData.{key}", "is no text; put it in quotes")
        size += len(str(value).encode())
    if size > MOST_BYTES:
        yield Fault("data", f"{size} bytes are more than 1 MiB")


def _decoded(value: object) -> bytes | None:
    try:
        return base64.b64decode(str(value), validate=True)
    except (binascii.Error, ValueError):
        return None


def _claim(manifest: Json) -> Iterator[Fault]:
    spec = section(manifest, "spec")
    modes = texts(spec, "accessModes")
    if not modes:
        yield Fault("spec.accessModes", "needs at least one")
    for mode in modes:
        if mode not in _MODES:
            yield Fault("spec.accessModes", f"{mode!r} is none of {', '.join(_MODES)}")
    if "ReadWriteOncePod" in modes and len(modes) > 1:
        yield Fault("spec.accessModes", "ReadWriteOncePod stands alone")
    requests = section(section(spec, "resources"), "requests")
    try:
        if quantity(requests.get("storage")) <= 0:
            yield Fault("spec.resources.requests.storage", "has to be more than 0")
    except ValueError as error:
        yield Fault("spec.resources.requests.storage", str(error))
    name = spec.get("storageClassName")
    if name and (wrong := dns_subdomain(str(name))):
        yield Fault("spec.storageClassName", wrong)


def _role(manifest: Json) -> Iterator[Fault]:
    for number, rule in enumerate(entries(manifest, "rules")):
        path = f"rules[{number}]"
        for key in ("verbs", "apiGroups", "resources"):
            if not rule.get(key):
                yield Fault(f"{path}.{key}", "needs at least one")
            elif "*" in rule[key]:
                yield Fault(f"{path}.{key}", "* allows more than anybody needs")
        for verb in texts(rule, "verbs"):
            if rule.get("resourceNames") and verb in _NAMELESS:
                yield Fault(f"{path}.verbs", f"{verb} cannot be limited to names")


def _binding(manifest: Json) -> Iterator[Fault]:
    reference = section(manifest, "roleRef")
    if reference.get("apiGroup") != "rbac.authorization.k8s.io":
        yield Fault("roleRef.apiGroup", "has to be rbac.authorization.k8s.io")
    if reference.get("kind") not in {"Role", "ClusterRole"} or not reference.get("name"):
        yield Fault("roleRef", "has to name a Role or ClusterRole")
    for number, subject in enumerate(entries(manifest, "subjects")):
        path = f"subjects[{number}]"
        if subject.get("kind") not in {"ServiceAccount", "User", "Group"}:
            yield Fault(f"{path}.kind", f"{subject.get('kind')!r} is none")
        if subject.get("kind") == "ServiceAccount":
            if subject.get("apiGroup"):
                yield Fault(f"{path}.apiGroup", "is empty for a ServiceAccount")
            if not subject.get("namespace"):
                yield Fault(f"{path}.namespace", "is missing")
        if wrong := dns_subdomain(str(subject.get("name", ""))):
            yield Fault(f"{path}.name", wrong)


def _network_policy(manifest: Json) -> Iterator[Fault]:
    spec = section(manifest, "spec")
    yield from manifests_placing.selector("spec.podSelector", section(spec, "podSelector"))
    for kind in texts(spec, "policyTypes"):
        if kind not in {"Ingress", "Egress"}:
            yield Fault("spec.policyTypes", f"{kind!r} is none of Ingress, Egress")
    for direction, peers in (("egress", "to"), ("ingress", "from")):
        for number, rule in enumerate(entries(spec, direction)):
            path = f"spec.{direction}[{number}]"
            for port in entries(rule, "ports"):
                yield from _port(f"{path}.ports", port)
            for peer in entries(rule, peers):
                yield from _peer(f"{path}.{peers}", peer)


def _port(path: str, found: Json) -> Iterator[Fault]:
    if found.get("protocol", "TCP") not in _PROTOCOLS:
        yield Fault(path, f"protocol {found['protocol']!r} is none of {', '.join(_PROTOCOLS)}")
    port, end = found.get("port"), found.get("endPort")
    for one in (port, end):
        if isinstance(one, int) and not 1 <= one <= 65535:
            yield Fault(path, f"{one} is not from 1 to 65535")
    if isinstance(port, str) and not re.fullmatch(r"(?=.*[a-z])[a-z0-9-]{1,15}", port):
        yield Fault(path, f"{port!r} is no name of a port; numbers have no quotes")
    if end is not None and (not isinstance(port, int) or end < port):
        yield Fault(path, f"endPort {end} needs a port that is not above it")


def _peer(path: str, found: Json) -> Iterator[Fault]:
    if not found:
        yield Fault(path, "names nobody")
    for key in ("podSelector", "namespaceSelector"):
        yield from manifests_placing.selector(f"{path}.{key}", section(found, key))
    if (block := found.get("ipBlock")) is None:
        return
    if len(found) > 1:
        yield Fault(path, "ipBlock stands alone")
    try:
        whole = ipaddress.ip_network(str(block.get("cidr", "")))
        for one in texts(block, "except"):
            part = ipaddress.ip_network(str(one))
            inside = part.version == whole.version and part != whole
            if not inside or not whole.supernet_of(part):  # type: ignore[arg-type]
                yield Fault(path, f"except {one} is not within {whole}")
    except ValueError as error:
        yield Fault(f"{path}.ipBlock", str(error))


_BY_KIND: Mapping[str, Callable[[Json], Iterator[Fault]]] = {
    "ConfigMap": _configmap,
    "NetworkPolicy": _network_policy,
    "PersistentVolumeClaim": _claim,
    "Role": _role,
    "RoleBinding": _binding,
    "Secret": _secret,
}
