"""The demo's steps: each does something real, looks at what happened, and tells it.

1 first sync   2 the API corrects the past   3 a run is killed   4 the next run mends it   5 proof
6 what usage says
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ccsync import money
from ccsync.demo import plain, proof, run
from ccsync.demo.place import Place
from ccsync.demo.plain import PlainDay
from ccsync.demo.settings import SINK, write_settings
from ccsync.demo.shown import Shown
from ccsync.demo.telling import Teller, count, day_name, listed
from ccsync.plan import DAY
from ccsync.records import Record
from ccsync.runtime import Stop
from ccsync.simulator import SIMULATED_KEY, Simulator
from ccsync.simulator.restatements import Kind
from ccsync.state.document import decode
from ccsync.status import day_state

_ONE = 1e-9
"""A share of a day's rows so small that it is one row."""

_ENOUGH = 2
"""Records of a day from which one may vanish."""

CORRECTABLE = 3
"""Days before today that a run looks at again: `sync.lookback_days`."""


class Story:
    """One demo: a simulated API that is running, a place for files, somebody who tells it."""

    def __init__(
        self,
        api: Simulator,
        place: Place,
        shown: Shown,
        stop: Stop,
        teller: Teller,
        now: dt.datetime,
        days: int,
    ) -> None:
        """Take the parts, and write the settings.

        Args:
            api: Running; its clock stands still at `now`, so that only the story changes the data.
            place: For the files.
            shown: Reads them.
            stop: The wish to stop.
            teller: Tells the story.
            now: The moment, in UTC.
            days: How many days before today have to be synced. Today is left out: it grows by
                the minute.
        """
        self._api = api
        self._place = place
        self._shown = shown
        self._stop = stop
        self._tell = teller
        self._now = now
        first = now.date() - days * DAY
        self.days = [first + number * DAY for number in range(days)]
        write_settings(place, api.base_url, first, database=shown.has_database)

    def first_sync(self) -> None:
        """Bring everything."""
        self._tell.step("First sync")
        self._tell.command()
        ran = run.sync(self._place, self._stop)
        self._tell.line(
            f"{count(len(ran.delivered), 'day')}, {count(ran.rows, 'record')}, "
            f"{count(ran.requests, 'request')}, {ran.seconds:.1f} s. Everything is new."
        )
        if self._shown.has_database:
            self._tell.line(
                "The settings name two sinks: usage.jsonl, and a local database, usage.duckdb."
            )
        else:
            self._tell.line(
                "With pip install 'ccsync[duckdb]' there would be a local database as well."
            )

    def corrections(self) -> None:
        """Let the API change two past days; only these are sent again."""
        self._tell.step("The API corrects the past")
        busiest, other = self._busy_days()[:2]
        if len(self._shown.lines(other)) < _ENOUGH:
            other = busiest  # a quiet weekend: standard output cannot say that a day became empty
        values, _ = self._restate(busiest, "values", 0.3)
        _, gone = self._restate(other, "vanish", _ONE)
        self._tell.line(
            f"{day_name(busiest)}: {count(values, 'record')} with other numbers. "
            f"{day_name(other)}: {count(gone, 'record')} taken back."
        )
        self._tell.command()
        ran = run.sync(self._place, self._stop)
        same = ran.days - len(ran.delivered)
        self._tell.line(
            f"Looked at {count(ran.days, 'day')} in {count(ran.requests, 'request')}, "
            f"{ran.seconds:.1f} s. Sent again: {listed(ran.delivered)}. Unchanged and not sent: "
            f"{count(same, 'day')}; settled and not even asked for: {len(self.days) - ran.days}."
        )

    def killed(self) -> dt.date:
        """Kill a run while it writes; give the day that is half there."""
        self._tell.step("A run is killed")
        day = self._busy_days()[0]
        values, _ = self._restate(day, "values", 0.5)
        self._tell.line(f"{day_name(day)} is corrected once more: {count(values, 'record')}.")
        records = self._shown.lines(day)
        rows = self._shown.rows(day) if self._shown.has_database else []
        killed = run.sync_killed(
            self._place,
            self._stop,
            day_bytes=sum(len(msgspec.json.encode(one)) for one in records),
            records=len(records),
        )
        now_shown = len(self._shown.lines(day))
        self._tell.command("ccsync sync >> usage.jsonl &")
        self._tell.command(
            f"kill -9 {killed.pid}",
            f"when {killed.records} of {count(len(records), 'record')} were written",
        )
        self._tell.line(
            "(It wrote into a pipe that was read slowly, so that there was time to kill it.)"
        )
        self._tell.line(
            f"usage.jsonl now shows half a day: {now_shown} of {count(len(records), 'record')}. "
            f"The ledger does not claim that day: it is {self._state(day)}."
        )
        if self._shown.has_database:
            self._tell.line(self._untouched(day, rows))
        self._tell.command("ccsync status")
        self._tell.output(self._status())
        return day

    def _untouched(self, day: dt.date, before: Sequence[Record]) -> str:
        """Say that the database shows a day as it did before."""
        now = self._shown.rows(day)
        if now != list(before):
            raise run.DemoError(f"{self._place.database}: {day} is neither old nor new")
        return f"usage.duckdb shows it whole, as it was before: {count(len(now), 'record')}."

    def mended(self, day: dt.date) -> None:
        """Run again, as if nothing had happened."""
        self._tell.step("The next run mends it")
        self._tell.command()
        ran = run.sync(self._place, self._stop)
        self._tell.line(
            f"It found the day by itself. Sent again: {listed(ran.delivered)}. usage.jsonl shows "
            f"{count(len(self._shown.lines(day)), 'record')} of it, and the ledger claims it again."
        )
        self._tell.command(f"ccsync status | grep ^{SINK}")
        lines = [line for line in self._status().splitlines() if line.startswith(SINK)]
        self._tell.output("\n".join(lines))

    def proof(self) -> bool:
        """Compare every day with the API, read in another way; tell whether all are equal."""
        self._tell.step("Proof")
        source = Path(plain.__file__).read_text("utf-8")
        self._tell.line(
            "A second reader asks the API for every day: ccsync/demo/plain.py, "
            f"{count(source.count(chr(10)), 'line')} of Python's standard library (urllib, json) "
            "that import nothing of ccsync."
        )
        api = {day: self._ask(day) for day in self.days}
        proofs = {
            name: proof.compare(self.days, records, lambda day: api.get(day) or self._ask(day))
            for name, records in self._shown.all()
        }
        for name, found in proofs.items():
            equal = found.days - len(found.differing)
            self._tell.result(
                f"{name}: {equal} of {count(found.days, 'day')} equal the API, record for record"
                + ("." if found.differing else ", to the last fraction of a cent."),
                good=not found.differing,
            )
        self._tell.line(_told(next(iter(proofs.values())).totals))
        for name, found in proofs.items():
            for day, difference in found.differing.items():
                self._tell.line(f"{name}: {day} differs: {difference}")
        return not any(found.differing for found in proofs.values())

    def _busy_days(self) -> Sequence[dt.date]:
        """Give the days before today that a run looks at, the one with the most records first."""
        today = self._now.date()
        past = [today - number * DAY for number in range(1, CORRECTABLE + 1)]
        return sorted(past, key=lambda day: (-len(self._ask(day)), day))

    def _restate(self, day: dt.date, kind: Kind, share: float) -> tuple[int, int]:
        """Let the API answer otherwise; give how many records have other numbers, and are gone."""
        before = self._ask(day)
        self._api.restate(day, kind, share=share)
        return proof.changed(before, self._ask(day))

    def _ask(self, day: dt.date) -> PlainDay:
        self._stop.check()
        return plain.ask(self._api.base_url, SIMULATED_KEY, day)

    def _status(self) -> str:
        self._stop.check()
        tell = self._tell
        return run.status(self._place, columns=tell.columns, encoding=tell.encoding)

    def _state(self, day: dt.date) -> str:
        """Say what the ledger thinks of a day."""
        ledger = self._place.ledger
        return day_state(decode(ledger.read_bytes(), str(ledger)).entry((SINK, day)))


def _told(totals: proof.Totals) -> str:
    """Say what was compared, money to the last digit."""
    costs = (
        f"{money.major(money.canonical(cents)):,f} {currency}"
        for currency, cents in totals.cents.items()
    )
    return (
        f"{count(totals.records, 'record')}, {count(totals.sessions, 'session')}, "
        f"{count(totals.lines, 'line')}, {count(totals.tokens, 'token')}, estimated cost "
        + " and ".join(costs)
    )
