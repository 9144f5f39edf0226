"""The sink: each day's whole values as points of that day, sent until every one is acknowledged."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

from ccsync.errors import RecordsRefused, SinkRefused
from ccsync.sink import DELIVERED, Finding, Outcome, SinkContext, too_old
from ccsync.snapshot import Snapshot
from ccsync_otlp.attributes import Attributes, Shaping, Speller
from ccsync_otlp.catalogue import METRICS
from ccsync_otlp.endpoint import Endpoint
from ccsync_otlp.memory import encode
from ccsync_otlp.plan import Service, plan
from ccsync_otlp.presets import Preset
from ccsync_otlp.sending import PointsRefusedError, Sender, TooOldError
from ccsync_otlp.series import values_of
from ccsync_otlp.transport import Transport, connect

_ROUTING = (
    "x-scope-orgid",
    "x-honeycomb-dataset",
    "x-tenant",
    "x-dataset",
    "dataset",
    "stream-name",
)
"""Headers that choose among several places at one address. Not logins: those may be renewed."""


class OtlpSink:
    """Sends days to one OTLP receiver."""

    def __init__(
        self,
        endpoint: Endpoint,
        preset: Preset,
        context: SinkContext,
        *,
        dimensions: frozenset[str],
        service_name: str,
        service_namespace: str | None,
        series_warning: int,
        unreadable: str = "",
    ) -> None:
        """Take the settings, worked out; connects to nothing.

        `unreadable` is why `ccsync verify` cannot read back what this sink sends.
        """
        self.endpoint = endpoint
        self.preset = preset
        self.context = context
        self.dimensions = dimensions
        self._service = Service(service_name, service_namespace)
        self._series_warning = series_warning
        self._unreadable = unreadable
        self._transport: Transport | None = None

    def open(self) -> str:
        """Name the destination: its address, and what chooses a place there. Sends nothing.

        Raises:
            SinkRefused: a certificate cannot be used.
        """
        self.transport()
        routes = [
            f"{name}={self.endpoint.headers[name].reveal()}"
            for name in _ROUTING
            if name in self.endpoint.headers
        ]
        return " ".join([self.endpoint.protocol, self.endpoint.address, *routes])

    def transport(self) -> Transport:
        """Give the way to the destination; made once."""
        if self._transport is None:
            context = self.context
            self._transport = connect(self.endpoint, user_agent=context.user_agent, now=context.now)
        return self._transport

    def sender(self) -> Sender:
        """Give what sends deliveries."""
        return Sender(
            self.transport(),
            self.context,
            self.preset,
            address=self.endpoint.address,
            missing=self.missing_headers(),
            service=self._service,
        )

    def missing_headers(self) -> tuple[str, ...]:
        """Name the headers that the preset wants and the settings lack."""
        wanted = [header.name for header in self.preset.headers]
        return tuple(name for name in wanted if name not in self.endpoint.headers)

    def deliver(
        self, snapshot: Snapshot, memory: bytes | None, remember: Callable[[bytes], None]
    ) -> Outcome:
        """Send the day's whole values, and zeros for what an earlier attempt may have shown.

        Raises:
            SinkUnavailable: the outcome is unknown.
            SinkRefused: nothing will be taken until someone changes something.
            RecordsRefused: some points will never be taken.
        """
        delivery = plan(
            snapshot,
            memory,
            place=hashlib.sha256(self.open().encode()).hexdigest()[:12],
            service=self._service,
            preset=self.preset,
            dimensions=self.dimensions,
            now=self.context.now(),
        )
        if isinstance(delivery, Outcome):
            return delivery
        self.context.proceed()
        remember(encode(delivery.before))
        try:
            zeroed = self.sender().send(delivery)
        except TooOldError as error:
            if error.torn:
                # Not "skipped": that would say that the destination shows what it showed before.
                raise RecordsRefused(f"a part of the day is too old: {error}") from error
            return too_old(str(error))
        except PointsRefusedError as error:
            remember(encode(delivery.after_refusal(error.refused)))
            raise self._records_refused(snapshot, error) from error
        if delivery.after is not None and zeroed:
            remember(encode(delivery.after))
        return DELIVERED

    def preview(self, snapshot: Snapshot) -> Iterator[str]:
        """Give the points that a first delivery would send, one per line."""
        values = values_of(snapshot.records(), self._shaping(snapshot))
        for base, cells in values.items():
            for cell, value in cells.items():
                pairs = ", ".join(f'{name}="{text}"' for name, text in sorted(base + cell.extra))
                yield f"{METRICS[cell.metric].name}{{{pairs}}} {value}"

    def check(self) -> Sequence[Finding]:
        """Say what the settings mean, and what the receiver answers to an empty request."""
        from ccsync_otlp import check

        missing = self.missing_headers()
        findings = list(check.about_settings(self.preset, self.endpoint, missing=missing))
        try:
            transport = self.transport()
        except SinkRefused as error:
            return [*findings, check.about_files(error)]
        parts = transport, self.context, self.preset, self.endpoint
        return [*findings, check.probe(*parts, missing=missing), *self.check_readback()]

    def check_readback(self) -> Iterator[Finding]:
        """Say whether `ccsync verify` can read back."""
        yield Finding("ok", f"`ccsync verify` leaves it out: {self._unreadable}")

    def unverifiable(self) -> str:
        """Say why this sink has no `totals`."""
        return self._unreadable

    def estimate(self, snapshot: Snapshot) -> Sequence[Finding]:
        """Say how many series a month of such days would be."""
        from ccsync_otlp.estimate import estimate

        found = estimate(
            snapshot,
            rules=self.preset.rules,
            dimensions=self.dimensions,
            observed=self.preset.point_time == "observed",
            limit=self._series_warning,
        )
        return list(found)

    def close(self) -> None:
        """Let go of the connection."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()

    def _shaping(self, snapshot: Snapshot) -> Shaping:
        day = f"{snapshot.day}" if self.preset.point_time == "observed" else None
        return Shaping(self.preset.rules, self.dimensions, day)

    def _records_refused(self, snapshot: Snapshot, error: PointsRefusedError) -> RecordsRefused:
        base: Callable[..., Attributes] = Speller(self._shaping(snapshot)).base
        records = [record for record in snapshot.records() if base(record) in error.refused]
        return RecordsRefused(str(error), records=records)
