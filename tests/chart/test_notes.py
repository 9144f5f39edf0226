"""What a person is told after an installation, where it depends on figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.chart.rendering import SMALL, Rendering, merged
from tests.support.helm import CHART
from tests.support.manifests import Json


def told(chart: Rendering, tmp_path: Path, *layers: Json) -> str:
    """Give the notes on one line, as they are wrapped; helm 4 tells them without a cluster."""
    path = tmp_path / "values.json"
    path.write_text(json.dumps(merged(SMALL, *layers)), "utf-8")
    said = chart.helm.tell("install", "ccsync", CHART, "--dry-run=client", "--values", path)
    return " ".join(said.partition("\nNOTES:\n")[2].split())


def metrics(people: int, **privacy: Any) -> Json:
    sink = {"type": "otlp", "endpoint": "https://collector.example", **privacy}
    return {"state": {"people": people}, "config": {"sinks": {"metrics": sink}}}


@pytest.mark.parametrize(("identity", "days"), [("email", 33), ("hash", 26)])
def test_hashed_names_take_more_room(
    chart: Rendering, tmp_path: Path, identity: str, days: int
) -> None:
    privacy = {"identity": identity, "hash_key": "${CCSYNC_HASH_KEY:-invented}"}
    said = told(chart, tmp_path, metrics(4000, privacy=privacy))
    assert f"It has room for about {days} days of 4000 people in the memory of metrics." in said
    assert ("The state is small" in said) == (days < 31)


@pytest.mark.parametrize(("lookback", "to"), [(3, "4d"), (10, "11d")])
def test_a_backfill_is_to_leave_the_last_days_to_the_usual_runs(
    chart: Rendering, tmp_path: Path, lookback: int, to: str
) -> None:
    usual: Json = {"config": {"sync": {"lookback_days": lookback}}}
    assert f"--set-string backfill.to={to}" in told(chart, tmp_path, usual)
    filling: Json = {"backfill": {"enabled": True, "from": "90d"}}
    warning = f"fail with exit 75 until it is over. backfill.to: {to} leaves"
    assert warning in told(chart, tmp_path, usual, filling)
    filling["backfill"]["to"] = to
    assert warning not in told(chart, tmp_path, usual, filling)


@pytest.mark.parametrize(("deadline", "said"), [("49m", False), ("50m", True)])
def test_a_run_that_is_stopped_before_it_ends_by_itself(
    chart: Rendering, tmp_path: Path, deadline: str, said: bool
) -> None:
    warning = f"config.sync.deadline is {deadline}: a long run is stopped"
    notes = told(chart, tmp_path, {"config": {"sync": {"deadline": deadline}}})
    assert (warning in notes) == said
