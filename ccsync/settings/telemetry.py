"""The section `telemetry:`, and whether what it needs is installed; imports nothing of it."""

from __future__ import annotations

import importlib.util
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from ccsync.secret import Secret
from ccsync.settings.duration import Duration

_OTLP = (
    "opentelemetry.sdk.metrics",
    "opentelemetry.exporter.otlp.proto.http",
    "opentelemetry.exporter.otlp.proto.grpc",
)


class TelemetrySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where each usual run sends numbers about itself: duration, exit code, days, freshness.

    What is left out is taken from the variables OTEL_EXPORTER_OTLP_..., except the time allowed.
    """

    endpoint: Annotated[
        str | None,
        Meta(
            description=(
                "Address of an OTLP receiver; without a path /v1/metrics is added (not for grpc). "
                "Headers of the environment are not sent to it. Default: "
                "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT, OTEL_EXPORTER_OTLP_ENDPOINT, then localhost."
            ),
        ),
    ] = None
    protocol: Annotated[
        Literal["http/protobuf", "grpc"] | None,
        Meta(description="Default: OTEL_EXPORTER_OTLP_PROTOCOL, then http/protobuf."),
    ] = None
    headers: Annotated[
        dict[str, Secret],
        Meta(description="Headers of each request, in place of the environment's."),
    ] = msgspec.field(default_factory=dict[str, Secret])
    timeout: Annotated[
        Duration, Meta(description="How long the end of a run may be delayed by sending them.")
    ] = Duration(5)
    service_name: Annotated[
        str, Meta(min_length=1, description="service.name of the resource.")
    ] = "ccsync"
    service_namespace: Annotated[
        str | None, Meta(description="service.namespace of the resource.")
    ] = None

    def __post_init__(self) -> None:
        """Check rules across fields."""
        if self.endpoint is not None:
            _prove_address(self.endpoint)
        if not 0 < self.timeout <= 60:
            raise ValueError("timeout: expected more than 0s, and at most 60s")
        # Found out now, and not at the end of a run.
        if lacking := _lacking():
            raise ValueError(lacking)


def _prove_address(endpoint: str) -> None:
    try:
        parts = urlsplit(endpoint)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    else:
        if parts.username is not None or parts.password is not None:
            raise ValueError("endpoint: a login cannot stand in the address; use headers")
    if not usable:
        raise ValueError("endpoint: expected an address such as http://collector:4318")


def _lacking() -> str:
    """Say what is not installed, and how to install it; empty when all is there."""
    for library in _OTLP:
        if not _is_there(library):
            return (
                f"needs the library {library}, which is not installed: pip install 'ccsync[otlp]'"
            )
    return ""


def _is_there(library: str) -> bool:
    try:
        return importlib.util.find_spec(library) is not None
    except ModuleNotFoundError:
        return False
