"""Where one contestant plays one case: the API, the runs, and what was seen of each."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias

from ccsync.simulator import SIMULATED_KEY, Request, Row, ScriptedOrganization, Simulator
from tests.peers.contestant import Contestant, Shown, Work
from tests.race.clock import shift
from tests.race.difference import difference
from tests.race.grain import Grain
from tests.race.scheduled import Scheduled
from tests.race.truth import truth
from tests.race.verdict import Ran

ROOT = Path(__file__).resolve().parents[2]
DAY = dt.timedelta(days=1)

_STORY_DAYS = 12
_LAST = dt.datetime.now(dt.UTC).date() - DAY
"""The last day that a story can have: yesterday, so that no story has days that are yet to come."""

_FOREIGN = ("CCSYNC_", "ANTHROPIC_", "PYTHON", "PYTEST_", "COVERAGE_")
"""Variables of whoever starts the race that are none of the contestants' business."""


class NotKilledError(Exception):
    """A run that was to die between two pages never asked for the second one."""


class Stage:
    """One API and one place; a case lets days come and go, and programs run.

    As a context manager it serves the API.
    """

    def __init__(self, contestant: Contestant, place: Path, grain: Grain, bound: float) -> None:
        """Take the parts; `bound` is how many seconds a run may take."""
        self.organization = ScriptedOrganization()
        # Programs that look at the real clock are not to be told that its days lie ahead.
        now = self._story_time if isinstance(contestant, Scheduled) else _real_time
        self.api = Simulator(self.organization, now=now)
        self.runs: list[Ran] = []
        self._contestant = contestant
        self._place = place
        self._grain = grain
        self._bound = bound
        self._last = 1
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Serve, from an empty directory."""
        self._place.mkdir(parents=True)
        self.api.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the API."""
        self.api.__exit__(kind, error, trace)

    def day(self, number: int) -> dt.date:
        """Give a day of the story; they count from 1."""
        return _LAST - (_STORY_DAYS - number) * DAY

    def put(self, number: int, *rows: Row) -> None:
        """Let a day of the story consist of these rows from now on."""
        self.organization.put(self.day(number), rows)

    def run(self, last: int, *, outage: bool = False) -> None:
        """Run the daily job whose last day is this one, and look at the destination.

        `outage`: the API can not be read whole during this run.
        """
        self.runs.append(self._run(last, outage=outage))

    def run_killed(self, last: int, *, before_page: int, of_day: int) -> None:
        """Run, and kill it (-9) when it asks for that page of that day.

        Raises:
            NotKilledError: it ended without asking for it.
        """
        killed = False

        def kill(request: Request) -> None:
            nonlocal killed
            if (request.day, request.page) == (self.day(of_day), before_page) and self._process:
                killed = True
                _kill(self._process)

        self.api.on_request = kill
        try:
            ran = self._run(last, killed=True)
        finally:
            self.api.on_request = None
        if not killed:
            raise NotKilledError(f"ended with {ran.exit} without asking for page {before_page}")
        self.runs.append(ran)

    def aftermath(self) -> Ran:
        """Run the last job once more, the API in order; this is not part of the case."""
        self.api.faults.clear()
        return self._run(self._last)

    def shown(self) -> Shown:
        """Give what the destination shows now."""
        return self._contestant.shown(self._work)

    @property
    def _work(self) -> Work:
        last = self.day(self._last)
        return Work(self.api.base_url, SIMULATED_KEY, self.day(1), last, self._place)

    def _story_time(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + shift(self.day(self._last))

    def _run(self, last: int, *, outage: bool = False, killed: bool = False) -> Ran:
        self._last = last
        work = self._work
        command = self._contestant.command(work)
        variables = {**_own_variables(), **self._contestant.environment(work)}
        status = self._execute(command, variables)
        return Ran(status, self._difference(), outage, killed)

    def _execute(self, command: Sequence[str], variables: Mapping[str, str]) -> int | None:
        """Run to the end and give the exit code; None when it had to be cut off."""
        with (self._place / "stdout").open("ab") as out, (self._place / "stderr").open("ab") as err:
            self._process = process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
            try:
                return process.wait(self._bound)
            except subprocess.TimeoutExpired:
                return None
            finally:
                _kill(process)
                process.wait()
                self._process = None

    def _difference(self) -> str | None:
        first, last = self.day(1), self.day(self._last)
        true = truth(self.organization, first, last)
        return difference(self.shown(), true, self._grain, first, last)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a program and what it started; safe when all of it has ended."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _real_time() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _own_variables() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}


Play: TypeAlias = Callable[[Stage], None]
"""A story, told on a stage."""
