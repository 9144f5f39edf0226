"""How long commands take that do nothing but start.

Of ccsync only: the others are libraries, and a program made with them starts with its first run;
what that costs is in their runs with nothing new.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.measure import measure
from tests.benchmarks.results import StartUp

CLIENT_LIBRARIES = frozenset({"grpc", "google", "opentelemetry", "duckdb", "requests"})
"""Of sinks: only a run that uses them may import them."""

_IMPORTED = re.compile(r"^import time:[^|]*\|[^|]*\| *(\w+)", re.MULTILINE)


def start_ups(rounds: int) -> list[StartUp]:
    """Measure `ccsync --help` and `ccsync --version`."""
    return [_start_up(option, rounds) for option in ("--help", "--version")]


def _start_up(option: str, rounds: int) -> StartUp:
    command = [str(Path(sys.executable).with_name("ccsync")), option]
    with tempfile.TemporaryDirectory() as name:
        output, errors = Path(name) / "stdout", Path(name) / "stderr"
        runs = [measure(command, output, errors) for _ in range(rounds)]
        if any(one.exit for one in runs):
            raise OSError(f"ccsync {option} failed: {errors.read_text('utf-8', 'replace')}")
    return StartUp(
        command=f"ccsync {option}",
        rounds=rounds,
        cpu=statistics.median(one.cpu for one in runs),
        wall=statistics.median(one.wall for one in runs),
        peak_mb=max(one.peak_mb for one in runs),
        heavy_imports=sorted(imported(_import_times(option)) & CLIENT_LIBRARIES),
    )


def _import_times(option: str) -> str:
    command = [sys.executable, "-X", "importtime", "-m", "ccsync", option]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return done.stderr


def imported(import_times: str) -> set[str]:
    """Give the top-level packages in what `python -X importtime` says."""
    return set(_IMPORTED.findall(import_times))
