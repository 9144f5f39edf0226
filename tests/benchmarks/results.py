"""What a run of the benchmarks found: plain figures, as they are kept in a JSON file.

Nothing in it tells the machine by name: no path, no host.
"""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

Kind = Literal["history", "latency", "large day", "nothing new"]


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One run, or the medians of several; of memory the largest."""

    cpu: float
    """Seconds, user and system, of all processes."""
    wall: float
    """Seconds."""
    peak_mb: float
    """Of the largest process."""
    requests: int
    """That the API got."""
    api_cpu: float
    """Seconds that the API used meanwhile."""
    printed: int
    """Bytes on standard output."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One contestant's part in one case."""

    contestant: str
    """Its name, with version."""
    rounds: int = 0
    """How many runs the medians are of."""
    measure: Measure | None = None
    """None when it did not run, or failed."""
    why: str = ""
    """Why there are no figures; "" when there are."""
    differs: str = ""
    """How what it shows differs from the truth; "" when it does not."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of work, the same for all."""

    kind: Kind
    title: str
    days: int
    users: int
    second_terminal_of: int = 20
    latency_ms: int = 0

    @property
    def records(self) -> int:
        """Records in all its days."""
        second = -(-self.users // self.second_terminal_of) if self.second_terminal_of else 0
        return self.days * (self.users + second)


class CaseResults(msgspec.Struct, frozen=True, kw_only=True):
    """A case, and what came of it."""

    case: Case
    results: list[Result]


class StartUp(msgspec.Struct, frozen=True, kw_only=True):
    """A command that does nothing but start and end."""

    command: str
    rounds: int
    cpu: float
    wall: float
    peak_mb: float
    heavy_imports: list[str]
    """Client libraries of sinks that it imported."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of one run of the benchmarks."""

    date: dt.date
    quick: bool
    """True when the work was made smaller: good for trying, not for showing."""
    rounds: int
    python: str
    cores: int
    cases: list[CaseResults]
    start_up: list[StartUp]


def median(measures: Sequence[Measure]) -> Measure:
    """Give the medians; of memory the largest, for that is what has to be there."""
    return Measure(
        cpu=statistics.median(one.cpu for one in measures),
        wall=statistics.median(one.wall for one in measures),
        peak_mb=max(one.peak_mb for one in measures),
        requests=max(one.requests for one in measures),
        api_cpu=statistics.median(one.api_cpu for one in measures),
        printed=max(one.printed for one in measures),
    )


def case(report: Report, kind: Kind) -> CaseResults | None:
    """Find a case; None when it was left out."""
    return next((one for one in report.cases if one.case.kind == kind), None)


def fastest_first(results: Sequence[Result]) -> list[Result]:
    """Sort by time; those without figures come last."""
    return sorted(results, key=lambda one: one.measure.wall if one.measure else float("inf"))


def named(results: CaseResults | None, name: str) -> list[Result]:
    """Find the contestants of a name, such as `dlt`, whatever their version; fastest first."""
    every = results.results if results else []
    return fastest_first([one for one in every if program(one.contestant) == name])


def program(contestant: str) -> str:
    """Give a contestant's name without versions: `dlt 1.2.3, merge` is `dlt`."""
    words = contestant.partition(",")[0].partition(":")[0].split()
    return " ".join(word for word in words if not word[0].isdigit())


def save(report: Report, path: Path) -> None:
    """Write the file, rounded to what means something."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = msgspec.json.format(msgspec.json.encode(_rounded(msgspec.to_builtins(report))), indent=1)
    path.write_bytes(text + b"\n")


def load(path: Path) -> Report:
    """Read the file.

    Raises:
        OSError: it is not there.
        msgspec.DecodeError: it is of another shape.
    """
    return msgspec.json.decode(path.read_bytes(), type=Report)


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}  # pyright: ignore
    if isinstance(value, list):
        return [_rounded(one) for one in value]  # pyright: ignore
    return value
