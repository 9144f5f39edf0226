"""The pods that the chart renders, run with the built image against the simulated API.

Each container gets what its pod says and nothing else: user and groups, a read-only root, no
capabilities, the limit of memory, the mounts with their owners and modes, arguments, variables. The
API server is a double that allows what the rendered Role allows.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ccsync.simulator import (
    SIMULATED_KEY,
    FederationRule,
    Issuer,
    Request,
    ScriptedOrganization,
    Simulator,
    TokenExchange,
    effects,
)
from ccsync.state.document import Entry, decode
from ccsync.state.kubernetes import configmap
from ccsync.testing.kubernetes import KubernetesDouble
from ccsync.testing.otlp import AppendStore, OtlpReceiver
from tests.chart.rendering import merged, the
from tests.integration.image.conftest import image
from tests.integration.otlp.truth import shown, some_rows, truth
from tests.support.certificates import make_certificate
from tests.support.command import Done
from tests.support.containers import Image
from tests.support.helm import NAMESPACE, Helm
from tests.support.manifests import Json, name_of, of_kind, pod_of, read
from tests.support.pods import Node, PodRun, pod_metadata
from tests.support.pods_volumes import ACCOUNT, Objects

__all__ = ["image"]

pytestmark = [pytest.mark.integration, pytest.mark.timeout(1200)]

DAY = dt.timedelta(days=1)
COUNT = 5
PROMPT = 2.0
"""Seconds from the stop signal to the end, podman's own work included."""

REPOSITORY = "registry.example/platform/ccsync"
RECEIVER_KEY = "Zq7Recognisable-receiver-key"
SECRET = "ccsync-credentials"  # noqa: S105 - a name
AUDIENCE = "https://api.anthropic.com"


@dataclass
class Release:
    """What is outside the pods: the API, a receiver, the API server; and the chart, rendered."""

    directory: Path
    image: Image
    api: Simulator
    organization: ScriptedOrganization
    receiver: OtlpReceiver
    cluster: KubernetesDouble
    node: Node = field(init=False)
    manifests: list[Json] = field(default_factory=list[Json])
    runs: list[PodRun] = field(default_factory=list[PodRun])
    key: str = SIMULATED_KEY
    secrets: set[str] = field(default_factory=lambda: {SIMULATED_KEY, RECEIVER_KEY})
    tokens: dict[str, str] = field(default_factory=dict[str, str])
    is_installed: bool = False

    def __post_init__(self) -> None:
        today = dt.datetime.now(dt.UTC).date()
        self.days = [today - number * DAY for number in range(COUNT, 0, -1)]
        for day in self.days:
            rows = some_rows(day, self.organization.organization_id)
            self.organization.put(day, rows)

    def values(self) -> Json:
        """Give the values: what a user sets, and where the servers of the test are."""
        sink = {
            "type": "otlp",
            "endpoint": self.receiver.base_url,
            "headers": {"x-api-key": "${RECEIVER_KEY}"},
            "timeout": "5s",
            "retry_deadline": "2s",
        }
        return {
            "image": {"repository": REPOSITORY, "tag": "test"},
            "secret": {"existingSecret": SECRET, "env": {"RECEIVER_KEY": "receiver-key"}},
            "config": {
                "source": {
                    "base_url": self.api.base_url,
                    "requests_per_minute": 0,
                    "retry_deadline": "2s",
                },
                "sync": {"start": f"{COUNT}d", "include_today": False},
                "sinks": {"metrics": sink},
            },
        }

    def install(self, more: Json | None = None) -> None:
        """Render the chart, and put what it makes where the pods find it."""
        helm = Helm("helm4", self.directory / "helm")
        helm.home.mkdir(exist_ok=True)
        rendered = helm.template(merged(self.values(), more or {}))
        assert rendered.exit == 0, rendered
        self.manifests = read(rendered.stdout)
        secret: Json = {
            "kind": "Secret",
            "metadata": {"name": SECRET},
            "stringData": {"api-key": self.key, "receiver-key": RECEIVER_KEY},
        }
        objects = Objects([*self.manifests, secret], self.directory / "claims", self.tokens)
        account = self.cluster.mount if of_kind(self.manifests, "Role") else None
        self.node = Node(
            self.image,
            objects,
            self.directory / "node",
            account,
            self.cluster.environ,
            f"{REPOSITORY}:test",
        )
        for role in of_kind(self.manifests, "Role"):
            (rule,) = role["rules"]
            self.cluster.granted, self.cluster.verbs = set(rule["resourceNames"]), {*rule["verbs"]}
            state = the(self.manifests, "ConfigMap", "-state")
            if not self.is_installed:
                self.cluster.create(name_of(state))
        self.is_installed = True

    @property
    def state(self) -> dict[str, bytes]:
        """What is in the ConfigMap of the state."""
        return self.cluster.binary(name_of(the(self.manifests, "ConfigMap", "-state")))

    def acknowledged(self) -> list[dt.date]:
        """The days that the state says the receiver shows."""
        raw = self.cluster.read(name_of(the(self.manifests, "ConfigMap", "-state")))
        ledger = decode(configmap.read(raw).document, "state")
        found: Mapping[dt.date, Entry] = ledger.sinks["metrics"]
        return sorted(day for day, one in found.items() if one.line is not None)

    def start(self, kind: str, index: int | None = None) -> PodRun:
        """Start the pod that the controller of a rendered object makes."""
        manifest = the(self.manifests, kind)
        pod = pod_of(manifest)
        assert pod is not None
        job = {"CronJob": f"{name_of(manifest)}-29000000", "Job": name_of(manifest)}.get(kind, "")
        suffix = "" if index is None else f"-{index}"
        added = {} if index is None else {"JOB_COMPLETION_INDEX": str(index)}
        name = f"{job}{suffix}-x7x7x" if job else name_of(manifest)
        metadata = pod_metadata(pod.metadata, name, NAMESPACE, job)
        run = self.node.start(metadata, pod.spec, **added)
        self.runs.append(run)
        return run

    def run(self, kind: str = "CronJob", index: int | None = None) -> PodRun:
        """Start it, and wait for its end."""
        run = self.start(kind, index)
        run.wait()
        return run

    def assert_true(self) -> None:
        """Check that what is shown is what the API says."""
        store = AppendStore(self.receiver.stored)
        for day in self.days:
            found = {cell: value for cell, value in shown(store.day(day)).items() if value}
            assert found == truth(self.organization, day), day

    def assert_no_secret_is_told(self) -> None:
        """Check logs and last words of every pod that ran."""
        assert self.runs
        for run in self.runs:
            for text in (run.stdout, run.stderr, run.message):
                for secret in {*self.secrets, self.key, self.cluster.token}:
                    assert secret not in text
                    assert base64.b64encode(secret.encode()).decode() not in text


@pytest.fixture
def release(image: Image, tmp_path: Path) -> Iterator[Release]:
    """Let two people have worked on each of five days; at the end, no pod has told a secret."""
    pair = make_certificate(tmp_path, "cluster", "IP:127.0.0.1")
    organization = ScriptedOrganization()
    with (
        Simulator(organization) as api,
        OtlpReceiver() as receiver,
        KubernetesDouble(tmp_path / "pod", certificate=pair.certificate, key=pair.key) as cluster,
    ):
        release = Release(tmp_path, image, api, organization, receiver, cluster)
        yield release
        release.assert_no_secret_is_told()


def done(run: PodRun) -> Done:
    return Done(run.exit, run.stdout, run.stderr)


def message(run: PodRun) -> Json:
    """Give the report that is a pod's last words."""
    assert len(run.message.encode()) <= 4096
    found: Json = json.loads(run.message)
    return found


def test_a_first_run_and_a_second(release: Release) -> None:
    release.install()
    first = release.run()
    assert first.exit == 0, done(first)
    assert done(first).counts("metrics") == {"delivered": COUNT}
    release.assert_true()
    assert release.acknowledged() == release.days
    assert set(release.state) == {"ledger", *(f"memory.metrics.{day}" for day in release.days)}
    assert (message(first)["exit"], message(first)["sinks"]) == (
        0,
        {"metrics": {"delivered": COUNT}},
    )

    sent = len(release.receiver.requests)
    second = release.run()
    assert second.exit == 0, done(second)
    assert done(second).counts("metrics") == {"unchanged": 3}
    assert len(release.receiver.requests) == sent
    assert {one.verb for one in release.cluster.heard} == {"get", "update"}


def test_the_container_is_as_the_pod_says(release: Release) -> None:
    """What podman tells of it, beside what it was told."""
    release.install()
    release.api.faults.add(effects.stall(60))
    run = release.start("CronJob")
    with run.container:
        tool = run.container.tool
        # From here on it listens to signals.
        wait_until(lambda: bool(release.cluster.heard))
        found: Json = json.loads(tool.tell("inspect", run.container.name))[0]
        host, config = found["HostConfig"], found["Config"]
        assert config["User"] == "65532:65532"
        assert host["ReadonlyRootfs"] is True
        assert host["Memory"] == host["MemorySwap"] == 512 * 2**20
        assert found["EffectiveCaps"] in ([], None)
        assert "no-new-privileges" in host["SecurityOpt"]
        assert host["GroupAdd"] == ["65532"]
        assert config["StopTimeout"] == 60
        assert "/tmp" in host["Tmpfs"]  # noqa: S108 - in the container
        seen = {one["Destination"]: one["RW"] for one in found["Mounts"]}
        assert seen["/etc/ccsync"] is seen[ACCOUNT] is seen["/var/run/secrets/ccsync"] is False
        run.container.stop()
        ended = run.container.wait()
    run.exit, run.stdout, run.stderr = ended.exit, ended.stdout, ended.stderr
    assert run.exit == 143


def wait_until(holds: object, seconds: float = 30.0) -> None:
    """Wait until something holds."""
    assert callable(holds)
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_it_ends_at_once_when_it_is_stopped(release: Release) -> None:
    """In the middle of a request that gets no answer; the next pod goes on from there."""
    release.install()
    newest = release.days[-1]
    asked = threading.Event()

    def look(request: Request) -> None:
        if request.day == newest:
            asked.set()

    release.api.on_request = look
    release.api.faults.add(effects.stall(60), day=newest)
    run = release.start("CronJob")
    with run.container:
        assert asked.wait(60), f"nobody asked for {newest}"
        wait_until(lambda: len(release.receiver.requests) >= COUNT - 1)
        begun = time.monotonic()
        run.container.stop()
        seconds = time.monotonic() - begun
        ended = run.container.wait()
    run.exit, run.stdout, run.stderr = ended.exit, ended.stdout, ended.stderr
    assert run.exit == 143, done(run)
    assert seconds < PROMPT
    assert message(run)["exit"] == 143
    assert release.acknowledged() == release.days[:-1]

    release.api.faults.clear()
    again = release.run()
    assert again.exit == 0, done(again)
    assert done(again).counts("metrics") == {"delivered": 1, "unchanged": 2}
    release.assert_true()


def test_exit_3_a_wrong_key(release: Release) -> None:
    release.key = "sk-ant-admin01-Zq7Recognisable-wrong"
    release.install()
    run = release.run()
    assert run.exit == 3, done(run)
    said = message(run)
    assert said["exit"] == 3
    assert "authentication" in said["error"], said
    rules = the(release.manifests, "CronJob")["spec"]["jobTemplate"]["spec"]["podFailurePolicy"]
    assert rules["rules"][0]["action"] == "FailJob"
    assert run.exit in rules["rules"][0]["onExitCodes"]["values"], "it is not tried again"


def test_exit_2_settings_of_somebody_else(release: Release) -> None:
    """A ConfigMap of one's own that has a mistake: told with its line, where people look first."""
    release.install()
    settings = the(release.manifests, "ConfigMap", "-config")
    settings["data"]["ccsync.yaml"] += "snyc: {}\n"
    run = release.run()
    assert run.exit == 2, done(run)
    assert "/etc/ccsync/ccsync.yaml:" in run.message
    assert "did you mean" in run.message


def test_the_pod_of_helm_test(release: Release) -> None:
    release.install()
    checked = release.run("Pod")
    assert checked.exit == 0, done(checked)
    assert release.state == {}, "it writes nothing"
    release.key = "sk-ant-admin01-Zq7Recognisable-wrong"
    release.install()
    refused = release.run("Pod")
    assert refused.exit == 3, done(refused)


def test_a_backfill_by_two_pods_side_by_side(release: Release) -> None:
    first, last = release.days[0], release.days[-1]
    backfill = {"enabled": True, "from": str(first), "to": str(last), "parallelism": 2}
    release.install({"backfill": backfill})
    runs = [release.start("Job", index) for index in (0, 1)]
    for run in runs:
        run.wait()
        assert run.exit == 0, done(run)
    release.assert_true()
    shares = [set(done(run).days("delivered", "metrics")) for run in runs]
    assert shares[0] | shares[1] == set(release.days)
    assert not shares[0] & shares[1]
    assert all(shares)
    assert release.acknowledged() == release.days

    sync = release.run()
    assert sync.exit == 0, done(sync)
    assert done(sync).counts("metrics") == {"unchanged": 3}


def test_state_on_a_volume(release: Release) -> None:
    release.install({"state": {"type": "pvc"}})
    first = release.run()
    assert first.exit == 0, done(first)
    assert done(first).counts("metrics") == {"delivered": COUNT}
    (claim,) = (release.directory / "claims").iterdir()
    assert claim.name == name_of(the(release.manifests, "PersistentVolumeClaim"))
    assert (claim / "ledger.json").stat().st_mode & 0o077 == 0, "nobody else may read it"
    second = release.run()
    assert done(second).counts("metrics") == {"unchanged": 3}
    assert release.cluster.heard == [], "nothing is asked of the API server"
    release.assert_true()


def test_without_any_key(image: Image, tmp_path: Path) -> None:
    """The projected token of the pod is exchanged for one of the API."""
    organization = ScriptedOrganization()
    issuer = Issuer()
    exchange = TokenExchange(FederationRule(organization.organization_id), issuer.jwks())
    rule = exchange.rule
    pair = make_certificate(tmp_path, "cluster", "IP:127.0.0.1")
    with (
        Simulator(organization, keys=(), tokens=(), federation=exchange) as api,
        OtlpReceiver() as receiver,
        KubernetesDouble(tmp_path / "pod", certificate=pair.certificate, key=pair.key) as cluster,
    ):
        release = Release(tmp_path, image, api, organization, receiver, cluster)
        release.tokens[AUDIENCE] = issuer.token()
        release.secrets.add(release.tokens[AUDIENCE])
        ids = {
            "rule_id": rule.rule_id,
            "organization_id": rule.organization_id,
            "service_account_id": rule.service_account_id,
        }
        release.install(
            {"federation": {"enabled": True}, "config": {"source": {"federation": ids}}}
        )
        run = release.run()
        assert run.exit == 0, done(run)
        release.assert_true()
        assert [one.granted for one in exchange.history] == [True]
        release.assert_no_secret_is_told()


def test_a_role_that_allows_less_is_noticed(release: Release) -> None:
    """The double refuses what the rendered Role does not name: so it is this Role that counts."""
    release.install()
    release.cluster.verbs = {"get"}
    run = release.run()
    assert run.exit == 3, done(run)
    assert "verbs: [get, update]" in run.message
