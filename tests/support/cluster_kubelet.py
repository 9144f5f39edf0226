"""A stand-in for nodes: it runs the container of each pod as a process of this machine.

The process is the installed `ccsync`, with the arguments, variables and files of the pod; its real
exit code and last words go into the pod's status. What makes a container of a process (image, user,
limits, read-only root) is left out: tests of the image have that.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.cluster import Cluster
from tests.support.cluster_api import MERGE, Api
from tests.support.cluster_pod import PodFiles, expand
from tests.support.command import COMMAND, Done, Json

NODE = "stand-in"
_MOST_WORDS = 2048
"""Bytes of a log that stand in for last words: terminationMessagePolicy FallbackToLogsOnError."""


@dataclass
class Run:
    """One pod, and what became of its process."""

    pod: Json
    process: subprocess.Popen[bytes]
    folder: Path
    began: str
    stopped_at: float | None = None
    """When it was asked to end, by the clock that only goes forward."""

    done: Done | None = None

    @property
    def name(self) -> str:
        name: str = self.pod["metadata"]["name"]
        return name

    @property
    def job(self) -> str:
        """The Job that the pod is of; empty for a pod by itself."""
        name: str = self.pod["metadata"].get("labels", {}).get("batch.kubernetes.io/job-name", "")
        return name


@dataclass
class Kubelet:
    """Runs the pods of one namespace while it is entered.

    Raises, at the end: whatever went wrong on our side.
    """

    cluster: Cluster
    namespace: str
    folder: Path
    runs: list[Run] = field(default_factory=list[Run])
    on_start: Callable[[Json], None] = lambda pod: None
    """Called with each pod before its process starts."""

    _seen: set[str] = field(default_factory=set[str])
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _failure: BaseException | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._work, name="kubelet")
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        assert self._thread is not None
        self._thread.join()
        for run in self.runs:
            if run.process.poll() is None:
                run.process.kill()
                run.process.wait()
        if self._failure is not None and error is None:
            raise self._failure

    def of(self, job: str) -> list[Run]:
        """Give the runs of a Job that are over, in the order of their start."""
        return [run for run in self.runs if run.job == job and run.done is not None]

    def _work(self) -> None:
        try:
            with self.cluster.api() as api:
                while not self._over.wait(0.1):
                    for pod in api.all("Pod", self.namespace):
                        self._look_at(api, pod)
        except BaseException as failure:  # noqa: BLE001 - raised where the test ends
            self._failure = failure

    def _look_at(self, api: Api, pod: Json) -> None:
        uid = pod["metadata"]["uid"]
        run = next((one for one in self.runs if one.pod["metadata"]["uid"] == uid), None)
        is_unwanted = "deletionTimestamp" in pod["metadata"]
        if run is None:
            if not is_unwanted and uid not in self._seen:
                self._seen.add(uid)
                self._start(api, pod)
            return
        if run.done is None:
            if is_unwanted:
                self._stop(run, pod["metadata"].get("deletionGracePeriodSeconds", 0))
            if run.process.poll() is not None:
                self._report(api, run)
        elif is_unwanted:
            # Its finalizers keep it until the Job's controller has counted it.
            api.delete("Pod", run.name, self.namespace, gracePeriodSeconds=0)

    def _start(self, api: Api, pod: Json) -> None:
        name, spec = pod["metadata"]["name"], pod["spec"]
        containers = spec["containers"]
        assert len(containers) == 1, f"no stand-in for more than one container: {name}"
        assert not spec.get("initContainers"), f"no stand-in for containers before: {name}"
        assert spec["restartPolicy"] == "Never", f"no stand-in for restarts: {name}"
        self.on_start(pod)
        where = {"apiVersion": "v1", "kind": "Node", "name": NODE}
        path = f"/api/v1/namespaces/{self.namespace}/pods/{name}/binding"
        binding = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": name}}
        api.ask("POST", path, {**binding, "target": where}).taken()
        folder = self.folder / name
        files = PodFiles(api, pod, folder / "volumes", self.folder / "claims")
        files.mount(containers[0])
        host, _, port = self.cluster.address.partition("//")[2].partition(":")
        (folder / "tmp").mkdir(parents=True)
        environment = {
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "HOME": str(folder),
            "TMPDIR": str(folder / "tmp"),
            "HOSTNAME": name,
            "KUBERNETES_SERVICE_HOST": host,
            "KUBERNETES_SERVICE_PORT": port,
            **files.variables(containers[0]),
        }
        said = [files.translate(one) for one in containers[0].get("args", [])]
        arguments = [expand(one, environment) for one in said]
        command = containers[0].get("command") or [str(COMMAND)]
        with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
            process = subprocess.Popen(
                [*command, *arguments],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        run = Run(pod, process, folder, _now())
        self.runs.append(run)
        state = {"running": {"startedAt": run.began}}
        self._tell(api, run, "Running", {"ready": True, "started": True, "state": state})

    def _stop(self, run: Run, grace: float) -> None:
        """Ask it to end, as the kubelet does, and kill it when the grace period is over."""
        with contextlib.suppress(ProcessLookupError):
            if run.stopped_at is None:
                run.stopped_at = time.monotonic()
                os.killpg(run.process.pid, signal.SIGTERM)
            elif time.monotonic() - run.stopped_at > grace:
                os.killpg(run.process.pid, signal.SIGKILL)

    def _report(self, api: Api, run: Run) -> None:
        code = run.process.returncode
        said = [(run.folder / name).read_text("utf-8") for name in ("stdout", "stderr")]
        ended: Json = {
            "exitCode": 128 - code if code < 0 else code,
            "reason": "Completed" if code == 0 else "Error",
            "startedAt": run.began,
            "finishedAt": _now(),
        }
        if code:
            ended["message"] = "".join(said)[-_MOST_WORDS:]
        phase = "Failed" if code else "Succeeded"
        state = {"terminated": ended}
        self._tell(api, run, phase, {"ready": False, "started": False, "state": state})
        run.done = Done(ended["exitCode"], *said)

    def _tell(self, api: Api, run: Run, phase: str, state: Json) -> None:
        container = run.pod["spec"]["containers"][0]
        own = {"name": container["name"], "image": container["image"], "imageID": ""}
        status = {"phase": phase, "containerStatuses": [{**own, "restartCount": 0, **state}]}
        status["startTime"] = run.began
        path = f"/api/v1/namespaces/{self.namespace}/pods/{run.name}/status"
        answer = api.ask("PATCH", path, {"status": status}, MERGE)
        if answer.status != 404:  # somebody was faster and deleted it
            answer.taken()


def _now() -> str:
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
