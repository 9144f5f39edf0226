"""The command that brings days to a sink once more, as messages name it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

_MOST = 3
"""Commands in one message."""


def send_again(sink: str, days: Iterable[dt.date]) -> str:
    """Write the commands by which a sink gets these days again, one for each stretch of them.

    Only that sink is named, since another may keep what it gets twice.
    """
    from ccsync.state.leases import ranges

    spans = ranges(days)
    commands = [
        f"`ccsync sync --from {first} --to {last} --force --sink {sink}`"
        for first, last in spans[:_MOST]
    ]
    more = len(spans) - len(commands)
    return ", ".join(commands) + (f" and {more} more stretches of days alike" if more else "")


def once_mended(sink: str, days: Iterable[dt.date]) -> str:
    """Say how days that were refused are sent again; by themselves they are not."""
    return f"once the cause is mended, {send_again(sink, days)}"
