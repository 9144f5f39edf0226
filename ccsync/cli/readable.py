"""What `ccsync insights` reads days from: a configured sink, or a DuckDB file that one wrote."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from ccsync.cli.session import Session
from ccsync.errors import SettingsError
from ccsync.insights.destinations import FILE_TYPE, Maker, cannot_be_read
from ccsync.settings.model import SinkConfig
from ccsync.signals import handled
from ccsync.sink import Readable

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

    files: Sequence[Path]
    """The files in which the settings' sinks keep usage."""


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
    with handled(session.runtime.stop), ExitStack() as made:
        wanted, faults = _made(maker, {name: sinks[name]} if name else sinks, made)
        if name and not wanted:
            rest = {other: config for other, config in sinks.items() if other != name}
            if instead := _made(maker, rest, made)[0]:
                there = ", ".join(f"--sink {other}" for other in instead)
                raise SettingsError(*faults, f"What can be read here: {there}")
        if not wanted:
            raise SettingsError(*faults, _INSTEAD)
        chosen, *others = wanted
        yield Chosen(chosen, wanted[chosen], others, tuple(_files(sinks)))


def _made(
    maker: Maker, sinks: Mapping[str, SinkConfig], made: ExitStack
) -> tuple[Mapping[str, Readable], Sequence[str]]:
    """Make those that can be read, the nearest first; of the others, say why they cannot."""
    found: dict[str, Readable] = {}
    faults: list[str] = []
    for name in _nearest_first(sinks):
        try:
            sink = maker.sink(name, sinks[name])
        except SettingsError as error:
            faults.append(f"{name}: {error}")
            continue
        made.callback(sink.close)
        if isinstance(sink, Readable):
            found[name] = sink
        else:
            faults.append(f"{name}: {cannot_be_read(sinks[name].type)}")
    return found, faults


def _files(sinks: Mapping[str, SinkConfig]) -> Iterator[Path]:
    """Give the files in which sinks keep usage, there or not."""
    for config in sinks.values():
        path: object = getattr(config, "path", None)
        if config.type == FILE_TYPE and isinstance(path, str):
            # As the sink does: this gives a path also for an unknown ~user.
            yield Path(os.path.expanduser(path))  # noqa: PTH111


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
