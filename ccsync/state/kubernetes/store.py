"""The state store over one ConfigMap: every write is a compare and swap of the whole object.

Runs that write at once send it again on top of each other's; only a change of the document is a
conflict that the caller hears of. The version of the document is a hash of it, so a note changes no
version, and a write whose answer was lost is recognized when it is tried again.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Mapping
from typing import Any

from ccsync import logs
from ccsync.errors import StateConflict, StateRefused, StateUnavailable
from ccsync.runtime import Runtime
from ccsync.state.kubernetes import configmap, refusals
from ccsync.state.kubernetes.access import Access
from ccsync.state.kubernetes.address import Address, parse
from ccsync.state.kubernetes.api import PATIENCE, Api, ChangedError
from ccsync.state.kubernetes.configmap import ConfigMap, NotOursError, TooLargeError

log = logs.get()

_MOST_CONFLICTS = 100
"""Writes in a row that came too late, after which the place is called unusable."""

_FULL = (
    "the ConfigMap is full, so the oldest days are forgotten: when such a day is restated, series "
    "that vanished from it may still be shown (tombstones unknown). A bucket or a volume has room"
)

_SHORTEST_WAIT, _LONGEST_WAIT = 0.02, 1.0
"""Seconds between two of them, at most: doubled each time, and drawn by lot."""


def open_store(url: str) -> KubernetesStore:
    """Make the store for `kubernetes://configmap/NAME[?namespace=NS]`.

    Raises:
        SettingsError: the URL names no ConfigMap.
    """
    return KubernetesStore(parse(url))


class KubernetesStore:
    """State in a ConfigMap. Several runs may use it at once."""

    lease_lifetime = 120.0
    keeps = True

    def __init__(
        self,
        address: Address,
        *,
        environ: Mapping[str, str] = os.environ,
        runtime: Runtime | None = None,
        limit: int = configmap.LIMIT,
        patience: float = PATIENCE,
    ) -> None:
        """Take the address; nothing is read or connected.

        Args:
            address: the ConfigMap.
            environ: where KUBERNETES_SERVICE_HOST and _PORT stand.
            runtime: clock and pause; for tests.
            limit: bytes of all values that are never exceeded.
            patience: seconds for which an API server that is away is asked again.
        """
        self._address = address
        self._runtime = runtime or Runtime()
        self._api = Api(address, Access(address, environ), self._runtime, patience)
        self._limit = limit
        self._has_told = False
        self._held: ConfigMap | None = None
        """As it was read or written last; somebody may have changed it since."""
        self.where = str(address)

    def begin(self, run_id: str) -> None:  # noqa: ARG002 - leases say which runs live
        """Show that it can be read and written: it is replaced by itself, which changes nothing."""
        held = self._read()
        if held.immutable:
            raise StateRefused(refusals.immutable(self._address))
        try:
            self._held = self._taken(self._api.put(held.raw))
        except ChangedError:
            self._held = None  # somebody else was faster: so it can be written

    def load(self) -> tuple[bytes | None, str]:
        """Read the document; its version is a hash of it."""
        held = self._read()
        try:
            return held.document, held.version
        except NotOursError as error:
            raise self._not_ours(error) from None

    def save(self, document: bytes, expected: str) -> str:
        """Compare and swap; memory makes room if there is too little."""
        version = configmap.version_of(document)

        def change(held: ConfigMap) -> ConfigMap:
            if held.version != expected:
                raise StateConflict(f"{self.where} was changed by another run")
            return held.with_document(document, self._limit)

        self._change(change, lambda held: held.version == version)
        return version

    def read_memory(self, sink: str, day: dt.date) -> bytes | None:
        """Read a note."""
        return self._read().memory.get((day, sink))

    def write_memory(self, sink: str, day: dt.date, note: bytes) -> None:
        """Replace a note; when the place is full the oldest day is forgotten for it."""
        self._change(
            lambda held: held.with_note(sink, day, note, self._limit),
            lambda held: held.memory.get((day, sink)) == note,
        )

    def is_alive(self, run_id: str) -> bool | None:  # noqa: ARG002
        """Nobody here knows which pods live."""
        return None

    def close(self) -> None:
        """Let go of the connection."""
        self._api.close()
        self._held = None

    def _change(
        self, change: Callable[[ConfigMap], ConfigMap], is_done: Callable[[ConfigMap], bool]
    ) -> None:
        """Write what `change` makes of the object, whoever else writes.

        It is tried on the object as we know it; what it says of an old one counts for nothing.
        `is_done` tells whether the object holds the change, where an answer was lost.
        """
        held, is_fresh = (self._held, False) if self._held is not None else (self._read(), True)
        wait = _SHORTEST_WAIT
        for _ in range(_MOST_CONFLICTS):
            changed = self._applied(change, held, is_fresh=is_fresh)
            is_unsure = False
            if changed is not None:
                try:
                    self._held = self._taken(self._api.put(changed.encoded()))
                except ChangedError as error:
                    is_unsure = error.is_unsure
                    if is_fresh:
                        self._runtime.pause(self._runtime.rng.uniform(0, wait))
                        wait = min(2 * wait, _LONGEST_WAIT)
                else:
                    self._tell(changed)
                    return
            held, is_fresh = self._read(), True
            if changed is not None and is_unsure and is_done(held):
                self._tell(changed)
                return
        raise StateUnavailable(
            f"the state at {self.where} changed {_MOST_CONFLICTS} times while it was written"
        )

    def _applied(
        self, change: Callable[[ConfigMap], ConfigMap], held: ConfigMap, *, is_fresh: bool
    ) -> ConfigMap | None:
        """Change the object; None when it cannot be, and may have been another one for long."""
        try:
            return change(held)
        except (StateConflict, NotOursError, TooLargeError) as error:
            if not is_fresh:
                return None
            if isinstance(error, NotOursError):
                raise self._not_ours(error) from None
            if isinstance(error, TooLargeError):
                raise StateRefused(
                    refusals.too_large(self._address, error.ledger, error.foreign, self._limit)
                ) from None
            raise

    def _read(self) -> ConfigMap:
        self._held = self._taken(self._api.get())
        return self._held

    def _taken(self, raw: Mapping[str, Any]) -> ConfigMap:
        try:
            return configmap.read(raw)
        except NotOursError as error:
            raise self._not_ours(error) from None

    def _not_ours(self, error: NotOursError) -> StateRefused:
        return StateRefused(refusals.foreign_content(self._address, str(error)))

    def _tell(self, changed: ConfigMap) -> None:
        """Log what was dropped: why, and what that means, once."""
        if not changed.dropped:
            return
        say, reason = (log.info, {}) if self._has_told else (log.warning, {"reason": _FULL})
        self._has_told = True
        say(
            "state.memory_dropped",
            where=self.where,
            days=len(changed.dropped),
            sinks=sorted({sink for _, sink in changed.dropped}),
            newest=str(max(day for day, _ in changed.dropped)),
            days_left=len(changed.memory),
            **reason,
        )
