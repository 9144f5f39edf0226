"""What one delivery has to send: values, tombstones, times, and what to remember first. Pure."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import msgspec

from ccsync.sink import Outcome, not_yet, too_old
from ccsync.snapshot import Snapshot
from ccsync_otlp import memory, times
from ccsync_otlp.memory import Note, Place, Shown
from ccsync_otlp.presets import Preset
from ccsync_otlp.series import Shaping, Values, values_of
from ccsync_otlp.wire import Stamp

_CLOCKS_APART = dt.timedelta(minutes=10)
"""What the clocks of two machines may differ by."""


class Service(NamedTuple):
    """What the resource says. It is a part of every series, but not of the records."""

    name: str
    namespace: str | None


class Delivery(msgspec.Struct, frozen=True):
    """One revision of one day, ready to be sent to one destination."""

    values: Values
    tombstones: Shown
    stamp: Stamp
    place: str
    """Destination and service, as notes name them."""

    former: Shown
    """What earlier attempts may have left there."""

    before: Note
    """To be remembered before the first request: what may be shown from then on."""

    after: Note | None
    """To be remembered once everything is acknowledged; None: the same as before."""

    elsewhere: dict[Service, Shown] = {}
    """What was sent under another service name or namespace; to be set to zero there."""

    def after_refusal(self, refused: Shown) -> Note:
        """Give what may be shown after these points were refused: they need no tombstones.

        Points of a series that an earlier attempt may have left there stay remembered.
        """
        place = self.before.places[self.place]
        shown: Shown = {}
        for base, cells in place.shown.items():
            not_there = refused.get(base, frozenset()) - self.former.get(base, frozenset())
            if left := cells - not_there:
                shown[base] = left
        return _with(self.before, self.place, msgspec.structs.replace(place, shown=shown))


def plan(
    snapshot: Snapshot,
    remembered: bytes | None,
    *,
    place: str,
    service: Service,
    preset: Preset,
    dimensions: frozenset[str],
    now: dt.datetime,
) -> Delivery | Outcome:
    """Work out a delivery, or why there is none.

    Args:
        snapshot: the day.
        remembered: the note of the attempt before, whether it was acknowledged or not.
        place: the destination's identity, one line; notes of several are kept apart.
        service: under which name values are sent; those of others there become zero.
        preset: with the overrides of the settings.
        dimensions: which of them are attributes.
        now: the time in UTC.

    Raises:
        SinkRefused: the note cannot be read.
        RecordsRefused: no time is left in the day.
    """
    note = Note() if remembered is None else memory.decode(remembered)
    own = _key(place, service)
    there = {key: one for key, one in note.places.items() if _place_of(key) == place}
    for one in there.values():
        # A revision that lies in the future is of a clock gone wrong, and says nothing.
        if snapshot.fetched_at < one.fetched_at <= now + _CLOCKS_APART:
            return not_yet(f"a newer revision, fetched at {one.fetched_at:%H:%M:%SZ}, was sent")
    time_ns = times.point_time(
        preset.point_time,
        snapshot.day,
        fetched_at=snapshot.fetched_at,
        now=now,
        tick_ns=preset.tick_ns,
        last_ns=max((one.last_time_ns for one in there.values()), default=None),
    )
    if time_ns is None:
        return not_yet("the points of a day are stamped at its noon (UTC), which has not come")
    age = dt.timedelta(microseconds=(times.nanoseconds(now) - time_ns) // 1_000)
    if preset.max_age is not None and age > preset.max_age:
        return too_old(
            f"{preset.name} takes points of the last {preset.max_age // dt.timedelta(hours=1)} h "
            "only; `point_time: observed` sends older days at the time of sending, with an "
            "attribute `day`"
        )
    day = f"{snapshot.day}" if preset.point_time == "observed" else None
    values = values_of(snapshot.records(), Shaping(preset.rules, dimensions, day))
    current = memory.shown_by(values)
    shown = there[own].shown if own in there else {}
    gone = memory.tombstones(shown, values)
    before = _with(note, own, Place(time_ns, snapshot.fetched_at, memory.union(shown, current)))
    elsewhere: dict[Service, Shown] = {}
    for key, one in there.items():
        if key != own:
            elsewhere[_service_of(key)] = one.shown
            before = _with(before, key, Place(time_ns, snapshot.fetched_at, one.shown))
    after = None
    if (gone or elsewhere) and snapshot.settled:
        # What is zero now stays zero, and a settled day is not sent daily to mend lost points.
        left = {key: one for key, one in note.places.items() if key not in there}
        after = _with(Note(left), own, Place(time_ns, snapshot.fetched_at, current))
    start_ns = times.start_of(snapshot.day) if preset.kind == "delta" else None
    stamp = Stamp(time_ns, start_ns)
    return Delivery(values, gone, stamp, own, shown, before, after, elsewhere)


def _key(place: str, service: Service) -> str:
    return "\n".join((place, service.name, service.namespace or ""))


def _place_of(key: str) -> str:
    return key.partition("\n")[0]


def _service_of(key: str) -> Service:
    _, name, namespace = key.split("\n", 2)
    return Service(name, namespace or None)


def _with(note: Note, name: str, place: Place) -> Note:
    return Note({**note.places, name: place})
