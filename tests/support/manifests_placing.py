"""Where a pod may be placed: node selector, tolerations, spread, affinity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.support.manifests import Fault, Json, Pod, entries, section, texts
from tests.support.manifests_forms import label_key, label_value

_OPERATORS = {
    "selector": ("In", "NotIn", "Exists", "DoesNotExist"),
    "node": ("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"),
}
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_UNSATISFIABLE = ("DoNotSchedule", "ScheduleAnyway")


def faults(pod: Pod) -> Iterator[Fault]:
    """Give what is wrong with the placing of a pod."""
    for key, value in section(pod.spec, "nodeSelector").items():
        for wrong in (label_key(key), label_value(value)):
            if wrong:
                yield Fault(f"{pod.path}.nodeSelector", wrong)
    for number, one in enumerate(entries(pod.spec, "tolerations")):
        yield from _toleration(f"{pod.path}.tolerations[{number}]", one)
    spread = entries(pod.spec, "topologySpreadConstraints")
    for number, one in enumerate(spread):
        yield from _spread(f"{pod.path}.topologySpreadConstraints[{number}]", one)
    pairs = Counter((one.get("topologyKey"), one.get("whenUnsatisfiable")) for one in spread)
    for pair, count in pairs.items():
        if count > 1:
            yield Fault(f"{pod.path}.topologySpreadConstraints", f"{pair} stands {count} times")
    yield from _affinity(f"{pod.path}.affinity", section(pod.spec, "affinity"))


def selector(path: str, found: Json) -> Iterator[Fault]:
    """Give what is wrong with a label selector."""
    for key, value in section(found, "matchLabels").items():
        for wrong in (label_key(key), label_value(value)):
            if wrong:
                yield Fault(f"{path}.matchLabels", wrong)
    yield from _expressions(path, entries(found, "matchExpressions"), "selector")


def _toleration(path: str, found: Json) -> Iterator[Fault]:
    operator = found.get("operator", "Equal")
    if operator not in {"Equal", "Exists"}:
        yield Fault(f"{path}.operator", f"{operator!r} is none of Equal, Exists")
    if operator == "Exists" and found.get("value"):
        yield Fault(path, "Exists has no value")
    if not found.get("key") and operator != "Exists":
        yield Fault(path, "without a key the operator has to be Exists")
    effect = found.get("effect", "")
    if effect and effect not in _EFFECTS:
        yield Fault(f"{path}.effect", f"{effect!r} is none of {', '.join(_EFFECTS)}")
    if found.get("tolerationSeconds") is not None and effect != "NoExecute":
        yield Fault(path, "tolerationSeconds goes with NoExecute only")


def _spread(path: str, found: Json) -> Iterator[Fault]:
    if found.get("maxSkew", 0) < 1:
        yield Fault(f"{path}.maxSkew", "has to be 1 or more")
    if wrong := label_key(str(found.get("topologyKey", ""))):
        yield Fault(f"{path}.topologyKey", wrong)
    if found.get("whenUnsatisfiable") not in _UNSATISFIABLE:
        yield Fault(f"{path}.whenUnsatisfiable", f"is none of {', '.join(_UNSATISFIABLE)}")
    yield from selector(f"{path}.labelSelector", section(found, "labelSelector"))


def _affinity(path: str, affinity: Json) -> Iterator[Fault]:
    node = section(affinity, "nodeAffinity")
    here = f"{path}.nodeAffinity"
    if required := node.get("requiredDuringSchedulingIgnoredDuringExecution"):
        terms = entries(required, "nodeSelectorTerms")
        if not terms:
            yield Fault(here, "nodeSelectorTerms is empty")
        for term in terms:
            yield from _expressions(here, entries(term, "matchExpressions"), "node")
    for one in entries(node, "preferredDuringSchedulingIgnoredDuringExecution"):
        yield from _weight(here, one)
        preference = section(one, "preference")
        yield from _expressions(here, entries(preference, "matchExpressions"), "node")
    for kind in ("podAffinity", "podAntiAffinity"):
        found = section(affinity, kind)
        here = f"{path}.{kind}"
        for term in entries(found, "requiredDuringSchedulingIgnoredDuringExecution"):
            yield from _term(here, term)
        for one in entries(found, "preferredDuringSchedulingIgnoredDuringExecution"):
            yield from _weight(here, one)
            yield from _term(here, section(one, "podAffinityTerm"))


def _weight(path: str, found: Json) -> Iterator[Fault]:
    if not 1 <= found.get("weight", 0) <= 100:
        yield Fault(f"{path}.weight", f"{found.get('weight')} is not from 1 to 100")


def _term(path: str, found: Json) -> Iterator[Fault]:
    if not found.get("topologyKey"):
        yield Fault(f"{path}.topologyKey", "is missing")
    yield from selector(f"{path}.labelSelector", section(found, "labelSelector"))


def _expressions(path: str, found: list[Json], kind: str) -> Iterator[Fault]:
    for one in found:
        operator, values = one.get("operator"), texts(one, "values")
        if operator not in _OPERATORS[kind]:
            yield Fault(path, f"operator {operator!r} is none of {', '.join(_OPERATORS[kind])}")
        if (operator in {"In", "NotIn"}) != bool(values) and operator not in {"Gt", "Lt"}:
            yield Fault(path, f"operator {operator} with values {values}")
        if operator in {"Gt", "Lt"} and len(values) != 1:
            yield Fault(path, f"operator {operator} needs one value")
        if wrong := label_key(str(one.get("key", ""))):
            yield Fault(path, wrong)
