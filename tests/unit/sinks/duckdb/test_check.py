"""`check` says how things are, and makes nothing; `totals` and `read` say what is shown."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from ccsync.sink import Finding
from ccsync.testing import a_record, a_snapshot
from ccsync.testing.builders import DAY, ORGANIZATION
from ccsync.testing.contract.context import ContractContext, nothing_to_remember
from ccsync.verify import differences, totals_of
from ccsync_duckdb.sink import DuckDBSink
from tests.support import duckdb
from tests.support.duckdb import a_config, held
from tests.unit.warehouse.scene import TODAY, make_scene

from .conftest import Make


def findings(make: Make) -> list[Finding]:
    return list(make().check())


def test_a_file_that_is_not_there_yet(make: Make, path: Path) -> None:
    (found,) = findings(make)
    assert found.level == "ok"
    assert "is not there yet; the first `ccsync sync` makes it" in found.what
    assert not path.exists()


@pytest.mark.usefixtures("new")
def test_a_file_with_days(make: Make) -> None:
    sink = make()
    sink.open()
    (found,) = sink.check()
    assert found.what.endswith("no day is in it yet")
    sink.deliver(a_snapshot([a_record()]), None, nothing_to_remember)
    (found,) = sink.check()
    assert found.what.endswith(f"1 days are in it, from {DAY} to {DAY}")
    sink.close()
    assert findings(make) == [found]


@pytest.mark.usefixtures("new")
def test_a_file_that_others_may_read(make: Make, path: Path) -> None:
    sink = make()
    sink.open()
    sink.close()
    path.chmod(0o640)
    assert [(one.level, one.fix) for one in findings(make)] == [
        ("ok", ""),
        ("warning", f"chmod 600 {path}"),
    ]


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    sink = DuckDBSink(a_config(tmp_path / "no" / "usage.duckdb"), ContractContext())
    (found,) = sink.check()
    assert (found.level, "is not there" in found.what) == ("fault", True)
    assert found.fix.startswith("Make it")


def test_a_file_of_another_program_and_one_in_use(make: Make, path: Path) -> None:
    path.write_text("notes")
    (found,) = findings(make)
    assert found.level == "fault"
    assert found.fix.startswith("Name another file: one that ccsync made, or in the settings one")
    duckdb.make(path)
    with held(path) as process:
        (found,) = findings(make)
    assert (found.level, f"PID {process}" in found.what) == ("fault", True)
    assert found.fix.startswith("Close it there")


@pytest.mark.usefixtures("new")
def test_totals_of_records_of_every_kind(make: Make) -> None:
    scene = make_scene()
    sink = make()
    sink.open()
    days = [commit for commit in scene.current if commit["date"] > TODAY - dt.timedelta(days=40)]
    for commit in days:
        key = (commit["source_id"], commit["date"])
        records = [
            usage.record for usage in scene.usage if (usage.source_id, usage.record.date) == key
        ]
        snapshot = a_snapshot(records, day=key[1], source_id=key[0])
        sink.deliver(snapshot, None, nothing_to_remember)
        totals = sink.totals(*key)
        assert list(differences(totals, totals_of(snapshot, None))) == []
        assert totals.records == len(records)
    assert len(days) > 40
    empty = sink.totals(ORGANIZATION, dt.date(2020, 1, 1))
    assert (empty.records, empty.sessions, empty.estimated_cost) == (0, 0, {})


@pytest.mark.usefixtures("new")
def test_a_report_while_a_sink_is_open_reads_the_same_file(make: Make) -> None:
    sink = make()
    sink.open()
    sink.deliver(a_snapshot([a_record()]), None, nothing_to_remember)
    days = sink.read(None, None)
    assert next(days).records == (a_record(),)
    assert list(days) == []


@pytest.mark.usefixtures("new")
@pytest.mark.parametrize("taken", [0, 1])
def test_a_reader_that_stops_early_lets_go(make: Make, path: Path, taken: int) -> None:
    sink = make()
    sink.open()
    sink.deliver(a_snapshot([a_record()]), None, nothing_to_remember)
    sink.close()
    days = make().read(None, None)
    for _ in range(taken):
        next(days)
    close = getattr(days, "close")  # noqa: B009 - an Iterator need not have it
    close()
    make().open()
