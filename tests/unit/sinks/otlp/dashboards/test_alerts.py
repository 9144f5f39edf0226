"""The files of rules; that they are raised when they should is shown on real backends."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from ccsync_otlp.dashboards import alerts, thresholds
from ccsync_otlp.dashboards.conditions import ALERTS
from ccsync_otlp.dashboards.grafana import VARIANTS
from ccsync_otlp.dashboards.sent import Sent

Json = dict[str, Any]


def rules(variant: str, sent: Sent | None = None) -> dict[str, Json]:
    text = alerts.rules(sent or Sent(), VARIANTS[variant])
    groups = yaml.safe_load(text)["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_alert_is_a_rule(variant: str) -> None:
    found = rules(variant)
    assert set(found) == {one.name for one in ALERTS}
    for alert in ALERTS:
        rule = found[alert.name]
        # What Prometheus takes; it refuses a file with any other field.
        assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"] == {"severity": alert.severity}
        assert rule["annotations"]["summary"] == alert.summary
        assert rule["annotations"]["runbook"] == alert.runbook
        assert rule["annotations"]["description"].startswith(alert.description)
        assert re.fullmatch(r"\d+[hm]", rule["for"])


def test_rules_look_at_whole_days_in_utc_whenever_they_are_asked() -> None:
    for variant in VARIANTS:
        for name, rule in rules(variant).items():
            if "claude_code" in rule["expr"]:
                assert "[1d] offset -1d" in rule["expr"], name
                assert re.search(r"\)\[\d+d:1d\]", rule["expr"]), name


def test_costs_are_told_apart_by_currency() -> None:
    for rule in rules("prometheus").values():
        for by in re.findall(r"sum by \(([^)]*)\) \(last_over_time\(\{[^}]*cost", rule["expr"]):
            assert by == "job, organization_id, currency"


def test_thresholds_stand_in_the_file() -> None:
    found = rules("prometheus")
    assert "> 10000" in found["CcsyncCostOverBudget"]["expr"]
    assert "budget is 10000" in found["CcsyncCostOverBudget"]["annotations"]["description"]
    assert "> 26 * 3600" in found["CcsyncDataStale"]["expr"]
    assert "!= 75 != 130 != 143" in found["CcsyncJobFailing"]["expr"]


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_charts_file_has_a_place_for_each_threshold(variant: str) -> None:
    """With the numbers put in, it says what the other file says."""
    text, numbers = alerts.for_chart(VARIANTS[variant]), thresholds.defaults()
    body = text.partition("groups:")[2]
    assert set(re.findall("<<(\\w+)>>", body)) == set(numbers)
    for name, number in numbers.items():
        text = text.replace(f"<<{name}>>", thresholds.number(name, number))
    plain = alerts.rules(Sent(), VARIANTS[variant])
    assert yaml.safe_load(text) == yaml.safe_load(plain)


def test_no_two_alerts_share_the_name_of_a_threshold() -> None:
    every = [name for one in ALERTS for name in thresholds.of(one.condition)]
    assert len(every) == len(set(every)) == 9


def test_without_organization_lines_are_told_apart_by_service() -> None:
    dimensions = frozenset({"user", "model"})
    found = rules("victoriametrics", Sent(dimensions=dimensions))
    assert "organization" not in str(found["CcsyncCostOverBudget"])
    assert 'sum by ("service.name", currency)' in found["CcsyncCostOverBudget"]["expr"]
