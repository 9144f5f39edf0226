"""What the demo's readers see, with and without the library of databases."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from ccsync.demo.place import Place
from ccsync.demo.settings import write_settings
from ccsync.demo.shown import Shown
from ccsync.insights.destinations import Maker
from ccsync.plugins import installed
from ccsync.settings.load import load
from ccsync.testing import FakeRuntime, a_record, a_snapshot
from ccsync.testing.builders import DAY
from ccsync_stdout.lines import jsonl

TODAY = DAY + dt.timedelta(days=1)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path)
    place.usage.write_bytes(b"".join(jsonl(a_snapshot([a_record()]))))
    return place


def test_without_the_library_there_are_lines_only(place: Place) -> None:
    shown = Shown(place, Maker({}, FakeRuntime(), "demo"))
    assert (shown.has_database, shown.best) == (False, "usage.jsonl")
    assert [name for name, _ in shown.all()] == ["usage.jsonl"]
    summary = shown.summary(TODAY)
    assert summary.total is not None
    assert summary.total.sessions == 3


def test_lines_of_a_day(place: Place) -> None:
    shown = Shown(place, Maker({}, FakeRuntime(), "demo"))
    assert len(shown.lines(DAY)) == len(shown.lines()) == 1
    assert shown.lines(TODAY) == []


def test_with_the_library_the_database_is_what_to_look_at(place: Place) -> None:
    shown = Shown(place, Maker(installed(), FakeRuntime(), "demo"))
    assert (shown.has_database, shown.best) == (True, "usage.duckdb")


@pytest.mark.parametrize("database", [True, False])
def test_the_settings_load(place: Place, database: bool) -> None:
    write_settings(place, "http://127.0.0.1:9", DAY, database=database)
    assert place.settings.stat().st_mode & 0o777 == 0o600
    sinks = load(place.settings, installed(), {}).settings.sinks
    assert list(sinks) == ["file", "database"][: 1 + database]
