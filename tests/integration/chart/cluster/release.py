"""A release of the chart in a namespace, the API it reads, and nodes that run its pods."""

from __future__ import annotations

import base64
import copy
import datetime as dt
from dataclasses import dataclass
from typing import Any, cast

from ccsync.simulator import SIMULATED_KEY, ScriptedOrganization, Simulator
from ccsync.state.document import Ledger, decode
from ccsync.state.kubernetes import configmap
from tests.support.cluster import Cluster
from tests.support.cluster_api import Api, wait_for
from tests.support.cluster_helm import Helm, kubectl
from tests.support.cluster_kubelet import Kubelet, Run
from tests.support.command import Json

NAME = "ccsync"
"""Of the release; the chart calls its objects the same then."""

STATE = f"{NAME}-state"
BATCH = "batch/v1"
SECRET = "analytics-keys"  # noqa: S105 - its name
DAYS = 5


@dataclass
class Release:
    """Installed, run, changed and uninstalled as people do it."""

    cluster: Cluster
    api: Api
    namespace: str
    helm: Helm
    kubelet: Kubelet
    simulator: Simulator
    organization: ScriptedOrganization

    def secret(self, key: str = SIMULATED_KEY) -> None:
        """Make the Secret that `values` name, or replace it."""
        content = {"api-key": base64.b64encode(key.encode()).decode()}
        about = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": SECRET}}
        self.api.delete("Secret", SECRET, self.namespace)
        self.api.create({**about, "data": content}, self.namespace).taken()

    @property
    def days(self) -> list[dt.date]:
        """Days with usage, oldest first; the newest is yesterday."""
        today = dt.datetime.now(dt.UTC).date()
        return [today - number * dt.timedelta(days=1) for number in range(DAYS, 0, -1)]

    def values(self, **changes: Any) -> Json:
        """Give values that sync those days to the log, and change some of them."""
        values: Json = {
            "image": {"repository": "registry.example/ccsync", "tag": "test"},
            "secret": {"existingSecret": SECRET},
            # Only what a test starts is to run.
            "cronjob": {"suspend": True},
            "config": {
                "source": {
                    "base_url": self.simulator.base_url,
                    "requests_per_minute": 0,
                    "retry_deadline": "1s",
                },
                "sync": {"start": f"{DAYS}d", "include_today": False},
                "sinks": {"out": {"type": "stdout", "track": True}},
            },
        }
        return merged(values, changes)

    def install(self, **changes: Any) -> str:
        """Install it; gives what Helm prints."""
        return self.helm.apply("install", NAME, self.values(**changes))

    def upgrade(self, *options: str, **changes: Any) -> str:
        """Change its values; gives what Helm prints."""
        return self.helm.apply("upgrade", NAME, self.values(**changes), *options)

    def start(self, job: str) -> None:
        """Start a run now, as the documentation says."""
        arguments = ("create", "job", job, f"--from=cronjob/{NAME}")
        done = kubectl(self.cluster.kubeconfig, self.namespace, *arguments)
        assert done.exit == 0, done
        assert "Warning" not in done.stderr, done.stderr

    def over(self, job: str, patience: float = 45.0) -> Json:
        """Wait until a Job is complete or failed, and give its condition."""

        def verdict() -> Json | None:
            status = self.job(job).get("status", {})
            for one in status.get("conditions", []):
                if one["type"] in ("Complete", "Failed") and one["status"] == "True":
                    return dict(one)
            return None

        return wait_for(f"end of job {job}", verdict, patience)

    def run(self, job: str) -> Run:
        """Start a run now, and wait for its end; it has one pod."""
        self.start(job)
        self.over(job)
        (run,) = self.kubelet.of(job)
        return run

    def job(self, name: str) -> Json:
        """Give a Job as it is."""
        return self.api.get("Job", name, self.namespace, BATCH)

    def events(self, name: str) -> list[tuple[str, str]]:
        """Give reason and message of what is told about an object."""
        found = self.api.all("Event", self.namespace)
        return [
            (one["reason"], one["message"])
            for one in found
            if one["involvedObject"]["name"] == name
        ]

    @property
    def state(self) -> dict[str, str]:
        """What the ConfigMap of the state holds, as it is sent."""
        found = self.api.get("ConfigMap", STATE, self.namespace)
        texts: dict[str, str] = found.get("data") or {}
        binary: dict[str, str] = found.get("binaryData") or {}
        return texts | binary

    @property
    def ledger(self) -> Ledger:
        """What it says has been acknowledged."""
        found = self.api.get("ConfigMap", STATE, self.namespace)
        return decode(configmap.read(found).document, STATE)


def merged(one: Json, other: Json) -> Json:
    """Put values over others as Helm does: maps together, everything else in place."""
    both = copy.deepcopy(one)
    for name, value in other.items():
        old = both.get(name)
        both[name] = (
            merged(cast("Json", old), cast("Json", value))
            if isinstance(old, dict) and isinstance(value, dict)
            else value
        )
    return both
