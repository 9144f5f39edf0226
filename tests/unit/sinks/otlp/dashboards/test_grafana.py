"""The JSON of Grafana: whole, consistent, and of the form that Grafana imports."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from ccsync import telemetry
from ccsync.errors import Exit
from ccsync_otlp.catalogue import ATTRIBUTES, DIMENSIONS, METRICS
from ccsync_otlp.dashboards import grafana
from ccsync_otlp.dashboards.boards import BOARDS
from ccsync_otlp.dashboards.sent import Sent

Json = dict[str, Any]

FILES = grafana.files(Sent())
DASHBOARDS = {name: json.loads(text) for name, text in FILES.items() if name.endswith(".json")}
USAGE = {name: one for name, one in DASHBOARDS.items() if "health" not in name}

# What Grafana knows by itself.
BUILT_IN = {"__range", "__interval"}

WITH_PATTERNS = {
    "claude_code_daily_cost_usage(_USD)?",
    "claude_code_daily_.+",
    r"claude_code\\.daily\\..+",
}
RUNS = {
    *(one.name for one in telemetry.METRICS),
    *(f"{one.name.replace('.', '_')}(_seconds)?" for one in telemetry.METRICS if one.unit == "s"),
    *(one.name.replace(".", "_") for one in telemetry.METRICS if one.unit != "s"),
}

every = pytest.mark.parametrize("dashboard", DASHBOARDS.values(), ids=DASHBOARDS)


def panels(dashboard: Json) -> list[Json]:
    return [one for one in dashboard["panels"] if one["type"] != "row"]


def targets(dashboard: Json) -> Iterator[tuple[Json, Json]]:
    for panel in panels(dashboard):
        for target in panel["targets"]:
            yield panel, target


def test_there_is_a_file_for_each_board_and_variant() -> None:
    boards = [*(board.key for board in BOARDS), grafana.HEALTH]
    assert sorted(FILES) == sorted(
        f"{variant}/{name}"
        for variant in grafana.VARIANTS
        for name in [*(f"{board}.json" for board in boards), grafana.ALERTS]
    )
    uids = [one["uid"] for one in DASHBOARDS.values()]
    assert len(set(uids)) == len(uids)
    assert all(re.fullmatch(r"[a-z-]{1,40}", uid) for uid in uids)


def test_every_question_is_a_panel() -> None:
    for variant in grafana.VARIANTS:
        for board in BOARDS:
            shown = panels(DASHBOARDS[f"{variant}/{board.key}.json"])
            assert [one["title"] for one in shown] == [one.title for one in board.questions]
            for panel, question in zip(shown, board.questions, strict=True):
                assert panel["description"] == question.description
                assert len(panel["targets"]) == len(question.columns)


@every
def test_days_are_days_in_utc(dashboard: Json) -> None:
    assert dashboard["timezone"] == "utc"
    for panel, target in targets(dashboard):
        assert target["range"] is not target["instant"]
        if target["instant"]:
            assert "interval" not in target
            assert "$__interval" not in target["expr"]
        elif "claude_code" in target["expr"]:
            assert target["interval"] == panel["interval"] == "1d"
            assert "$__range" not in target["expr"]
            assert panel["maxDataPoints"] > 365 * 5


@every
def test_panels_stand_side_by_side(dashboard: Json) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        taken |= cells
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids)
    rows = [panel for panel in dashboard["panels"] if panel["type"] == "row"]
    assert all(row["gridPos"]["w"] == 24 and row["panels"] == [] for row in rows)


@every
def test_every_variable_is_there_and_used(dashboard: Json) -> None:
    variables = {one["name"]: one for one in dashboard["templating"]["list"]}
    text = json.dumps([one["targets"] for one in panels(dashboard)])
    looked_up = json.dumps([one.get("query") for one in variables.values()])
    used = set(re.findall(r"\$\{?(\w+)", text + looked_up))
    assert used - BUILT_IN == set(variables)
    assert next(iter(variables)) == "datasource"
    for panel, target in targets(dashboard):
        assert panel["datasource"] == target["datasource"]
        assert target["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


@pytest.mark.parametrize("dashboard", USAGE.values(), ids=USAGE)
def test_a_reader_looks_at_one_currency_and_one_service(dashboard: Json) -> None:
    variables = {one["name"]: one for one in dashboard["templating"]["list"]}
    for name in ("currency", "service"):
        assert variables[name]["multi"] is variables[name]["includeAll"] is False
    for name in ("organization", "customer_type", "actor_type", "model"):
        assert variables[name]["allValue"] == ".*", "who has no such attribute is meant, too"
    for _, target in targets(dashboard):
        if re.search("cost.usage", target["expr"]):
            assert target["expr"].count('currency="$currency"') >= 1
            assert "currency)" in target["expr"]


@every
def test_no_name_is_made_up(dashboard: Json) -> None:
    sent = {one.name for one in METRICS} | {one.name for one in ATTRIBUTES}
    known = {re.sub(r"\W", "_", one) for one in sent} | sent | {"person"}
    for _, target in targets(dashboard):
        expression = target["expr"]
        labels = re.findall(r'[{,] ?"?([\w.]+)"?(?:=~|!=|=)', expression)
        labels += re.findall(r'"?([\w.]+)"?', " ".join(re.findall(r"by \(([^)]*)\)", expression)))
        foreign = {"__name__", "job", "service.name", "sink", "namespace", "cronjob"}
        foreign |= {"owner_kind", "owner_name", "condition"}
        assert set(labels) - foreign <= known
        names = set(re.findall(r'__name__=~?"([^"]+)"', expression))
        assert names <= known | WITH_PATTERNS | RUNS


def test_tables_name_what_they_show() -> None:
    for dashboard in DASHBOARDS.values():
        for panel in panels(dashboard):
            if panel["type"] != "table":
                continue
            options = panel["transformations"][-1]["options"]
            count = len(panel["targets"])
            values = [name for name in options["renameByName"] if name.startswith("Value")]
            letters = [target["refId"] for target in panel["targets"]]
            assert values == ([f"Value #{one}" for one in letters] if count > 1 else ["Value"])
            shown = set(options["renameByName"].values())
            assert {one["matcher"]["options"] for one in panel["fieldConfig"]["overrides"]} <= shown
            assert panel["options"]["sortBy"][0]["displayName"] in shown


def test_exit_codes_have_words() -> None:
    for variant in grafana.VARIANTS:
        health = DASHBOARDS[f"{variant}/{grafana.HEALTH}.json"]
        (panel,) = [one for one in panels(health) if one["title"] == "Last exit code"]
        words = panel["fieldConfig"]["defaults"]["mappings"][0]["options"]
        assert set(words) == {str(int(code)) for code in Exit}


def test_a_sink_without_people_gets_dashboards_without_people() -> None:
    sent = Sent(preset="prometheus", dimensions=frozenset({"organization", "model"}))
    files = grafana.files(sent)
    assert {name.partition("/")[0] for name in files} == {"prometheus"}
    overview = json.loads(files["prometheus/overview.json"])
    names = {one["name"] for one in overview["templating"]["list"]}
    assert names == {"datasource", "service", "organization", "model", "currency"}
    text = json.dumps(overview)
    for label in ("user_email", "person", "terminal_type", "tool_name", "customer_type"):
        assert label not in text
    assert "Accepted edits" in text, "that needs no tool"
    assert "CcsyncPeopleVanished" not in files["prometheus/alerts.yaml"]
    assert set(DIMENSIONS) > sent.dimensions


def test_names_are_those_of_the_preset() -> None:
    for preset in ("prometheus", "mimir", "grafana-cloud"):
        assert set(grafana.variants(Sent(preset=preset))) == {"prometheus"}
    assert set(grafana.variants(Sent(preset="victoriametrics"))) == {"victoriametrics"}
    assert set(grafana.variants(Sent(preset="otlp"))) == set(grafana.VARIANTS)


def test_another_service_is_chosen_at_first() -> None:
    sent = Sent(service_name="nightly", service_namespace="team")
    files = grafana.files(sent)
    chosen = {
        variant: next(
            one["current"]["value"]
            for one in json.loads(files[f"{variant}/cost.json"])["templating"]["list"]
            if one["name"] == "service"
        )
        for variant in grafana.VARIANTS
    }
    assert chosen == {"prometheus": "team/nightly", "victoriametrics": "nightly"}
