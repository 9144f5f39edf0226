"""The rules of a pod, as an API server applies them to one or to the template of one."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.support import manifests_placing, manifests_volumes
from tests.support.manifests import Fault, Json, Pod, entries, section, texts
from tests.support.manifests_forms import (
    dns_label,
    dns_subdomain,
    label_key,
    label_value,
    quantity,
    variable_name,
)

_FIELDS = re.compile(
    r"metadata\.(name|namespace|uid|(labels|annotations)\['[^']+'\])|spec\.(nodeName|"
    r"serviceAccountName)|status\.(hostIPs?|podIPs?)"
)
_SOURCES = ("configMapKeyRef", "fieldRef", "resourceFieldRef", "secretKeyRef")
_RESOURCES = re.compile(r"cpu|memory|ephemeral-storage|hugepages-\w+|[-.a-z0-9]+/[-.\w]+")
_CHOICES = {
    "restartPolicy": ("Always", "OnFailure", "Never"),
    "dnsPolicy": ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"),
    "preemptionPolicy": ("PreemptLowerPriority", "Never"),
}
_CONTAINER_CHOICES = {
    "imagePullPolicy": ("Always", "IfNotPresent", "Never"),
    "terminationMessagePolicy": ("File", "FallbackToLogsOnError"),
}
_NAMES = ("serviceAccountName", "priorityClassName", "runtimeClassName", "schedulerName")
_LONGEST = 2**31 - 1


def faults(pod: Pod) -> Iterator[Fault]:
    """Give what is wrong with a pod by itself."""
    yield from _labels(pod)
    yield from _pod(pod)
    names = Counter(str(one.get("name", "")) for _, one in pod.containers())
    for name, count in names.items():
        if count > 1:
            yield Fault(pod.path, f"{count} containers are called {name!r}")
    if not pod.spec.get("containers"):
        yield Fault(f"{pod.path}.containers", "there is none")
    for path, container in pod.containers():
        yield from _container(path, container)
        yield from _resources(path, section(container, "resources"))
        yield from _environment(path, container)
    yield from manifests_volumes.faults(pod)
    yield from manifests_placing.faults(pod)


def _labels(pod: Pod) -> Iterator[Fault]:
    for key, value in section(pod.metadata, "labels").items():
        for wrong in (label_key(key), label_value(value)):
            if wrong:
                yield Fault(f"{pod.path}: labels", wrong)


def _pod(pod: Pod) -> Iterator[Fault]:
    spec, path = pod.spec, pod.path
    for key, choices in _CHOICES.items():
        if key in spec and spec[key] not in choices:
            yield Fault(f"{path}.{key}", f"{spec[key]!r} is none of {', '.join(choices)}")
    for key in _NAMES:
        if key in spec and (wrong := dns_subdomain(str(spec[key]))):
            yield Fault(f"{path}.{key}", wrong)
    grace = spec.get("terminationGracePeriodSeconds", 30)
    if grace < 0:
        yield Fault(f"{path}.terminationGracePeriodSeconds", f"{grace} is negative")
    deadline = spec.get("activeDeadlineSeconds", 1)
    if not 1 <= deadline <= _LONGEST:
        yield Fault(f"{path}.activeDeadlineSeconds", f"{deadline} is not from 1 to {_LONGEST}")
    for number, one in enumerate(entries(spec, "imagePullSecrets")):
        if wrong := dns_subdomain(str(one.get("name", ""))):
            yield Fault(f"{path}.imagePullSecrets[{number}]", wrong)
    dns = section(spec, "dnsConfig")
    servers = texts(dns, "nameservers")
    if spec.get("dnsPolicy") == "None" and not servers:
        yield Fault(f"{path}.dnsConfig", "dnsPolicy None needs nameservers")
    for value in servers:
        yield from _address(f"{path}.dnsConfig.nameservers", value)
    for number, one in enumerate(entries(spec, "hostAliases")):
        yield from _address(f"{path}.hostAliases[{number}].ip", one.get("ip"))
        for name in texts(one, "hostnames"):
            if wrong := dns_subdomain(str(name)):
                yield Fault(f"{path}.hostAliases[{number}].hostnames", wrong)


def _address(path: str, value: object) -> Iterator[Fault]:
    try:
        ipaddress.ip_address(str(value))
    except ValueError as error:
        yield Fault(path, str(error))


def _container(path: str, container: Json) -> Iterator[Fault]:
    if wrong := dns_label(str(container.get("name", ""))):
        yield Fault(f"{path}.name", wrong)
    image = str(container.get("image") or "")
    if not image or image != image.strip():
        yield Fault(f"{path}.image", f"{image!r} is no image")
    elif re.search(r"[^\w./:@-]|[:@]$|/$|//", image):
        yield Fault(f"{path}.image", f"{image!r} cannot be pulled")
    for key, choices in _CONTAINER_CHOICES.items():
        if key in container and container[key] not in choices:
            yield Fault(f"{path}.{key}", f"{container[key]!r} is none of {', '.join(choices)}")
    is_initial = ".initContainers[" in path
    restart = container.get("restartPolicy")
    if restart is not None and not (is_initial and restart == "Always"):
        yield Fault(f"{path}.restartPolicy", f"{restart!r}: only init containers may say Always")
    probes = [key for key in container if key.endswith("Probe") or key == "lifecycle"]
    if is_initial and probes and restart != "Always":
        yield Fault(path, f"an init container that ends has no {', '.join(probes)}")
    if not str(container.get("terminationMessagePath", "/")).startswith("/"):
        yield Fault(f"{path}.terminationMessagePath", "is no absolute path")
    for key in ("command", "args"):
        said: list[object] = container.get(key) or []
        for number, one in enumerate(said):
            if not isinstance(one, str):
                yield Fault(f"{path}.{key}[{number}]", f"{one!r} is no text; put it in quotes")


def _resources(path: str, resources: Json) -> Iterator[Fault]:
    found: dict[tuple[str, str], Any] = {}
    for kind in ("requests", "limits"):
        for name, value in section(resources, kind).items():
            here = f"{path}.resources.{kind}.{name}"
            if not _RESOURCES.fullmatch(name):
                yield Fault(here, "there is no such resource")
            try:
                found[kind, name] = quantity(value)
            except ValueError as error:
                yield Fault(here, str(error))
                continue
            if found[kind, name] < 0:
                yield Fault(here, f"{value} is negative")
    for (kind, name), value in found.items():
        limit = found.get(("limits", name))
        if kind == "requests" and limit is not None and value > limit:
            yield Fault(
                f"{path}.resources.requests.{name}",
                f"{resources['requests'][name]} is above the limit {resources['limits'][name]}",
            )


def _environment(path: str, container: Json) -> Iterator[Fault]:
    variables = entries(container, "env")
    names = Counter(str(one.get("name", "")) for one in variables)
    for name, count in names.items():
        if count > 1:
            yield Fault(f"{path}.env", f"{name} stands {count} times; only the last would count")
    for number, one in enumerate(variables):
        here = f"{path}.env[{number}]"
        if wrong := variable_name(str(one.get("name", ""))):
            yield Fault(f"{here}.name", wrong)
        if "value" in one and not isinstance(one["value"], str | None):
            yield Fault(f"{here}.value", f"{one['value']!r} is no text; put it in quotes")
        source = one.get("valueFrom")
        if source is None:
            continue
        if one.get("value"):
            yield Fault(here, "has value and valueFrom")
        if len(source) != 1 or next(iter(source)) not in _SOURCES:
            yield Fault(f"{here}.valueFrom", f"needs one of {', '.join(_SOURCES)}")
        elif "fieldRef" in source:
            field = str(source["fieldRef"].get("fieldPath", ""))
            if not _FIELDS.fullmatch(field):
                yield Fault(f"{here}.valueFrom.fieldRef", f"no pod has a field {field!r}")
        elif not source.get("resourceFieldRef") and not all(
            source[key].get(part) for key in source for part in ("name", "key")
        ):
            yield Fault(f"{here}.valueFrom", "needs name and key")
    for number, one in enumerate(entries(container, "envFrom")):
        kinds = [key for key in ("configMapRef", "secretRef") if one.get(key)]
        if len(kinds) != 1 or not one[kinds[0]].get("name"):
            yield Fault(f"{path}.envFrom[{number}]", "needs the name of one ConfigMap or Secret")
