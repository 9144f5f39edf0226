"""Settings of `type: otlp`."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from ccsync.secret import Secret
from ccsync.settings.model import Duration
from ccsync.sink import SinkConfig
from ccsync_otlp.catalogue import DIMENSIONS, Dimension

PresetName: TypeAlias = Literal[
    "otlp",
    "prometheus",
    "mimir",
    "grafana-cloud",
    "victoriametrics",
    "datadog",
    "honeycomb",
    "newrelic",
    "dynatrace",
    "chronosphere",
    "gcm",
    "elastic",
    "signoz",
]


class TlsSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to trust, and how to be trusted; the variables OTEL_EXPORTER_OTLP_... work too."""

    ca_file: Annotated[
        str | None,
        Meta(description="PEM file with the authorities to trust instead of the system's."),
    ] = None
    certificate_file: Annotated[
        str | None, Meta(description="PEM file with our certificate, where the receiver wants one.")
    ] = None
    key_file: Annotated[str | None, Meta(description="PEM file with its private key.")] = None

    def __post_init__(self) -> None:
        """Check rules across fields."""
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("certificate_file and key_file go together")


class ReadbackSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where `ccsync verify` reads back what is shown: a Prometheus HTTP API."""

    url: Annotated[
        str,
        Meta(
            description="Base address of the query API, to which /api/v1/query is added, e.g. "
            "http://prometheus:9090 or https://mimir.example/prometheus."
        ),
    ]
    headers: Annotated[
        dict[str, Secret], Meta(description="Headers of the queries: login, tenant.")
    ] = msgspec.field(default_factory=dict[str, Secret])


class OtlpConfig(SinkConfig, frozen=True, kw_only=True):
    """Settings of `type: otlp`."""

    preset: Annotated[
        PresetName,
        Meta(
            description="What receives: sets times, kinds, names and limits as that backend needs "
            "them. otlp is a Collector or any receiver that keeps times as they are sent."
        ),
    ] = "otlp"
    endpoint: Annotated[
        str | None,
        Meta(
            description="Address of the receiver; taken as it is when it has a path, otherwise "
            "/v1/metrics is added (not for grpc). Default: OTEL_EXPORTER_OTLP_METRICS_ENDPOINT, "
            "OTEL_EXPORTER_OTLP_ENDPOINT, then localhost."
        ),
    ] = None
    protocol: Annotated[
        Literal["http/protobuf", "grpc"] | None,
        Meta(description="Default: OTEL_EXPORTER_OTLP_PROTOCOL, then http/protobuf."),
    ] = None
    headers: Annotated[
        dict[str, Secret],
        Meta(description="Headers of each request: login, tenant, dataset. Values are secrets."),
    ] = msgspec.field(default_factory=dict[str, Secret])
    compression: Annotated[
        Literal["gzip", "none"] | None,
        Meta(description="Default: OTEL_EXPORTER_OTLP_COMPRESSION, then gzip."),
    ] = None
    timeout: Annotated[
        Duration | None,
        Meta(description="Of one request. Default: OTEL_EXPORTER_OTLP_TIMEOUT, then 10s."),
    ] = None
    tls: Annotated[TlsSettings, Meta(description="Certificates.")] = TlsSettings()
    dimensions: Annotated[
        tuple[Dimension, ...],
        Meta(
            description="Which dimensions become attributes; the others are added up. Without "
            "user, a large organization is some hundred series instead of some hundred thousand.",
        ),
    ] = tuple(sorted(DIMENSIONS))
    point_time: Annotated[
        Literal["revision", "fixed", "observed"] | None,
        Meta(
            description="Overrides the preset. revision: inside the day, later for each revision; "
            "fixed: the day's noon; observed: now, the day being an attribute."
        ),
    ] = None
    kind: Annotated[
        Literal["gauge", "delta"] | None,
        Meta(description="Overrides the preset: a gauge, or a sum with delta temporality."),
    ] = None
    max_request_bytes: Annotated[
        Annotated[int, Meta(ge=1024)] | None,
        Meta(description="Overrides the preset: bytes of a request before compression."),
    ] = None
    max_request_points: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(description="Overrides the preset: points of a request."),
    ] = None
    service_name: Annotated[
        str, Meta(min_length=1, description="service.name of the resource; part of every series.")
    ] = "ccsync"
    service_namespace: Annotated[
        str | None, Meta(description="service.namespace of the resource; part of every series.")
    ] = None
    series_warning: Annotated[
        int,
        Meta(ge=1, description="`ccsync check` warns when a month is likely to hold more series."),
    ] = 100_000
    readback: Annotated[
        ReadbackSettings | None,
        Meta(description="Where `ccsync verify` reads back; the presets say who offers it."),
    ] = None

    def __post_init__(self) -> None:
        """Check rules across fields."""
        if len(set(self.dimensions)) != len(self.dimensions):
            raise ValueError("dimensions names one of them twice")


def alone(config: OtlpConfig) -> tuple[str, str]:
    """Name the series that a sink has to itself: of two, each would write among the other's."""
    sent = sorted((name.lower(), value.reveal()) for name, value in config.headers.items())
    place = _same_place(config.endpoint or "")
    series = [place, config.protocol, sent, config.service_name, config.service_namespace]
    return "service_name", repr(series)


def _same_place(endpoint: str) -> str:
    """Spell an address in one way; without a path it is that of metrics."""
    try:
        parts = urlsplit(endpoint)
    except ValueError:
        return endpoint  # `address.parse` says what is wrong with it
    path = "/v1/metrics" if parts.path in ("", "/") else parts.path
    return parts._replace(netloc=parts.netloc.lower(), path=path).geturl()
