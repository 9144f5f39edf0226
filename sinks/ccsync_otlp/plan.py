"""What one delivery has to send: values, tombstones, times, and what to remember first. Pure."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import msgspec

from ccsync.sink import CLOCKS_APART, Outcome, not_yet, too_old
from ccsync.snapshot import Snapshot
from ccsync_otlp import memory, times
from ccsync_otlp.memory import Note, Place, Shown
from ccsync_otlp.presets import Preset
from ccsync_otlp.series import Shaping, Values, values_of
from ccsync_otlp.wire import Stamp


class Service(NamedTuple):
    """What the resource says. It is a part of every series, but not of the records."""

    name: str
    namespace: str | None


class Leftover(NamedTuple):
    """What was sent in another form: other series of the same records, to be set to zero."""

    service: Service
    shown: Shown
    stamp: Stamp


class Delivery(msgspec.Struct, frozen=True):
    """One revision of one day, ready to be sent to one destination."""

    values: Values
    tombstones: Shown
    stamp: Stamp
    place: str
    """Destination and form, as notes name them."""

    former: Shown
    """What earlier attempts may have left there."""

    before: Note
    """To be remembered before the first request: what may be shown from then on."""

    after: Note | None
    """To be remembered once everything is acknowledged; None: the same as before."""

    leftovers: tuple[Leftover, ...] = ()
    """What was sent under another service name, or stamped in the day and not when observed."""

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
        place: the destination's identity; notes of several are kept apart.
        service: under which name values are sent; those of others become zero.
        preset: with the overrides of the settings.
        dimensions: which of them are attributes.
        now: the time in UTC.

    Raises:
        SinkRefused: the note cannot be read.
        RecordsRefused: no time is left in the day.
    """
    note = Note() if remembered is None else memory.decode(remembered)
    own = _key(place, service, observed=preset.point_time == "observed")
    there = {key: one for key, one in note.places.items() if _parts_of(key)[0] == place}
    for one in there.values():
        # A revision that lies in the future is of a clock gone wrong, and says nothing.
        if snapshot.fetched_at < one.fetched_at <= now + CLOCKS_APART:
            return not_yet(f"a newer revision, fetched at {one.fetched_at:%H:%M:%SZ}, was sent")

    def time_of(mode: times.PointTime, key: str) -> int | None:
        return times.point_time(
            mode,
            snapshot.day,
            fetched_at=snapshot.fetched_at,
            now=now,
            tick_ns=preset.tick_ns,
            last_ns=there[key].last_time_ns if key in there else None,
        )

    time_ns = time_of(preset.point_time, own)
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
    start_ns = times.start_of(snapshot.day) if preset.kind == "delta" else None
    leftovers: list[Leftover] = []
    for key, one in there.items():
        if key == own:
            continue
        _, former, observed = _parts_of(key)
        in_day: times.PointTime = "fixed" if preset.point_time == "fixed" else "revision"
        zero_ns = time_of("observed" if observed else in_day, key)
        if zero_ns is not None:
            leftovers.append(Leftover(former, one.shown, Stamp(zero_ns, start_ns)))
            before = _with(before, key, Place(zero_ns, snapshot.fetched_at, one.shown))
    after = None
    if (gone or leftovers) and snapshot.settled:
        # What is zero now stays zero, and a settled day is not sent daily to mend lost points.
        left = {key: one for key, one in note.places.items() if key not in there}
        after = _with(Note(left), own, Place(time_ns, snapshot.fetched_at, current))
    return Delivery(
        values, gone, Stamp(time_ns, start_ns), own, shown, before, after, tuple(leftovers)
    )


def _key(place: str, service: Service, *, observed: bool) -> str:
    return msgspec.json.encode((place, *service, observed)).decode()


def _parts_of(key: str) -> tuple[str, Service, bool]:
    place, name, namespace, observed = _parts.decode(key)
    return place, Service(name, namespace), observed


_parts = msgspec.json.Decoder(tuple[str, str, str | None, bool])


def _with(note: Note, name: str, place: Place) -> Note:
    return Note({**note.places, name: place})
