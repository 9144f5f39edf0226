"""What `ccsync insights` reads days from: a configured sink, or a DuckDB file that one wrote."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from ccsync import USER_AGENT
from ccsync.cli.session import Session
from ccsync.context import Context
from ccsync.errors import SettingsError
from ccsync.plugins import install_hint, missing_library
from ccsync.retry import Patience
from ccsync.settings.model import SinkConfig
from ccsync.signals import handled
from ccsync.sink import Readable, Sink

_FILE_TYPE = "duckdb"
"""The type of sink whose destination is a file on this machine."""

_PATIENCE = 20.0
"""Seconds with a destination that does not answer: somebody waits for the report."""


class Chosen(NamedTuple):
    """A sink that can be read."""

    name: str
    sink: Readable
    others: Sequence[str]
    """Names of sinks that could have been read as well."""


@contextmanager
def readable(session: Session, name: str | None) -> Generator[Chosen, None, None]:
    """Give the sink of that name; without one a local file, else the first that can be read.

    Raises:
        SettingsError: there is no such sink, or none that can be read; says why for each.
    """
    loaded = session.loaded(needs_key=False)
    sinks = loaded.settings.sinks
    if name is not None and name not in sinks:
        there = ", ".join(sorted(sinks))
        raise SettingsError(f"--sink {name}: no such sink in {loaded.path}; there are {there}")
    found: dict[str, Readable] = {}
    faults: list[str] = []
    made: list[Sink] = []
    with handled(session.runtime.stop):
        try:
            for one in [name] if name is not None else _nearest_first(sinks):
                try:
                    sink = _built(session, one, sinks[one])
                except SettingsError as error:
                    faults.append(f"{one}: {error}")
                    continue
                made.append(sink)
                if isinstance(sink, Readable):
                    found[one] = sink
                else:
                    faults.append(f"{one}: {_unreadable(sinks[one].type)}")
            if not found:
                raise SettingsError(*faults, _INSTEAD)
            chosen, *others = found
            yield Chosen(chosen, found[chosen], others)
        finally:
            for sink in made:
                sink.close()


@contextmanager
def database(session: Session, path: Path) -> Generator[Readable, None, None]:
    """Give a sink that reads a file as if settings named it; writes nothing.

    Raises:
        SettingsError: what reads such files is not installed.
    """
    if _FILE_TYPE not in session.plugins:
        raise SettingsError(
            f"{path}: is a DuckDB file, and no sink of type {_FILE_TYPE} is installed: "
            f"{install_hint(_FILE_TYPE)}"
        )
    settings = {"type": _FILE_TYPE, "path": str(path.absolute())}
    config = msgspec.convert(settings, session.plugins[_FILE_TYPE].config)
    with handled(session.runtime.stop):
        sink = _built(session, path.name, config)
        try:
            if not isinstance(sink, Readable):
                raise SettingsError(f"{path}: {_unreadable(_FILE_TYPE)}")
            yield sink
        finally:
            sink.close()


def _nearest_first(sinks: dict[str, SinkConfig]) -> Iterator[str]:
    # The sort is stable: otherwise the settings' order counts.
    yield from sorted(sinks, key=lambda one: sinks[one].type != _FILE_TYPE)


def _built(session: Session, name: str, config: SinkConfig) -> Sink:
    """Make a sink; it connects when it is read.

    Raises:
        SettingsError: it lacks a library, or its settings contradict each other.
    """
    patience = Patience(session.runtime, min(config.retry_deadline, _PATIENCE))
    patience.begin()
    context = Context(
        name=name,
        run_id=session.run_id,
        user_agent=USER_AGENT,
        runtime=session.runtime,
        patience=patience,
        proceed=session.runtime.stop.check,
    )
    try:
        sink: Sink = session.plugins[config.type].build(config, context)
    except ImportError as error:
        raise missing_library(config.type, error) from error
    return sink


def _unreadable(kind: str) -> str:
    if kind == "stdout":
        return "standard output cannot be read back, but a file can that it was written to"
    return f"sinks of type {kind} cannot be read back record by record"


_INSTEAD = (
    "so there is no sink to read here. Name a file instead, ccsync insights FILE, or add a sink of "
    "type duckdb, a local file: pip install 'ccsync[duckdb]'"
)
