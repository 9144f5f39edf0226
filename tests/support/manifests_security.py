"""The Pod Security Standard "restricted", which a namespace may enforce."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.support.manifests import Fault, Json, Pod, entries, section, texts

_VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}
_PROFILES = ("RuntimeDefault", "Localhost")
_SYSCTLS = {
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_syncookies",
}
_SELINUX = {"", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"}


def restricted(pod: Pod) -> Iterator[Fault]:
    """Give what "restricted" forbids."""
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.spec.get(key):
            yield Fault(f"{pod.path}.{key}", "is forbidden")
    for number, volume in enumerate(entries(pod.spec, "volumes")):
        for kind in volume.keys() - {"name"} - _VOLUMES:
            yield Fault(f"{pod.path}.volumes[{number}]", f"{kind} is forbidden")
    own = section(pod.spec, "securityContext")
    yield from _context(f"{pod.path}.securityContext", own)
    for one in entries(own, "sysctls"):
        if one.get("name") not in _SYSCTLS:
            yield Fault(f"{pod.path}.securityContext.sysctls", f"{one} is forbidden")
    for path, container in pod.containers():
        context = section(container, "securityContext")
        here = f"{path}.securityContext"
        yield from _context(here, context)
        yield from _container(here, context)
        if _either(context, own, "runAsNonRoot") is not True:
            yield Fault(f"{here}.runAsNonRoot", "has to be true, here or at the pod")
        profile: Json = _either(context, own, "seccompProfile") or {}
        if profile.get("type") not in _PROFILES:
            yield Fault(f"{here}.seccompProfile", f"has to be one of {', '.join(_PROFILES)}")
        for port in entries(container, "ports"):
            if port.get("hostPort"):
                yield Fault(f"{path}.ports", "hostPort is forbidden")


def _either(context: Json, pod: Json, key: str) -> Any:
    return context[key] if context.get(key) is not None else pod.get(key)


def _context(path: str, context: Json) -> Iterator[Fault]:
    if context.get("runAsNonRoot") is False:
        yield Fault(f"{path}.runAsNonRoot", "is false")
    if context.get("runAsUser") == 0:
        yield Fault(f"{path}.runAsUser", "is root")
    profile = context.get("seccompProfile")
    if profile is not None and profile.get("type") not in _PROFILES:
        yield Fault(f"{path}.seccompProfile", f"{profile.get('type')!r} is forbidden")
    if section(context, "windowsOptions").get("hostProcess"):
        yield Fault(f"{path}.windowsOptions", "hostProcess is forbidden")
    selinux = section(context, "seLinuxOptions")
    if selinux.get("type", "") not in _SELINUX or selinux.get("user") or selinux.get("role"):
        yield Fault(f"{path}.seLinuxOptions", f"{selinux} is forbidden")
    for key in ("runAsUser", "runAsGroup", "fsGroup"):
        if context.get(key, 0) < 0:
            yield Fault(f"{path}.{key}", f"{context[key]} is negative")


def _container(path: str, context: Json) -> Iterator[Fault]:
    if context.get("allowPrivilegeEscalation") is not False:
        yield Fault(f"{path}.allowPrivilegeEscalation", "has to be false")
    if context.get("privileged"):
        yield Fault(f"{path}.privileged", "is forbidden")
    if context.get("procMount", "Default") != "Default":
        yield Fault(f"{path}.procMount", f"{context['procMount']!r} is forbidden")
    capabilities = section(context, "capabilities")
    if "ALL" not in texts(capabilities, "drop"):
        yield Fault(f"{path}.capabilities.drop", "has to hold ALL")
    if set(texts(capabilities, "add")) - {"NET_BIND_SERVICE"}:
        yield Fault(f"{path}.capabilities.add", f"{capabilities['add']} is forbidden")


def hardened(pod: Pod) -> Iterator[Fault]:
    """Give what the chart promises of its own container beyond that."""
    for path, container in pod.containers():
        if container.get("name") != "ccsync":
            continue
        context = section(container, "securityContext")
        if context.get("readOnlyRootFilesystem") is not True:
            yield Fault(f"{path}.securityContext", "readOnlyRootFilesystem is not true")
