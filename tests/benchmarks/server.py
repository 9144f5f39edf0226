"""The simulated API as the benchmarks see it: another process, whose own work is counted apart."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import httpx

from tests.benchmarks.measure import ROOT


class Api:
    """A simulated API that is running."""

    def __init__(self, base_url: str, process: int) -> None:
        """Take its address and the id of its process."""
        self.base_url = base_url
        self._process = process

    def cpu(self) -> float:
        """Give the CPU seconds that it has used so far, to a hundredth."""
        text = Path(f"/proc/{self._process}/stat").read_text("utf-8")
        after_name = text.rpartition(")")[2].split()
        user, system = int(after_name[11]), int(after_name[12])
        return (user + system) / os.sysconf("SC_CLK_TCK")

    def requests(self) -> int:
        """Count the requests for usage or anything else since `forget`."""
        stats = httpx.get(f"{self.base_url}/__simulator/stats", trust_env=False)
        return int(stats.raise_for_status().json()["requests"])

    def forget(self) -> None:
        """Count requests from zero."""
        url = f"{self.base_url}/__simulator/requests"
        httpx.delete(url, trust_env=False).raise_for_status()


@contextlib.contextmanager
def simulated_api(
    first: dt.date, last: dt.date, users: int, *, second_terminal_of: int = 20, latency_ms: int = 0
) -> Generator[Api, None, None]:
    """Serve these days; every page is rendered before this gives the API."""
    command = [sys.executable, "-m", "tests.benchmarks.api"]
    command += ["--first", str(first), "--last", str(last), "--users", str(users)]
    command += ["--second-terminal-of", str(second_terminal_of), "--latency-ms", str(latency_ms)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        try:
            assert server.stdout is not None
            base_url = server.stdout.readline().strip()
            if not base_url:
                raise OSError("the simulated API could not be started; its words are above")
            yield Api(base_url, server.pid)
        finally:
            server.terminate()
