"""Several runs save one document: what to do when another one was faster."""

from __future__ import annotations

import contextlib

from ccsync.errors import Stopped
from ccsync.runtime import Runtime

MOST_CONFLICTS = 50
"""Lost races in a row after which the store is called unusable."""

_LONGEST = 0.5
"""Seconds."""


def stand_back(runtime: Runtime, conflicts: int) -> None:
    """Let others save first, for a random moment, or many shards would chase each other.

    The first conflict (`conflicts` is 0) only says that others have saved since we looked. Who was
    asked to end does not wait, and still saves: so `Stopped` is not raised.
    """
    if conflicts and not runtime.stop.requested:
        with contextlib.suppress(Stopped):
            runtime.pause(runtime.rng.uniform(0.0, min(_LONGEST, 0.01 * 2**conflicts)))
