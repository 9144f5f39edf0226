"""What a sink sends, as far as its dashboards have to know, and what people want to be told."""

from __future__ import annotations

import msgspec

from ccsync_otlp.catalogue import DIMENSIONS, METRICS
from ccsync_otlp.dashboards.conditions import ALERTS, Alert

PREFIX = "".join(f"{part}." for part in METRICS[0].name.split(".")[:2])
"""What the names of all metrics of the usage begin with, and those of no other."""


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of a sink that shape its dashboards; by default, as without any settings."""

    preset: str | None = None
    """None: unknown, so that every variant is written."""

    dimensions: frozenset[str] = frozenset(DIMENSIONS)
    service_name: str = "ccsync"
    service_namespace: str | None = None

    alerts: tuple[Alert, ...] = ALERTS
    """With the thresholds that somebody chose."""
