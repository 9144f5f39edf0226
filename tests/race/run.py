"""The correctness race: every program through every case; prints a table.

    make race        or: python -m tests.race.run [--case NAME]... [--contestant NAME]... [--twice]

The verdicts are computed: what a program's destination shows is compared with what the simulated
API says. right: equal after each run that reports success. refused: not equal, and the program
said so. wrong: it reported success, or never ended.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from tests.peers.contestant import Contestant
from tests.peers.ours import Ccsync
from tests.peers.registry import contestants
from tests.race.cases import CASES, Case
from tests.race.database import ScheduledDatabase
from tests.race.play import play_all
from tests.race.results import LATEST, PUBLISHED, Results, differences, merged, read, results, write
from tests.race.scheduled import Scheduled
from tests.race.table import terminal_table


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the race; 1 when two races ended differently."""
    wish = _parser().parse_args(arguments)
    cases = [one for one in CASES if not wish.case or one.name in wish.case]
    runners = [one for one in _runners() if _wanted(one, wish.contestant)]
    terminal = Console(stderr=True)
    found: list[Results] = []
    began = time.monotonic()
    for _ in range(2 if wish.twice else 1):
        with ExitStack() as stack:
            place = wish.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
            found.append(_race(runners, cases, place / str(len(found)), wish.jobs))
    wide = None if sys.stdout.isatty() else 200
    Console(width=wide).print(terminal_table(found[0]))
    for one in found[0].contestants:
        if one.absent:
            terminal.print(f"absent: {one.name}: {one.absent}")
    terminal.print(f"{time.monotonic() - began:.0f} s")
    write(found[0], LATEST)
    unlike = differences(found[0], found[-1])
    for words in unlike:
        terminal.print(f"not repeatable: {words}")
    if wish.publish and not unlike:
        if wish.case:
            terminal.print("not published: only all cases together are")
            return 1
        write(merged(read(PUBLISHED), found[0]) if wish.contestant else found[0], PUBLISHED)
    return 1 if unlike else 0


def _race(runners: Sequence[Contestant], cases: Sequence[Case], place: Path, jobs: int) -> Results:
    return results(play_all(runners, cases, place, jobs), cases)


def _runners() -> list[Contestant]:
    """Give all programs; ccsync with the story's clock."""
    others = [one for one in contestants() if not isinstance(one, Ccsync)]
    return [Scheduled(), ScheduledDatabase(), *others]


def _wanted(one: Contestant, names: Sequence[str]) -> bool:
    return not names or any(name in one.name for name in names)


def _parser() -> argparse.ArgumentParser:
    assert __doc__ is not None
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--case", action="append", choices=[one.name for one in CASES], help="only this one")
    add("--contestant", action="append", help="only those with this in their name")
    add("--twice", action="store_true", help="race twice, and compare the two")
    add("--publish", action="store_true", help="write tests/race/results/race.json")
    add("--keep", type=Path, help="keep every place, with what programs said, below this directory")
    add("--jobs", type=int, default=2, help="contestants at a time (2)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
