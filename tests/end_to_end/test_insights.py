"""`ccsync insights` through the installed command, over what the installed command has written."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ccsync import money
from ccsync.simulator import Organization, Simulator
from ccsync.testing.bigquery import BigQueryDouble
from ccsync.warehouse.dialect import BigQuery, DuckDB
from tests.end_to_end.pipe import through_a_pipe
from tests.end_to_end.terminal import on_terminal
from tests.support.bigquery import Warehouse
from tests.support.command import DAY, NOON, TODAY, Done, Place
from tests.support.insights_document import summary_in
from tests.support.insights_views import compared, differences

pytestmark = pytest.mark.xdist_group("insights")
"""Each worker would write the usage anew."""

DAYS = 60
USERS = 30
PATIENCE = 120.0
"""Seconds for sixty days; much more than a quiet machine takes."""

LAST = TODAY - DAY
FIRST = TODAY - DAYS * DAY


@dataclass(frozen=True)
class Written:
    """Sixty days of a simulated organization, delivered three ways by one run."""

    place: Place
    double: BigQueryDouble
    warehouse: Warehouse
    organization: str

    @property
    def lines(self) -> Path:
        return self.place.directory / "usage.jsonl"

    @property
    def database(self) -> Path:
        return self.place.directory / "usage.duckdb"

    def insights(self, *arguments: str) -> Done:
        done = self.place.run("insights", *arguments, timeout=PATIENCE)
        assert done.exit == 0, done
        return done


@contextmanager
def written(place: Place) -> Generator[Written]:
    organization = Organization(seed=7, users=USERS)
    with (
        Simulator(organization, now=place.clock) as api,
        BigQueryDouble("northwind-data", now=NOON) as double,
    ):
        place.imports = ("ccsync_bigquery.build",)
        warehouse = Warehouse(double)
        made = Written(place, double, warehouse, organization.organization_id)
        place.configure(
            api.base_url,
            {
                "file": {"type": "stdout", "track": True},
                "warehouse": {
                    "type": "bigquery",
                    "dataset": f"{double.project}.{warehouse.dataset}",
                    "endpoint": double.url,
                },
                "local": {"type": "duckdb", "path": str(made.database)},
            },
            sync={"start": str(FIRST)},
        )
        with (
            made.lines.open("wb") as lines,
            place.start("sync", timeout=PATIENCE, stdout=lines) as running,
        ):
            done = running.wait()
        assert done.exit == 0, done
        assert len(done.days("delivered", "local")) == DAYS
        yield made


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, plugins: tuple[Path, ...]) -> Generator[Written]:
    with written(Place(tmp_path_factory.mktemp("insights"), plugins=plugins)) as made:
        yield made


def numbers(done: Done) -> Any:
    """Give all numbers of a report, without what sources know in different ways."""
    found = json.loads(done.stdout)
    assert found["coverage"].pop("empty_days_seen") in (True, False)
    del found["read_from"], found["made_at"]
    return found


def test_three_ways_the_same_numbers(made: Written) -> None:
    by_lines = numbers(made.insights(str(made.lines), "--json"))
    by_file = numbers(made.insights(str(made.database), "--json"))
    by_sink = numbers(made.insights("--json", "--sink", "local"))
    by_warehouse = numbers(made.insights("--json", "--sink", "warehouse"))
    assert by_file == by_sink == by_warehouse == by_lines
    assert by_lines["total"]["days"] == DAYS
    assert Decimal(by_lines["total"]["costs"]["USD"]).as_tuple().exponent in range(-6, -2), (
        "fractions of a cent"
    )
    assert by_lines["cohorts"][1:]
    assert by_lines["coverage"]["sources"][0]["open"] == [str(LAST - DAY), str(LAST)]


@pytest.mark.parametrize("engine", ["duckdb", "bigquery"])
def test_they_are_the_numbers_of_the_views(made: Written, engine: str) -> None:
    found = made.insights(str(made.database), "--json").stdout
    summary = summary_in(found)
    ask, dialect = {"duckdb": _in_file, "bigquery": _in_warehouse}[engine](made)
    assert differences(summary, ask, dialect, made.organization) == []
    assert compared(summary) > 400


Rows = list[dict[str, Any]]
Asked = tuple[Callable[[str], Rows], Any]


def _in_file(made: Written) -> Asked:
    def ask(sql: str) -> Rows:
        with duckdb.connect(str(made.database), read_only=True) as connection:
            answer = connection.execute(sql)
            names = [column[0] for column in answer.description or ()]
            return [
                {name: _plain(value) for name, value in zip(names, row, strict=True)}
                for row in answer.fetchall()
            ]

    return ask, DuckDB("main", today=LAST)


def _in_warehouse(made: Written) -> Asked:
    def ask(sql: str) -> Rows:
        client: Any = made.double.client()
        try:
            job: Any = client.query(sql)
            return [{name: _plain(value) for name, value in row.items()} for row in job.result()]
        finally:
            client.close()

    return ask, BigQuery(made.double.project, made.warehouse.dataset, today=LAST)


def _plain(value: Any) -> Any:
    return money.canonical(value) if isinstance(value, Decimal) else value


def test_a_part_of_the_days(made: Written) -> None:
    span = ("--from", str(LAST - 13 * DAY), "--to", str(LAST - DAY))
    found = [
        numbers(made.insights(*source, *span, "--json"))
        for source in ((str(made.lines),), (str(made.database),), ("--sink", "warehouse"))
    ]
    assert found[0] == found[1] == found[2]
    assert (found[0]["total"]["days"], found[0]["first_day"]) == (13, span[1])
    assert (found[0]["stopped"], found[0]["stopped_unknown"]) == (None, "too_few_days")


def test_the_report_fits_and_says_what_matters(made: Written) -> None:
    done = made.insights(str(made.database))
    assert done.stderr == ""
    assert "\x1b" not in done.stdout
    assert [line for line in done.stdout.splitlines() if len(line) > 80] == []
    for said in (
        "as usage.duckdb has it",
        "2026-09-21 to 2026-11-19, 60 days",
        "active people",
        "estimated cost",
        "Who uses it most, by estimated cost in USD",
        "Who began when",
        "may still change  2 days: 2026-11-18 to 2026-11-19",
    ):
        assert said in done.stdout


def test_without_a_file_the_local_one_is_read(made: Written) -> None:
    done = made.insights()
    assert "as the sink local has it" in done.stdout
    assert done.messages == "reading the sink local; another one with --sink warehouse"


def test_on_a_terminal(made: Written) -> None:
    seen = on_terminal(made.place, "insights", str(made.lines), stdout_too=True)
    assert seen.exit == 0, seen
    assert "Who uses it most" in seen.screen


def test_what_is_unpacked_on_the_way(made: Written) -> None:
    done = through_a_pipe(made.place, "insights - < <(cat usage.jsonl) | head -1")
    assert (done.exit, done.stderr) == (0, ""), done
    assert done.stdout == "Claude Code usage, as standard input has it\n"


def test_a_reader_that_has_had_enough(made: Written) -> None:
    done = through_a_pipe(made.place, "insights usage.jsonl | head -2")
    assert done.exit == 0, done
    assert done.stdout.count("\n") == 2
    assert done.stderr == ""


def test_a_page_for_its_owner(made: Written) -> None:
    done = made.insights(str(made.database), "--html", "usage.html")
    assert done.stdout == "usage.html\n"
    path = made.place.directory / "usage.html"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.stat().st_size < 2_000_000


def test_days_that_are_not_there(made: Written) -> None:
    for source in ((str(made.lines),), (str(made.database),), ("--sink", "warehouse")):
        done = made.place.run("insights", *source, "--from", str(TODAY), timeout=PATIENCE)
        assert done.exit == 2, done
        assert f"no day from {TODAY} on is there; it has days from {FIRST} to {LAST}" in done.stderr


def test_a_locked_file(made: Written) -> None:
    with duckdb.connect(str(made.database)) as connection:
        connection.execute("BEGIN")
        done = made.place.run("insights", str(made.database), timeout=PATIENCE)
    assert done.exit == 5, done
    assert f"{made.database}: " in done.stderr
    assert "PID" in done.stderr
    assert "Traceback" not in done.stderr


def test_databases_of_others(made: Written, tmp_path: Path) -> None:
    foreign, older, torn = (tmp_path / f"{name}.duckdb" for name in ("foreign", "older", "torn"))
    with duckdb.connect(str(foreign)) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER)")
    content = made.database.read_bytes()
    older.write_bytes(content)
    with duckdb.connect(str(older)) as connection:
        connection.execute("UPDATE ccsync_file SET schema_version = 0")
    torn.write_bytes(content[: len(content) // 2])
    for path, said in (
        (foreign, "of something else: it has the tables orders"),
        (older, f"ccsync duckdb upgrade {older}"),
        (torn, "the file is damaged"),
    ):
        done = made.place.run("insights", str(path), timeout=PATIENCE)
        assert done.exit == 3, done
        assert f"{path}: " in done.stderr
        assert said in done.stderr
        assert "Traceback" not in done.stderr
