"""What `ccsync insights` reads days from: a configured sink, or a DuckDB file that one wrote."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from ccsync.cli.session import Session
from ccsync.errors import SettingsError
from ccsync.insights.destinations import FILE_TYPE, Maker, cannot_be_read
from ccsync.settings.model import SinkConfig
from ccsync.signals import handled
from ccsync.sink import Readable, Sink

_INSTEAD = (
    "so there is no sink to read here. Name a file instead, ccsync insights FILE, or add a sink of "
    "type duckdb, a local file: pip install 'ccsync[duckdb]'"
)


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
    maker = _maker(session)
    found: dict[str, Readable] = {}
    faults: list[str] = []
    made: list[Sink] = []
    with handled(session.runtime.stop):
        try:
            for one in [name] if name is not None else _nearest_first(sinks):
                try:
                    sink = maker.sink(one, sinks[one])
                except SettingsError as error:
                    faults.append(f"{one}: {error}")
                    continue
                made.append(sink)
                if isinstance(sink, Readable):
                    found[one] = sink
                else:
                    faults.append(f"{one}: {cannot_be_read(sinks[one].type)}")
            if not found:
                raise SettingsError(*faults, _INSTEAD)
            chosen, *others = found
            yield Chosen(chosen, found[chosen], others)
        finally:
            for sink in made:
                sink.close()


@contextmanager
def database(session: Session, path: Path) -> Generator[Readable, None, None]:
    """Give what reads a DuckDB file.

    Raises:
        SettingsError: what reads such files is not installed.
    """
    with handled(session.runtime.stop), _maker(session).file(path) as there:
        yield there


def _maker(session: Session) -> Maker:
    return Maker(session.plugins, session.runtime, session.run_id)


def _nearest_first(sinks: Mapping[str, SinkConfig]) -> Iterator[str]:
    # The sort is stable: otherwise the settings' order counts.
    yield from sorted(sinks, key=lambda one: sinks[one].type != FILE_TYPE)
