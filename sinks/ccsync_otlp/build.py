"""From settings to a sink: preset, overrides, address. Connects to nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping

import msgspec

from ccsync.errors import SettingsError
from ccsync.sink import SinkContext
from ccsync_otlp import address
from ccsync_otlp.endpoint import resolve
from ccsync_otlp.presets import PRESETS, Preset
from ccsync_otlp.settings import OtlpConfig
from ccsync_otlp.sink import OtlpSink

_ANYWHERE = "otlp"
"""The preset whose receiver may well be on this machine."""


def build(
    config: OtlpConfig, context: SinkContext, environ: Mapping[str, str] = os.environ
) -> OtlpSink:
    """Make the sink.

    Raises:
        SettingsError: settings and environment do not say where to send, or contradict themselves.
    """
    preset = overridden(config)
    named = any(
        environ.get(f"OTEL_EXPORTER_OTLP_{name}") for name in ("METRICS_ENDPOINT", "ENDPOINT")
    )
    if config.endpoint is None and not named and preset.name != _ANYWHERE:
        raise SettingsError(
            f"sinks.{context.name}.endpoint: the preset {preset.name} needs one, such as "
            + preset.endpoint_hint
        )
    try:
        endpoint = resolve(config, environ, protocols=preset.protocols)
    except SettingsError as error:
        where = f"sinks.{context.name}"
        raise SettingsError(*(f"{where}: {fault}" for fault in error.faults)) from None
    dimensions = frozenset(config.dimensions)
    unreadable = why_unreadable(config, preset)
    if unreadable or config.readback is None:
        return OtlpSink(
            endpoint,
            preset,
            context,
            dimensions=dimensions,
            service_name=config.service_name,
            service_namespace=config.service_namespace,
            series_warning=config.series_warning,
            unreadable=unreadable,
        )
    from ccsync_otlp.readback import ReadableOtlpSink

    _check_url(context.name, config.readback.url)
    return ReadableOtlpSink(
        endpoint,
        preset,
        context,
        dimensions=dimensions,
        service_name=config.service_name,
        service_namespace=config.service_namespace,
        series_warning=config.series_warning,
        readback=config.readback,
    )


def why_unreadable(config: OtlpConfig, preset: Preset) -> str:
    """Say why `ccsync verify` cannot read back what is sent under these settings; "" if it can."""
    if preset.readback == "none":
        can = [one.name for one in PRESETS.values() if one.readback != "none"]
        return (
            f"the preset {preset.name} has no way to read back; {', '.join(can[:-1])} and "
            f"{can[-1]} have one, over the Prometheus HTTP API"
        )
    if preset.kind == "delta":
        return "sums with delta temporality cannot be told from their repetitions; kind: gauge can"
    if config.readback is None:
        return "set `readback: {url: ...}` to the address of the Prometheus HTTP API"
    return ""


def _check_url(name: str, url: str) -> None:
    where = f"sinks.{name}.readback.url"
    try:
        parts = address.parse(url.strip(), grpc=False)
    except ValueError as error:
        raise SettingsError(f"{where}: {error}") from None
    if parts.query or parts.path.rstrip("/").endswith("/api/v1/query"):
        raise SettingsError(f"{where}: expected what stands before /api/v1/query, and no more")


def overridden(config: OtlpConfig) -> Preset:
    """Give the preset with what the settings say otherwise."""
    preset = PRESETS[config.preset]
    return msgspec.structs.replace(
        preset,
        point_time=config.point_time or preset.point_time,
        kind=config.kind or preset.kind,
        max_bytes=config.max_request_bytes or preset.max_bytes,
        max_points=config.max_request_points or preset.max_points,
        # Who stamps points with the present has no old ones.
        max_age=None if config.point_time == "observed" else preset.max_age,
    )
