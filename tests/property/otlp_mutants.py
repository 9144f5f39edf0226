"""The OTLP sink with one rule removed each: what a simpler sink would do."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, TypeAlias

import msgspec
import pytest

from ccsync.sink import DELIVERED, Outcome, SinkContext
from ccsync.snapshot import Snapshot
from ccsync.testing.otlp import AppendStore, FirstWinsStore, OverwriteStore
from ccsync_otlp import OtlpConfig, times
from ccsync_otlp import sink as sink_module
from ccsync_otlp.attributes import Attributes, Cell, Shaping
from ccsync_otlp.memory import Note, Shown, encode, shown_by
from ccsync_otlp.plan import Delivery, plan
from ccsync_otlp.series import Values, values_of
from ccsync_otlp.transport import Response, Transport
from ccsync_otlp.wire import Stamp
from tests.support.otlp_world import WorldSink, settings

Remember: TypeAlias = Callable[[bytes], None]
Stores: TypeAlias = type[OverwriteStore] | type[FirstWinsStore] | type[AppendStore]
Change: TypeAlias = Callable[[Delivery], Delivery]
EVERY_STORE: tuple[Stores, ...] = (OverwriteStore, FirstWinsStore, AppendStore)


class Mutant(msgspec.Struct, frozen=True, kw_only=True):
    """A sink with a fault."""

    sink: type[WorldSink] = WorldSink
    config: OtlpConfig = msgspec.field(default_factory=settings)
    change: Change | None = None
    """Of each plan."""

    stores: tuple[Stores, ...] = EVERY_STORE
    """Those that do not forgive the fault."""

    right_in_peace: bool = False
    """Whether nobody would notice it without deaths and lost answers."""

    found_by: tuple[int, ...]
    """Of the seeds of the test of crashes, those that find it, on each of its stores."""

    @contextmanager
    def at_work(self) -> Generator[None]:
        """Put the fault in."""
        with pytest.MonkeyPatch.context() as patch:
            if self.change is not None:
                patch.setattr(sink_module, "plan", _planner(self.change))
            yield


def _planner(change: Change) -> Callable[..., Delivery | Outcome]:
    def planned(*arguments: Any, **named: Any) -> Delivery | Outcome:
        delivery = plan(*arguments, **named)
        return change(delivery) if isinstance(delivery, Delivery) else delivery

    return planned


class SendsDifferences(WorldSink):
    """Sends what was added since the last acknowledged delivery, and then notes that."""

    def deliver(self, snapshot: Snapshot, memory: bytes | None, remember: Remember) -> Outcome:
        known = _decoder.decode(memory) if memory is not None else []
        before = {(base, cell): value for base, cell, value in known}
        values = values_of(
            snapshot.records(), Shaping(self.real.preset.rules, self.real.dimensions)
        )
        now = {
            (base, cell): Decimal(v) for base, sums in values.items() for cell, v in sums.items()
        }
        added: Values = {}
        for base, cell in now.keys() | before.keys():
            difference = now.get((base, cell), Decimal(0)) - before.get((base, cell), Decimal(0))
            added.setdefault(base, {})[cell] = difference
        time_ns = times.point_time(
            "revision",
            snapshot.day,
            fetched_at=snapshot.fetched_at,
            now=self.context.now(),
            tick_ns=self.real.preset.tick_ns,
        )
        assert time_ns is not None
        stamp = Stamp(time_ns, times.start_of(snapshot.day))
        self.real.sender().send(Delivery(added, {}, stamp, "", {}, Note(), None))
        remember(msgspec.msgpack.encode([(*key, value) for key, value in now.items()]))
        return DELIVERED


_decoder = msgspec.msgpack.Decoder(list[tuple[Attributes, Cell, Decimal]])


class RemembersNothing(WorldSink):
    """Never remembers."""

    def deliver(self, snapshot: Snapshot, memory: bytes | None, remember: Remember) -> Outcome:
        return super().deliver(snapshot, memory, lambda _note: None)


class RemembersAfterwards(WorldSink):
    """Remembers what it has sent once everything is acknowledged."""

    def deliver(self, snapshot: Snapshot, memory: bytes | None, remember: Remember) -> Outcome:
        notes: list[bytes] = []
        outcome = super().deliver(snapshot, memory, notes.append)
        for note in notes:
            remember(note)
        return outcome


class RemembersOneRequestLate(WorldSink):
    """Remembers what it sends after the first request."""

    def __init__(self, config: OtlpConfig, context: SinkContext, network: Transport) -> None:
        super().__init__(config, context, _Behind(network, self._catch_up))
        self._waiting: list[Callable[[], None]] = []

    def deliver(self, snapshot: Snapshot, memory: bytes | None, remember: Remember) -> Outcome:
        self._waiting.clear()

        def later(note: bytes) -> None:
            self._waiting.append(lambda: remember(note))

        outcome = super().deliver(snapshot, memory, later)
        self._catch_up()
        return outcome

    def _catch_up(self) -> None:
        while self._waiting:
            self._waiting.pop(0)()


class _Behind:
    def __init__(self, way: Transport, then: Callable[[], None]) -> None:
        self._way, self._then = way, then

    def send(self, body: bytes) -> Response:
        response = self._way.send(body)
        self._then()
        return response

    def close(self) -> None:
        self._way.close()


class ForgetsSettledDays(WorldSink):
    """Drops the memory of a day that is settled, to save room."""

    def deliver(self, snapshot: Snapshot, memory: bytes | None, remember: Remember) -> Outcome:
        outcome = super().deliver(snapshot, memory, remember)
        if snapshot.settled:
            remember(encode(Note()))
        return outcome


def without_tombstones(delivery: Delivery) -> Delivery:
    """Leave alone what vanished."""
    return msgspec.structs.replace(delivery, tombstones={})


def with_the_last_attempt_only(delivery: Delivery) -> Delivery:
    """Remember what this attempt shows, and forget what earlier ones may have left."""
    return _remembering(delivery, shown_by(delivery.values))


def _remembering(delivery: Delivery, shown: Shown) -> Delivery:
    place = msgspec.structs.replace(delivery.before.places[delivery.place], shown=shown)
    note = Note({**delivery.before.places, delivery.place: place})
    return msgspec.structs.replace(delivery, before=note, after=None)


MUTANTS = {
    "sends differences": Mutant(
        sink=SendsDifferences,
        config=settings(kind="delta"),
        right_in_peace=True,
        found_by=(4, 6, 7, 11),
    ),
    "one fixed time": Mutant(
        config=settings(point_time="fixed"), stores=(FirstWinsStore,), found_by=(4, 6, 7, 11)
    ),
    "remembers nothing": Mutant(sink=RemembersNothing, found_by=(4, 6, 7, 11)),
    "remembers afterwards": Mutant(
        sink=RemembersAfterwards, right_in_peace=True, found_by=(4, 6, 7, 11)
    ),
    "remembers one request late": Mutant(
        sink=RemembersOneRequestLate, right_in_peace=True, found_by=(4, 6, 11)
    ),
    "remembers the last attempt only": Mutant(
        change=with_the_last_attempt_only, right_in_peace=True, found_by=(4, 6, 7, 11)
    ),
    "no tombstones": Mutant(change=without_tombstones, found_by=(4, 6, 7, 11)),
    "forgets settled days": Mutant(sink=ForgetsSettledDays, found_by=(4, 6, 7, 11)),
}
