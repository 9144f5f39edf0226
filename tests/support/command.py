"""The installed command as a user runs it: a process of its own, in a place of its own.

A `Place` is a directory with a settings file, a state and a clock. Commands run there see no
variable, home directory or settings of whoever runs the tests. The clock starts at `NOON` and goes
on with real time; `clock.advance` and `clock.at` set it, for the command and for a simulated API
that was given the same clock.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import yaml

from ccsync.simulator import SIMULATED_KEY
from ccsync.state.document import Ledger, decode, encode
from tests.support.warm import Forked, server_for

COMMAND = Path(sys.executable).with_name("ccsync")
"""The command as it was installed beside this interpreter."""

NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC)
"""Where every clock starts: a Friday."""

TODAY = NOON.date()
DAY = dt.timedelta(days=1)

TIMEOUT = 30.0
"""Seconds after which a command is killed, and its test fails."""

Json = dict[str, Any]

_IMPORTS = {
    "demo": ("ccsync.cli.demo", "duckdb"),
    "insights": ("ccsync.cli.insights", "ccsync.insights.showing", "duckdb"),
}
"""What commands import beside what `ccsync sync` does; see `warm`."""

_CLOCK = Path(__file__).with_name("clock")


def days_ago(count: int) -> dt.date:
    """Give the day so many days before `TODAY`."""
    return TODAY - count * DAY


class Clock:
    """A clock that can be set. Calling it tells the time, as `Simulator(now=...)` wants it."""

    def __init__(self, moment: dt.datetime = NOON) -> None:
        self.shift = moment - dt.datetime.now(dt.UTC)

    def __call__(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self.shift

    def advance(self, **time: float) -> None:
        """Go forward: `clock.advance(days=7)`; backward with a negative number."""
        self.shift += dt.timedelta(**time)

    def at(self, day: dt.date, time: str = "12:00") -> None:
        """Go to a moment, in UTC."""
        moment = dt.datetime.combine(day, dt.time.fromisoformat(time), dt.UTC)
        self.shift = moment - dt.datetime.now(dt.UTC)


@dataclass(frozen=True)
class Done:
    """What became of a command. `repr` shows all of it, for a failed assertion."""

    exit: int
    """Exit code; negative: the signal that killed it."""

    stdout: str
    stderr: str

    @property
    def events(self) -> list[Json]:
        """Log lines on stderr; what is not a log line is left out."""
        return [json.loads(line) for line in self.stderr.splitlines() if line.startswith("{")]

    @property
    def messages(self) -> str:
        """What stands on stderr beside log lines."""
        return "\n".join(line for line in self.stderr.splitlines() if not line.startswith("{"))

    @property
    def finished(self) -> Json:
        """The last line of a run: exit, days, rows, sinks, problems."""
        return self.named("run.finished")[0]

    @property
    def problems(self) -> str:
        """What the last line of a run complains about; empty when all is well."""
        return "\n".join(self.finished.get("problems", []))

    @property
    def lines(self) -> list[Json]:
        """The JSON lines on stdout; anything else there is an error."""
        return [json.loads(line) for line in self.stdout.splitlines()]

    def named(self, event: str) -> list[Json]:
        """Log lines of one event."""
        return [one for one in self.events if one["event"] == event]

    def counts(self, sink: str) -> dict[str, int]:
        """Days of a run by outcome, for one sink."""
        counts: dict[str, int] = self.finished["sinks"].get(sink, {})
        return counts

    def days(self, outcome: str, sink: str | None = None) -> list[dt.date]:
        """Days with an outcome (`delivered`, `failed`, ...), in the order in which they ended."""
        found = self.named(f"day.{outcome.replace(' ', '_')}")
        wanted = [one for one in found if sink in (None, one["sink"])]
        return [dt.date.fromisoformat(one["day"]) for one in wanted]


class Running:
    """A command that has been started. As a context manager it is dead at the end."""

    def __init__(self, process: subprocess.Popen[str] | Forked, timeout: float) -> None:
        self.process = process
        self._timeout = timeout

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()
        self.process.communicate()

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        """Kill it and what it started, as `kill -9` does. Safe when it has ended."""
        if self.is_alive:
            os.killpg(self.process.pid, signal.SIGKILL)

    def wait(self) -> Done:
        """Wait for the end.

        Raises:
            AssertionError: it took too long; it is killed.
        """
        try:
            stdout, stderr = self.process.communicate(timeout=self._timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            stdout, stderr = self.process.communicate()
            raise AssertionError(
                f"{self.process.args!r} took longer than {self._timeout} s\n{stdout}\n{stderr}"
            ) from None
        return Done(self.process.wait(), stdout, stderr)


@dataclass
class Place:
    """Where a command is run."""

    directory: Path
    clock: Clock = field(default_factory=Clock)

    plugins: Sequence[Path] = ()
    """Directories with further sinks, for PYTHONPATH."""

    environment: dict[str, str] = field(
        default_factory=lambda: {"ANTHROPIC_ADMIN_KEY": SIMULATED_KEY}
    )
    """Variables beside the clean ones."""

    imports: Sequence[str] = ()
    """Libraries of the sinks, for a quick start of commands that need them; see `warm`."""

    from_file: bool = False
    """Whether commands are started from their file, and not forked (see `warm`)."""

    @property
    def settings_file(self) -> Path:
        return self.directory / "ccsync.yaml"

    @property
    def state(self) -> Path:
        """The directory that `configure` names as state."""
        return self.directory / "state"

    def configure(
        self, base_url: str, sinks: Mapping[str, Json] | None = None, **sections: Any
    ) -> None:
        """Write the settings file; `sections` add to, or replace, what stands here."""
        settings: Json = {
            "version": 1,
            "source": {
                "base_url": base_url,
                "api_key": "${ANTHROPIC_ADMIN_KEY}",
                "requests_per_minute": 0,
                "retry_deadline": "2s",
            },
            "sync": {"start": "5d", "include_today": False},
            "state": f"file://{self.state}",
            "sinks": sinks or {"out": {"type": "stdout", "track": True}},
        }
        for name, section in sections.items():
            both = isinstance(section, dict) and isinstance(settings.get(name), dict)
            settings[name] = {**settings[name], **section} if both else section
        self.write(yaml.safe_dump(settings, sort_keys=False))

    def write(self, text: str) -> None:
        """Write the settings file as it is given."""
        self.settings_file.write_text(text, "utf-8")

    def variables(self) -> dict[str, str]:
        """Give the whole environment of a command."""
        home = self.directory / "home"
        home.mkdir(exist_ok=True)
        return {
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "HOME": str(home),
            **{f"XDG_{kind}_HOME": str(home / kind) for kind in ("CONFIG", "CACHE", "STATE")},
            "PYTHONPATH": os.pathsep.join(map(str, [_CLOCK, *self.plugins])),
            "CCSYNC_TEST_SHIFT": repr(self.clock.shift.total_seconds()),
            **self.environment,
        }

    def start(
        self,
        *arguments: str,
        timeout: float = TIMEOUT,
        stdout: int | IO[bytes] = subprocess.PIPE,
        stderr: int | IO[bytes] = subprocess.PIPE,
    ) -> Running:
        """Start the command in this place, and do not wait for it.

        It is forked if it can be (see `warm`), but not onto a terminal or into a file: how text is
        buffered there is settled when an interpreter starts.
        """
        variables = self.variables()
        imports = (*self.imports, *_IMPORTS.get(arguments[0] if arguments else "", ()))
        from_file = self.from_file or not stdout == stderr == subprocess.PIPE
        server = None if from_file else server_for(variables, imports)
        if server is not None:
            return Running(server.start(arguments, self.directory, variables), timeout)
        process = subprocess.Popen(
            [str(COMMAND), *arguments],
            cwd=self.directory,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            text=True,
            start_new_session=True,
        )
        return Running(process, timeout)

    def run(self, *arguments: str, timeout: float = TIMEOUT) -> Done:
        """Run the command in this place to its end."""
        with self.start(*arguments, timeout=timeout) as running:
            return running.wait()

    def sync(self, *arguments: str, timeout: float = TIMEOUT) -> Done:
        """Run `ccsync sync`."""
        return self.run("sync", *arguments, timeout=timeout)

    @property
    def ledger(self) -> Ledger:
        """What the state keeps; an empty ledger when there is none yet."""
        path = self.state / "ledger.json"
        return decode(path.read_bytes() if path.exists() else None, str(path))

    def rewrite_ledger(self, change: Callable[[Ledger], Ledger]) -> None:
        """Change what the state keeps, as another run might have left it."""
        (self.state / "ledger.json").write_bytes(encode(change(self.ledger)))

    def state_files(self) -> Iterator[Path]:
        """Give every file of the state."""
        return (path for path in self.state.rglob("*") if path.is_file())


def newest_lines(lines: Sequence[Json]) -> dict[dt.date, list[Json]]:
    """Give what a reader of the stdout sink's JSON lines shows: of each day the newest revision.

    A day that became empty prints no line, so its last records stay: stdout cannot do better.
    """
    newest: dict[str, str] = {}
    for line in lines:
        newest[line["date"]] = max(newest.get(line["date"], ""), line["fetched_at"])
    shown: dict[dt.date, list[Json]] = {}
    for line in lines:
        if line["fetched_at"] == newest[line["date"]]:
            shown.setdefault(dt.date.fromisoformat(line["date"]), []).append(line)
    return shown
