"""The contract over the correct model sinks and over every planted fault.

Not collected with the other tests, because most of it fails: `test_broken_sinks` runs it and looks
at what failed.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Generator
from contextlib import contextmanager
from typing import Any, ClassVar

import pytest

from ccsync.records import Record
from ccsync.sink import Sink, SinkContext
from ccsync.snapshot import Snapshot
from ccsync.testing import SinkContract, a_record
from ccsync.testing.contract.given import Build, Shown, Trouble
from ccsync.testing.contract.plugin import PluginPromises
from tests.contract.broken import days, manners, plugins, points
from tests.contract.broken.model import (
    REFUSED_TERMINAL,
    TOKEN,
    Destination,
    ModelSink,
    PointsSink,
    ReplacingSink,
    series_of,
)
from tests.contract.broken.planted import PLANTED
from tests.contract.broken.plugin import PLUGIN

FILLED_BY = (days, manners, points, plugins)
"""The modules whose import plants the faults."""


class ModelContract(SinkContract):
    """Gives the contract everything that it can use."""

    plugin = PLUGIN
    sink: ClassVar[type[ModelSink]]
    day_size = 6

    @pytest.fixture
    def destination(self) -> Destination:
        return Destination()

    @pytest.fixture
    def build(self, destination: Destination) -> Build:
        def built(context: SinkContext) -> Sink:
            return self.sink(destination, context)

        return built

    @pytest.fixture
    def outage(self, destination: Destination) -> Trouble:
        @contextmanager
        def down() -> Generator[None]:
            destination.is_down = True
            yield
            destination.is_down = False

        return down

    @pytest.fixture
    def refusal(self, destination: Destination) -> Trouble:
        @contextmanager
        def denied() -> Generator[None]:
            destination.denies = True
            yield
            destination.denies = False

        return denied

    @pytest.fixture
    def recreate(self, destination: Destination) -> Callable[[], None]:
        return destination.recreate

    @pytest.fixture
    def requests(self, destination: Destination) -> Callable[[], int]:
        return lambda: destination.requests

    @pytest.fixture
    def secrets(self) -> Collection[str]:
        return [TOKEN]


class TestReplacingSink(ModelContract):
    sink = ReplacingSink

    @pytest.fixture
    def shown(self, destination: Destination) -> Shown:
        def read(source_id: str, day: dt.date) -> Collection[Record]:
            there = destination.days.get((source_id, day))
            return there.records if there else []

        return read

    @pytest.fixture
    def poison(self) -> Record:
        return a_record("poison", terminal_type=REFUSED_TERMINAL)


class TestPointsSink(ModelContract):
    sink = PointsSink
    atomic = False
    day_size = 2

    @pytest.fixture
    def shown(self, destination: Destination) -> Shown:
        def read(source_id: str, day: dt.date) -> Collection[tuple[str, int]]:
            return [
                (series, value)
                for (source, when, series), (_, value) in destination.points.items()
                if (source, when) == (source_id, day) and value
            ]

        return read

    def expected(self, snapshot: Snapshot) -> Collection[tuple[str, int]]:
        sums: Counter[str] = Counter()
        for record in snapshot.records():
            sums[series_of(record)] += record.sessions
        return [(series, value) for series, value in sums.items() if value]


def _faulty() -> dict[str, type[ModelContract]]:
    """Make a test class for each planted fault."""
    made: dict[str, type[ModelContract]] = {}
    make: Any = type
    for fault in PLANTED:
        base = TestPointsSink if _is_points(fault.sink) else TestReplacingSink
        given: dict[str, Any] = {"__module__": __name__}
        if fault.plugin is not None:
            given["plugin"] = fault.plugin
        if fault.sink is not None:
            # The tests of the plugin would say the same of the same plugin, at length.
            given |= dict.fromkeys(n for n in vars(PluginPromises) if n.startswith("test_"))
            given["sink"] = fault.sink
        made[f"Test{fault.name}"] = make(f"Test{fault.name}", (base,), given)
    return made


def _is_points(sink: type[ModelSink] | None) -> bool:
    return sink is not None and issubclass(sink, PointsSink)


globals().update(_faulty())
