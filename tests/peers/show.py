"""Runs one program once, and says what its destination then shows.

    python -m tests.peers.show                                     lists the names
    python -m tests.peers.show NAME BASE_URL KEY FIRST LAST PLACE

NAME is any part of a name that only one program has; the days are inclusive. A second time in the
same PLACE is a second run, with the state of the first.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.peers.contestant import Contestant, Work
from tests.peers.environments import ROOT
from tests.peers.registry import contestants, speed_only


def run(
    contestant: Contestant, work: Work, timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run a contestant once, as its interface says; what it logs is in `stderr`.

    Raises:
        subprocess.TimeoutExpired: it took too long and was killed.
    """
    work.place.mkdir(parents=True, exist_ok=True)
    command = contestant.command(work)
    with (work.place / "stdout").open("ab") as stdout:
        return subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, **contestant.environment(work)},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            timeout=timeout,
            check=False,
        )


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def main() -> int:
    """Run and show."""
    everyone = [*contestants(), *speed_only()]
    if len(sys.argv) != 7:
        _say(__doc__ or "")
        for one in everyone:
            _say(f"  {one.name}{'   ABSENT: ' + reason if (reason := one.absent()) else ''}")
        return 2
    name, base_url, key, first, last, place = sys.argv[1:]
    found = [one for one in everyone if name in one.name]
    if len(found) != 1:
        _say(f"{name!r} is part of {len(found)} names: {', '.join(one.name for one in found)}")
        return 2
    chosen = found[0]
    if reason := chosen.absent():
        _say(f"{chosen.name}: {reason}")
        return 1
    span = (dt.date.fromisoformat(first), dt.date.fromisoformat(last))
    work = Work(base_url.rstrip("/"), key, *span, Path(place).absolute())
    began = time.monotonic()
    done = run(chosen, work, timeout=3600)
    seconds = time.monotonic() - began
    sys.stderr.write(done.stderr)
    shown = chosen.shown(work)
    models = "not kept" if shown.models is None else f"{len(shown.models)}"
    _say(f"{chosen.name}: exit {done.returncode} after {seconds:.1f} s")
    _say(f"{len(shown.core)} core rows, model rows: {models}, digest {shown.digest()}")
    for day in sorted({row.identity[0] for row in shown.core}):
        totals = shown.totals(day)
        _say(
            f"{day}  {totals.rows} rows, {totals.sessions} sessions, "
            f"{totals.lines_added} lines added, {totals.cents:f} cents"
        )
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
