"""Measures one run of one command: CPU, wall time, peak memory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_LAUNCH = str(Path(__file__).with_name("launch.py"))


@dataclass(frozen=True)
class Took:
    """What one finished run took, its descendants included."""

    exit: int
    """Its exit code; negative when a signal ended it."""

    cpu: float
    """Seconds, user and system."""

    wall: float
    """Seconds."""

    peak_mb: float
    """Of the largest of its processes."""


def measure(
    command: Sequence[str],
    output: Path,
    errors: Path,
    environment: Mapping[str, str] | None = None,
    *,
    limit: float = 1_200,
) -> Took:
    """Run a command in the repository's root; its streams are appended to the files.

    Raises:
        TimeoutError: it was not done after `limit` seconds, and was killed.
    """
    with tempfile.NamedTemporaryFile("r") as usage:
        launcher = subprocess.Popen(
            [sys.executable, "-I", "-S", _LAUNCH, usage.name, str(output), str(errors), *command],
            cwd=ROOT,
            env={**_surroundings(), **(environment or {})},
            process_group=0,
        )
        try:
            launcher.wait(limit)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"not done after {limit:.0f} s") from None
        finally:
            if launcher.returncode is None:
                os.killpg(launcher.pid, signal.SIGKILL)
                launcher.wait()
        figures = usage.read().split()
    if len(figures) != 4:
        raise OSError(f"{Path(command[0]).name} could not be started")
    code, cpu, wall, peak = figures
    return Took(int(code), float(cpu), float(wall), float(peak))


def _surroundings() -> dict[str, str]:
    """Give the environment without what would change somebody's work, or lead off this machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CCSYNC_")}
    return {**kept, "NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}
