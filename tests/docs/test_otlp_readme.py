"""The OTLP sink's README: its settings build, its table is fresh, its queries name what exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from ccsync.plugins import installed
from ccsync.settings.load import load
from ccsync.testing.contract.context import ContractContext
from ccsync_otlp import OtlpConfig
from ccsync_otlp.build import build
from ccsync_otlp.catalogue import ATTRIBUTES, DIMENSIONS, METRICS, markdown
from ccsync_otlp.presets import PRESETS
from ccsync_otlp.settings import ReadbackSettings, TlsSettings
from tests.support.otlp_readme import README, promql, queries, settings, text

BEGIN = "<!-- catalogue: begin; written by ccsync_otlp.catalogue.markdown() -->\n"
END = "<!-- catalogue: end -->"

NEEDED = (
    "ANTHROPIC_ADMIN_KEY",
    "COLLECTOR_TOKEN",
    "DD_API_KEY",
    "GRAFANA_CLOUD_BASIC",
    "HONEYCOMB_API_KEY",
    "NEW_RELIC_LICENSE_KEY",
)
ENVIRONMENT: dict[str, str] = dict.fromkeys(NEEDED, "0123456789abcdef")

# Spelled by the rules that Prometheus documents for OTLP: what is no letter, digit or underscore
# becomes an underscore; the unit is appended, unless it stands in braces. Mimir appends none.
UNDERSCORED = {one.name: re.sub(r"\W", "_", one.name) for one in METRICS}
WITH_UNITS = {
    UNDERSCORED[one.name] + ("" if one.unit.startswith("{") else f"_{one.unit}") for one in METRICS
}
NAMES = set(UNDERSCORED) | set(UNDERSCORED.values()) | WITH_UNITS
LABELS = {re.sub(r"\W", "_", one.name) for one in ATTRIBUTES} | {one.name for one in ATTRIBUTES}


@pytest.mark.parametrize("block", settings())
def test_settings_load_and_build(block: str, tmp_path: Path) -> None:
    path = tmp_path / "ccsync.yaml"
    path.write_text(block, "utf-8")
    sinks = load(path, installed(), ENVIRONMENT).settings.sinks
    for config in sinks.values():
        assert isinstance(config, OtlpConfig)
        sink = build(config, ContractContext(), {})
        assert not sink.missing_headers()
        if config.endpoint and sink.endpoint.protocol == "http/protobuf":
            theirs = PRESETS[config.preset].endpoint_hint.partition("://")[2].partition("/")[2]
            assert sink.endpoint.address.endswith(f"/{theirs}")


def test_there_are_settings_for_every_proven_preset() -> None:
    shown = {
        config.get("preset", "otlp")
        for block in settings()
        for config in yaml.safe_load(block)["sinks"].values()
    }
    assert shown >= {preset.name for preset in PRESETS.values() if preset.proven}


def test_every_preset_is_named() -> None:
    for preset in PRESETS.values():
        assert re.search(rf"`{preset.name}`|preset: {preset.name}$", text(), re.MULTILINE), preset


def test_every_experimental_preset_is_in_the_table() -> None:
    table = text().split("## Experimental presets")[1].split("##")[0]
    named = set(re.findall(r"^\| `([a-z]+)` \|", table, re.MULTILINE))
    assert named == {preset.name for preset in PRESETS.values() if not preset.proven}


def test_every_required_header_is_in_its_settings() -> None:
    for preset in PRESETS.values():
        for header in preset.headers:
            if preset.proven:
                assert f"    {header.name}:" in text(), f"{preset.name}: {header.name}"


def test_the_table_is_fresh() -> None:
    shown = text().split(BEGIN)[1].split(END)[0]
    assert shown == markdown(), (
        f"{README.name} is stale: put the output of ccsync_otlp.catalogue.markdown() between its "
        "marks"
    )


def test_every_dimension_is_named() -> None:
    section = text().split("## Dimensions and cardinality")[1].split("\n## ")[0]
    assert set(re.findall(r"`([a-z]+)`", section)) >= DIMENSIONS


def test_metrics_that_are_named_exist() -> None:
    named = set(re.findall(r"claude_code[._]daily[._][\w.]*\w", text()))
    assert named <= NAMES, named - NAMES
    assert any(name in WITH_UNITS for name in named)


def test_labels_that_are_asked_for_exist() -> None:
    asked = {
        label.strip().strip('"')
        for query in promql()
        for labels in re.findall(r"\bby \(([^)]*)\)", query)
        for label in labels.split(",")
    }
    assert asked <= LABELS, asked - LABELS
    assert asked >= {"user_email", "user.email", "model", "currency"}


@pytest.mark.parametrize("query", promql())
def test_currencies_are_never_added(query: str) -> None:
    if "cost" in query:
        assert re.search(r"\bby \([^)]*\bcurrency\)", query)


@pytest.mark.parametrize("query", promql())
def test_the_last_value_of_a_series_is_asked_for_before_anything_is_added(query: str) -> None:
    assert re.search(r"sum by \([^)]*\) \(last_over_time\(", query)


def test_sections_have_the_queries_that_people_need() -> None:
    asked = {(query.section, query.kind) for query in queries()}
    for section in ("Prometheus", "VictoriaMetrics"):
        wanted = {(section, kind) for kind in ("person-days", "model-range", "token-range")}
        assert asked >= wanted


def test_settings_that_are_named_exist() -> None:
    known = {
        *OtlpConfig.__struct_fields__,
        *TlsSettings.__struct_fields__,
        *ReadbackSettings.__struct_fields__,
    }
    for name in ("dimensions", "point_time", "kind", "max_request_bytes", "service_name"):
        assert name in known
        assert f"`{name}" in text()


def test_links_lead_somewhere() -> None:
    headings = re.findall(r"^#+ (.*)$", text(), re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}
    for target in re.findall(r"\]\(([^)]+)\)", text()):
        if target.startswith("#"):
            assert target[1:] in anchors, target
        else:
            assert (README.parent / target).exists(), target
