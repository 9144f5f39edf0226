"""The demo's steps: each does something real, looks at what happened, and tells it.

1 first sync   2 the API corrects the past   3 a run is killed   4 the next run mends it   proof
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import msgspec

from ccsync import money
from ccsync.demo import plain, proof, run
from ccsync.demo.place import Place
from ccsync.demo.plain import PlainDay
from ccsync.demo.telling import Teller, count, day_name, listed
from ccsync.insights import Summary, read, summarize
from ccsync.plan import DAY
from ccsync.records import Record
from ccsync.runtime import Stop
from ccsync.simulator import SIMULATED_KEY, Simulator
from ccsync.simulator.restatements import Kind
from ccsync.state.document import decode
from ccsync.status import day_state

SINK = "file"

_SETTINGS = """\
# Written by `ccsync demo`. Its API has gone with it; `ccsync init` writes settings for a real one.
version: 1
source:
  base_url: {base_url}
  api_key: {key}
  requests_per_minute: 0
  retry_deadline: 10s
sync:
  start: {start}
  # Today grows by the minute; without it every demo of a day has the same figures.
  include_today: false
  deadline: 1m
state: file://{state}
sinks:
  {sink}: {{type: stdout, format: jsonl, track: true}}
"""

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
        stop: Stop,
        teller: Teller,
        now: dt.datetime,
        days: int,
    ) -> None:
        """Take the parts, and write the settings.

        Args:
            api: Running; its clock stands still at `now`, so that only the story changes the data.
            place: For the files.
            stop: The wish to stop.
            teller: Tells the story.
            now: The moment, in UTC.
            days: How many days before today have to be synced. Today is left out: it grows by
                the minute.
        """
        self._api = api
        self._place = place
        self._stop = stop
        self._tell = teller
        self._now = now
        first = now.date() - days * DAY
        self.days = [first + number * DAY for number in range(days)]
        place.settings.write_text(
            _SETTINGS.format(
                base_url=api.base_url,
                key=SIMULATED_KEY,
                start=first,
                state=place.state,
                sink=SINK,
            ),
            "utf-8",
        )
        place.settings.chmod(0o600)

    def first_sync(self) -> None:
        """Bring everything."""
        self._tell.step("First sync")
        self._tell.command()
        ran = run.sync(self._place, self._stop)
        self._tell.line(
            f"{count(len(ran.delivered), 'day')}, {count(ran.rows, 'record')}, "
            f"{count(ran.requests, 'request')}, {ran.seconds:.1f} s. Everything is new."
        )

    def corrections(self) -> None:
        """Let the API change two past days; only these are sent again."""
        self._tell.step("The API corrects the past")
        busiest, other = self._busy_days()[:2]
        if len(self._shown(other)) < _ENOUGH:
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
        records = self._shown(day)
        killed = run.sync_killed(
            self._place,
            self._stop,
            day_bytes=sum(len(msgspec.json.encode(one)) for one in records),
            records=len(records),
        )
        now_shown = len(self._shown(day))
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
        self._tell.command("ccsync status")
        self._tell.output(self._status())
        return day

    def mended(self, day: dt.date) -> None:
        """Run again, as if nothing had happened."""
        self._tell.step("The next run mends it")
        self._tell.command()
        ran = run.sync(self._place, self._stop)
        self._tell.line(
            f"It found the day by itself. Sent again: {listed(ran.delivered)}. usage.jsonl shows "
            f"{count(len(self._shown(day)), 'record')} of it, and the ledger claims it again."
        )
        self._tell.command(f"ccsync status | grep ^{SINK}")
        lines = [line for line in self._status().splitlines() if line.startswith(SINK)]
        self._tell.output("\n".join(lines))

    def proof(self) -> proof.Proof:
        """Compare every day with the API, read in another way."""
        self._tell.step("Proof")
        found = proof.compare(self.days, list(read(self._place.usage).records()), self._ask)
        equal = found.days - len(found.differing)
        source = Path(plain.__file__).read_text("utf-8")
        self._tell.line(
            "A second reader asks the API for every day: ccsync/demo/plain.py, "
            f"{count(source.count(chr(10)), 'line')} of Python's standard library (urllib, json) "
            "that import nothing of ccsync."
        )
        totals = found.totals
        self._tell.result(
            f"{equal} of {count(found.days, 'day')} equal the API, record for record"
            + ("." if found.differing else ", to the last fraction of a cent."),
            good=not found.differing,
        )
        self._tell.line(
            f"{count(totals.records, 'record')}, {count(totals.sessions, 'session')}, "
            f"{count(totals.lines, 'line')}, {count(totals.tokens, 'token')}, estimated cost "
            + " and ".join(f"{_whole(cents)} {one}" for one, cents in totals.cents.items())
        )
        for day, difference in found.differing.items():
            self._tell.line(f"{day} differs: {difference}")
        return found

    def summary(self) -> Summary:
        """Sum up what a reader of the file sees."""
        records = read(self._place.usage).records()
        return summarize(records, first=self.days[0], last=self.days[-1])

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

    def _shown(self, day: dt.date) -> list[Record]:
        """Give what a reader of the file sees of a day."""
        return [one for one in read(self._place.usage).records() if one.date == day]

    def _status(self) -> str:
        self._stop.check()
        tell = self._tell
        return run.status(self._place, columns=tell.columns, encoding=tell.encoding)

    def _state(self, day: dt.date) -> str:
        """Say what the ledger thinks of a day."""
        ledger = self._place.ledger
        return day_state(decode(ledger.read_bytes(), str(ledger)).entry((SINK, day)))


def _whole(cents: Decimal) -> str:
    """Write an exact amount of cents in whole units, to the last digit."""
    return f"{money.major(money.canonical(cents)):,f}"
