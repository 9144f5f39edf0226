"""One case: every contestant does the same work, in turns, and is then asked what it shows."""

from __future__ import annotations

import datetime as dt
import itertools
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ccsync.simulator import SIMULATED_KEY
from tests.benchmarks.measure import measure
from tests.benchmarks.results import Case, Measure, Result, median
from tests.benchmarks.server import Api
from tests.benchmarks.truth import Truth
from tests.peers.contestant import Contestant, Work

Say = Callable[[str], None]

SLOW = 12.0
"""Seconds: whoever's first run takes longer gets fewer rounds."""


@dataclass
class _Entry:
    """A contestant and what it did so far."""

    contestant: Contestant
    rounds: int
    runs: list[Measure] = field(default_factory=list[Measure])
    why: str = ""
    differs: str = ""

    @property
    def waits(self) -> bool:
        """Whether there is another round for it."""
        return not self.why and len(self.runs) < self.rounds


class Race:
    """One case, its API and the place where everybody works."""

    def __init__(self, case: Case, last: dt.date, api: Api, truth: Truth, place: Path) -> None:
        """Take what is the same for all."""
        self._case = case
        self._days = (last - dt.timedelta(days=case.days - 1), last)
        self._api = api
        self._truth = truth
        self._place = place
        self._numbers = itertools.count(1)

    def run(
        self, contestants: Sequence[Contestant], *, rounds: int, slow_rounds: int, say: Say
    ) -> list[Result]:
        """Let them take turns; those that are slow at first take fewer."""
        entries = [_Entry(one, rounds, why=self._absent(one, say)) for one in contestants]
        while waiting := [entry for entry in entries if entry.waits]:
            for entry in waiting:
                self._turn(entry, say)
                if entry.runs and entry.runs[0].wall > SLOW:
                    entry.rounds = min(entry.rounds, slow_rounds)
        return [
            Result(
                contestant=entry.contestant.name,
                rounds=len(entry.runs),
                measure=None if entry.why else median(entry.runs),
                why=entry.why,
                differs=entry.differs,
            )
            for entry in entries
        ]

    def _absent(self, contestant: Contestant, say: Say) -> str:
        why = contestant.absent()
        if why is None:
            return ""
        say(f"{contestant.name}: {why}")
        # Its own words name places on this machine, and these here are published.
        return "absent: needs `make peers`"

    def _turn(self, entry: _Entry, say: Say) -> None:
        work = self._work()
        try:
            if self._case.kind == "nothing new":
                self._measured(entry.contestant, work)
            taken = self._measured(entry.contestant, work)
            # Only now: reading back is nobody's work, and whatever was wrong once is wrong.
            entry.differs = entry.differs or self._truth.differs(entry.contestant.shown(work))
        except (OSError, ValueError, LookupError, AssertionError) as error:
            entry.why = f"failed: {_first_line(error)}"
            say(f"{entry.contestant.name}: {error}{_last_words(work.place / 'stderr')}")
            return
        finally:
            shutil.rmtree(work.place, ignore_errors=True)
        entry.runs.append(taken)
        say(
            f"{entry.contestant.name}: {taken.wall:.2f} s, {taken.cpu:.2f} s CPU, "
            f"{taken.peak_mb:.0f} MB, {entry.differs or 'the same rows'}"
        )

    def _work(self) -> Work:
        place = self._place / str(next(self._numbers))
        place.mkdir()
        first, last = self._days
        return Work(self._api.base_url, SIMULATED_KEY, first, last, place)

    def _measured(self, contestant: Contestant, work: Work) -> Measure:
        command, environment = contestant.command(work), contestant.environment(work)
        output, errors = work.place / "stdout", work.place / "stderr"
        before = output.stat().st_size if output.exists() else 0
        self._api.forget()
        api_cpu = self._api.cpu()
        took = measure(command, output, errors, environment)
        api_cpu = self._api.cpu() - api_cpu
        if took.exit != 0:
            raise OSError(f"exit {took.exit}")
        return Measure(
            cpu=took.cpu,
            wall=took.wall,
            peak_mb=took.peak_mb,
            requests=self._api.requests(),
            api_cpu=api_cpu,
            printed=output.stat().st_size - before,
        )


def _first_line(error: Exception) -> str:
    """Give what may be published: a message may go on with paths of this machine."""
    if isinstance(error, OSError) and error.filename is None:
        return str(error).partition("\n")[0]
    return f"its destination cannot be read ({type(error).__name__})"


def _last_words(errors: Path) -> str:
    """Give the end of what a failed program said, for whoever sits before the terminal."""
    try:
        lines = errors.read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return "".join(f"\n    {line}" for line in lines[-15:])
