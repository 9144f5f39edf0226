"""Sends what a run says of itself, through the OpenTelemetry SDK and its official exporters.

The SDK is imported when something is to be sent, and not before. Whatever goes wrong is an answer
and no exception, and all of it is bounded in time: nobody's run fails because of its telemetry.
"""

from __future__ import annotations

import contextlib
import logging
import math
import os
import threading
from collections.abc import Generator, Iterable, MutableMapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ccsync import USER_AGENT
from ccsync.settings.model import TelemetrySettings
from ccsync.telemetry import METRICS, Point

if TYPE_CHECKING:
    import requests
    from opentelemetry.sdk.metrics.export import MetricExporter

_PATH = "/v1/metrics"
_HEADERS = ("OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_METRICS_HEADERS")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_SPARE = 1.0
"""Seconds beyond the timeout in which the exporter may give up by itself, with a reason."""


def send(
    points: Iterable[Point],
    settings: TelemetrySettings,
    environ: MutableMapping[str, str] = os.environ,
) -> str | None:
    """Send some numbers, and wait until they are taken; at most the timeout of the settings.

    Returns:
        Why they were not taken, in words that may hold secrets; None when they were.
    """
    said: list[str | None] = []

    def work() -> None:
        try:
            said.append(_send(list(points), settings, environ))
        except Exception as error:  # noqa: BLE001 - telemetry must not fail a run
            said.append(f"{type(error).__name__}: {error}")

    # A thread that nobody waits for: name servers and slow answers know no timeout.
    thread = threading.Thread(target=work, name="ccsync-telemetry", daemon=True)
    thread.start()
    thread.join(settings.timeout + _SPARE)
    return said[0] if said else f"nothing came of it within telemetry.timeout ({settings.timeout})"


def _send(
    points: list[Point], settings: TelemetrySettings, environ: MutableMapping[str, str]
) -> str | None:
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
    from opentelemetry.sdk.resources import Resource

    attributes = {"service.name": settings.service_name}
    if settings.service_namespace is not None:
        attributes["service.namespace"] = settings.service_namespace
    with _heard() as words:
        watched, exporter = _exporter(settings, environ)
        reader = PeriodicExportingMetricReader(exporter, export_interval_millis=math.inf)
        # Not `Resource.create`: that adds a random instance id, and each run would be new series.
        provider = MeterProvider([reader], resource=Resource(attributes), shutdown_on_exit=False)
        meter = provider.get_meter("ccsync")
        gauges = {one: meter.create_gauge(one.name, one.unit, one.description) for one in METRICS}
        for point in points:
            about = {} if point.sink is None else {"sink": point.sink}
            gauges[point.metric].set(point.value, about)
        milliseconds = settings.timeout * 1000
        provider.force_flush(milliseconds)
        provider.shutdown(milliseconds)
    if watched.taken:
        return None
    return "; ".join(dict.fromkeys([*watched.reasons, *words])) or "the receiver did not take them"


class _Watched:
    """Keeps what became of an export, which the SDK's reader does not tell."""

    def __init__(self) -> None:
        self.taken = False
        self.reasons: list[str] = []

    def look(self, response: requests.Response, *_: Any, **__: Any) -> None:
        """Find out what the exporter takes for success, though it is none."""
        kind = response.headers.get("content-type", "")
        if 300 <= response.status_code < 400:
            self.reasons.append(f"HTTP {response.status_code}, a redirect, is not followed")
        elif response.status_code < 300 and "html" in kind:
            self.reasons.append("a web page answered, and no receiver")
        elif response.status_code >= 400:
            self.reasons.append(f"HTTP {response.status_code}")
        elif "protobuf" in kind and (rejected := _rejected(response.content)):
            self.reasons.append(rejected)


def _rejected(answer: bytes) -> str:
    """Say what a receiver took without taking all of it; empty when it took everything."""
    from google.protobuf.message import DecodeError
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
        ExportMetricsServiceResponse,
    )

    try:
        said = ExportMetricsServiceResponse.FromString(answer).partial_success
    except DecodeError:
        return "the answer cannot be read"
    if not said.rejected_data_points:
        return ""
    return f"{said.rejected_data_points} points were rejected: {said.error_message}"


def _exporter(
    settings: TelemetrySettings, environ: MutableMapping[str, str]
) -> tuple[_Watched, MetricExporter]:
    """Make the official exporter; what settings leave open it reads from the environment itself."""
    from opentelemetry.sdk.metrics.export import MetricExporter, MetricExportResult

    watched = _Watched()
    named = [value for name in _PROTOCOLS if (value := environ.get(name, "").strip())]
    protocol: str = settings.protocol or (named[0] if named else "http/protobuf")
    if protocol not in ("http/protobuf", "grpc"):
        raise ValueError("OTEL_EXPORTER_OTLP_PROTOCOL: expected http/protobuf or grpc")
    headers = {name.lower(): one.reveal() for name, one in settings.headers.items()}
    own_address = settings.endpoint is not None
    make: Any
    with _without_headers(environ) if own_address or headers else contextlib.nullcontext():
        if protocol == "grpc":
            os.environ.setdefault("GRPC_VERBOSITY", "NONE")
            from opentelemetry.exporter.otlp.proto.grpc import metric_exporter as grpc_exporter

            make = grpc_exporter.OTLPMetricExporter
            inner = make(
                endpoint=settings.endpoint, headers=headers or None, timeout=settings.timeout
            )
        else:
            from opentelemetry.exporter.otlp.proto.http import metric_exporter as http_exporter

            make = http_exporter.OTLPMetricExporter
            inner = make(
                endpoint=_complete(settings.endpoint),
                headers={"user-agent": USER_AGENT, **headers},
                timeout=settings.timeout,
                session=_session(watched),
            )

    class Reporting(MetricExporter):
        """The official exporter, with a memory."""

        def export(
            self, metrics_data: Any, timeout_millis: float = 10_000, **options: Any
        ) -> MetricExportResult:
            result: MetricExportResult = inner.export(metrics_data, timeout_millis, **options)
            watched.taken = result is MetricExportResult.SUCCESS and not watched.reasons
            return result

        def force_flush(self, timeout_millis: float = 10_000) -> bool:
            return bool(inner.force_flush(timeout_millis))

        def shutdown(self, timeout_millis: float = 30_000, **_options: Any) -> None:
            inner.shutdown(timeout_millis)

    return watched, Reporting()


def _session(watched: _Watched) -> requests.Session:
    import requests

    session = requests.Session()
    session.hooks["response"].append(watched.look)
    # Or a login in a netrc file would take the place of ours.
    session.auth = _as_it_is
    return session


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _complete(endpoint: str | None) -> str | None:
    """Add the path of metrics to an address that has none."""
    if endpoint is None:
        return None
    parts = urlsplit(endpoint)
    return endpoint if parts.path.strip("/") else parts._replace(path=_PATH).geturl()


@contextlib.contextmanager
def _without_headers(environ: MutableMapping[str, str]) -> Generator[None]:
    """Hide the environment's headers: a key goes to the address that it was given for alone."""
    hidden = {name: environ.pop(name) for name in _HEADERS if name in environ}
    try:
        yield
    finally:
        environ.update(hidden)


@contextlib.contextmanager
def _heard() -> Generator[list[str]]:
    """Collect what the SDK logs, instead of letting it write to stderr."""
    words: list[str] = []

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            words.append(record.getMessage())

    logger, handler = logging.getLogger("opentelemetry"), Listening(logging.WARNING)
    before = logger.propagate
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield words
    finally:
        logger.removeHandler(handler)
        logger.propagate = before
