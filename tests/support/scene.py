"""One run of the real engine at a time, with sinks that answer as they are told.

`tests.support.world` is for whole stories; this is for one rule.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Generator, Sequence
from typing import Any, TypeAlias

import msgspec

from ccsync.delivery import Taker
from ccsync.engine import sync
from ccsync.errors import SourceError
from ccsync.plan import Request
from ccsync.privacy import Privacy
from ccsync.report import Report
from ccsync.runtime import Runtime
from ccsync.settings.model import PrivacySettings, SinkConfig, Start, SyncSettings
from ccsync.sink import DELIVERED, Outcome, SinkContext, SinkPlugin, too_old
from ccsync.snapshot import FetchedDay, Snapshot
from ccsync.source import DayRequest
from ccsync.state.document import Entry, Ledger, decode
from ccsync.state.session import StateSession
from ccsync.testing import FakeRuntime, MemoryStore
from ccsync.testing.builders import a_fetched_day
from tests.support.world import Api, ApiSource, Mortality, Silent

DAY = dt.timedelta(days=1)
NOON = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
TODAY = NOON.date()

ANN = "ann@northwind.example"

BOB = "bob@northwind.example"

TOO_OLD = too_old("it keeps two days")

Answer: TypeAlias = Outcome | BaseException | Callable[[SinkContext, Snapshot], Any]


def ago(days: int) -> dt.date:
    return TODAY - days * DAY


class Taken(msgspec.Struct, frozen=True):
    """What a sink was asked to deliver."""

    day: dt.date
    snapshot_id: str
    fetched_at: dt.datetime
    sessions: dict[str, int]
    memory: bytes | None


class ScriptedSink:
    """Gives the answers it was told, one per call, then `DELIVERED` for ever."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.by_day: dict[dt.date, Answer] = {}
        """Answers that stay, for some days."""
        self.building: BaseException | None = None
        self.opening: list[BaseException] = []
        self.closing: BaseException | None = None
        self.identity = "here"
        self.note: bytes | None = None
        """Remembered before each write, if there is one."""
        self.taken: list[Taken] = []
        self.opened = self.closed = 0
        self.context: SinkContext | None = None

    def build(self, _config: SinkConfig, context: SinkContext) -> ScriptedSink:
        if self.building is not None:
            raise self.building
        self.context = context
        return self

    def open(self) -> str:
        self.opened += 1
        if self.opening:
            raise self.opening.pop(0)
        return self.identity

    def deliver(
        self, snapshot: Snapshot, memory: bytes | None, remember: Callable[[bytes], None]
    ) -> Outcome:
        sessions = {record.actor_id: record.sessions for record in snapshot.records()}
        self.taken.append(
            Taken(snapshot.day, snapshot.snapshot_id, snapshot.fetched_at, sessions, memory)
        )
        if self.note is not None:
            remember(self.note)
        answer = self.by_day.get(snapshot.day)
        if answer is None:
            answer = self.answers.pop(0) if self.answers else DELIVERED
        if callable(answer):
            assert self.context is not None
            answer = answer(self.context, snapshot)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def close(self) -> None:
        self.closed += 1
        if self.closing is not None:
            raise self.closing

    @property
    def days(self) -> list[dt.date]:
        return [one.day for one in self.taken]


class KnowingStore(MemoryStore):
    """Can be told that every run that holds a lease lives."""

    everybody_lives = False

    def is_alive(self, run_id: str) -> bool | None:
        return True if self.everybody_lives else None


class Scene:
    """An API, a state and sinks; `run` is `ccsync sync`."""

    def __init__(self, *names: str, start: int = 3) -> None:
        self.runtime = FakeRuntime(NOON)
        self.store = KnowingStore()
        self.api = Api()
        self.sinks = {name: ScriptedSink() for name in names or ("one",)}
        self.configs = {name: SinkConfig(type=name) for name in self.sinks}
        self.rules = SyncSettings(start=Start(date=TODAY - start * DAY))
        self.policy = PrivacySettings()
        self.failing: set[dt.date] = set()
        self.source: Any = None
        """Stands in for the source of the next runs."""
        self.asked: list[dt.date] = []
        self.plugin: dict[str, Any] = {}
        """Further fields of every sink's plugin."""
        self.takers: list[Taker] = []
        self.runs = 0
        self.watcher = Silent()

    def configure(self, sink: str, **fields: Any) -> None:
        """Give a sink other settings."""
        self.configs[sink] = SinkConfig(type=sink, **fields)

    @property
    def one(self) -> ScriptedSink:
        return self.sinks["one"]

    def sessions(self, day: dt.date, count: int, person: str = "ann@northwind.example") -> None:
        """Let the API say this of a person from now on."""
        self.api.restate(day, person, "vscode", count)

    def run(
        self,
        *,
        runtime: Runtime | None = None,
        holder: str | None = None,
        only: Sequence[str] = (),
        **request: Any,
    ) -> Report:
        self.runs += 1
        run_id = f"run-{self.runs}"
        runtime = runtime or self.runtime
        asked = Request(**request)
        state = StateSession(
            self.store, runtime, run_id=run_id, holder=holder or run_id, read_only=asked.dry_run
        )
        deadline = runtime.monotonic() + self.rules.deadline
        source = ApiSource(self.api, self.runtime, Mortality(), self.rules.settle_after_days)
        source.failing = self.failing
        self.takers = [
            self._taker(name, state, asked, runtime, run_id, deadline)
            for name in only or self.sinks
        ]
        report = Report(run_id, "test", runtime.now())
        try:
            return sync(
                source=self.source or source,
                takers=self.takers,
                state=state,
                rules=self.rules,
                request=asked,
                runtime=runtime,
                run_deadline=deadline,
                report=report,
                watcher=self.watcher,
            )
        finally:
            self.asked = source.asked

    def _taker(
        self,
        name: str,
        state: StateSession,
        request: Request,
        runtime: Runtime,
        run_id: str,
        deadline: float,
    ) -> Taker:
        return Taker(
            name=name,
            config=self.configs[name],
            plugin=SinkPlugin(
                config=SinkConfig,
                build=self.sinks[name].build,
                summary="scripted",
                example="",
                **self.plugin,
            ),
            privacy=Privacy(self.configs[name].privacy or self.policy),
            state=state,
            request=request,
            runtime=runtime,
            run_id=run_id,
            user_agent="ccsync/test",
            run_deadline=deadline,
        )

    @property
    def ledger(self) -> Ledger:
        return decode(self.store.document, "memory")

    def entry(self, day: dt.date, sink: str = "one") -> Entry:
        return self.ledger.entry((sink, day))


class ScriptedSource:
    """Gives prepared answers by day, empty days else; tells what it was asked."""

    def __init__(self, scene: Scene) -> None:
        self.answers: dict[dt.date, FetchedDay | SourceError] = {}
        self.asked: list[DayRequest] = []
        self.closed = False
        self._scene = scene

    def fetch(
        self, requests: Sequence[DayRequest]
    ) -> Generator[tuple[DayRequest, FetchedDay | SourceError], None, None]:
        self.asked = list(requests)
        try:
            for request in requests:
                now = self._scene.runtime.now()
                empty = a_fetched_day(day=request.day, fetched_at=now)
                yield request, self.answers.get(request.day, empty)
        finally:
            self.closed = True


def scripted(scene: Scene) -> ScriptedSource:
    """Let a scripted source stand in for the next runs."""
    source = scene.source = ScriptedSource(scene)
    return source


def kinds(report: Report, sink: str = "one") -> dict[dt.date, str]:
    """What became of each day at a sink."""
    return {one.day: one.kind.value for one in report.results if one.sink == sink}
