"""Sinks as insights need them: made to be read, and never opened for writing."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from ccsync import USER_AGENT
from ccsync.context import Context
from ccsync.errors import SettingsError
from ccsync.plugins import missing_library
from ccsync.retry import Patience
from ccsync.runtime import Runtime
from ccsync.settings.model import SinkConfig
from ccsync.sink import Readable, Sink, SinkPlugin

FILE_TYPE = "duckdb"
"""The type of sink whose destination is a file on this machine."""

_PATIENCE = 20.0
"""Seconds with a destination that does not answer: somebody waits for the report."""


class Maker:
    """Makes sinks."""

    def __init__(
        self, plugins: Mapping[str, SinkPlugin[Any]], runtime: Runtime, run_id: str
    ) -> None:
        """Take the installed sinks by type, and what their contexts need."""
        self.plugins = plugins
        self._runtime = runtime
        self._run_id = run_id

    def sink(self, name: str, config: SinkConfig) -> Sink:
        """Make a sink; it connects when it is read. Whoever asks closes it.

        Raises:
            SettingsError: it lacks a library, or its settings contradict each other.
        """
        patience = Patience(self._runtime, min(config.retry_deadline, _PATIENCE))
        patience.begin()
        context = Context(
            name=name,
            run_id=self._run_id,
            user_agent=USER_AGENT,
            runtime=self._runtime,
            patience=patience,
            proceed=self._runtime.stop.check,
        )
        try:
            sink: Sink = self.plugins[config.type].build(config, context)
        except ImportError as error:
            raise missing_library(config.type, error) from error
        return sink

    @contextmanager
    def file(self, path: Path) -> Generator[Readable, None, None]:
        """Give what reads a DuckDB file, as if settings named it.

        Raises:
            SettingsError: what reads such files is not installed.
        """
        if FILE_TYPE not in self.plugins:
            raise SettingsError(
                f"{path}: is a DuckDB file, and no sink of type {FILE_TYPE} is installed"
            )
        settings = {"type": FILE_TYPE, "path": str(path.absolute())}
        sink = self.sink(path.name, msgspec.convert(settings, self.plugins[FILE_TYPE].config))
        try:
            if not isinstance(sink, Readable):
                raise SettingsError(f"{path}: {cannot_be_read(FILE_TYPE)}")
            yield sink
        finally:
            sink.close()


def cannot_be_read(kind: str) -> str:
    """Say that sinks of a type are not `Readable`."""
    if kind == "stdout":
        return "standard output cannot be read back, but a file can that it was written to"
    return f"sinks of type {kind} cannot be read back record by record"
