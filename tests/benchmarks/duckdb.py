"""Measures days into a DuckDB file beside dlt's DuckDB destination, on the same work, in one run.

    python -m tests.benchmarks.duckdb            90 days x 1,000 users; one large day, ours alone
    python -m tests.benchmarks.duckdb --quick    a little of it, to see that everything runs

Whole programs, each in a process of its own: they fetch from the simulated API on the loopback, and
what their files show is compared with the truth before anything counts. dlt runs in two ways: its
usual merge by key, and a day's rows deleted and written again, which is what ccsync promises.
ccsync to standard output shows what of it is fetching. Programs take turns, for the machine may be
shared; rows are records, each with its tools and models. `make peers` installs dlt.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

import ccsync
from ccsync.testing.contract.context import ContractContext
from ccsync_duckdb.settings import DuckDBConfig
from ccsync_duckdb.sink import DuckDBSink
from tests.benchmarks.cases import FULL, QUICK, last_day
from tests.benchmarks.race import Race
from tests.benchmarks.results import Case, Result
from tests.benchmarks.server import simulated_api
from tests.benchmarks.truth import Truth, truth
from tests.peers.contestant import Contestant, Shown, Work
from tests.peers.engines_dlt import Dlt, DltDays
from tests.peers.ours import Ccsync
from tests.peers.reading import record, shown

MOST_MB = 150.0
"""Of a process, for a day of 130,000 records."""

_OPTIONAL = ("customer_type", "subscription_type", "terminal_type", "is_remote")


@dataclass(frozen=True)
class CcsyncDuckDB(Ccsync):
    """The same program with the DuckDB sink."""

    name: str = f"ccsync {ccsync.__version__}, DuckDB"

    def command(self, work: Work) -> Sequence[str]:
        """Write the settings with the other sink."""
        command = super().command(work)
        settings = work.place / "ccsync.yaml"
        text = settings.read_text("utf-8").partition("sinks:\n")[0]
        sink = f"sinks:\n  local:\n    type: duckdb\n    path: {self._file(work)}\n"
        settings.write_text(text + sink, "utf-8")
        return command

    def shown(self, work: Work) -> Shown:
        """Read the file back, and say on the way how long that takes."""
        config = DuckDBConfig(type="duckdb", path=str(self._file(work)))
        began = time.perf_counter()
        days = list(DuckDBSink(config, ContractContext()).read(None, None))
        count = sum(day.record_count for day in days)
        size = self._file(work).stat().st_size / 1e6
        took = time.perf_counter() - began
        _say(f"    {count:,} records read back in {took:.2f} s; the file has {size:.1f} MB")
        return shown(record(_line(one)) for day in days for one in day.records)

    @staticmethod
    def _file(work: Work) -> Path:
        return work.place / "usage.duckdb"


def _line(one: msgspec.Struct) -> dict[str, Any]:
    """Say a record as a JSON line has it."""
    return {**dict.fromkeys(_OPTIONAL), **msgspec.to_builtins(one)}


def run_case(
    case: Case, contestants: Sequence[Contestant], *, rounds: int, slow_rounds: int, place: Path
) -> list[Result]:
    """Let them do one piece of work, in turns."""
    _say(f"--- {case.title}")
    last = last_day(case, dt.datetime.now(dt.UTC).date())
    first = last - dt.timedelta(days=case.days - 1)
    expected = truth(first, last, case.users, case.second_terminal_of)
    with simulated_api(first, last, case.users, second_terminal_of=case.second_terminal_of) as api:
        race = Race(case, last, api, Truth(expected), place)
        results = race.run(contestants, rounds=rounds, slow_rounds=slow_rounds, say=_say)
    _show(results, len(expected.core))
    return results


def _show(results: Sequence[Result], records: int) -> None:
    """Print the medians; `to ours` is how many times more than ours."""
    ours = next(one.measure for one in results if one.contestant == CcsyncDuckDB.name)
    _say(f"{records:,} records")
    _say(f"{'':44}{'wall s':>8}{'CPU s':>8}{'rows/s':>10}{'CPU to ours':>13}{'peak MB':>9}  shows")
    for one in results:
        found = one.measure
        if found is None:
            _say(f"{one.contestant:44}{one.why}")
            continue
        times = f"{found.cpu / ours.cpu:12.1f}x" if ours is not None else ""
        _say(
            f"{one.contestant:44}{found.wall:8.2f}{found.cpu:8.2f}{records / found.wall:10,.0f}"
            f"{times:>13}{found.peak_mb:9.0f}  {one.differs or 'the truth'}"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="ccsync into DuckDB, beside dlt")
    parser.add_argument("--quick", action="store_true", help="smaller work, one round")
    parser.add_argument("--rounds", type=int, default=0, help="instead of 3 (dlt, if slow: 1)")
    options = parser.parse_args()
    rounds = options.rounds or (1 if options.quick else 3)
    cases = {case.kind: case for case in (QUICK if options.quick else FULL)}
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        run_case(
            cases["history"],
            [CcsyncDuckDB(), Ccsync(), Dlt(), DltDays()],
            rounds=rounds,
            slow_rounds=1,
            place=place,
        )
        (large, _) = run_case(
            cases["large day"],
            [CcsyncDuckDB(), Ccsync()],
            rounds=1,
            slow_rounds=1,
            place=place,
        )
    if large.measure is not None and not options.quick:
        mark = "met" if large.measure.peak_mb <= MOST_MB else "NOT met"
        _say(f"peak memory of the large day: at most {MOST_MB:.0f} MB: {mark}")


def _say(line: str) -> None:
    print(line, file=sys.stdout, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
