"""Jobs and CronJobs, beside the pods that they make."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.manifests import Fault, Json, entries, job_of, name_of, pod_of, section
from tests.support.manifests_forms import dns_label, label_value, schedule, time_zone

_LONGEST_CRONJOB = 52
"""Characters: its Jobs append eleven."""

_POLICIES = ("Allow", "Forbid", "Replace")
_ACTIONS = ("Count", "FailIndex", "FailJob", "Ignore")
_MOST_RULES, _MOST_CODES, _MOST_INDEXES = 20, 255, 100_000
_STATUSES = ("True", "False", "Unknown")


def faults(manifest: Json) -> Iterator[Fault]:
    """Give what is wrong with a Job or CronJob."""
    if manifest.get("kind") == "CronJob":
        yield from _cronjob(manifest)
    if (found := job_of(manifest)) is None:
        return
    path, job = found
    yield from _job(path, job)
    if manifest["kind"] == "Job":
        # It becomes the value of a label of its pods; with an index, the name of their hosts.
        if wrong := label_value(name_of(manifest)):
            yield Fault("metadata.name", wrong)
        last = job.get("completions", 1) - 1
        if job.get("completionMode") == "Indexed" and (
            wrong := dns_label(f"{name_of(manifest)}-{last}")
        ):
            yield Fault("metadata.name", wrong)


def _whole(path: str, found: Json, *keys: str) -> Iterator[Fault]:
    for key in keys:
        value = found.get(key)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int):
            yield Fault(f"{path}.{key}", f"{value!r} is no whole number")
        elif value < 0:
            yield Fault(f"{path}.{key}", f"{value} is negative")


def _cronjob(manifest: Json) -> Iterator[Fault]:
    spec = section(manifest, "spec")
    name = name_of(manifest)
    if len(name) > _LONGEST_CRONJOB:
        yield Fault(
            "metadata.name",
            f"{name!r} has {len(name)} characters; a CronJob may have {_LONGEST_CRONJOB}",
        )
    if wrong := schedule(spec.get("schedule")):
        yield Fault("spec.schedule", wrong)
    if spec.get("timeZone") is not None and (wrong := time_zone(spec["timeZone"])):
        yield Fault("spec.timeZone", wrong)
    policy = spec.get("concurrencyPolicy", "Allow")
    if policy not in _POLICIES:
        yield Fault("spec.concurrencyPolicy", f"{policy!r} is none of {', '.join(_POLICIES)}")
    keys = ("startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit")
    yield from _whole("spec", spec, *keys)


def _job(path: str, job: Json) -> Iterator[Fault]:
    yield from _whole(
        path,
        job,
        "activeDeadlineSeconds",
        "backoffLimit",
        "backoffLimitPerIndex",
        "completions",
        "maxFailedIndexes",
        "parallelism",
        "ttlSecondsAfterFinished",
    )
    for key in ("selector", "manualSelector"):
        if job.get(key) is not None:
            yield Fault(f"{path}.{key}", "Kubernetes chooses it")
    pod = section(section(job, "template"), "spec")
    restart = pod.get("restartPolicy", "Always")
    if restart not in {"Never", "OnFailure"}:
        yield Fault(f"{path}.template.spec.restartPolicy", f"{restart!r} is not for Jobs")
    yield from _indexes(path, job)
    if (policy := job.get("podFailurePolicy")) is None:
        return
    if restart != "Never":
        yield Fault(
            f"{path}.template.spec.restartPolicy", f"{restart!r}: podFailurePolicy needs Never"
        )
    if job.get("podReplacementPolicy", "Failed") != "Failed":
        yield Fault(f"{path}.podReplacementPolicy", "podFailurePolicy needs Failed")
    yield from _failure_policy(f"{path}.podFailurePolicy", policy, job)


def _indexes(path: str, job: Json) -> Iterator[Fault]:
    mode = job.get("completionMode", "NonIndexed")
    if mode not in {"Indexed", "NonIndexed"}:
        yield Fault(f"{path}.completionMode", f"{mode!r} is none of Indexed, NonIndexed")
    if mode == "Indexed":
        if job.get("completions") is None:
            yield Fault(f"{path}.completions", "Indexed needs it")
        elif job.get("parallelism", 1) > _MOST_INDEXES:
            yield Fault(f"{path}.parallelism", f"at most {_MOST_INDEXES}")
        return
    for key in ("backoffLimitPerIndex", "maxFailedIndexes"):
        if job.get(key) is not None:
            yield Fault(f"{path}.{key}", "goes with Indexed only")


def _failure_policy(path: str, policy: Json, job: Json) -> Iterator[Fault]:
    rules = entries(policy, "rules")
    if len(rules) > _MOST_RULES:
        yield Fault(f"{path}.rules", f"{len(rules)} are more than {_MOST_RULES}")
    pod = section(section(job, "template"), "spec")
    containers = [*entries(pod, "containers"), *entries(pod, "initContainers")]
    names = {str(one.get("name")) for one in containers}
    for number, rule in enumerate(rules):
        here = f"{path}.rules[{number}]"
        action = rule.get("action")
        if action not in _ACTIONS:
            yield Fault(f"{here}.action", f"{action!r} is none of {', '.join(_ACTIONS)}")
        if action == "FailIndex" and job.get("backoffLimitPerIndex") is None:
            yield Fault(f"{here}.action", "FailIndex needs backoffLimitPerIndex")
        codes, conditions = section(rule, "onExitCodes"), entries(rule, "onPodConditions")
        if bool(codes) == bool(conditions):
            yield Fault(here, "needs one of onExitCodes and onPodConditions")
        if codes:
            yield from _exit_codes(f"{here}.onExitCodes", codes, names)
        for one in conditions:
            # Before 1.34 the API server supplies no status.
            if not one.get("type") or one.get("status") not in _STATUSES:
                yield Fault(f"{here}.onPodConditions", f"{one} needs type and status")


def _exit_codes(path: str, codes: Json, containers: set[str]) -> Iterator[Fault]:
    values: list[int] = codes.get("values") or []
    operator = codes.get("operator")
    if operator not in {"In", "NotIn"}:
        yield Fault(f"{path}.operator", f"{operator!r} is none of In, NotIn")
    if not 1 <= len(values) <= _MOST_CODES:
        yield Fault(f"{path}.values", "needs at least one")
    if operator == "In" and 0 in values:
        yield Fault(f"{path}.values", "0 is no failure")
    if values != sorted(set(values)):
        yield Fault(f"{path}.values", f"{values} has to be in order, each once")
    name = codes.get("containerName")
    if name is not None and name not in containers:
        yield Fault(f"{path}.containerName", f"there is no container {name!r}")


def lasting(manifest: Json) -> Iterator[Fault]:
    """Give what lets a Job run for ever: a plain container beside the one that does the work."""
    pod = pod_of(manifest)
    if pod is not None and len(entries(pod.spec, "containers")) > 1:
        yield Fault(
            f"{pod.path}.containers",
            "a Job ends when all of them have; a helper belongs to initContainers, with "
            "restartPolicy: Always",
        )
