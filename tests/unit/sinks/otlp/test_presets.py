from __future__ import annotations

import datetime as dt
from urllib.parse import urlsplit

import pytest

from ccsync_otlp.presets import PRESETS, Preset
from ccsync_otlp.times import MILLISECOND, SECOND

EVERY = pytest.mark.parametrize("preset", PRESETS.values(), ids=list(PRESETS))


def test_names() -> None:
    assert all(name == preset.name for name, preset in PRESETS.items())
    experimental = {name for name, preset in PRESETS.items() if not preset.proven}
    assert experimental == {"newrelic", "dynatrace", "chronosphere", "gcm", "elastic", "signoz"}


@EVERY
def test_knobs_fit_together(preset: Preset) -> None:
    assert preset.tick_ns in (MILLISECOND, SECOND)
    assert preset.max_bytes >= 100_000
    assert preset.max_points >= 200
    assert preset.protocols
    # A sum that is sent again with another time would be counted twice.
    assert preset.kind == "gauge" or preset.point_time == "fixed"
    endpoint = urlsplit(preset.endpoint_hint)
    assert endpoint.scheme in ("http", "https")
    assert endpoint.path.endswith("/v1/metrics")
    assert all(header.name == header.name.lower() and header.purpose for header in preset.headers)


@EVERY
def test_a_key_travels_encrypted(preset: Preset) -> None:
    secret = [header for header in preset.headers if header.name != "x-honeycomb-dataset"]
    assert not secret or preset.endpoint_hint.startswith("https://")


def test_who_can_be_read_back() -> None:
    names = {name: one.readback_names for name, one in PRESETS.items() if one.readback != "none"}
    assert names == {
        "prometheus": "underscores",
        "mimir": "underscores",
        "grafana-cloud": "underscores",
        "victoriametrics": "dots",
    }


def test_what_backends_are_known_for() -> None:
    assert (PRESETS["datadog"].kind, PRESETS["datadog"].point_time) == ("delta", "fixed")
    assert PRESETS["datadog"].protocols == ("http/protobuf",)
    assert PRESETS["datadog"].max_bytes <= 500_000
    assert PRESETS["honeycomb"].tick_ns == SECOND
    assert PRESETS["newrelic"].max_bytes < 1_000_000
    newest = PRESETS["newrelic"].max_age
    assert newest is not None
    assert newest < dt.timedelta(hours=48)
    for name in ("dynatrace", "chronosphere", "gcm"):
        assert PRESETS[name].point_time == "observed"
