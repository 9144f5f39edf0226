"""The sink with a way back: `ccsync verify` adds up what a Prometheus HTTP API shows.

What is added up are the series of this sink's `service_name` and, where `organization` is among
the dimensions, of the source's organization: several organizations may share one backend. Rows of
another organization than the key's are then left out of the comparison, on both sides. Where
`organization` is not a dimension, everything under the service name counts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

from ccsync import money
from ccsync.errors import SinkError, SinkRefused
from ccsync.sink import Finding, SinkContext, Totals
from ccsync_otlp.catalogue import (
    COMMITS,
    COST,
    DECISIONS,
    LINES,
    METRICS,
    PULL_REQUESTS,
    SESSIONS,
    TOKENS,
)
from ccsync_otlp.endpoint import Endpoint
from ccsync_otlp.presets import Preset
from ccsync_otlp.promql import Asked, Reading, Sample
from ccsync_otlp.queries import QueryApi
from ccsync_otlp.settings import ReadbackSettings
from ccsync_otlp.sink import OtlpSink

COST_TOLERANCE = Decimal("1e-9")
"""Each amount is a double over there, and so is their sum: n of them, added one after the other,
may be off by a fraction of n times 1.1e-16. A million of them stay below this."""


class ReadableOtlpSink(OtlpSink):
    """Sends days, and reads their totals back."""

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
        readback: ReadbackSettings,
    ) -> None:
        """Take the settings, worked out; connects to nothing."""
        super().__init__(
            endpoint,
            preset,
            context,
            dimensions=dimensions,
            service_name=service_name,
            service_namespace=service_namespace,
            series_warning=series_warning,
        )
        self._readback = readback
        self._api: QueryApi | None = None
        self._reading = Reading(
            names=preset.readback_names,
            service_name=service_name,
            service_namespace=service_namespace,
            observed=preset.point_time == "observed",
        )

    def totals(self, source_id: str, day: dt.date) -> Totals:
        """Add up what the backend shows for a day; it cannot say how many records that were.

        Raises:
            SinkUnavailable: no answer, or a part of one.
            SinkRefused: asking again will not help.
        """
        only = source_id if "organization" in self.dimensions else None
        spelled = self.preset.rules.spell(only) if only is not None else None
        shown = [self._shown(metric, day, spelled) for metric in range(len(METRICS))]

        def count(metric: int, kind: str = "") -> int:
            return _whole(METRICS[metric].name, shown[metric].get(kind, money.ZERO))

        return Totals(
            organization_id=only,
            cost_tolerance=COST_TOLERANCE,
            sessions=count(SESSIONS),
            lines_added=count(LINES, "added"),
            lines_removed=count(LINES, "removed"),
            commits=count(COMMITS),
            pull_requests=count(PULL_REQUESTS),
            tools_accepted=count(DECISIONS, "accept"),
            tools_rejected=count(DECISIONS, "reject"),
            input_tokens=count(TOKENS, "input"),
            output_tokens=count(TOKENS, "output"),
            cache_read_tokens=count(TOKENS, "cacheRead"),
            cache_creation_tokens=count(TOKENS, "cacheCreation"),
            estimated_cost=shown[COST],
        )

    def check_readback(self) -> Iterator[Finding]:
        """Ask the query API something that it can always answer."""
        try:
            self._ask(Asked("vector(1)", self.context.now().timestamp()))
        except SinkError as error:
            fix = "mend it for `ccsync verify`; `ccsync sync` does without it"
            yield Finding("warning", f"cannot be read back: {error}", fix)
        else:
            yield Finding("ok", f"`ccsync verify` can read back from {self._readback.url}")

    def close(self) -> None:
        """Let go of both connections."""
        super().close()
        api, self._api = self._api, None
        if api is not None:
            api.close()

    def _shown(self, metric: int, day: dt.date, organization_id: str | None) -> dict[str, Decimal]:
        """Give the totals of a metric, by the kind that its own attribute names."""
        asked = self._reading.ask(metric, day, organization_id, self.context.now())
        kinds = [one for one in ("type", "decision", "currency") if one in METRICS[metric].extra]
        sums: dict[str, Decimal] = {}
        for sample in self._reading.choose(metric, self._ask(asked)):
            kind = sample.labels.get(kinds[0], "") if kinds else ""
            sums[kind] = sums.get(kind, money.ZERO) + sample.value
        return sums

    def _ask(self, asked: Asked) -> list[Sample]:
        if self._api is None:
            self._api = QueryApi(
                self._readback.url,
                self._readback.headers,
                ca_file=self.endpoint.ca_file,
                user_agent=self.context.user_agent,
            )
        api = self._api
        return self.context.retry(lambda: api.ask(asked))


def _whole(metric: str, value: Decimal) -> int:
    if value != value.to_integral_value():
        raise SinkRefused(
            f"the sum of {metric} is {value}, and nobody counts such; who else writes there?"
        )
    return int(value)
