"""The OTLP sink: each day's usage as metrics, stamped with its own day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ccsync.sink import SettingsFault, Sink, SinkContext, SinkPlugin
from ccsync_otlp.settings import OtlpConfig, alone

if TYPE_CHECKING:
    import click

__all__ = ["PLUGIN", "OtlpConfig"]


def _build(config: OtlpConfig, context: SinkContext) -> Sink:
    from ccsync_otlp.build import build

    return build(config, context)


def _faults(config: OtlpConfig, environ: Mapping[str, str]) -> Sequence[SettingsFault]:
    from ccsync_otlp.destination import faults

    return faults(config, environ)


def _commands() -> click.Group:
    from ccsync_otlp.commands import otlp

    return otlp


def _shape(config: OtlpConfig) -> object:
    """Everything that changes which series, times and kinds a day is sent as."""
    return [
        config.preset,
        sorted(config.dimensions),
        config.point_time,
        config.kind,
        config.service_name,
        config.service_namespace,
    ]


PLUGIN = SinkPlugin(
    config=OtlpConfig,
    build=_build,
    faults=_faults,
    alone=alone,
    commands=_commands,
    summary="metrics for OpenTelemetry backends: Datadog, Honeycomb, Prometheus, any Collector",
    shape=_shape,
    resend="daily",
    example="""\
  # Metrics over OTLP. presets: otlp (any Collector), prometheus, mimir, grafana-cloud,
  # victoriametrics, datadog, honeycomb; experimental: newrelic, dynatrace, chronosphere, gcm,
  # elastic, signoz. `ccsync check` says what each needs on its side before the first sync.
  {name}:
    type: otlp
    preset: otlp
    endpoint: http://localhost:4318
    # headers: {x-api-key: "${OTLP_API_KEY}"}
    # dimensions: [organization, model, tool]    # without people: few series
""",
)
