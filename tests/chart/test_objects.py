"""What single values make of the objects: zeros, names, state, checksums, alerts, network."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.rendering import SMALL, Rendering, given, merged, settings_of, the
from tests.support.helm import NAMESPACE, values_files
from tests.support.manifests import Json, job_of, name_of, of_kind, pod_of, section, title
from tests.support.manifests_faults import faults

EXISTING = {"ccsync-credentials"}


def at(value: Any, path: str) -> Any:
    """Follow a path with dots; a step that is not there gives None."""
    for step in path.split("."):
        match value:
            case {**mapping}:
                value = mapping.get(step)
            case _:
                return None
    return value


JOB = "spec.jobTemplate.spec"
POD = f"{JOB}.template.spec"

NUMBERS = {
    "cronjob.successfulJobsHistoryLimit": "spec.successfulJobsHistoryLimit",
    "cronjob.failedJobsHistoryLimit": "spec.failedJobsHistoryLimit",
    "job.backoffLimit": f"{JOB}.backoffLimit",
    "job.ttlSecondsAfterFinished": f"{JOB}.ttlSecondsAfterFinished",
    "terminationGracePeriodSeconds": f"{POD}.terminationGracePeriodSeconds",
}
"""Values to where they go."""


def with_value(path: str, value: Any) -> Json:
    """Give small values with one more, at a path with dots."""
    layer: Any = value
    for step in reversed(path.split(".")):
        layer = {step: layer}
    return merged(SMALL, layer)


def test_zeros_are_kept(either: Rendering) -> None:
    values = SMALL
    for path in NUMBERS:
        values = merged(values, with_value(path, 0))
    cronjob = the(either.manifests(values), "CronJob")
    assert {path: at(cronjob, target) for path, target in NUMBERS.items()} == dict.fromkeys(
        NUMBERS, 0
    )


def test_a_null_leaves_it_to_kubernetes(either: Rendering) -> None:
    values = SMALL
    for path in NUMBERS:
        values = merged(values, with_value(path, None))
    cronjob = the(either.manifests(values), "CronJob")
    assert [path for path, target in NUMBERS.items() if at(cronjob, target) is not None] == []
    assert faults(either.manifests(values), EXISTING) == []


def test_zeros_of_a_backfill_are_kept(either: Rendering) -> None:
    backfill = {"backoffLimit": 0, "ttlSecondsAfterFinished": 0, "enabled": True, "from": "30d"}
    job = the(either.manifests(merged(SMALL, {"backfill": backfill})), "Job")
    assert (job["spec"]["backoffLimit"], job["spec"]["ttlSecondsAfterFinished"]) == (0, 0)


@pytest.mark.parametrize("said", [True, False])
def test_switches_are_kept(chart: Rendering, said: bool) -> None:
    values = merged(SMALL, {"cronjob": {"suspend": said}})
    assert the(chart.manifests(values), "CronJob")["spec"]["suspend"] is said


@pytest.mark.parametrize(
    ("said", "type_of_state", "expected"),
    [
        (None, "none", False),
        (None, "configmap", True),
        (True, "none", True),
        (False, "none", False),
    ],
)
def test_a_token_is_mounted_where_it_is_needed(
    chart: Rendering, said: bool | None, type_of_state: str, expected: bool
) -> None:
    layer = {"serviceAccount": {"automount": said}, "state": {"type": type_of_state}}
    cronjob = the(chart.manifests(merged(SMALL, layer)), "CronJob")
    assert at(cronjob, f"{POD}.automountServiceAccountToken") is expected


EVERYTHING: Json = {
    "backfill": {"enabled": True, "from": "2026-01-01", "to": "2026-10-31", "parallelism": 20},
    "networkPolicy": {"enabled": True},
    "prometheusRule": {"enabled": True},
    "dashboards": {"enabled": True},
}


@pytest.mark.parametrize("length", [1, 40, 45, 53])
@pytest.mark.parametrize("kind", ["release", "dots", "override"])
def test_names_of_every_length(newer_first: Rendering, length: int, kind: str) -> None:
    release = "n" * length
    values = merged(SMALL, EVERYTHING)
    if kind == "dots":
        release = "a." * (length // 2) + "b"
    if kind == "override":
        release, values = "ccsync", merged(values, {"fullnameOverride": "o" * (length + 10)})
    manifests = newer_first.manifests(values, release=release)
    assert faults(manifests, EXISTING) == []
    by_kind: dict[str, list[str]] = {}
    for one in manifests:
        by_kind.setdefault(one["kind"], []).append(name_of(one))
    assert all(len(set(names)) == len(names) for names in by_kind.values())


@pytest.mark.parametrize("word", ["1234", "0x10", "1e3", "no", "null", "true", "y"])
@pytest.mark.parametrize("kind", ["release", "override"])
def test_names_that_yaml_takes_for_something_else(chart: Rendering, word: str, kind: str) -> None:
    values = merged(SMALL, EVERYTHING, {"fullnameOverride": word} if kind == "override" else {})
    manifests = chart.manifests(values, release=word if kind == "release" else "ccsync")
    assert faults(manifests, EXISTING) == []
    label = the(manifests, "CronJob")["metadata"]["labels"]["app.kubernetes.io/instance"]
    assert label == (word if kind == "release" else "ccsync")


def test_long_names_that_begin_alike_stay_apart(chart: Rendering) -> None:
    one, other = ("n" * 60 + end for end in ("a", "b"))
    names = [
        {title(of) for of in chart.manifests(merged(SMALL, EVERYTHING, {"fullnameOverride": name}))}
        for name in (one, other)
    ]
    assert not names[0] & names[1]


def test_an_override_that_is_too_long_for_a_label(either: Rendering) -> None:
    values = merged(SMALL, EVERYTHING, {"nameOverride": "n" * 63})
    assert faults(either.manifests(values), EXISTING) == []


@pytest.mark.parametrize(
    "options",
    [
        pytest.param((), id="install"),
        pytest.param(("--is-upgrade",), id="upgrade", marks=pytest.mark.thorough),
    ],
)
@pytest.mark.parametrize("values", values_files(), ids=lambda one: one.stem)
def test_no_revision_writes_into_the_state(
    chart: Rendering, values: Path, options: tuple[str, ...]
) -> None:
    """What a tool applies has no content: merged with what is there, it takes nothing away."""
    state = section(given(values), "state")
    configmap = section(state, "configMap")
    manifests = chart.manifests(values, *options)
    kept = [
        one for one in manifests if section(one["metadata"], "labels").get(COMPONENT) == "state"
        and one["kind"] == "ConfigMap"
    ]  # fmt: skip
    wanted = state.get("type", "configmap") == "configmap"
    assert len(kept) == (wanted and configmap.get("create", True))
    for one in kept:
        assert set(one) == {"apiVersion", "kind", "metadata"}
        keep = configmap.get("keep", True)
        policy = section(one["metadata"], "annotations").get("helm.sh/resource-policy")
        assert policy == ("keep" if keep else None)


COMPONENT = "app.kubernetes.io/component"


def test_the_state_has_the_same_name_after_a_reinstall(chart: Rendering) -> None:
    first, again = chart.manifests(SMALL), chart.manifests(SMALL, "--is-upgrade")
    assert name_of(the(first, "ConfigMap", "-state")) == name_of(the(again, "ConfigMap", "-state"))


def test_a_claim_is_kept(chart: Rendering) -> None:
    manifests = chart.manifests(merged(SMALL, {"state": {"type": "pvc"}}))
    claim = the(manifests, "PersistentVolumeClaim")
    assert claim["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    (settings,) = settings_of(manifests).values()
    state = yaml.safe_load(settings)["state"]
    mounts = at(the(manifests, "CronJob"), POD)["containers"][0]["volumeMounts"]
    assert state.removeprefix("file://") in {one["mountPath"] for one in mounts}
    assert not of_kind(manifests, "Role", "RoleBinding")


def test_an_upgrade_renders_what_an_installation_does(either: Rendering) -> None:
    values = merged(SMALL, EVERYTHING)
    assert either.manifests(values) == either.manifests(values, "--is-upgrade")


def annotations_of(manifests: list[Json]) -> Json:
    pod = pod_of(the(manifests, "CronJob"))
    assert pod is not None
    found: Json = pod.metadata["annotations"]
    return found


def test_other_settings_are_seen_at_the_pod(chart: Rendering) -> None:
    before = annotations_of(chart.manifests(SMALL))
    changed = merged(SMALL, {"config": {"sync": {"start": "60d"}}})
    after = annotations_of(chart.manifests(changed))
    assert re.fullmatch(r"[0-9a-f]{64}", before["checksum/config"])
    assert before["checksum/config"] != after["checksum/config"]


def test_another_secret_is_seen_at_the_pod(chart: Rendering) -> None:
    inline = {"secret": {"existingSecret": "", "create": True, "values": {"api-key": "one"}}}
    first = annotations_of(chart.manifests(merged(SMALL, inline)))
    inline["secret"]["values"] = {"api-key": "two"}
    second = annotations_of(chart.manifests(merged(SMALL, inline)))
    assert first["checksum/secret"] != second["checksum/secret"]


BACKFILL: Json = {"backfill": {"enabled": True, "from": "2026-01-01", "to": "2026-03-31"}}


@pytest.mark.parametrize(
    "change",
    [
        {"backfill": {"to": "2026-04-30"}},
        {"backfill": {"from": "2025-12-01"}},
        {"backfill": {"parallelism": 4}},
        {"backfill": {"force": True}},
        {"backfill": {"sinks": ["console"]}},
        {"image": {"tag": "9.9.9"}},
        {"config": {"sync": {"lookback_days": 5}}},
        {"resources": {"limits": {"memory": "1Gi"}}},
    ],
    ids=str,
)
def test_a_backfill_that_changes_is_another_job(chart: Rendering, change: Json) -> None:
    """A Job cannot be changed: under its old name, the upgrade would fail."""
    first = the(chart.manifests(merged(SMALL, BACKFILL)), "Job")
    second = the(chart.manifests(merged(SMALL, BACKFILL, change)), "Job")
    assert name_of(first) != name_of(second)


def test_a_backfill_that_stays_is_the_same_job(chart: Rendering) -> None:
    first = the(chart.manifests(merged(SMALL, BACKFILL)), "Job")
    change = {"cronjob": {"schedule": "3 * * * *"}, "prometheusRule": {"enabled": True}}
    assert the(chart.manifests(merged(SMALL, BACKFILL, change)), "Job") == first


def test_a_backfill_side_by_side(chart: Rendering) -> None:
    values = merged(SMALL, BACKFILL, {"backfill": {"parallelism": 8}})
    job = the(chart.manifests(values), "Job")
    spec, pod = job["spec"], pod_of(job)
    assert pod is not None
    container = pod.spec["containers"][0]
    assert (spec["completionMode"], spec["completions"], spec["parallelism"]) == ("Indexed", 8, 8)
    assert {"name": "CCSYNC_SHARDS", "value": "8"} in container["env"]
    assert container["args"] == ["sync", "--from", "2026-01-01", "--to", "2026-03-31"]


def test_failures_that_no_retry_mends_end_the_job(chart: Rendering) -> None:
    found = job_of(the(chart.manifests(SMALL), "CronJob"))
    assert found is not None
    rules = found[1]["podFailurePolicy"]["rules"]
    codes = [one["onExitCodes"]["values"] for one in rules if one["action"] == "FailJob"]
    assert codes == [[2, 3, 4]]
    ignored = [one["onPodConditions"] for one in rules if one["action"] == "Ignore"]
    assert ignored == [[{"type": "DisruptionTarget", "status": "True"}]]


def test_a_network_policy_lets_out_what_is_configured(chart: Rendering) -> None:
    sink = {"type": "otlp", "endpoint": "http://collector.observability:9411"}
    values = merged(SMALL, {"networkPolicy": {"enabled": True}, "config": {"sinks": {"m": sink}}})
    policy = the(chart.manifests(values), "NetworkPolicy")
    assert policy["spec"]["ingress"] == []
    ports = {port["port"] for rule in policy["spec"]["egress"] for port in rule["ports"]}
    assert {53, 443, 6443, 9411} <= ports


def test_a_network_policy_lets_out_to_the_state(chart: Rendering) -> None:
    state = {"type": "s3", "bucket": "mine", "endpoint": "http://storage.example:9000"}
    values = merged(SMALL, {"networkPolicy": {"enabled": True}, "state": state})
    policy = the(chart.manifests(values), "NetworkPolicy")
    assert {"protocol": "TCP", "port": 9000} in policy["spec"]["egress"][1]["ports"]


def test_no_two_jobs_are_one_holder_of_leases(chart: Rendering) -> None:
    """In two clusters, the Jobs of one minute have the same name, and uids of their own."""
    values = merged(SMALL, {"backfill": {"enabled": True, "from": "9d"}})
    manifests = chart.manifests(values)
    for pod in (pod_of(the(manifests, kind)) for kind in ("CronJob", "Job")):
        assert pod is not None
        env = {one["name"]: one for one in pod.spec["containers"][0]["env"]}
        path = env["CCSYNC_JOB_UID"]["valueFrom"]["fieldRef"]["fieldPath"]
        assert path == "metadata.labels['batch.kubernetes.io/controller-uid']"
        assert env["CCSYNC_HOLDER"]["value"].endswith("/$(CCSYNC_JOB)/$(CCSYNC_JOB_UID)")


def test_alerts_name_this_cronjob(chart: Rendering) -> None:
    values = merged(SMALL, {"prometheusRule": {"enabled": True, "staleAfter": "5h"}})
    rule = the(chart.manifests(values, release="nightly"), "PrometheusRule")
    alerts = [one for group in rule["spec"]["groups"] for one in group["rules"]]
    text = str(alerts)
    assert 'cronjob="nightly-ccsync"' in text
    assert f'namespace="{NAMESPACE}"' in text
    names = [one["alert"] for one in alerts if "alert" in one]
    assert len(set(names)) == len(names) >= 3
    assert all({"summary", "description"} <= one["annotations"].keys() for one in alerts)


def test_a_digest_wins_over_a_tag(chart: Rendering) -> None:
    digest = "sha256:" + "a" * 64
    values = merged(SMALL, {"image": {"tag": "1.2.3", "digest": digest}})
    (container,) = at(the(chart.manifests(values), "CronJob"), POD)["containers"]
    assert container["image"] == f"registry.example/platform/ccsync@{digest}"


def test_the_tag_is_the_version_of_the_program(chart: Rendering) -> None:
    from ccsync import __version__

    (container,) = at(the(chart.manifests(SMALL), "CronJob"), POD)["containers"]
    assert container["image"] == f"registry.example/platform/ccsync:{__version__}"
