"""The examples in config/ load, say what they promise, and their schema is fresh."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
import yaml

from ccsync.plugins import installed
from ccsync.settings.load import Loaded, effective_privacy, load
from ccsync.settings.model import (
    FederationSettings,
    HeartbeatSettings,
    PrivacySettings,
    Settings,
    SinkConfig,
    SourceSettings,
    SyncSettings,
    TelemetrySettings,
)
from ccsync.settings.schema import render
from ccsync.testing.contract.context import ContractContext
from ccsync_bigquery import BigQueryConfig
from ccsync_duckdb import DuckDBConfig
from ccsync_otlp import OtlpConfig
from ccsync_otlp.build import build
from ccsync_otlp.presets import PRESETS
from ccsync_otlp.settings import ReadbackSettings, TlsSettings

CONFIG = Path(__file__).parents[2] / "config"
OTHERS = {"otel-collector.yaml"}
"""Settings of other programs."""

EXAMPLES = sorted(path for path in CONFIG.glob("*.yaml") if path.name not in OTHERS)
ENVIRONMENT = {
    "ANTHROPIC_ADMIN_KEY": "sk-ant-example",
    "CCSYNC_HASH_KEY": "0123456789abcdef",
    "DD_API_KEY": "0123456789abcdef",
    "GRAFANA_CLOUD_BASIC": "MTIzNDU2OnRva2Vu",
    "HONEYCOMB_API_KEY": "0123456789abcdef",
}
FIRST_LINE = "# yaml-language-server: $schema=./ccsync.schema.json"


def example(name: str) -> Loaded:
    return load(CONFIG / f"{name}.yaml", installed(), ENVIRONMENT)


def test_there_are_examples() -> None:
    assert {path.stem for path in EXAMPLES} >= {"minimal", "full", "privacy"}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_loads_and_names_its_schema(path: Path) -> None:
    assert load(path, installed(), ENVIRONMENT).settings.sinks
    assert path.read_text().startswith(FIRST_LINE + "\n")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_passes_the_schema(path: Path) -> None:
    schema: dict[str, Any] = json.loads((CONFIG / "ccsync.schema.json").read_text())
    validator: Any = jsonschema.Draft202012Validator(schema)
    validator.validate(yaml.safe_load(path.read_text()))


def test_the_schema_is_fresh() -> None:
    stored = (CONFIG / "ccsync.schema.json").read_text()
    assert stored == render(installed("ccsync")), (
        "config/ccsync.schema.json is stale: ccsync config schema > config/ccsync.schema.json "
        "(in an environment without sinks of others)"
    )


EVERY_SECTION: tuple[type[msgspec.Struct], ...] = (
    Settings,
    SourceSettings,
    FederationSettings,
    SyncSettings,
    PrivacySettings,
    HeartbeatSettings,
    TelemetrySettings,
    SinkConfig,
    OtlpConfig,
    TlsSettings,
    ReadbackSettings,
    BigQueryConfig,
    DuckDBConfig,
)


def test_full_mentions_every_setting() -> None:
    text = (CONFIG / "full.yaml").read_text()
    for kind in EVERY_SECTION:
        for field in msgspec.structs.fields(kind):
            name = field.encode_name
            assert re.search(rf"^ *(# +)?{name}:", text, re.MULTILINE), (
                f"{name} is not in full.yaml"
            )


def test_full_shows_the_defaults() -> None:
    full, bare = example("full").settings, example("minimal").settings
    assert (full.source, full.sync, full.privacy) == (bare.source, bare.sync, bare.privacy)
    assert full.sinks == {
        **bare.sinks,
        "metrics": OtlpConfig(type="otlp"),
        "warehouse": BigQueryConfig(type="bigquery", dataset="my-project.claude_code"),
        "local": DuckDBConfig(type="duckdb", path="usage.duckdb"),
    }


def test_full_gives_a_reason_for_every_setting() -> None:
    lines = (CONFIG / "full.yaml").read_text().splitlines()
    for number, line in enumerate(lines):
        if re.match(r" +[a-z_]+: .", line) and "type:" not in line:
            block = [above.strip() for above in lines[max(0, number - 6) : number]]
            assert any(above.startswith("# ") for above in block), f"no reason for {line.strip()}"


def test_privacy_hashes_and_lets_a_sink_override() -> None:
    settings = example("privacy").settings
    assert effective_privacy(settings, "people").identity == "hash"
    assert effective_privacy(settings, "totals").identity == "drop"


def test_every_proven_preset_has_an_example() -> None:
    names = {"otlp": "otlp-collector"}
    for preset in PRESETS.values():
        if preset.proven:
            settings = example(names.get(preset.name, f"otlp-{preset.name}")).settings
            (config,) = settings.sinks.values()
            assert isinstance(config, OtlpConfig)
            assert config.preset == preset.name
            sink = build(config, ContractContext(), {})
            assert not sink.missing_headers()
            path = preset.endpoint_hint.partition("://")[2].partition("/")[2]
            assert sink.endpoint.address.endswith(f"/{path}")


def test_full_says_of_every_preset_that_it_exists() -> None:
    text = (CONFIG / "full.yaml").read_text().replace("\n    #", "")
    assert all(re.search(rf"\b{name}\b", text) for name in PRESETS)
