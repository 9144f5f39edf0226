"""What each kind of backend needs: times, kinds, spelling and limits.

"Proven" presets are tested against the real software, or against its documented rules. The
experimental ones follow their vendors' documentation alone.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal, TypeAlias

import msgspec

from ccsync_otlp.attributes import Rules
from ccsync_otlp.times import MILLISECOND, SECOND, PointTime
from ccsync_otlp.wire import Kind

Protocol: TypeAlias = Literal["http/protobuf", "grpc"]

_ANY_PROTOCOL: tuple[Protocol, ...] = ("http/protobuf", "grpc")
_HTTP_ONLY: tuple[Protocol, ...] = ("http/protobuf",)


class RequiredHeader(msgspec.Struct, frozen=True):
    """A header without which the backend takes nothing."""

    name: str
    """In lower case."""

    purpose: str


class Preset(msgspec.Struct, frozen=True, kw_only=True):
    """The knobs of one kind of backend."""

    name: str
    summary: str
    proven: bool = False
    """False: experimental."""

    point_time: PointTime = "revision"
    kind: Kind = "gauge"
    tick_ns: int = MILLISECOND
    """The finest difference of times that it tells apart."""

    max_bytes: int = 450_000
    """Of one request, before compression."""

    max_points: int = 10_000
    """Of one request."""

    max_age: dt.timedelta | None = None
    """Points whose time is longer ago are refused, or dropped without a word. None: no limit that
    the sink could know; what the backend answers decides."""

    rules: Rules = Rules()
    protocols: tuple[Protocol, ...] = _ANY_PROTOCOL
    """Allowed ones."""

    endpoint_hint: str
    """An example of an endpoint, complete with its path."""

    headers: tuple[RequiredHeader, ...] = ()
    prerequisite: str = ""
    """What has to be set up over there before the first delivery."""

    readback: Literal["none", "prometheus"] = "none"
    """Whether `ccsync verify` can read back over the HTTP API of Prometheus."""

    readback_names: Literal["underscores", "dots"] = "underscores"
    """underscores: `claude_code_daily_cost_usage_USD`. dots: names and attributes as sent."""


_OUT_OF_ORDER = (
    "set `out_of_order_time_window` to at least the days that you deliver plus two: older points "
    "than the newest of the whole server are refused otherwise"
)

# The longest name of an attribute has 17 characters, and the tag with its colon may have 200.
_DATADOG_RULES = Rules(fold_case=True, allowed="_-:./", max_length=180)

_ALL = (
    Preset(
        name="otlp",
        summary="an OpenTelemetry Collector, or any receiver that keeps times as sent",
        proven=True,
        endpoint_hint="http://collector.example:4318/v1/metrics",
        prerequisite=(
            "in a Collector, use a pipeline without the batch processor and with "
            "`sending_queue: {enabled: false}`: otherwise it says yes before the backend does"
        ),
    ),
    Preset(
        name="prometheus",
        summary="Prometheus with its OTLP receiver",
        proven=True,
        protocols=_HTTP_ONLY,
        endpoint_hint="http://prometheus.example:9090/api/v1/otlp/v1/metrics",
        prerequisite=f"start it with `--web.enable-otlp-receiver`, and {_OUT_OF_ORDER}",
        readback="prometheus",
    ),
    Preset(
        name="mimir",
        summary="Grafana Mimir",
        proven=True,
        protocols=_HTTP_ONLY,
        endpoint_hint="http://mimir.example:8080/otlp/v1/metrics",
        prerequisite=f"{_OUT_OF_ORDER}; with several tenants set the header X-Scope-OrgID",
        readback="prometheus",
    ),
    Preset(
        name="grafana-cloud",
        summary="Grafana Cloud",
        proven=True,
        protocols=_HTTP_ONLY,
        endpoint_hint="https://otlp-gateway-prod-eu-west-0.grafana.net/otlp/v1/metrics",
        headers=(RequiredHeader("authorization", "`Basic` and base64 of INSTANCE_ID:TOKEN"),),
        prerequisite=(
            "ask support to raise `out_of_order_time_window` to at least the days that you "
            "deliver plus two: with its usual two hours, yesterday is refused"
        ),
        readback="prometheus",
    ),
    Preset(
        name="victoriametrics",
        summary="VictoriaMetrics",
        proven=True,
        protocols=_HTTP_ONLY,
        endpoint_hint="http://victoriametrics.example:8428/opentelemetry/v1/metrics",
        prerequisite=(
            "`-retentionPeriod` must cover the days that you deliver: older points are dropped "
            "without a word"
        ),
        readback="prometheus",
        readback_names="dots",
    ),
    Preset(
        name="datadog",
        summary="Datadog's OTLP intake",
        proven=True,
        point_time="fixed",
        kind="delta",
        tick_ns=SECOND,
        max_age=dt.timedelta(days=450),
        rules=_DATADOG_RULES,
        protocols=_HTTP_ONLY,
        endpoint_hint="https://otlp.datadoghq.com/v1/metrics",
        headers=(RequiredHeader("dd-api-key", "an API key of your site"),),
        prerequisite=(
            "enable Historical Metrics for the prefix `claude_code.daily.` before the first "
            "delivery: points older than an hour are dropped without a word otherwise"
        ),
    ),
    Preset(
        name="honeycomb",
        summary="Honeycomb",
        proven=True,
        tick_ns=SECOND,
        max_bytes=900_000,
        endpoint_hint="https://api.honeycomb.io/v1/metrics",
        headers=(
            RequiredHeader("x-honeycomb-team", "an ingest key"),
            RequiredHeader("x-honeycomb-dataset", "the dataset for metrics, such as `ccsync`"),
        ),
    ),
    Preset(
        name="newrelic",
        summary="New Relic",
        max_bytes=900_000,
        max_age=dt.timedelta(hours=47),
        rules=Rules(max_length=1_000),
        endpoint_hint="https://otlp.nr-data.net/v1/metrics",
        headers=(RequiredHeader("api-key", "a license key"),),
        prerequisite="points are dropped 48 hours after their time, so old days cannot be filled",
    ),
    Preset(
        name="dynatrace",
        summary="Dynatrace",
        point_time="observed",
        rules=Rules(max_length=250),
        protocols=_HTTP_ONLY,
        endpoint_hint="https://ENVIRONMENT.live.dynatrace.com/api/v2/otlp/v1/metrics",
        headers=(RequiredHeader("authorization", "`Api-Token` and a token for metrics.ingest"),),
    ),
    Preset(
        name="chronosphere",
        summary="Chronosphere",
        point_time="observed",
        max_points=9_000,
        endpoint_hint="https://TENANT.chronosphere.io/data/opentelemetry/v1/metrics",
        headers=(RequiredHeader("api-token", "the token of a service account"),),
    ),
    Preset(
        name="gcm",
        summary="Google Cloud Monitoring",
        point_time="observed",
        tick_ns=SECOND,
        max_points=200,
        endpoint_hint="https://telemetry.googleapis.com/v1/metrics",
        headers=(RequiredHeader("authorization", "`Bearer` and an access token"),),
        prerequisite=(
            "points need a `location` and an `instance`, which ccsync does not send: deliver "
            "through a Collector that adds them as constants to the resource"
        ),
    ),
    Preset(
        name="elastic",
        summary="Elasticsearch 9.2 or later",
        max_bytes=3_900_000,
        max_points=20_000,
        protocols=_HTTP_ONLY,
        endpoint_hint="https://elasticsearch.example:9200/_otlp/v1/metrics",
        headers=(RequiredHeader("authorization", "`ApiKey` and an API key"),),
        prerequisite=(
            "set `index.look_back_time: 7d` in the component template before the data stream "
            "exists; older days need backing indices that were made beforehand"
        ),
    ),
    Preset(
        name="signoz",
        summary="SigNoz",
        endpoint_hint="https://ingest.REGION.signoz.cloud:443/v1/metrics",
        headers=(RequiredHeader("signoz-ingestion-key", "an ingestion key (cloud only)"),),
        prerequisite="the retention of metrics must cover the days that you deliver",
    ),
)

PRESETS: dict[str, Preset] = {preset.name: preset for preset in _ALL}
"""By the name in the settings."""
