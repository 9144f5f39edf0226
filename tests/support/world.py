"""A whole world in memory: an API that restates, destinations, a state store, and death anywhere.

The real engine, state session, plan, snapshots and privacy run in it; only the ends are models.
Every contact with the outside calls `Mortality.step`, and any of these calls can be the last.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Generator, Sequence
from typing import Any, TypeAlias

import msgspec

from ccsync.delivery import Taker
from ccsync.engine import sync
from ccsync.errors import SinkUnavailable, SourceError, SourceUnavailable
from ccsync.plan import Request
from ccsync.privacy import Privacy
from ccsync.records import Record
from ccsync.report import Report, Result
from ccsync.secret import Secret
from ccsync.settings.model import PrivacySettings, SinkConfig, Start, SyncSettings
from ccsync.sink import DELIVERED, Outcome, Sink, SinkContext, SinkPlugin, not_yet
from ccsync.snapshot import FetchedDay, Snapshot
from ccsync.source import DayRequest
from ccsync.state.session import StateSession
from ccsync.testing import FakeRuntime, MemoryStore, a_record
from ccsync.testing.builders import ORGANIZATION, a_fetched_day

DAY = dt.timedelta(days=1)
START = dt.datetime(2026, 11, 1, 12, 0, tzinfo=dt.UTC)
FIRST_DAY = START.date() - 5 * DAY

PEOPLE = ("ann@northwind.example", "bob@northwind.example", "cleo@northwind.example")
TERMINALS = (None, "", "vscode")
POLICIES = {
    "email": PrivacySettings(),
    "hash": PrivacySettings(identity="hash", hash_key=Secret("a key of some length")),
    "drop": PrivacySettings(identity="drop"),
}


class Death(BaseException):
    """`kill -9`."""


class Mortality:
    """Counts contacts with the outside; at a chosen one the process dies, and stays dead."""

    def __init__(self) -> None:
        self.steps = 0
        self._left: int | None = None
        self.dead = False

    def begin(self, dies_at: int | None) -> None:
        self.steps, self._left, self.dead = 0, dies_at, False

    def die(self) -> None:
        self.dead = True

    def step(self) -> None:
        if self.dead:
            raise Death
        self.steps += 1
        if self._left is not None and self.steps >= self._left:
            self.dead = True
            raise Death


class MortalStore(MemoryStore):
    """The state store; a death can come before a write or right after it."""

    def __init__(self, mortality: Mortality) -> None:
        super().__init__(lease_lifetime=120.0)
        self.mortality = mortality

    def save(self, document: bytes, expected: str) -> str:
        self.mortality.step()
        version = super().save(document, expected)
        self.mortality.step()
        return version

    def write_memory(self, sink: str, day: dt.date, note: bytes) -> None:
        self.mortality.step()
        super().write_memory(sink, day, note)
        self.mortality.step()


class Api:
    """What the API would answer for each day."""

    def __init__(self) -> None:
        self.days: dict[dt.date, dict[tuple[str, str | None], int]] = {}

    def restate(
        self, day: dt.date, person: str, terminal: str | None, sessions: int | None
    ) -> None:
        rows = self.days.setdefault(day, {})
        if sessions is None:
            rows.pop((person, terminal), None)
        else:
            rows[person, terminal] = sessions

    def records(self, day: dt.date) -> list[Record]:
        return [
            a_record(person, date=day, terminal_type=terminal, sessions=sessions)
            for (person, terminal), sessions in self.days.get(day, {}).items()
        ]


class ApiSource:
    """The source's interface over `Api`; days fail when told to."""

    def __init__(self, api: Api, runtime: FakeRuntime, mortality: Mortality, settle: int) -> None:
        self._api, self._runtime, self._mortality, self._settle = api, runtime, mortality, settle
        self.failing: set[dt.date] = set()
        self.asked: list[dt.date] = []

    def fetch(
        self, requests: Sequence[DayRequest]
    ) -> Generator[tuple[DayRequest, FetchedDay | SourceError], None, None]:
        for request in requests:
            self._mortality.step()
            self._runtime.advance(1)
            self.asked.append(request.day)
            if request.day in self.failing:
                yield request, SourceUnavailable(f"{request.day}: the API answered 500")
                continue
            fetched_at = self._runtime.now()
            if request.not_before is not None:
                fetched_at = max(fetched_at, request.not_before + dt.timedelta(seconds=1))
            yield (
                request,
                a_fetched_day(
                    self._api.records(request.day),
                    day=request.day,
                    fetched_at=fetched_at,
                    settled=(fetched_at.date() - request.day).days >= self._settle,
                ),
            )


class Destination:
    """Holds what was written; can be away, and can be recreated."""

    def __init__(self, mortality: Mortality) -> None:
        self.mortality = mortality
        self.born = 0
        self.down = False
        self.rows: dict[Any, Any] = {}
        self.before_write: Callable[[], None] | None = None

    def put(
        self,
        key: Any,
        time: dt.datetime,
        value: Any,
        is_newer: Callable[[dt.datetime, dt.datetime], bool],
    ) -> bool:
        """Store in one step, unless something newer is there; a death comes before or after."""
        self.touch()
        if self.before_write is not None:
            self.before_write()
        if key in self.rows and is_newer(self.rows[key][0], time):
            return False
        self.rows[key] = (time, value)
        self.touch()
        return True

    def recreate(self) -> None:
        self.born += 1
        self.rows = {}

    def touch(self) -> None:
        if self.down:
            raise SinkUnavailable("the destination is away")
        self.mortality.step()


class ReplacingSink:
    """Replaces a day in one write; of two revisions the later one stays."""

    def __init__(self, destination: Destination, context: SinkContext) -> None:
        self._destination, self._context = destination, context

    def open(self) -> str:
        self._destination.touch()
        return f"replacing-{self._destination.born}"

    def deliver(
        self, snapshot: Snapshot, memory: bytes | None, remember: Callable[[bytes], None]
    ) -> Outcome:
        self._context.proceed()
        key = (snapshot.source_id, snapshot.day)
        there = self._destination.put(
            key, snapshot.fetched_at, list(snapshot.records()), self._is_newer
        )
        return DELIVERED if there else not_yet("a newer revision is there")

    @staticmethod
    def _is_newer(one: dt.datetime, other: dt.datetime) -> bool:
        return one > other

    def close(self) -> None:
        pass

    @staticmethod
    def shown(destination: Destination, day: dt.date) -> dict[Any, int]:
        _, records = destination.rows.get((ORGANIZATION, day), (None, []))
        return {series(record): record.sessions for record in records if record.sessions}


Series: TypeAlias = tuple[str, str | None]


class Memory(msgspec.Struct):
    last: dt.datetime
    series: list[Series]


class SeriesSink:
    """Writes point by point, and can only overwrite: what vanished needs a tombstone."""

    def __init__(self, destination: Destination, context: SinkContext) -> None:
        self._destination, self._context = destination, context

    def open(self) -> str:
        self._destination.touch()
        return f"series-{self._destination.born}"

    def deliver(
        self, snapshot: Snapshot, memory: bytes | None, remember: Callable[[bytes], None]
    ) -> Outcome:
        known = msgspec.json.decode(memory, type=Memory) if memory else None
        if known is not None and known.last > snapshot.fetched_at:
            return not_yet("a newer revision was sent")
        points = {series(record): record.sessions for record in snapshot.records()}
        before = set(known.series) if known is not None else set[Series]()
        every = sorted({*points, *before}, key=repr)
        self._remember(remember, Memory(snapshot.fetched_at, every))
        for one in every:
            self._context.proceed()
            key = (snapshot.day, one)
            self._destination.put(key, snapshot.fetched_at, points.get(one, 0), self._is_newer)
        return DELIVERED

    def _remember(self, remember: Callable[[bytes], None], memory: Memory) -> None:
        remember(msgspec.json.encode(memory))

    @staticmethod
    def _is_newer(one: dt.datetime, other: dt.datetime) -> bool:
        return one > other

    def close(self) -> None:
        pass

    @staticmethod
    def shown(destination: Destination, day: dt.date) -> dict[Any, int]:
        return {
            one: value
            for (where, one), (_, value) in destination.rows.items()
            if where == day and value
        }


def series(record: Record) -> Series:
    return record.actor_id, record.terminal_type


class Silent:
    """A watcher that keeps what it hears of pauses, and nothing else."""

    def __init__(self) -> None:
        self.waits: list[tuple[str, float, str]] = []

    def planned(self, plan: Any) -> None:
        pass

    def fetched(self, day: dt.date, rows: int) -> None:
        pass

    def paced(self, requests_per_minute: int) -> None:
        pass

    def waiting(self, sink: str, seconds: float, reason: str) -> None:
        self.waits.append((sink, seconds, reason))

    def result(self, result: Result) -> None:
        pass


class World:
    """Everything together. `run` is `ccsync sync`."""

    sinks: dict[str, Callable[[Destination, SinkContext], Sink]]

    def __init__(
        self,
        *,
        replacing: Callable[[Destination, SinkContext], Sink] = ReplacingSink,
        series_sink: Callable[[Destination, SinkContext], Sink] = SeriesSink,
        taker: type[Taker] = Taker,
    ) -> None:
        self.sinks = {"replacing": replacing, "series": series_sink}
        self._taker = taker
        self.runtime = FakeRuntime(START)
        self.mortality = Mortality()
        self.store = MortalStore(self.mortality)
        self.api = Api()
        self.destinations = {name: Destination(self.mortality) for name in self.sinks}
        self.policy = "email"
        self.rules = SyncSettings(start=Start(date=FIRST_DAY))
        self.failing: set[dt.date] = set()
        self.runs = 0

    def today(self) -> dt.date:
        return self.runtime.now().date()

    def run(self, *, dies_at: int | None = None, request: Request | None = None) -> Report | None:
        """Run once; None when it died. A dead run's lease stays: the next watches it end."""
        self.runs += 1
        self.mortality.begin(dies_at)
        request = request or Request()
        run_id = f"run-{self.runs}"
        state = StateSession(
            self.store, self.runtime, run_id=run_id, holder=run_id, read_only=request.dry_run
        )
        source = ApiSource(self.api, self.runtime, self.mortality, self.rules.settle_after_days)
        source.failing = self.failing
        deadline = self.runtime.monotonic() + self.rules.deadline
        takers = [
            self._taker(
                name=name,
                config=SinkConfig(type=name),
                plugin=self._plugin(name),
                privacy=Privacy(POLICIES[self.policy]),
                state=state,
                request=request,
                runtime=self.runtime,
                run_id=run_id,
                user_agent="ccsync/test",
                run_deadline=deadline,
            )
            for name in self.sinks
        ]
        report = Report(run_id, "test", self.runtime.now())
        try:
            return sync(
                source=source,
                takers=takers,
                state=state,
                rules=self.rules,
                request=request,
                runtime=self.runtime,
                run_deadline=deadline,
                report=report,
                watcher=Silent(),
            )
        except Death:
            return None

    def run_overtaken(self, at: int, meanwhile: Callable[[], None]) -> None:
        """Run; before its `at`-th write to a destination it stalls, and something else happens.

        The stalled run does not look at its lease again before that write: nothing in it can.
        """
        left = at

        def stall() -> None:
            nonlocal left
            left -= 1
            if left == 0:
                self._set_stall(None)
                stalled = self.mortality
                self._be(Mortality())
                meanwhile()
                self._be(stalled)

        self._set_stall(stall)
        self.run()
        self._set_stall(None)

    def _set_stall(self, stall: Callable[[], None] | None) -> None:
        for destination in self.destinations.values():
            destination.before_write = stall

    def _be(self, mortality: Mortality) -> None:
        """Make this the life of whatever runs now."""
        self.mortality = self.store.mortality = mortality
        for destination in self.destinations.values():
            destination.mortality = mortality

    def _plugin(self, name: str) -> SinkPlugin[SinkConfig]:
        destination = self.destinations[name]
        make = self.sinks[name]
        return SinkPlugin(
            config=SinkConfig,
            build=lambda _config, context: make(destination, context),
            summary=name,
            example="",
        )

    def truth(self, day: dt.date) -> dict[Any, int]:
        """What every destination has to show for a day, under the policy of now."""
        fetched = a_fetched_day(self.api.records(day), day=day)
        snapshot = fetched.seen_through(Privacy(POLICIES[self.policy]))
        return {series(record): record.sessions for record in snapshot.records() if record.sessions}

    def shown(self, name: str, day: dt.date) -> dict[Any, int]:
        """What a destination shows for a day."""
        read = {"replacing": ReplacingSink.shown, "series": SeriesSink.shown}[name]
        return read(self.destinations[name], day)

    def assert_true(self) -> None:
        """Check the promise: every destination shows what the API says, for every day."""
        days = [FIRST_DAY + number * DAY for number in range((self.today() - FIRST_DAY).days + 1)]
        for name in self.sinks:
            for day in days:
                shown, truth = self.shown(name, day), self.truth(day)
                assert shown == truth, f"{name} shows for {day} {shown}, the API says {truth}"
