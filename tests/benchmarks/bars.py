"""The bars: what was promised of speed and memory, and what was found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.benchmarks.results import CaseResults, Measure, Report, StartUp, case, named

FASTER_THAN = {"dlt": 8.0, "singer-sdk": 8.0}
"""How many times faster ccsync is than the fastest of these, in wall time."""

CPU_OF_BARE_LOOP = 1.6
PEAK_MB = 80.0
LARGE_DAY_PEAK_MB = 150.0
HELP_CPU = 0.25
NOTHING_NEW_CPU = 1.0
NOTHING_NEW_REQUESTS = 4


@dataclass(frozen=True)
class Bar:
    """One bar."""

    what: str
    bar: str
    figure: str
    met: bool | None
    """None when it was not measured, and `figure` says why."""

    @property
    def mark(self) -> str:
        """Say it in a word or two."""
        return "not measured" if self.met is None else "met" if self.met else "NOT met"


def bars(report: Report) -> list[Bar]:
    """Give every bar, in the order of the work, measured or not."""
    return [
        *_history(case(report, "history")),
        *_large_day(case(report, "large day")),
        *_help(next((one for one in report.start_up if one.command == "ccsync --help"), None)),
        *_nothing_new(case(report, "nothing new")),
    ]


def _history(results: CaseResults | None) -> Iterator[Bar]:
    title = results.case.title if results else "90 days"
    ours = _best(results, "ccsync")
    for name, least in FASTER_THAN.items():
        what, bar = f"{title}: times faster than {name}", f"at least {least:g}"
        theirs = _best(results, name)
        if ours is None or theirs is None:
            yield _not_measured(what, bar, results, "ccsync" if ours is None else name)
        else:
            times = theirs.wall / ours.wall
            yield Bar(what, bar, f"{times:.1f}", times >= least)
    what, bar = f"{title}: CPU, times that of a bare loop", f"at most {CPU_OF_BARE_LOOP:g}"
    bare = _best(results, "bare loop")
    if ours is None or bare is None:
        yield _not_measured(what, bar, results, "ccsync" if ours is None else "bare loop")
    else:
        times = ours.cpu / bare.cpu
        yield Bar(what, bar, f"{times:.2f}", times <= CPU_OF_BARE_LOOP)
    yield _peak(f"{title}: peak memory", results, PEAK_MB)


def _large_day(results: CaseResults | None) -> Iterator[Bar]:
    title = results.case.title if results else "one large day"
    yield _peak(f"{title}: peak memory", results, LARGE_DAY_PEAK_MB)


def _help(start_up: StartUp | None) -> Iterator[Bar]:
    what, bar = "`ccsync --help`: CPU", f"at most {HELP_CPU:g} s, without client libraries of sinks"
    if start_up is None:
        yield Bar(what, bar, "left out", None)
        return
    heavy = ", ".join(start_up.heavy_imports)
    figure = f"{start_up.cpu:.2f} s, imports {heavy or 'none of them'}"
    yield Bar(what, bar, figure, start_up.cpu <= HELP_CPU and not heavy)


def _nothing_new(results: CaseResults | None) -> Iterator[Bar]:
    title = results.case.title if results else "nothing new"
    what = f"{title}: CPU, requests, bytes sent"
    bar = f"at most {NOTHING_NEW_CPU:g} s, {NOTHING_NEW_REQUESTS}, 0"
    ours = _best(results, "ccsync")
    if ours is None:
        yield _not_measured(what, bar, results, "ccsync")
        return
    met = (
        ours.cpu <= NOTHING_NEW_CPU and ours.requests <= NOTHING_NEW_REQUESTS and ours.printed == 0
    )
    yield Bar(what, bar, f"{ours.cpu:.2f} s, {ours.requests}, {ours.printed:,}", met)


def _peak(what: str, results: CaseResults | None, most: float) -> Bar:
    ours = _best(results, "ccsync")
    if ours is None:
        return _not_measured(what, f"at most {most:g} MB", results, "ccsync")
    return Bar(what, f"at most {most:g} MB", f"{ours.peak_mb:.0f} MB", ours.peak_mb <= most)


def _best(results: CaseResults | None, name: str) -> Measure | None:
    """Give the fastest of a name that ran, whether its rows are right or not."""
    return next((one.measure for one in named(results, name) if one.measure), None)


def _not_measured(what: str, bar: str, results: CaseResults | None, name: str) -> Bar:
    found = named(results, name)
    why = found[0].why if found else "took no part" if results else "left out"
    return Bar(what, bar, f"{name}: {why}", None)
