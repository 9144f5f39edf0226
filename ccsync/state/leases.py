"""Which days a run may work on, given what others hold. Pure.

A lease ends when its holder gives it back, when the system says that the holder is gone, or when
somebody watched it stand still for a whole lifetime *by the watcher's own clock*: nobody compares
two machines' clocks, so a clock that is an hour off harms nobody.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Collection, Iterable, Iterator

import msgspec

from ccsync.state.document import Lease


class Standing(enum.Enum):
    """What a run knows of another run's lease."""

    ALIVE = "alive"
    GONE = "gone"
    UNKNOWN = "unknown"


class Watch:
    """Watches other runs' leases, to tell the living from the dead."""

    def __init__(
        self,
        *,
        holder: str,
        lifetime: float,
        monotonic: Callable[[], float],
        is_alive: Callable[[str], bool | None],
    ) -> None:
        """Take who we are, the lease lifetime in seconds, our clock, and what the system knows.

        `is_alive` tells of a run id whether its process lives; None when it cannot tell.
        """
        self._holder = holder
        self._lifetime = lifetime
        self._monotonic = monotonic
        self._is_alive = is_alive
        self._seen: dict[str, tuple[int, float]] = {}

    def standing(self, lease: Lease) -> Standing:
        """Judge a lease by what was seen of it so far."""
        known = self._is_alive(lease.run_id)
        if known is not None:
            return Standing.ALIVE if known else Standing.GONE
        if lease.holder == self._holder:
            return Standing.GONE  # an earlier try of the same job: it has ended, we are its heir
        now = self._monotonic()
        if lease.run_id not in self._seen:
            self._seen[lease.run_id] = (lease.renewals, now)
            return Standing.UNKNOWN
        renewals, since = self._seen[lease.run_id]
        if lease.renewals != renewals:
            return Standing.ALIVE
        return Standing.GONE if now - since >= self._lifetime else Standing.UNKNOWN


class Survey(msgspec.Struct, frozen=True):
    """The leases of others, seen by a run that wants some days."""

    standing: tuple[Lease, ...]
    """Leases that are to stay: held by the living, or none of our business."""

    unknown: tuple[Lease, ...]
    """Leases on wanted days of which nobody knows whether their holder lives."""

    taken: frozenset[dt.date]
    """Wanted days that the living hold."""


def survey(leases: Iterable[Lease], wanted: Collection[dt.date], watch: Watch) -> Survey:
    """Judge all leases by what was seen of them so far."""
    standing: list[Lease] = []
    unknown: list[Lease] = []
    taken: set[dt.date] = set()
    for lease in leases:
        held = set(covered(lease, wanted))
        known = watch.standing(lease)
        if known is Standing.UNKNOWN and held:
            unknown.append(lease)
        elif known is not Standing.GONE:
            standing.append(lease)
            taken |= held
    return Survey(tuple(standing), tuple(unknown), frozenset(taken))


def ranges(days: Iterable[dt.date]) -> tuple[tuple[dt.date, dt.date], ...]:
    """Write days as ranges, both ends inclusive, in order."""
    found: list[tuple[dt.date, dt.date]] = []
    for day in sorted(set(days)):
        if found and day - found[-1][1] == dt.timedelta(days=1):
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return tuple(found)


def covered(lease: Lease, days: Collection[dt.date]) -> Iterator[dt.date]:
    """Give those of `days` that the lease holds."""
    for day in days:
        if any(first <= day <= last for first, last in lease.days):
            yield day


def holders(leases: Iterable[Lease], days: Collection[dt.date]) -> str:
    """Say who holds any of these days, for a message."""
    return ", ".join(
        f"{lease.holder} (run {lease.run_id})" for lease in leases if [*covered(lease, days)]
    )
