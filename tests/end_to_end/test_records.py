"""Odd and rich rows reach destinations exactly, each as what it is."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from typing import Any

from ccsync.simulator import Simulator, model_usage
from tests.end_to_end.scene import MIDDLE, NEWEST, OLD, OPEN, Scene
from tests.end_to_end.truth import Json, a_row, complete, in_order, record_of
from tests.support.command import Done

NOTHING: Json = {
    "sessions": 0,
    "lines_added": 0,
    "lines_removed": 0,
    "commits": 0,
    "pull_requests": 0,
    "tool_actions": [],
    "model_usage": [],
}


def both(scene: Scene) -> Done:
    """Bring the week to a database and to standard output; both must show the same."""
    scene.configure({"usage": scene.sqlite, "out": {"type": "stdout"}}, sync={"lookback_days": 5})
    done = scene.sync()
    assert done.exit == 0, done
    return done


def on_stdout(done: Done, day: object) -> list[Json]:
    lines = [line for line in done.lines if line["date"] == str(day)]
    for line in lines:
        del line["source_id"], line["snapshot_id"], line["fetched_at"]
    return in_order(map(complete, lines))


def only(records: list[Json]) -> Json:
    (record,) = records
    return record


def test_dimensions_tell_records_apart(scene: Scene) -> None:
    day = NEWEST
    rows = [
        a_row(day, "mira", 1),
        a_row(day, "mira", 2, terminal_type="iTerm.app"),
        a_row(day, "mira", 3, customer_type="subscription", subscription_type="team"),
        a_row(day, "mira", 4, customer_type="subscription", subscription_type="enterprise"),
        a_row(day, "mira", 5, is_remote=True),
        a_row(day, "mira", 6, terminal_type=""),
        {**a_row(day, "mira", 7), "terminal_type": None},
        a_row(day, "mira", 8, terminal_type="", is_remote=True),
    ]
    scene.put(day, *rows)
    done = both(scene)
    expected = in_order(record_of(row) for row in rows)
    assert len(expected) == 8
    assert scene.database.shown(day) == expected
    assert on_stdout(done, day) == expected
    assert scene.sync("--sink", "usage").counts("usage") == {"unchanged": 5}


def test_money_is_exact_to_the_last_digit(scene: Scene) -> None:
    """Two rows of one identity add up, where binary fractions would not: 0.1 + 0.2."""

    def row(cents: str, model: str = "claude-opus-5", **more: Any) -> Json:
        usage = model_usage(model, tokens=(1, 2, 3, 4), cents=Decimal(cents), **more)
        return a_row(NEWEST, "mira", 1, models=[usage])

    scene.put(NEWEST, row("0.1"), row("0.2"), row("7", "claude-haiku-5"))
    exact = "123456789012345.678901"
    scene.put(OPEN, a_row(OPEN, models=row(exact, currency="EUR")["model_breakdown"]))
    done = both(scene)

    for records in (scene.database.shown(NEWEST), on_stdout(done, NEWEST)):
        haiku, opus = only(records)["model_usage"]
        assert (opus["estimated_cost_minor"], opus["estimated_cost"]) == ("0.3", "0.003")
        assert (haiku["estimated_cost_minor"], haiku["estimated_cost"]) == ("7", "0.07")
        assert opus["input_tokens"] == 2
    for records in (scene.database.shown(OPEN), on_stdout(done, OPEN)):
        (usage,) = only(records)["model_usage"]
        assert usage["estimated_cost_minor"] == exact
        assert usage["estimated_cost"] == "1234567890123.45678901"
        assert usage["currency"] == "EUR"


def test_sections_that_are_empty_null_or_absent(scene: Scene) -> None:
    empty: Json = {**a_row(NEWEST, "empty"), "model_breakdown": [], "tool_actions": {}}
    empty["core_metrics"] = {}
    null: Json = {**a_row(NEWEST, "null"), "model_breakdown": None, "tool_actions": None}
    null["core_metrics"] = {"num_sessions": 4, "lines_of_code": None}
    absent = a_row(NEWEST, "absent")
    for section in ("model_breakdown", "tool_actions", "core_metrics"):
        del absent[section]
    scene.put(NEWEST, empty, null, absent)
    done = both(scene)
    shown = scene.database.shown(NEWEST)
    assert on_stdout(done, NEWEST) == shown
    by_person = {record["actor_id"].partition("@")[0]: record for record in shown}
    assert len(shown) == 3
    for person, sessions in {"empty": 0, "null": 4, "absent": 0}.items():
        assert by_person[person] == {**by_person[person], **NOTHING, "sessions": sessions}


def test_what_ccsync_does_not_know_survives(scene: Scene) -> None:
    row = a_row(NEWEST, "mira", 3)
    row["actor"] = {"type": "service_actor", "service_account_id": "svc_7", "region": "eu"}
    row["ward"] = {"name": "east", "floors": [1, 2.5]}
    row["core_metrics"]["reviews"] = 12
    row["tool_actions"]["shell_tool"] = {"accepted": 1, "rejected": 2, "asked": 3}
    row["model_breakdown"][0]["batch"] = True
    scene.put(NEWEST, row)
    done = both(scene)
    record = only(scene.database.shown(NEWEST))
    assert only(on_stdout(done, NEWEST)) == record
    assert (record["actor_type"], record["actor_id"]) == ("service_actor", "svc_7")
    assert {"tool": "shell_tool", "accepted": 1, "rejected": 2} in record["tool_actions"]
    assert record["sessions"] == 3
    assert record["extra"] == {
        "ward": {"name": "east", "floors": [1, 2.5]},
        "actor": {"region": "eu"},
        "core_metrics": {"reviews": 12},
        "tool_actions": {"shell_tool": {"asked": 3}},
        "model_breakdown": [{"model": "claude-opus-5", "batch": True}],
    }


def test_the_other_shape_of_the_api(scene: Scene) -> None:
    """Bare dates, amounts as strings, cache tokens split: as an OpenAPI catalogue describes it."""
    scene.put(NEWEST, a_row(NEWEST, "mira", 3))
    documented = record_of(a_row(NEWEST, "mira", 3))
    with Simulator(scene.organization, now=scene.place.clock, shape="catalogue") as api:
        scene.place.configure(api.base_url, {"usage": scene.sqlite})
        assert scene.sync("--from", str(NEWEST)).exit == 0
    record = only(scene.database.shown(NEWEST))
    (usage,) = record["model_usage"]
    assert usage["cache_creation_5m_tokens"] + usage["cache_creation_1h_tokens"] == 2100
    assert usage["cache_creation_1h_tokens"] == 140
    (plain,) = documented["model_usage"]
    assert usage["estimated_cost"] == plain["estimated_cost"] == "3.9375"
    same = ("date", "actor_id", "sessions", "lines_added", "commits", "pull_requests")
    assert {name: record[name] for name in same} == {name: documented[name] for name in same}


def test_rows_of_another_organization_keep_their_own(scene: Scene) -> None:
    other = {**a_row(OLD, "mira", 5), "organization_id": "11111111-2222-4333-8444-555555555555"}
    scene.put(OLD, a_row(OLD, "mira", 2), other)
    both(scene)
    ids = {record["organization_id"]: record["sessions"] for record in scene.database.shown(OLD)}
    assert ids == {scene.organization.organization_id: 2, other["organization_id"]: 5}
    sources = scene.database.query("select distinct source_id from records")
    assert sources == [(scene.organization.organization_id,)]


def test_csv_holds_the_same_records(scene: Scene) -> None:
    scene.put(MIDDLE, a_row(MIDDLE, "mira", 2), {**a_row(MIDDLE, "juno", 7), "terminal_type": None})
    scene.configure({"out": {"type": "stdout", "format": "csv"}})
    done = scene.sync("--from", str(MIDDLE), "--to", str(MIDDLE))
    assert done.exit == 0, done
    juno, mira = sorted(csv.DictReader(done.stdout.splitlines()), key=lambda row: row["actor_id"])
    assert (mira["sessions"], mira["is_remote"], mira["terminal_type"]) == ("2", "false", "vscode")
    assert juno["terminal_type"] == ""
    assert json.loads(mira["model_usage"])[0]["estimated_cost_minor"] == "262.5"
