"""Measures ccsync beside a bare loop, each as a process of its own; prints a table.

    make bench        or: python tests/benchmarks/run.py [--quick]

CPU seconds (user + system) and peak memory are the finished process's own, from the system. The
machine may be shared, so compare ratios of one run: the two programs take turns.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMAND = str(Path(sys.executable).parent / "ccsync")

SETTINGS = """\
version: 1
source: {{base_url: {base_url}, api_key: {key}, requests_per_minute: 0}}
sync: {{start: {start}, include_today: false}}
state: file://{state}
sinks:
  console: {{type: stdout, track: true}}
"""


@dataclass(frozen=True)
class Measure:
    """One finished process."""

    cpu: float
    wall: float
    peak_mb: float
    output_bytes: int


def measure(command: Sequence[str], output: Path) -> Measure:
    """Run a command to its end, its standard output into a file."""
    began = time.monotonic()
    with output.open("wb") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=subprocess.DEVNULL, cwd=ROOT)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} exited with {process.returncode}")
    return Measure(
        cpu=usage.ru_utime + usage.ru_stime,
        wall=time.monotonic() - began,
        peak_mb=usage.ru_maxrss / 1024,
        output_bytes=output.stat().st_size,
    )


@contextlib.contextmanager
def simulated_api(days: int, users: int) -> Generator[str, None, None]:
    """Serve from another process, so that its work is nobody's measure."""
    command = [sys.executable, "-m", "tests.benchmarks.api", str(days), str(users)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def settings_file(directory: Path, base_url: str, start: dt.date) -> list[str]:
    """Write settings with a fresh state, and give the command that uses them."""
    number = len(list(directory.glob("*.yaml")))
    path = directory / f"{number}.yaml"
    path.write_text(
        SETTINGS.format(
            base_url=base_url, key=api_key(), start=start, state=directory / f"state-{number}"
        )
    )
    return [COMMAND, "--config", str(path), "--log-format", "json", "sync"]


def api_key() -> str:
    """Give the simulated API's key."""
    from ccsync.simulator import SIMULATED_KEY

    return SIMULATED_KEY


def median(measures: Sequence[Measure]) -> Measure:
    """Give the median of each figure; of memory the maximum."""
    return Measure(
        cpu=statistics.median(one.cpu for one in measures),
        wall=statistics.median(one.wall for one in measures),
        peak_mb=max(one.peak_mb for one in measures),
        output_bytes=measures[-1].output_bytes,
    )


def main() -> None:
    """Measure and print."""
    rounds = 2 if "--quick" in sys.argv else 5
    today = dt.datetime.now(dt.UTC).date()
    found: dict[str, Measure] = {}
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        out = directory / "out"
        days, users = 90, 1_000
        start = today - dt.timedelta(days=days)
        with simulated_api(days, users) as base_url:
            bare = [sys.executable, "-m", "tests.benchmarks.bare"]
            bare += [base_url, api_key(), str(start), str(days)]
            ours: list[Measure] = []
            theirs: list[Measure] = []
            for _ in range(rounds):
                theirs.append(measure(bare, out))
                ours.append(measure(settings_file(directory, base_url, start), out))
            again = settings_file(directory, base_url, start)
            measure(again, out)
            found["bare loop, 90 days x 1,000 users"] = median(theirs)
            found["ccsync, 90 days x 1,000 users"] = median(ours)
            found["ccsync, nothing new, 3 days x 1,000 users"] = median(
                [measure(again, out) for _ in range(rounds)]
            )
        with simulated_api(1, 123_810) as base_url:
            command = settings_file(directory, base_url, today - dt.timedelta(days=1))
            found["ccsync, one day of 130,000 records"] = measure(command, out)
        found["ccsync --help"] = median([measure([COMMAND, "--help"], out) for _ in range(rounds)])
    for what, one in found.items():
        print(f"{what:45} {one.cpu:7.2f} s CPU {one.wall:7.2f} s wall {one.peak_mb:7.0f} MB")  # noqa: T201
    ratio = (
        found["ccsync, 90 days x 1,000 users"].cpu / found["bare loop, 90 days x 1,000 users"].cpu
    )
    print(f"{'CPU of ccsync / bare loop':45} {ratio:7.2f}")  # noqa: T201
    result = {what: asdict(one) for what, one in found.items()}
    (ROOT / "dist").mkdir(exist_ok=True)
    (ROOT / "dist" / "bench.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
