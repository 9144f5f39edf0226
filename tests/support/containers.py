"""The container image as an orchestrator runs it: read-only, without rights, with little memory.

Built and run by docker or podman, whichever works; a container shares the network of the host, so
that it reaches servers of a test on the loopback.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile
import uuid
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

from tests.architecture.repository import ROOT
from tests.support.command import Done, Json, Running

TIMEOUT = 60.0
"""Seconds after which a container is killed, and its test fails."""

LOCAL_BASE = "localhost/ccsync-base:trixie"
"""What `make tools` makes where no registry answers."""

USER = 65532
"""The user of the image, and its group."""

MEMORY = 256
"""Megabytes that a container gets."""

HARDENED = (
    "--network=host",
    "--read-only",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    f"--memory={MEMORY}m",
    f"--memory-swap={MEMORY}m",
    # Where the tests run without rights over limits, the default ones could not be set.
    "--ulimit=nofile=1024:1024",
    "--ulimit=nproc=256:256",
)


@dataclass(frozen=True)
class Mount:
    """A file or directory of the host that a container sees."""

    source: Path
    target: str
    writable: bool = False

    @property
    def option(self) -> str:
        return f"--volume={self.source}:{self.target}{'' if self.writable else ':ro'}"


@dataclass(frozen=True)
class Tool:
    """Docker or podman, on this machine."""

    name: str

    @property
    def command(self) -> list[str]:
        """The command with what this machine needs."""
        if self.name != "podman":
            return [self.name]
        # crun refuses mixed control groups; without systemd nobody else manages them.
        runtime = ["--runtime=runc"] if shutil.which("runc") else []
        bare = not Path("/run/systemd/system").exists()
        return [self.name, *runtime, *(["--cgroup-manager=cgroupfs"] if bare else [])]

    def ask(self, *arguments: str, timeout: float = TIMEOUT) -> subprocess.CompletedProcess[str]:
        """Run one of its commands, whatever it answers."""
        return subprocess.run(
            [*self.command, *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
        )

    def tell(self, *arguments: str) -> str:
        """Run one of its commands, which has to succeed; gives what it prints."""
        done = self.ask(*arguments)
        assert done.returncode == 0, f"{self.name} {' '.join(arguments)}: {done.stderr}"
        return done.stdout.strip()

    def bases(self) -> Iterator[str]:
        """Give the base images that are here, the one that Dockerfile names first."""
        dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
        named = dockerfile.partition("ARG BASE=")[2].split()[0]
        for one in (named, LOCAL_BASE):
            if self.ask("image", "inspect", one).returncode == 0:
                yield one

    def inspect(self, image: str) -> Json:
        """Give what it knows of an image."""
        found: Json = json.loads(self.tell("image", "inspect", image))[0]
        return found


def find_tool() -> Tool:
    """Find what can build and run images here; skips the test where there is nothing."""
    done = subprocess.run(
        [ROOT / ".ci" / "image", "tool"],
        env={**os.environ, "CCSYNC_IMAGE_TOOL": "docker podman"},
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT,
    )
    if done.returncode:
        pytest.skip("neither docker nor podman works here; `make tools` may bring podman")
    return Tool(done.stdout.strip())


def find_base(tool: Tool) -> str:
    """Find a base image that can start; skips the test where there is none."""
    base = next(tool.bases(), None)
    if base is None:
        pytest.skip(f"{tool.name} has no base image; `make tools` brings it, or says why it cannot")
    tried = tool.ask("run", "--rm", *HARDENED, f"--user={USER}:{USER}", base, "true")
    if tried.returncode:
        said = tried.stderr.strip().splitlines()[-1:]
        pytest.skip(f"{tool.name} can start no container on this machine: {said}")
    return base


class Container(Running):
    """A container that has been started; as a context manager it is gone at the end."""

    def __init__(
        self, tool: Tool, name: str, process: subprocess.Popen[str], timeout: float
    ) -> None:
        super().__init__(process, timeout)
        self.tool = tool
        self.name = name

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.tool.ask("rm", "--force", "--volumes", self.name)
        super().__exit__(kind, error, trace)

    def stop(self) -> None:
        """End it as an orchestrator does: the stop signal now, SIGKILL after ten seconds."""
        self.tool.tell("stop", "-t", "10", self.name)

    def changes(self) -> list[str]:
        """Give what differs from the image, as `A /path`; mount points differ, too."""
        return self.tool.tell("diff", self.name).splitlines()


@dataclass(frozen=True)
class Image:
    """The image under test."""

    tool: Tool
    name: str
    base: str
    directory: Path
    """Where the tool may leave files of its own: it notes there that a container had no memory."""

    def start(
        self,
        *arguments: str,
        mounts: Iterable[Mount] = (),
        environment: Mapping[str, str] | None = None,
        entrypoint: str | None = None,
        options: Sequence[str] = HARDENED,
        timeout: float = TIMEOUT,
    ) -> Container:
        """Start a container with everything taken away from it, and do not wait for it."""
        name = f"ccsync-test-{uuid.uuid4().hex[:12]}"
        own = ["--read-only-tmpfs=false"] if self.tool.name == "podman" else []
        # As values of the client's own environment, so that no key is in a command line.
        given = dict(environment or {})
        command = [
            *(*self.tool.command, "run", f"--name={name}", *options, *own),
            *(one.option for one in mounts),
            *(f"--env={variable}" for variable in given),
            *([f"--entrypoint={entrypoint}"] if entrypoint else []),
            *(self.name, *arguments),
        ]
        process = subprocess.Popen(
            command,
            cwd=self.directory,
            env={**os.environ, **given},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        return Container(self.tool, name, process, timeout)

    def run(self, *arguments: str, **how: Any) -> Done:
        """Run a container to its end."""
        with self.start(*arguments, **how) as container:
            return container.wait()

    @contextmanager
    def created(self) -> Generator[str]:
        """Give the name of a container of it that is not started."""
        name = self.tool.tell("create", self.name)
        try:
            yield name
        finally:
            self.tool.ask("rm", "--force", name)

    def unpack(self, to: Path) -> tarfile.TarFile:
        """Give all its files as an archive below a directory; the caller closes it."""
        with self.created() as container:
            self.tool.tell("export", f"--output={to / 'image.tar'}", container)
        return tarfile.open(to / "image.tar")
