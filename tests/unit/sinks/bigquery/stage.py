"""A BigQuery double, our clock and its clock as one, and the command that works on it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from click.testing import CliRunner, Result

from ccsync.cli import main
from ccsync.cli.session import Session
from ccsync.context import Context
from ccsync.retry import Patience
from ccsync.testing import FakeRuntime
from ccsync.testing.bigquery.double import BigQueryDouble
from ccsync_bigquery.client import connect
from ccsync_bigquery.jobs import Jobs
from ccsync_bigquery.service import Service
from ccsync_bigquery.settings import BigQueryConfig

PROJECT = "northwind-data"
DATASET = "claude_code"


class OneClock(FakeRuntime):
    """Pauses let time pass at BigQuery, too."""

    def __init__(self) -> None:
        super().__init__()
        self.double: BigQueryDouble | None = None

    def advance(self, seconds: float) -> None:
        super().advance(seconds)
        if self.double is not None:
            self.double.clock.advance(seconds)


class Stage:
    """One dataset's worth of BigQuery."""

    def __init__(self, double: BigQueryDouble, runtime: OneClock, folder: Path) -> None:
        self.double = double
        self.runtime = runtime
        self.folder = folder
        self.settings: dict[str, Any] = {}
        """More settings of the sink `warehouse`."""
        self.others: dict[str, Any] = {}
        """More sinks."""
        self.source: dict[str, Any] = {}
        """More settings of the source."""
        self.logged: list[str] = []

    @property
    def config(self) -> BigQueryConfig:
        return msgspec.convert(self._sink(), BigQueryConfig)

    @contextmanager
    def connected(self) -> Generator[tuple[Service, Jobs]]:
        """Give what our modules work with."""
        context = Context(
            name="warehouse",
            run_id="run-1",
            user_agent="ccsync/0 (test)",
            runtime=self.runtime,
            patience=Patience(self.runtime, 60.0),
            proceed=self.runtime.stop.check,
        )
        service = connect(self.config, context, {})
        try:
            yield service, Jobs(service, context)
        finally:
            service.close()

    def run(self, *args: str) -> Result:
        """Run `ccsync bigquery ...`."""
        path = self.folder / "ccsync.yaml"
        document = {
            "version": 1,
            "source": {"api_key": "sk-ant-admin01-example", **self.source},
            "state": f"file://{self.folder}/state",
            "sinks": {"warehouse": self._sink(), **self.others},
        }
        path.write_bytes(msgspec.yaml.encode(document))
        make = partial(Session, runtime=self.runtime, environ={})
        options = ("--config", str(path), "--log-format", "json", "bigquery")
        return CliRunner().invoke(main, (*options, *args), obj=make)

    def tables(self) -> dict[str, dict[str, Any]]:
        """Give tables and views by name, as the REST API shows them."""
        found = self.double.catalog.tables((PROJECT, DATASET))
        return {one["tableReference"]["tableId"]: one for one in found}

    def operations(self) -> list[str]:
        """Give what was asked for, in order."""
        return [request.operation for request in self.double.requests]

    def _sink(self) -> dict[str, Any]:
        return {
            "type": "bigquery",
            "dataset": f"{PROJECT}.{DATASET}",
            "endpoint": self.double.url,
            **self.settings,
        }


@contextmanager
def stage(folder: Path) -> Generator[Stage]:
    """Start a double for the time of a test."""
    runtime = OneClock()
    with BigQueryDouble(PROJECT, now=runtime.now()) as double:
        runtime.double = double
        yield Stage(double, runtime, folder)
