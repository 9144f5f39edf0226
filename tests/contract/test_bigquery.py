"""The promises of a sink, kept by BigQuery's in both modes, on the double."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, ClassVar

import pytest

from ccsync.errors import SinkRefused
from ccsync.records import Record
from ccsync.testing import SinkContract, a_record
from ccsync.testing.bigquery import faults
from ccsync.testing.contract.context import ContractContext, Deliverer
from ccsync.testing.contract.given import Build, Shown, Trouble
from ccsync_bigquery import PLUGIN, BigQueryConfig
from ccsync_bigquery.sink import BigQuerySink
from tests.support.bigquery import Warehouse, a_double

NEEDED = ("bigquery.tables.get", "bigquery.tables.updateData")


class BigQueryContract(SinkContract):
    plugin = PLUGIN
    mode: ClassVar[str] = "stream"
    options: ClassVar[dict[str, Any]] = {}

    @pytest.fixture
    def warehouse(self) -> Generator[Warehouse]:
        with a_double() as double:
            yield Warehouse(double, views=2)

    @pytest.fixture
    def config(self, warehouse: Warehouse) -> BigQueryConfig:
        # Several requests a day, some of them at the same time.
        return warehouse.config(mode=self.mode, batch_rows=13, in_flight=2, **self.options)

    @pytest.fixture
    def shown(self, warehouse: Warehouse) -> Shown:
        return warehouse.shown

    @pytest.fixture
    def outage(self, warehouse: Warehouse) -> Trouble:
        @contextmanager
        def away() -> Generator[None]:
            warehouse.double.faults.add("*", faults.http(503, "backendError"), times=None)
            yield
            warehouse.double.faults.clear()

        return away

    @pytest.fixture
    def refusal(self, warehouse: Warehouse) -> Trouble:
        @contextmanager
        def refusing() -> Generator[None]:
            warehouse.double.deny(*NEEDED)
            yield
            warehouse.double.access.allow()

        return refusing

    @pytest.fixture
    def recreate(self, warehouse: Warehouse) -> Callable[[], None]:
        return warehouse.recreate

    @pytest.fixture
    def poison(self) -> Record:
        return a_record("poison@northwind.example", lines_added=2**63)  # one more than INT64 holds

    @pytest.fixture
    def requests(self, warehouse: Warehouse) -> Callable[[], int]:
        # A resumable upload is one request in two parts.
        return lambda: sum(one.method != "PUT" for one in warehouse.double.requests)


class TestStream(BigQueryContract):
    @pytest.mark.thorough  # a sixth of the time of all; being killed once is tried at every step
    def test_killed_twice_then_vanished(self, build: Build, shown: Shown) -> None:
        super().test_killed_twice_then_vanished(build, shown)


@pytest.mark.integration  # as long as the one above
class TestStreamWithoutReading(BigQueryContract):
    """Who may not query writes rows again instead of finding them; the views are as right."""

    @pytest.fixture
    def warehouse(self) -> Generator[Warehouse]:
        with a_double() as double:
            warehouse = Warehouse(double, views=2)
            double.deny("bigquery.jobs.create")
            yield warehouse

    def test_stale_writer_does_not_win(self, build: Build, shown: Shown) -> None:
        """It cannot know that it is stale, and is acknowledged; but it is not shown."""
        deliver = Deliverer(build)
        deliver(self.a_day(2, minutes=10))
        deliver(self.a_day(1, minutes=5))
        self.assert_shown(shown, self.a_day(2))

    def test_totals_are_what_is_shown(self, build: Build) -> None:
        """Nor can it read back; it says what it lacks."""
        sink = build(ContractContext())
        sink.open()
        assert isinstance(sink, BigQuerySink)
        with pytest.raises(SinkRefused, match=r"bigquery\.jobs\.create"):
            sink.totals("some organization", dt.date(2026, 11, 19))
        sink.close()

    def test_read_gives_back_what_is_shown(self, build: Build) -> None:
        """Nor whole days; it says what it lacks."""
        sink = build(ContractContext())
        assert isinstance(sink, BigQuerySink)
        with pytest.raises(SinkRefused, match=r"bigquery\.jobs\.create"):
            list(sink.read(None, None))
        sink.close()


@pytest.mark.integration
class TestLoad(BigQueryContract):
    mode = "load"
