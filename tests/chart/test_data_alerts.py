"""Alerts and dashboards about the data: which variant the chart takes, and whose thresholds."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

from ccsync_otlp.dashboards import alerts, thresholds
from ccsync_otlp.dashboards.conditions import ALERTS
from ccsync_otlp.dashboards.grafana import VARIANTS
from ccsync_otlp.dashboards.sent import Sent
from ccsync_otlp.presets import PRESETS
from tests.chart.rendering import SMALL, Rendering, merged
from tests.support.helm import CHART
from tests.support.manifests import Json, name_of, of_kind

OBJECTS = {"prometheus": "ccsync", "victoriametrics": "ccsync-vm"}
"""The PrometheusRule that the alerts of a variant are in."""

BOARDS = {"cost", "health", "overview"}


def sinks(*presets: str) -> Json:
    """Give settings with a sink of each preset."""
    found: Json = {f"sink-{one}": {"type": "otlp", "preset": one} for one in presets}
    return {"config": {"sinks": found}}


def rule(**values: Any) -> Json:
    return {"prometheusRule": {"enabled": True, **values}}


def data_groups(manifests: list[Json]) -> dict[str, list[Json]]:
    """Give the groups about the data, by variant."""
    by_name = {name_of(one): one["spec"]["groups"] for one in of_kind(manifests, "PrometheusRule")}
    found = {
        variant: [one for one in by_name.get(name, []) if not one["name"].endswith(".cronjob")]
        for variant, name in OBJECTS.items()
    }
    return {variant: groups for variant, groups in found.items() if groups}


def everything(values: Json, chart: Rendering) -> list[Json]:
    """Render alerts and dashboards together."""
    return chart.manifests(merged(SMALL, rule(), {"dashboards": {"enabled": True}}, values))


def variants_of(values: Json, chart: Rendering) -> set[str]:
    return set(data_groups(everything(values, chart)))


def boards_of(values: Json, chart: Rendering) -> set[str]:
    manifests = everything(values, chart)
    contents: list[Json | None] = [one.get("data") for one in of_kind(manifests, "ConfigMap")]
    files = {key for data in contents if data for key in data}
    return {one.removesuffix(".json") for one in files if one.endswith(".json")}


def boards(*ends: str) -> set[str]:
    return {f"ccsync-{board}{end}" for board in BOARDS for end in ends}


def test_defaults_are_those_of_the_sources() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))
    assert values["prometheusRule"]["thresholds"] == thresholds.defaults()


def test_with_the_defaults_it_is_the_file_that_anybody_can_load(either: Rendering) -> None:
    groups = data_groups(either.manifests(merged(SMALL, rule(dataRules="both"))))
    assert set(groups) == set(VARIANTS)
    for variant, names in VARIANTS.items():
        assert groups[variant] == yaml.safe_load(alerts.rules(Sent(), names))["groups"], variant


@pytest.mark.parametrize("preset", PRESETS)
def test_the_preset_of_a_sink_decides(chart: Rendering, preset: str) -> None:
    about = PRESETS[preset]
    wanted = {one for one, names in VARIANTS.items() if names == about.readback_names}
    reads = about.readback == "prometheus"
    assert variants_of(sinks(preset), chart) == (wanted if reads else set())
    ends = ["-vm" if reads and wanted == {"victoriametrics"} else ""]
    assert boards_of(sinks(preset), chart) == boards(*ends)


def test_both_where_there_are_both(either: Rendering) -> None:
    there = sinks("mimir", "victoriametrics", "honeycomb")
    assert variants_of(there, either) == set(VARIANTS)
    assert boards_of(there, either) == boards("", "-vm")


@pytest.mark.parametrize(
    ("choice", "presets", "wanted"),
    [
        (False, ("prometheus", "victoriametrics"), set[str]()),
        (None, ("datadog",), set[str]()),
        (True, ("datadog",), {"prometheus"}),
        (True, ("victoriametrics",), {"victoriametrics"}),
        (True, ("prometheus", "victoriametrics"), {"prometheus", "victoriametrics"}),
        ("prometheus", ("victoriametrics",), {"prometheus"}),
        ("victoriametrics", ("otlp",), {"victoriametrics"}),
        ("both", ("otlp",), {"prometheus", "victoriametrics"}),
    ],
)
def test_what_is_chosen_goes_before_presets(
    chart: Rendering, choice: bool | str | None, presets: tuple[str, ...], wanted: set[str]
) -> None:
    assert variants_of(merged(sinks(*presets), rule(dataRules=choice)), chart) == wanted


@pytest.mark.parametrize(
    ("choice", "ends"),
    [("prometheus", [""]), ("victoriametrics", ["-vm"]), ("both", ["", "-vm"])],
)
def test_dashboards_can_be_chosen(chart: Rendering, choice: str, ends: list[str]) -> None:
    values = merged(sinks("otlp"), {"dashboards": {"variant": choice}})
    assert boards_of(values, chart) == boards(*ends)


def test_with_settings_elsewhere_nobody_knows_the_presets(chart: Rendering) -> None:
    values = {
        **SMALL,
        "config": {},
        "existingConfigMap": {"name": "mine"},
        "prometheusRule": {"enabled": True},
        "dashboards": {"enabled": True},
    }
    manifests = chart.manifests(values)
    assert data_groups(manifests) == {}
    assert len([one for one in of_kind(manifests, "ConfigMap") if "dashboard" in name_of(one)]) == 3


SET: dict[str, tuple[float, str]] = {
    "budget": (25_000_000, "25000000"),
    "unusualTimes": (2.5, "2.5"),
    "unusualAtLeast": (0, "0"),
    "acceptanceShare": (0.75, "0.75"),
    "acceptanceDecisions": (1234, "1234"),
    "peopleShare": (0.25, "0.25"),
    "people": (77, "77"),
    "staleHours": (31, "31"),
    "failingHours": (7, "7"),
}
"""Numbers that nobody else has, and how they are written."""


def test_thresholds_can_be_set(either: Rendering) -> None:
    """All at once: the rules are those that conditions with these numbers would give."""
    numbers = {name: number for name, (number, _) in SET.items()}
    values = merged(SMALL, rule(dataRules="both", thresholds=numbers))
    for variant, groups in data_groups(either.manifests(values)).items():
        text = alerts.for_chart(VARIANTS[variant])
        for name, (_, written) in SET.items():
            assert f"<<{name}>>" in text
            text = text.replace(f"<<{name}>>", written)
        assert groups == yaml.safe_load(text)["groups"]
        assert "budget is 25000000." in str(groups)
        assert not re.search("<<|>>|e[+]", str(groups))


@pytest.mark.parametrize("condition", [one for one in ALERTS if thresholds.of(one.condition)])
def test_without_its_number_there_is_no_alert(chart: Rendering, condition: Any) -> None:
    name = next(iter(thresholds.of(condition.condition)))
    values = merged(SMALL, rule(dataRules="both", thresholds={name: None}))
    for groups in data_groups(chart.manifests(values)).values():
        found = {one["alert"] for group in groups for one in group["rules"]}
        assert found == {one.name for one in ALERTS} - {condition.name}


def test_an_alert_can_be_disabled_in_both(chart: Rendering) -> None:
    disabled = [one.name for one in ALERTS if one.name != "CcsyncDayMissing"]
    values = merged(SMALL, rule(dataRules="both", disabled=disabled))
    groups = data_groups(chart.manifests(values))
    assert set(groups) == set(VARIANTS)
    for found in groups.values():
        assert [one["alert"] for group in found for one in group["rules"]] == ["CcsyncDayMissing"]
    every = merged(values, rule(disabled=[one.name for one in ALERTS]))
    assert len(of_kind(chart.manifests(every), "PrometheusRule")) == 1


def test_an_age_that_is_reached_between_two_runs_is_refused(either: Rendering) -> None:
    weekly = {"cronjob": {"schedule": "@weekly"}, "prometheusRule": {"staleAfter": "200h"}}
    values = merged(SMALL, rule(), weekly)
    assert either.done(values).exit == 0, "without the alert its threshold is no matter"
    said = either.refusal(merged(values, rule(dataRules=True)))
    assert "prometheusRule.thresholds.staleHours: is 26, but" in said
    assert "Write 170" in said
    for change in ({"thresholds": {"staleHours": 170}}, {"disabled": ["CcsyncDataStale"]}):
        assert either.done(merged(values, rule(dataRules=True, **change))).exit == 0


def test_no_two_dashboards_have_one_title_or_uid() -> None:
    """Grafana would show one of them."""
    found = [
        json.loads(path.read_text("utf-8"))
        for path in sorted((CHART / "files" / "dashboards").glob("*.json"))
    ]
    assert len(found) == 2 * len(BOARDS)
    for key in ("title", "uid"):
        assert len({one[key] for one in found}) == len(found)
