"""The OTLP sink in a world where everything breaks: deaths, lost answers, requests that come twice.

The real engine, state session, sink, encoder and core retries run in it. Where requests go is the
one seam: `way`, a `Transport` (`ccsync_otlp.transport`). By default they are decoded into `stores`,
objects with `.add(points)` and `.day(day)`; for a real receiver give the real transport:

    sink = settings("prometheus", endpoint=url)
    world = OtlpWorld(seed, sink, way=real_way(sink), start=long_ago)
    world.live()
    assert world.compare(store_that_reads_back).wrong == []

and read back through an object that has `.day(day)`. `start` must lie so far back that the life,
some `LIFE` of it, is over: real receivers take no points of the future.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from ccsync.delivery import Taker
from ccsync.engine import sync
from ccsync.plan import Request
from ccsync.privacy import Privacy
from ccsync.report import Report
from ccsync.settings.model import PrivacySettings, Start, SyncSettings
from ccsync.sink import Outcome, SinkContext, SinkPlugin
from ccsync.snapshot import Snapshot
from ccsync.state.session import StateSession
from ccsync.testing import FakeRuntime
from ccsync_otlp import OtlpConfig
from ccsync_otlp.build import build, overridden
from ccsync_otlp.endpoint import resolve
from ccsync_otlp.settings import PresetName
from ccsync_otlp.transport import Transport, connect
from tests.support.otlp_network import Network, Shows, Store, StoreWay
from tests.support.otlp_usage import Cell, Usage, datadog, shown, verbatim
from tests.support.world import ApiSource, Death, Mortality, MortalStore, Silent

DAY = dt.timedelta(days=1)
START = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
DAYS = 12
RUNS = 54
LATE_RUNS = 6
"""Of them, those that come when every day is settled, and days are restated nevertheless."""

LIFE = dt.timedelta(days=20)
"""More than a whole life takes."""

CRASHES = 0.3
"""Probability of a run to die."""

TAKEN_BACK = 0.7
"""Probability of a day's last restatement to be taken back when a run has died."""

MOST_ROUNDS = 4
"""Restatements of a day while it is open."""


def settings(
    preset: PresetName = "otlp", endpoint: str = "http://backend.example/v1/metrics", **more: object
) -> OtlpConfig:
    """Give the sink's settings; requests are so small that a day is several."""
    chosen = {"type": "otlp", "preset": preset, "endpoint": endpoint, "max_request_points": 16}
    return msgspec.convert({**chosen, **more}, OtlpConfig)


def real_way(config: OtlpConfig) -> Transport:
    """Give the real transport to the endpoint of these settings. To be closed."""
    endpoint = resolve(config, {}, protocols=overridden(config).protocols)
    return connect(endpoint, user_agent="ccsync/test", now=lambda: dt.datetime.now(dt.UTC))


class WorldSink:
    """The real sink, built from its settings; only its transport is given to it."""

    def __init__(self, config: OtlpConfig, context: SinkContext, network: Transport) -> None:
        self.context = context
        self.real = build(config, context, {})
        vars(self.real)["transport"] = lambda: network

    def open(self) -> str:
        return self.real.open()

    def deliver(
        self, snapshot: Snapshot, memory: bytes | None, remember: Callable[[bytes], None]
    ) -> Outcome:
        return self.real.deliver(snapshot, memory, remember)

    def close(self) -> None:
        self.real.close()


@dataclass(frozen=True)
class Comparison:
    """What a store shows, held against the truth."""

    cells: int
    """Pairs of a series that ever had to be shown, and a day."""

    wrong: list[tuple[dt.date, Cell, float | None, float | None]]
    """Day, cell, shown, true; whatever is shown without having to be counts, too."""


class OtlpWorld:
    """One life: days come, are restated, and are synced by runs of which many die."""

    def __init__(
        self,
        seed: int,
        config: OtlpConfig,
        stores: Sequence[Store] = (),
        *,
        way: Transport | None = None,
        sink: type[WorldSink] = WorldSink,
        start: dt.datetime = START,
        crashes: float = CRASHES,
        calm: bool = False,
    ) -> None:
        """Prepare a life.

        Args:
            seed: decides everything.
            config: of the sink.
            stores: take the points, unless there is a `way`.
            way: carries requests in place of the stores.
            sink: the real one, or a mutant.
            start: midnight of the first day.
            crashes: probability of a run to die.
            calm: no request goes astray.
        """
        self.rng = _random(seed, "life")
        self.config, self.preset = config, overridden(config)
        self.days = [start.date() + number * DAY for number in range(DAYS)]
        self.usage = Usage(_random(seed, "usage"))
        self.runtime = FakeRuntime(start + dt.timedelta(hours=3), seed=seed)
        self.mortality = Mortality()
        self.store = MortalStore(self.mortality)
        if seed % 2:
            self.store.lease_lifetime = None  # as a file's, which no run can be overtaken in
        self.network = Network(
            way or StoreWay(stores),
            self.mortality,
            _random(seed, "network"),
            reorders=self.preset.point_time != "fixed",
            calm=calm,
        )
        self.runs = self.deaths = 0
        self._sink = sink
        self._crashes = crashes
        self._rules = SyncSettings(start=Start(date=self.days[0]))
        self._rounds = dict.fromkeys(self.days, MOST_ROUNDS)
        self._steps = 40
        self._ever: set[Cell] = set()

    def live(self) -> None:
        """Live until every day is settled and a run was good; then restate settled days, too."""
        for _ in range(RUNS - LATE_RUNS):
            self._time_passes()
            self._run_or_die(Request(force=self.rng.random() < 0.05))
        self.runtime.advance(3 * DAY.total_seconds())
        self._run_well(Request())
        everything = Request(first=self.days[0], last=self.days[-1])
        for _ in range(LATE_RUNS - 1):
            for day in self.rng.sample(self.days, 3):
                self.usage.revise(day)
                self._note_truth(day)
            self.runtime.advance(self.rng.uniform(5, 3600))
            self._run_or_die(everything)
        self._run_well(everything)

    def compare(self, store: Shows) -> Comparison:
        """Hold what a store shows against the truth."""
        wrong: list[tuple[dt.date, Cell, float | None, float | None]] = []
        for day in self.days:
            there, true = shown(store.day(day)), self._truth(day)
            there = {cell: value for cell, value in there.items() if value}
            wrong += [
                (day, cell, there.get(cell), true.get(cell))
                for cell in sorted(there.keys() | true.keys())
                if there.get(cell) != true.get(cell)
            ]
        names = {(metric, _without_day(pairs)) for metric, pairs in self._ever}
        return Comparison(len(names) * len(self.days), wrong)

    def run(self, request: Request, *, dies_at: int | None = None) -> Report | None:
        """Run once; None when it died."""
        self.runs += 1
        self.mortality.begin(dies_at)
        run_id = f"run-{self.runs}"
        state = StateSession(self.store, self.runtime, run_id=run_id, holder=run_id)
        deadline = self.runtime.monotonic() + self._rules.deadline
        taker = Taker(
            name="metrics",
            config=self.config,
            plugin=self._plugin(),
            privacy=Privacy(PrivacySettings()),
            state=state,
            request=request,
            runtime=self.runtime,
            run_id=run_id,
            user_agent="ccsync/test",
            run_deadline=deadline,
        )
        settle = self._rules.settle_after_days
        try:
            return sync(
                source=ApiSource(self.usage, self.runtime, self.mortality, settle),
                takers=[taker],
                state=state,
                rules=self._rules,
                request=request,
                runtime=self.runtime,
                run_deadline=deadline,
                report=Report(run_id, "test", self.runtime.now()),
                watcher=Silent(),
            )
        except Death:
            self.deaths += 1
            return None

    def _time_passes(self) -> None:
        self.runtime.advance(self.rng.uniform(4, 8) * 3600)
        for day in self.days:
            age = self._age(day)
            if age >= 0 and day not in self.usage.rows:
                self.usage.begin(day)
            elif 0 <= age < self._rules.settle_after_days and self._rounds[day]:
                if self.rng.random() > 0.5:
                    continue
                self._rounds[day] -= 1
                self.usage.revise(day)
            self._note_truth(day)

    def _run_or_die(self, request: Request) -> None:
        dies_at = dies_after = None
        if self.rng.random() < self._crashes:
            if self.rng.random() < 0.5:
                dies_at = self.rng.randint(1, self._steps)
            else:
                dies_after = self.rng.randint(1, 3), self.rng.randint(1, 3)
        self.network.begin(dies_after)
        if self.run(request, dies_at=dies_at) is not None:
            self._steps = max(20, self.mortality.steps)
        else:
            self._take_back()

    def _take_back(self) -> None:
        """Let the API go back on what a dead run has seen."""
        for day in self.days:
            if day in self.usage.rows and self._age(day) < self._rules.settle_after_days:
                if self.rng.random() < TAKEN_BACK:
                    self.usage.take_back(day)
                self._note_truth(day)

    def _age(self, day: dt.date) -> int:
        return (self.runtime.now().date() - day).days

    def _run_well(self, request: Request) -> None:
        before, self.network.calm = self.network.calm, True
        self.network.begin(None)
        report = self.run(request)
        assert report is not None
        assert report.exit == 0, report.as_json().decode()
        self.network.calm = before

    def _note_truth(self, day: dt.date) -> None:
        self._ever.update(self._truth(day))

    def _truth(self, day: dt.date) -> dict[Cell, float]:
        spell = datadog if self.preset.name == "datadog" else verbatim
        return self.usage.truth(day, spell, names_day=self.preset.point_time == "observed")

    def _plugin(self) -> SinkPlugin[OtlpConfig]:
        return SinkPlugin(
            config=OtlpConfig,
            build=lambda config, context: self._sink(config, context, self.network),
            summary="the OTLP sink",
            example="",
            resend="daily",
        )


def _random(seed: int, what: str) -> random.Random:
    return random.Random(f"{seed} {what}")  # noqa: S311 - reproducible on purpose


def _without_day(pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in pairs if pair[0] != "day")
