"""The configured sink that `ccsync insights` reads."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, NamedTuple

from ccsync.cli.session import Session
from ccsync.errors import SettingsError
from ccsync.plugins import missing_library
from ccsync.settings.model import SinkConfig
from ccsync.sink import Readable, Sink

if TYPE_CHECKING:
    from ccsync.upkeep import Tended

_NEAREST = "duckdb"
"""The type of sink that is asked first: a file on this machine."""


class Chosen(NamedTuple):
    """A sink that can be read."""

    name: str
    sink: Readable
    others: Sequence[str]
    """Names of sinks that could have been read as well."""


@contextmanager
def readable(session: Session, name: str | None) -> Generator[Chosen, None, None]:
    """Give the sink of that name; without one the first that can be read. Connects to nothing.

    Raises:
        SettingsError: there is no such sink, or none that can be read; says why for each.
    """
    with ExitStack() as stack:
        only = () if name is None else (name,)
        upkeep = stack.enter_context(session.upkeep(SinkConfig, only))
        # The sort is stable: otherwise the settings' order counts.
        tended = sorted(upkeep.sinks, key=lambda one: one.config.type != _NEAREST)
        found: list[tuple[Tended[SinkConfig], Readable]] = []
        faults: list[str] = []
        for one in tended:
            try:
                sink = _built(session, one)
            except SettingsError as error:
                faults.append(f"{one.name}: {error}")
                continue
            stack.callback(sink.close)
            if isinstance(sink, Readable):
                found.append((one, sink))
            else:
                faults.append(f"{one.name}: {_unreadable(one.config.type)}")
        if not found:
            raise SettingsError(
                *faults,
                "so there is no sink to read here. Name a file instead, ccsync insights FILE, or "
                "add a sink of type duckdb, a local file: pip install 'ccsync[duckdb]'",
            )
        chosen, there = found[0]
        chosen.begin()
        yield Chosen(chosen.name, there, [one.name for one, _ in found[1:]])


def _built(session: Session, one: Tended[SinkConfig]) -> Sink:
    plugin = session.loaded(needs_key=False).plugins[one.name]
    try:
        sink: Sink = plugin.build(one.config, one.context)
    except ImportError as error:
        raise missing_library(one.config.type, error) from error
    return sink


def _unreadable(kind: str) -> str:
    if kind == "stdout":
        return "standard output cannot be read back, but a file can that it was written to"
    return f"sinks of type {kind} cannot be read back record by record"
