"""Who is one to a destination is added up before anything is sent: nobody overwrites anybody."""

from __future__ import annotations

import datetime as dt

import pytest

from ccsync.records import Record
from ccsync.settings.model import PrivacySettings
from ccsync.testing import a_record
from ccsync.testing.builders import a_snapshot
from ccsync_otlp.settings import PresetName
from tests.unit.sinks.otlp.destination import Destination, a_sink

DAY = dt.date(2026, 11, 19)
SESSIONS = "claude_code.daily.session.count"
COST = "claude_code.daily.cost.usage"
EVERYBODY: tuple[PresetName, ...] = ("otlp", "prometheus", "victoriametrics", "datadog")


def deliver(
    preset: PresetName, *records: Record, privacy: PrivacySettings | None = None
) -> Destination:
    destination = Destination()
    sink = a_sink(destination, preset)
    sink.deliver(a_snapshot(records, privacy=privacy), None, lambda _note: None)
    sent = [(point.series, point.time_ns) for point in destination.points]
    assert len(set(sent)) == len(sent), "no two points of a series at one time"
    return destination


def by(destination: Destination, *names: str) -> dict[tuple[object, ...], float]:
    """Give the sessions that are shown, by attributes."""
    totals = destination.store.totals(DAY, *names)
    return {key[1:]: value for key, value in totals.items() if key[0] == SESSIONS}


@pytest.mark.parametrize("preset", EVERYBODY)
def test_no_terminal_and_an_empty_one(preset: PresetName) -> None:
    records = [
        a_record(sessions=2, terminal_type=None),
        a_record(sessions=3, terminal_type=""),
        a_record(sessions=4, terminal_type="vscode"),
    ]
    shown = deliver(preset, *records)
    assert by(shown, "terminal.type") == {(None,): 5, ("vscode",): 4}
    assert shown.store.totals(DAY)[COST,] == pytest.approx(9 * 1.3125)


@pytest.mark.parametrize("preset", EVERYBODY)
def test_people_who_differ_by_case(preset: PresetName) -> None:
    records = [
        a_record("ann@northwind.example", sessions=2),
        a_record("Ann@Northwind.example", sessions=3),
    ]
    people = by(deliver(preset, *records), "user.email")
    if preset == "datadog":
        assert list(people.values()) == [5]
    else:
        assert people == {("ann@northwind.example",): 2, ("Ann@Northwind.example",): 3}


@pytest.mark.parametrize("preset", EVERYBODY)
def test_keys_that_differ_by_characters(preset: PresetName) -> None:
    names = ("ci key", "ci+key", "ci__key", "CI_KEY", "ci_key_")
    records = [
        a_record(name, actor_type="api_actor", sessions=number + 1)
        for number, name in enumerate(names)
    ]
    keys = by(deliver(preset, *records), "api_key.name")
    if preset == "datadog":
        assert keys == {("ci_key",): 15}
    else:
        assert keys == {(name,): number + 1 for number, name in enumerate(names)}


@pytest.mark.parametrize("preset", EVERYBODY)
def test_names_of_control_characters_and_of_great_length(preset: PresetName) -> None:
    """The first two are one to everybody, the others are not, however long their beginning is."""
    long = "k" * 600
    names = ("a\x00key", "a\x01key", long + "1", long + "2")
    records = [
        a_record(name, actor_type="api_actor", sessions=number + 1)
        for number, name in enumerate(names)
    ]
    assert sorted(by(deliver(preset, *records), "api_key.name").values()) == [3, 3, 4]


def test_models_that_differ_by_case() -> None:
    (usage,) = a_record(sessions=2).model_usage
    loud = type(usage)(
        **{name: getattr(usage, name) for name in usage.__struct_fields__ if name != "model"},
        model="Claude-Opus-5",
    )
    shown = deliver("datadog", a_record(sessions=2, model_usage=(usage, loud)))
    (cost,) = (v for key, v in shown.store.totals(DAY, "model").items() if key[0] == COST)
    assert cost == pytest.approx(2 * 2 * 1.3125)


@pytest.mark.parametrize("preset", EVERYBODY)
def test_people_of_whom_nothing_is_told(preset: PresetName) -> None:
    records = [a_record(f"p{number}@northwind.example", sessions=2) for number in range(5)]
    shown = deliver(preset, *records, privacy=PrivacySettings(identity="drop"))
    assert by(shown, "user.email") == {(None,): 10}
