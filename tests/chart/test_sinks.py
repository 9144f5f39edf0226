"""Sinks and places of the state that other packages bring into the image; slips are told apart."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ccsync.plugins import installed
from tests.chart.rendering import SMALL, Rendering, merged, settings_of
from tests.support.helm import CHART
from tests.support.manifests import Json

SLIPS = {
    "otpl": "otlp",
    "oltp": "otlp",
    "otl": "otlp",
    "tlp": "otlp",
    "ottlp": "otlp",
    "otlps": "otlp",
    "otla": "otlp",
    "OTLP": "otlp",
    "bigqurey": "bigquery",
    "bigquery_": "bigquery",
    "big-query": "bigquery",
    "BigQuery": "bigquery",
    "bigquer": "bigquery",
    "bigqueri": "bigquery",
    "duck_db": "duckdb",
    "duckbd": "duckdb",
    "stdou": "stdout",
    "stout": "stdout",
    "std-out": "stdout",
    "stdotu": "stdout",
}

OTHERS = ("snowflake", "otlp2", "my-otlp", "otlp-legacy", "stdout-csv", "acme.bigquery", "x", "o")


def of_types(*kinds: str) -> Json:
    """Give a sink of each type."""
    return {"config": {"sinks": {f"sink-{at}": {"type": kind} for at, kind in enumerate(kinds)}}}


def of_type(kind: str, **settings: object) -> Json:
    return {"config": {"sinks": {"metrics": {"type": kind, **settings}}}}


def test_the_chart_knows_the_types_of_ccsync(chart: Rendering) -> None:
    """A slip of each is found."""
    assert set(SLIPS.values()) == set(installed("ccsync"))


def test_each_slip_is_refused_with_what_was_meant(chart: Rendering) -> None:
    said = chart.refusal(merged(SMALL, of_types(*SLIPS))).splitlines()
    for at, (slip, meant) in enumerate(SLIPS.items()):
        place = f"  - config.sinks.sink-{at}.type"
        wanted = f"{place}: {slip} is no type of sink; did you mean {meant}? Write {meant}"
        assert wanted in said


def test_both_helms_find_slips(either: Rendering) -> None:
    said = either.refusal(merged(SMALL, {"config": {"sinks": {"warehouse": {"type": "bigqurey"}}}}))
    assert "config.sinks.warehouse.type: bigqurey is no type of sink; did you mean bigquery" in said


def test_no_other_name_is_taken_for_a_slip(chart: Rendering) -> None:
    done = chart.done(merged(SMALL, of_types(*OTHERS, "${SINK_TYPE:-otpl}")))
    assert done.exit == 0, done.stderr


@pytest.mark.parametrize("kind", installed("ccsync"))
def test_no_type_of_ccsync_is_taken_for_a_slip(chart: Rendering, kind: str) -> None:
    done = chart.done(merged(SMALL, of_type(kind)))
    assert "is no type of sink" not in done.stderr


def test_a_sink_of_another_package_has_settings_of_its_own(either: Rendering) -> None:
    given = {"account": "acme", "tables": ["usage"], "tuning": {"threads": 4, "fast": True}}
    manifests = either.manifests(merged(SMALL, of_type("snowflake", **given)))
    settings = yaml.safe_load(settings_of(manifests)["ccsync.yaml"])
    assert settings["sinks"]["metrics"] == {"type": "snowflake", **given}


def test_settings_of_the_own_sinks_stay_strict_beside_it(either: Rendering) -> None:
    sinks = {"cold": {"type": "snowflake"}, "metrics": {"type": "otlp", "endpont": "x"}}
    said = either.refusal(merged(SMALL, {"config": {"sinks": sinks}}))
    assert "endpont" in said
    assert "cold" not in said


@pytest.mark.parametrize(
    "state",
    [
        {"state": {"type": "url", "url": "redis://cache.example:6379/0"}},
        {"state": {"type": "url", "url": "acme_kv://tenant/ccsync"}},
        {"state": {"type": "url", "url": "${STATE_URL}"}, "extraEnv": [{"name": "STATE_URL"}]},
        {"state": {"type": "url"}, "config": {"state": "redis://cache.example:6379/0"}},
    ],
)
def test_a_place_of_another_package_for_the_state(either: Rendering, state: Json) -> None:
    manifests = either.manifests(merged(SMALL, state))
    settings = yaml.safe_load(settings_of(manifests)["ccsync.yaml"])
    wanted = state["state"].get("url") or state["config"]["state"]
    assert settings["state"] == wanted
    assert "Role" not in {one["kind"] for one in manifests}


def test_a_sink_that_further_values_take_away_is_gone(either: Rendering) -> None:
    """The usual idiom: `null` over what a file before says. ccsync itself refuses an empty sink."""
    sinks = {"taken": None, "metrics": {"type": "otlp", "endpoint": "https://collector.example"}}
    manifests = either.manifests(merged(SMALL, {"config": {"sinks": {**sinks, "console": None}}}))
    settings = yaml.safe_load(settings_of(manifests)["ccsync.yaml"])
    assert set(settings["sinks"]) == {"metrics"}


def test_who_installs_it_is_told_that_the_image_has_to_bring_it(
    chart: Rendering, tmp_path: Path
) -> None:
    sinks = {"cold": {"type": "snowflake"}, "out": {"type": "stdout", "privacy": None}}
    path = tmp_path / "values.yaml"
    path.write_text(yaml.safe_dump(merged(SMALL, {"config": {"sinks": sinks}})), "utf-8")
    said = chart.helm.tell("install", "ccsync", CHART, "--dry-run=client", "--values", path)
    notes = said.partition("\nNOTES:\n")[2]
    assert "The sink cold has the type snowflake, which does not come with ccsync" in notes
    assert "The sink out has" not in notes
