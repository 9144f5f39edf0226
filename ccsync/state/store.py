"""The interface of a state store, and how a URL becomes one.

A store is a package that names, in the entry point group `ccsync.state`, a function for its URL
scheme: `open_store(url: str) -> StateStore`. It makes no connection before `begin`.
"""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, cast

from ccsync.errors import SettingsError


class StateStore(Protocol):
    """Keeps one ledger document, and a memory blob per sink and day apart from it."""

    @property
    def where(self) -> str:
        """Its address, for messages; without secrets."""
        ...

    @property
    def lease_lifetime(self) -> float | None:
        """Seconds after which a lease that nobody renews is over.

        None: the system knows which runs live (`is_alive`), so leases need no renewal.
        """
        ...

    @property
    def keeps(self) -> bool:
        """False for the store that keeps nothing: no sink is tracked then."""
        ...

    def begin(self, run_id: str) -> None:
        """Show that this run lives, and that the store can be written.

        Who only reads (`load`, `read_memory`) does without.

        Raises:
            StateRefused: not until someone changes something. StateUnavailable: not now.
        """
        ...

    def load(self) -> tuple[bytes | None, str]:
        """Give the document, None if there is none yet, and its version."""
        ...

    def save(self, document: bytes, expected: str) -> str:
        """Replace the document if it still has the expected version; durable when it returns.

        A reader sees the old document or the new one, whole. Returns the new version.

        Raises:
            StateConflict: the version is another one; nothing was changed.
            StateUnavailable: nothing is known; load again.
        """
        ...

    def read_memory(self, sink: str, day: dt.date) -> bytes | None:
        """Give what the sink last remembered for the day."""
        ...

    def write_memory(self, sink: str, day: dt.date, note: bytes) -> None:
        """Keep a note for the sink and day; durable, and whole, when it returns."""
        ...

    def is_alive(self, run_id: str) -> bool | None:
        """Tell whether the process of a run lives; None when this store cannot know."""
        ...

    def close(self) -> None:
        """Let go of everything. Safe before `begin`, and safe twice."""
        ...


def default_url() -> str:
    """Give the default: `ccsync` in the XDG state directory."""
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return f"file://{Path(base) / 'ccsync'}"


def open_state(url: str | None) -> StateStore:
    """Make the store that a `state:` setting names.

    Raises:
        SettingsError: no store of that kind is installed, or the URL is not one of its.
    """
    url = url or default_url()
    scheme = url.partition("://")[0]
    points = importlib.metadata.entry_points(group="ccsync.state")
    named = sorted({point.name for point in points})
    if scheme not in named:
        if url.startswith("/"):
            raise SettingsError(f"state: expected an address; did you mean file://{url}?")
        raise SettingsError(
            f"state: {url!r} is not understood; known are "
            + ", ".join(name if name == "none" else f"{name}://..." for name in named)
        )
    (point, *others) = points.select(name=scheme)
    if others:
        raise SettingsError(f"state: two installed packages offer {scheme}://; remove one")
    make = cast("Callable[[str], StateStore]", point.load())
    return make(url)
