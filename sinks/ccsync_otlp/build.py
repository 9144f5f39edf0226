"""From settings to a sink: preset, overrides, address. Connects to nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping

import msgspec

from ccsync.errors import SettingsError
from ccsync.sink import SinkContext
from ccsync_otlp.destination import faults
from ccsync_otlp.endpoint import resolve
from ccsync_otlp.presets import PRESETS, Preset
from ccsync_otlp.settings import OtlpConfig
from ccsync_otlp.sink import OtlpSink


def build(
    config: OtlpConfig, context: SinkContext, environ: Mapping[str, str] = os.environ
) -> OtlpSink:
    """Make the sink.

    Raises:
        SettingsError: settings and environment do not say where to send, or contradict themselves.
    """
    found = faults(config, environ)
    if found:
        where = f"sinks.{context.name}"
        raise SettingsError(
            *(f"{where}.{one.path}: {one.message}".replace(".: ", ": ", 1) for one in found)
        )
    preset = overridden(config)
    endpoint = resolve(config, environ, protocols=preset.protocols)
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
