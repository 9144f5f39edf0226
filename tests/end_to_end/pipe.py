"""A command whose output goes to another one, in a shell."""

from __future__ import annotations

import subprocess

from tests.support.command import COMMAND, Done, Place


def through_a_pipe(place: Place, command: str, *, timeout: float = 60) -> Done:
    """Run a pipeline in a shell; its exit code is that of `ccsync`, its first part."""
    done = subprocess.run(
        ["bash", "-c", f"{COMMAND} {command}; exit ${{PIPESTATUS[0]}}"],
        cwd=place.directory,
        env=place.variables(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )
    return Done(done.returncode, done.stdout, done.stderr)
