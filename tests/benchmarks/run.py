"""Measures ccsync beside a bare loop and other programs, all at the same work, in one run.

    make bench                             3 rounds; slow programs 1
    make bench ARGS=--quick                smaller work, 1 round: only to see that everything runs
    make bench ARGS=--publish              5 rounds, slow programs 3; the README's figures
                                           (with --only: of that work, the others stay)
    make bench ARGS=--all                  the engines at the large day and with nothing new, too
    make bench ARGS="--only history --program ccsync --program 'bare loop'"

The figures go to dist/bench.json. The machine may be shared, so compare what one run found: the
programs take turns. `make peers` installs the other programs; those that are absent are named.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.console import Console

from tests.benchmarks.bare_loop import BareLoop
from tests.benchmarks.cases import FULL, QUICK, last_day
from tests.benchmarks.measure import ROOT
from tests.benchmarks.race import Race, Say
from tests.benchmarks.results import Case, CaseResults, Report, Result, load, program, save
from tests.benchmarks.server import simulated_api
from tests.benchmarks.show import show
from tests.benchmarks.start_up import start_ups
from tests.benchmarks.table import PUBLISHED
from tests.benchmarks.truth import Truth, truth
from tests.peers.contestant import Contestant
from tests.peers.engine_omniload import Omniload
from tests.peers.registry import contestants, speed_only

DRAFT = ROOT / "dist" / "bench.json"

TAKES_MINUTES = "left out here: it takes minutes; `--all` has it"
ENGINES = ("dlt", "singer", "airbyte")

OTHER_ROWS = "left out: it keeps other rows, and took four minutes for the 90 days"
ONLY_GROWS = "left out: its destination only grows"


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the arguments."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=...", allow_abbrev=False)
    parser.add_argument("--rounds", type=int, help="runs of each program")
    parser.add_argument("--slow-rounds", type=int, help="runs of a program that is slow")
    parser.add_argument("--only", action="append", choices=[one.kind for one in FULL])
    parser.add_argument("--program", action="append", default=[], help="only this one; repeatable")
    parser.add_argument("--all", action="store_true", help="the engines at every work: much longer")
    parser.add_argument("--quick", action="store_true", help="smaller work, one round")
    parser.add_argument("--publish", action="store_true", help=f"write {PUBLISHED.name}, too")
    options = parser.parse_args(given)
    if options.publish and (options.quick or options.program):
        parser.error("--publish is for everybody, in full")
    usual, slow = (5, 3) if options.publish else (1, 1) if options.quick else (3, 1)
    options.rounds = options.rounds or usual
    options.slow_rounds = options.slow_rounds or min(slow, options.rounds)
    return options


def run_case(
    case: Case, today: dt.date, options: argparse.Namespace, place: Path, say: Say
) -> CaseResults:
    """Let everybody do one piece of work."""
    say(f"--- {case.title}")
    last = last_day(case, today)
    first = last - dt.timedelta(days=case.days - 1)
    taking_part, growing = _programs(options.program)
    if case.kind != "nothing new":
        taking_part, growing = [*taking_part, *growing], []
    minutes: list[Contestant] = []
    if case.kind in {"large day", "nothing new"} and not options.all:
        minutes = [one for one in taking_part if program(one.name).startswith(ENGINES)]
        taking_part = [one for one in taking_part if one not in minutes]
    expected = Truth(truth(first, last, case.users, case.second_terminal_of))
    with simulated_api(
        first,
        last,
        case.users,
        second_terminal_of=case.second_terminal_of,
        latency_ms=case.latency_ms,
    ) as api:
        results = Race(case, last, api, expected, place).run(
            taking_part,
            rounds=options.rounds,
            # A minute and more each: there is no end to it otherwise.
            slow_rounds=1 if case.kind == "large day" else options.slow_rounds,
            say=say,
        )
    results += [Result(contestant=one.name, why=ONLY_GROWS) for one in growing]
    results += [Result(contestant=one.name, why=TAKES_MINUTES) for one in minutes]
    if not options.program:
        results.append(Result(contestant=Omniload().name, why=OTHER_ROWS))
    return CaseResults(case=case, results=results)


def _programs(wanted: Sequence[str]) -> tuple[list[Contestant], list[Contestant]]:
    """Give those that may be run twice, and those that only add to what they wrote before."""
    compared = [one for one in contestants() if not isinstance(one, Omniload)]
    steady, growing = [*compared, BareLoop()], speed_only()
    known = {program(one.name) for one in (*steady, *growing)}
    if strange := set(wanted) - known:
        raise SystemExit(f"no such program: {', '.join(sorted(strange))}. Known: {sorted(known)}")
    return (
        [one for one in steady if not wanted or program(one.name) in wanted],
        [one for one in growing if not wanted or program(one.name) in wanted],
    )


def _beside_published(report: Report) -> Report:
    """Keep the published figures of the works that `--only` left out: each is a run of its own."""
    if not PUBLISHED.exists():
        return report
    new = {one.case.kind: one for one in report.cases}
    before = {one.case.kind: one for one in load(PUBLISHED).cases}
    merged = {**before, **new}
    kept = [merged[one.kind] for one in FULL if one.kind in merged]
    most = max((result.rounds for one in kept for result in one.results), default=report.rounds)
    return msgspec.structs.replace(report, cases=kept, rounds=most)


def main() -> None:
    """Measure, show and write."""
    options = arguments()
    console = Console(file=sys.stderr, highlight=False, markup=False, soft_wrap=True)
    today = dt.datetime.now(dt.UTC).date()
    cases = [
        one
        for one in (QUICK if options.quick else FULL)
        if not options.only or one.kind in options.only
    ]
    with tempfile.TemporaryDirectory() as name:
        every = [run_case(case, today, options, Path(name), console.print) for case in cases]
    report = Report(
        date=today,
        quick=options.quick,
        rounds=options.rounds,
        python=platform.python_version(),
        cores=len(os.sched_getaffinity(0)),
        cases=every,
        start_up=start_ups(1 if options.quick else 2 * options.rounds + 1),
    )
    # Wide enough when it goes to a file, where there is no width.
    show(report, Console(width=None if sys.stdout.isatty() else 150))
    save(report, DRAFT)
    console.print(f"written: {DRAFT.relative_to(ROOT)}")
    if options.publish:
        save(_beside_published(report), PUBLISHED)
        console.print(
            f"written: {PUBLISHED.relative_to(ROOT)}; now run "
            ".venv/bin/python -m tests.benchmarks.table README.md"
        )


if __name__ == "__main__":
    main()
