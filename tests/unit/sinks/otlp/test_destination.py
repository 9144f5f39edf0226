"""What is wrong with an OTLP sink's settings, found by looking at them and the environment."""

from __future__ import annotations

from typing import Any

import pytest

from ccsync.errors import SettingsError
from ccsync.sink import SettingsFault
from ccsync.testing.contract.context import ContractContext
from ccsync_otlp import PLUGIN
from ccsync_otlp.build import build
from ccsync_otlp.settings import OtlpConfig, ReadbackSettings

GENERAL = "OTEL_EXPORTER_OTLP_"


def faults(environ: dict[str, str] | None = None, **settings: Any) -> list[SettingsFault]:
    return list(PLUGIN.faults(OtlpConfig(type="otlp", **settings), environ or {}))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("localhost:4318", "http://localhost:4318"),
        ("collector:4317", "http://collector:4317"),
        ("10.1.2.3:4318", "http://10.1.2.3:4318"),
        ("collector.monitoring.svc:4318/v1/metrics", "http://collector.monitoring.svc:4318/v1"),
        ("otlp.example.com:443", "https://otlp.example.com:443"),
    ],
)
def test_an_endpoint_without_a_scheme(written: str, meant: str) -> None:
    (fault,) = faults(endpoint=written)
    assert fault.path == "endpoint"
    assert fault.message.startswith(
        f"expected an address with http:// or https://; did you mean {meant}"
    )


@pytest.mark.parametrize(
    "written",
    ["anna:secret@otlp.example:4318", "otlp.example:4318/key-0123456", "0123456789abcdef"],
)
def test_what_may_hold_a_secret_is_not_shown(written: str) -> None:
    (fault,) = faults(endpoint=written)
    assert fault.message.startswith("expected an address such as")
    assert written not in fault.message


def test_a_preset_that_needs_an_endpoint() -> None:
    (fault,) = faults(preset="honeycomb")
    assert fault.path == "endpoint"
    assert fault.message.startswith("the preset honeycomb needs one, such as https://")
    assert faults({f"{GENERAL}ENDPOINT": "https://api.honeycomb.example"}, preset="honeycomb") == []
    assert faults() == [], "a Collector may well be on this machine"


def test_what_lies_in_the_environment_names_its_variable() -> None:
    environ = {f"{GENERAL}TIMEOUT": "10", f"{GENERAL}ENDPOINT": "tower:4318"}
    assert [(one.path, one.message.partition(": ")[0]) for one in faults(environ)] == [
        ("", f"{GENERAL}ENDPOINT"),
        ("", f"{GENERAL}TIMEOUT"),
    ]
    assert "tower" not in str(faults(environ))


def test_all_faults_at_once() -> None:
    found = faults(
        preset="datadog",
        headers={},
        timeout=0.0,
        readback=ReadbackSettings(url="http://p:9090/api/v1/query"),
    )
    assert [one.path for one in found] == ["endpoint", "timeout", "readback.url"]


def test_building_finds_the_same() -> None:
    config = OtlpConfig(type="otlp", endpoint="tower:4318")
    with pytest.raises(SettingsError) as caught:
        build(config, ContractContext(), {f"{GENERAL}TIMEOUT": "x"})
    name = ContractContext().name
    first, second = caught.value.faults
    assert first.startswith(f"sinks.{name}.endpoint: expected an address with http://")
    assert second.startswith(f"sinks.{name}: {GENERAL}TIMEOUT: expected milliseconds")
