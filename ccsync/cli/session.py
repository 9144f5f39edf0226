"""What every command needs: the options given to `ccsync` itself, the settings, the run's id."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ccsync.runtime import Runtime

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    import structlog

    from ccsync.logs import Format, Level
    from ccsync.settings.load import Loaded
    from ccsync.settings.model import SinkConfig
    from ccsync.sink import SinkPlugin
    from ccsync.upkeep import Upkeep

C = TypeVar("C", bound="SinkConfig")


class Session:
    """One invocation of `ccsync`; click's context object. Nothing is read before it is asked for.

    Tests run a command as `main(args, obj=partial(Session, runtime=..., lookup=...))`.
    """

    def __init__(
        self,
        *,
        config: str | None = None,
        log_level: Level = "info",
        log_format: Format = "auto",
        runtime: Runtime | None = None,
        environ: Mapping[str, str] | None = None,
        lookup: Mapping[str, SinkPlugin[Any]] | None = None,
        termination_log: Path = Path("/dev/termination-log"),
    ) -> None:
        """Take the options; `lookup` stands in for the installed sinks.

        `termination_log` is where Kubernetes looks for a pod's last words, unless a pod says
        `terminationMessagePath`.
        """
        self.config = config
        self.log_level: Level = log_level
        self.log_format: Format = log_format
        self.runtime = runtime or Runtime()
        self.environ = os.environ if environ is None else environ
        self.termination_log = termination_log
        self._lookup = lookup
        self._loaded: Loaded | None = None

    @cached_property
    def run_id(self) -> str:
        """Name this run: its start, and a part that tells it from others of that second."""
        moment = self.runtime.now().strftime("%Y%m%dT%H%M%SZ")
        return f"{moment}-{self.runtime.rng.getrandbits(32):08x}"

    @cached_property
    def log(self) -> structlog.typing.FilteringBoundLogger:
        """The log, set up on first use."""
        from ccsync import logs

        logs.configure(
            level=self.log_level,
            style=self.log_format,
            run_id=self.run_id,
            now=self.runtime.now,
        )
        return logs.get()

    @cached_property
    def plugins(self) -> Mapping[str, SinkPlugin[Any]]:
        """The sinks that settings may name, by type."""
        if self._lookup is not None:
            return self._lookup
        from ccsync.plugins import installed

        return installed()

    def loaded(self, *, needs_key: bool = True) -> Loaded:
        """Find, read and check the settings, once; logging is set up from here on.

        A command that asks the API nothing does without the variable of its key (`needs_key`).

        Raises:
            SettingsError: with every fault.
        """
        if self._loaded is None:
            from ccsync.settings.load import load

            self.log.debug("settings.load")
            self._loaded = load(
                self.settings_file(),
                self.plugins,
                self.environ,
                needs_key=needs_key,
                now=self.runtime.now(),
            )
        return self._loaded

    def settings_file(self) -> Path:
        """Say which file holds the settings; it is not read.

        Raises:
            SettingsError: there is none.
        """
        from ccsync.settings.load import find

        return find(self.config, self.environ)

    def upkeep(
        self, kind: type[C], only: Sequence[str] = (), *, leases: bool = False
    ) -> AbstractContextManager[Upkeep[C]]:
        """Give the sinks that a command of theirs (`ccsync TYPE ...`) works on; needs no API key.

        `kind` is the class of their settings, `only` names some of them; `leases` is for commands
        that change days. See `ccsync.upkeep`.

        Raises:
            ccsync.upkeep.NoSuchType: no sink of the settings is of this kind.
            SettingsError: the settings cannot be used, or there is no such sink.
        """
        from ccsync.upkeep import upkeep

        return upkeep(
            self.loaded(needs_key=False),
            kind,
            only,
            lookup=self.plugins,
            runtime=self.runtime,
            run_id=self.run_id,
            leases=leases,
        )
