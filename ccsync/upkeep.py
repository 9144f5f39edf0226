"""Work of a sink's own commands (`ccsync TYPE ...`), outside of a sync run.

Such a command gets the sinks that it is for, each with a context like that of a run, and where it
changes days, leases of them: no run writes a day that is being tended, and the other way round.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from ccsync import USER_AGENT
from ccsync.context import Context
from ccsync.errors import SettingsError
from ccsync.job import holder_name
from ccsync.plugins import PluginError
from ccsync.retry import Patience
from ccsync.runtime import Runtime
from ccsync.settings.load import Loaded
from ccsync.settings.model import SinkConfig
from ccsync.signals import handled
from ccsync.sink import SinkContext, SinkPlugin
from ccsync.state.session import StateSession
from ccsync.state.store import open_state

C = TypeVar("C", bound=SinkConfig)


class NoSuchType(SettingsError):
    """The settings have no sink of the type that a command is for."""


class Tended(Generic[C]):
    """One sink that a command works on."""

    def __init__(self, name: str, config: C, context: Context) -> None:
        """Take the parts."""
        self.name = name
        self.config = config
        self._context = context

    @property
    def context(self) -> SinkContext:
        """What the core lends to the sink."""
        return self._context

    def begin(self, day: dt.date | None = None) -> None:
        """Start a piece of work: it gets the whole patience; the day is named in the log."""
        self._context.day = day
        self._context.patience.begin()


class Upkeep(Generic[C]):
    """The sinks that a command works on, and the leases of their days."""

    def __init__(self, sinks: Sequence[Tended[C]], state: StateSession | None) -> None:
        """Take the sinks; `state` is None for a command that changes no days."""
        self.sinks = tuple(sinks)
        self._state = state

    @property
    def source_id(self) -> str | None:
        """The organization that the state belongs to; None while it belongs to nobody."""
        return None if self._state is None else self._state.source_id

    def lease(self, days: Collection[dt.date]) -> frozenset[dt.date]:
        """Take what is free of the wanted days, and give it. To be called once.

        The leases are renewed whenever a context is asked to proceed, and given back at the end.

        Raises:
            DaysLeased: other runs hold all of them.
            StateUnavailable: no lease could be saved.
            RuntimeError: the command did not say that it takes leases.
        """
        if self._state is None:
            raise RuntimeError("leases are for commands that asked for them: upkeep(leases=True)")
        return self._state.lease(days)


@contextmanager
def upkeep(
    loaded: Loaded,
    kind: type[C],
    only: Sequence[str] = (),
    *,
    lookup: Mapping[str, SinkPlugin[Any]],
    runtime: Runtime,
    run_id: str,
    leases: bool = False,
) -> Generator[Upkeep[C], None, None]:
    """Put together what a command of one kind of sink needs; signals are handled meanwhile.

    Args:
        loaded: the settings.
        kind: the settings of the sinks that the command is for.
        only: names of sinks; all of the kind if it is empty.
        lookup: sinks by type, to call the kind by its name when there is none.
        runtime: clock, pauses, stop.
        run_id: names this run in logs, leases and labels.
        leases: whether the command changes days, and so opens the state to lease them.

    Raises:
        NoSuchType: no sink at all is of the kind.
        SettingsError: there is no such sink, or it is of another kind.
        StateRefused, StateUnavailable: the state cannot be used.
    """
    chosen = _chosen(loaded, kind, only, lookup)
    with handled(runtime.stop):
        if not leases:
            yield Upkeep([_tended(*one, runtime, run_id, None) for one in chosen], None)
            return
        with StateSession(
            open_state(loaded.settings.state), runtime, run_id=run_id, holder=holder_name(run_id)
        ) as state:
            yield Upkeep([_tended(*one, runtime, run_id, state) for one in chosen], state)


def _chosen(
    loaded: Loaded, kind: type[C], only: Sequence[str], lookup: Mapping[str, SinkPlugin[Any]]
) -> list[tuple[str, C]]:
    sinks = loaded.settings.sinks
    ours = {name: sink for name, sink in sinks.items() if isinstance(sink, kind)}
    if any(name not in ours for name in only) or not ours:
        wanted = _type_of(kind, lookup)
        there_are = ", ".join(f"{name} ({sink.type})" for name, sink in sorted(sinks.items()))
        for name in only:
            if name not in sinks:
                raise SettingsError(
                    f"--sink {name}: no such sink in {loaded.path}; there are: {there_are}"
                )
            if name not in ours:
                raise SettingsError(
                    f"--sink {name}: of type {sinks[name].type}; this command is for sinks of type "
                    f"{wanted}. In {loaded.path} there are: {there_are}"
                )
        raise NoSuchType(f"no sink of type {wanted} in {loaded.path}; there are: {there_are}")
    return [(name, sink) for name, sink in ours.items() if not only or name in only]


def _type_of(kind: type[SinkConfig], lookup: Mapping[str, SinkPlugin[Any]]) -> str:
    """Give the type that settings name for this kind of sink."""
    for name in lookup:
        try:
            if lookup[name].config is kind:
                return name
        except PluginError:
            # Another package's, and it is broken: what is asked for here is not about it.
            continue
    return kind.__name__


def _tended(
    name: str, config: C, runtime: Runtime, run_id: str, state: StateSession | None
) -> Tended[C]:
    pause = runtime.pause if state is None else state.pause
    context = Context(
        name=name,
        run_id=run_id,
        user_agent=USER_AGENT,
        runtime=runtime,
        patience=Patience(runtime, config.retry_deadline, pause=pause),
        proceed=runtime.stop.check if state is None else state.proceed,
        pause=pause,
    )
    return Tended(name, config, context)
