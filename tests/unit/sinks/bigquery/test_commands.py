"""`ccsync bigquery ...`, as people call it: what it says, where, and with which exit code."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from ccsync.errors import Exit
from ccsync.snapshot import Snapshot
from ccsync.state.file import open_store
from ccsync.state.session import StateSession
from ccsync.testing import FakeRuntime, a_record, a_snapshot
from ccsync.testing.bigquery.faults import http
from ccsync.warehouse.views import VIEWS
from ccsync_bigquery.initializing import Initializer
from ccsync_bigquery.sink import BigQuerySink
from tests.unit.sinks.bigquery.stage import DATASET, PROJECT, Stage, stage

DAY = dt.date(2026, 11, 1)
NEXT = dt.date(2026, 11, 2)
ORG = "org-1"
TEXT = [{"name": "date", "type": "STRING"}]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as one:
        yield one


def revision(day: dt.date, sessions: int, *, source_id: str = ORG, hour: int = 1) -> Snapshot:
    """A day of three records, fetched at some hour of the 20th."""
    records = [
        a_record(f"p{number}@x.example", date=day, sessions=sessions, organization_id=source_id)
        for number in range(3)
    ]
    fetched_at = dt.datetime(2026, 11, 20, hour, tzinfo=dt.UTC)
    return a_snapshot(records, day=day, source_id=source_id, fetched_at=fetched_at)


def deliver(here: Stage, *snapshots: Snapshot) -> None:
    with here.connected() as (service, jobs):
        sink = BigQuerySink(here.config, jobs.context, service)
        sink.open()
        for snapshot in snapshots:
            sink.deliver(snapshot, None, lambda _note: None)


def corrected(here: Stage, *days: dt.date, source_id: str = ORG) -> None:
    """Deliver days twice, the second time with other numbers; then let the buffer empty."""
    with here.connected() as (service, jobs):
        list(Initializer(here.config, service, jobs).steps())
    for day in days:
        deliver(here, revision(day, 1, source_id=source_id))
        here.runtime.advance(10)
        deliver(here, revision(day, 2, source_id=source_id, hour=2))
    here.runtime.advance(3 * 3600)


def sessions(here: Stage) -> list[tuple[str, int]]:
    """Give what is in the raw table, without probes."""
    rows = here.double.rows(f"{DATASET}.usage_raw")
    return sorted((row["date"], row["sessions"]) for row in rows if row["source_id"])


def beside(here: Stage) -> StateSession:
    store = open_store(f"file://{here.folder}/state")
    return StateSession(store, FakeRuntime(), run_id="another", holder="somebody")


class TestInit:
    def test_everything_is_made_and_told_in_order(self, here: Stage) -> None:
        result = here.run("init")
        assert result.exit_code == 0, result.output
        lines = result.stdout.splitlines()
        assert lines[0] == f"dataset {PROJECT}.{DATASET}: made; in US"
        assert lines[1:3] == ["table usage_raw: made", "table sync_days: made"]
        assert lines[3:-1] == [f"view {view.name}: made" for view in VIEWS]
        assert lines[-1] == "streaming: rows arrive in all tables"

    def test_a_second_time_changes_nothing_and_says_so(self, here: Stage) -> None:
        here.run("init")
        here.runtime.advance(7200)
        here.double.reset_log()
        result = here.run("init")
        assert result.exit_code == 0
        assert all(": already there" in line for line in result.stdout.splitlines())
        assert set(here.operations()) == {"datasets.get", "tables.get"}

    def test_waiting_is_told_on_stderr(self, here: Stage) -> None:
        here.double.switches.unknown_seconds = 60
        result = here.run("init")
        assert result.exit_code == 0
        assert "streaming does not know it yet" in result.stderr
        assert '"waited_seconds"' in result.stderr
        assert "streaming does not know it yet" not in result.stdout

    def test_it_says_when_rows_did_not_arrive(self, here: Stage) -> None:
        here.double.switches.unknown_seconds = 3600
        result = here.run("init")
        assert result.exit_code == Exit.UNAVAILABLE
        assert "takes no rows yet, after 10 minutes" in result.stderr
        assert "view sync_audit: made" in result.stdout

    def test_load_jobs_need_no_waiting(self, here: Stage) -> None:
        here.settings = {"mode": "load"}
        here.double.switches.unknown_seconds = 3600
        result = here.run("init")
        assert result.exit_code == 0
        assert "streaming" not in result.output
        assert "tabledata.insertAll" not in here.operations()

    def test_who_may_not_query_gets_tables_and_advice(self, here: Stage) -> None:
        here.double.deny("bigquery.jobs.create")
        result = here.run("init")
        assert result.exit_code == Exit.REFUSED
        assert "table sync_days: made" in result.stdout
        assert "streaming: nobody can be sure that rows arrive already: " in result.stdout
        assert "roles/bigquery.jobUser" in result.stderr
        assert "ccsync bigquery views --print" in result.stderr

    def test_who_may_not_write_is_refused_with_the_role(self, here: Stage) -> None:
        here.double.deny("bigquery.tables.updateData")
        result = here.run("init")
        assert result.exit_code == Exit.REFUSED
        assert "table sync_days: made" in result.stdout
        assert "rows arrive" not in result.stdout
        assert "rows cannot be written, in mode stream: " in result.stderr
        assert "roles/bigquery.dataEditor" in result.stderr

    def test_who_may_not_read_is_told_that_nobody_can_be_sure(self, here: Stage) -> None:
        here.run("init")
        here.double.deny("bigquery.jobs.create")
        result = here.run("init")
        assert result.exit_code == 0
        assert "streaming: nobody can be sure that rows arrive already: " in result.stdout

    def test_load_jobs_that_may_not_run_are_refused(self, here: Stage) -> None:
        here.settings = {"mode": "load"}
        here.run("init")
        here.double.deny("bigquery.jobs.create")
        result = here.run("init")
        assert result.exit_code == Exit.REFUSED
        assert f"view {VIEWS[-1].name}: already there" in result.stdout
        assert "rows cannot be written, in mode load: " in result.stderr
        assert "roles/bigquery.jobUser" in result.stderr

    def test_print_ddl_connects_to_nothing(self, here: Stage) -> None:
        result = here.run("init", "--print-ddl")
        assert result.exit_code == 0
        assert result.stdout.startswith(f"CREATE SCHEMA IF NOT EXISTS `{PROJECT}.{DATASET}`")
        assert result.stdout.count("CREATE TABLE IF NOT EXISTS ") == 2
        assert result.stdout.count("CREATE OR REPLACE VIEW ") == len(VIEWS)
        assert here.double.requests == []

    @pytest.mark.parametrize("option", ["--print-ddl", "--upgrade"])
    def test_a_dataset_without_project_is_a_fault_of_its_line(
        self, here: Stage, option: str
    ) -> None:
        here.settings = {"dataset": "claude_code"}
        result = here.run("init", option)
        assert result.exit_code == Exit.USAGE
        written = (here.folder / "ccsync.yaml").read_text("utf-8").splitlines()
        (line,) = (n for n, one in enumerate(written, 1) if one.strip().startswith("dataset:"))
        assert f"ccsync.yaml:{line}:" in result.stderr
        assert "sinks.warehouse.dataset: 'claude_code' lacks the project; write my" in result.stderr

    def test_what_it_prints_makes_everything(self, here: Stage) -> None:
        text = here.run("init", "--print-ddl").stdout
        with here.double.client() as client:
            for statement in text.split(";\n")[:-1]:
                client.query(statement).result()
        lines = here.run("init").stdout.splitlines()
        assert all(": already there" in line for line in lines[:-1]), lines

    def test_two_sinks_one_of_which_fails(self, here: Stage) -> None:
        other = {"type": "bigquery", "dataset": f"{PROJECT}.other", "endpoint": here.double.url}
        here.others = {"second": other}
        place = (PROJECT, DATASET)
        here.double.catalog.create_dataset(place, {})
        here.double.catalog.create((*place, "usage_raw"), {"schema": {"fields": TEXT}})
        result = here.run("init")
        assert result.exit_code == Exit.REFUSED
        assert (
            result.stderr.strip()
            .splitlines()[-1]
            .startswith(f"warehouse: {PROJECT}.{DATASET}.usage_raw does not fit: ")
        )
        assert "second:\ndataset northwind-data.other: made" in result.stdout
        assert (PROJECT, "other") in {
            (one["datasetReference"]["projectId"], one["datasetReference"]["datasetId"])
            for one in here.double.catalog.datasets(PROJECT)
        }

    def test_a_sink_can_be_chosen(self, here: Stage) -> None:
        other = {"type": "bigquery", "dataset": f"{PROJECT}.other", "endpoint": here.double.url}
        here.others = {"second": other}
        assert here.run("init", "--sink", "second").exit_code == 0
        assert [one["id"] for one in here.double.catalog.datasets(PROJECT)] == [f"{PROJECT}:other"]

    @pytest.mark.parametrize("command", ["init", "views", "compact", "terraform"])
    def test_a_sink_that_is_not_there(self, here: Stage, command: str) -> None:
        result = here.run(command, "--sink", "nobody")
        assert result.exit_code == Exit.USAGE
        assert "--sink nobody: no such sink" in result.stderr
        assert "there are: warehouse (bigquery)" in result.stderr


class TestViews:
    def test_they_are_made(self, here: Stage) -> None:
        here.settings = {"mode": "load"}
        here.run("init")
        here.double.catalog.delete((PROJECT, DATASET, "usage_daily"))
        result = here.run("views")
        assert result.exit_code == 0
        assert "view usage_daily: made" in result.stdout.splitlines()
        assert result.stdout.count("already there") == len(VIEWS) - 1

    def test_print_connects_to_nothing(self, here: Stage) -> None:
        result = here.run("views", "--print")
        assert result.exit_code == 0
        assert result.stdout.count("CREATE OR REPLACE VIEW ") == len(VIEWS)
        assert here.double.requests == []

    def test_without_a_dataset(self, here: Stage) -> None:
        result = here.run("views")
        assert result.exit_code == Exit.REFUSED
        assert "ccsync bigquery init" in result.stderr


def test_terraform_connects_to_nothing(here: Stage) -> None:
    result = here.run("terraform")
    assert result.exit_code == 0
    assert 'resource "google_bigquery_dataset" "warehouse" {' in result.stdout
    assert here.double.requests == []


class TestCompact:
    def test_former_revisions_are_deleted(self, here: Stage) -> None:
        corrected(here, DAY, NEXT)
        assert sessions(here) == sorted(
            (str(day), number) for day in (DAY, NEXT) for number in (1, 1, 1, 2, 2, 2)
        )
        result = here.run("compact")
        assert result.exit_code == 0, result.output
        assert result.stdout.splitlines() == [
            f"{DAY}: 3 rows deleted",
            f"{NEXT}: 3 rows deleted",
            f"{PROJECT}.{DATASET}: 6 rows deleted",
        ]
        assert sessions(here) == sorted((str(day), 2) for day in (DAY, NEXT) for _ in range(3))

    def test_there_is_nothing_to_do(self, here: Stage) -> None:
        corrected(here, DAY)
        here.run("compact")
        result = here.run("compact")
        assert result.exit_code == 0
        assert result.stdout == (
            f"{PROJECT}.{DATASET}: up to 2026-11-15 there are no rows that no view shows\n"
        )

    @pytest.mark.parametrize(
        ("options", "days"),
        [
            (("--from", "2026-11-02"), [NEXT]),
            (("--to", "2026-11-01"), [DAY]),
            (("--older-than", "21d"), [DAY]),
            (("--older-than", "22d"), []),
        ],
    )
    def test_days_can_be_chosen(
        self, here: Stage, options: tuple[str, ...], days: list[dt.date]
    ) -> None:
        corrected(here, DAY, NEXT)
        result = here.run("compact", *options)
        assert result.exit_code == 0
        lines = [line for line in result.stdout.splitlines() if line.startswith("20")]
        assert lines == [f"{day}: 3 rows deleted" for day in days]

    @pytest.mark.parametrize(
        ("options", "says"),
        [
            (("--older-than", "7d", "--to", "2026-11-01"), "both say which day is the last"),
            (("--from", "2026-11-02", "--to", "2026-11-01"), "is later than the last one"),
            (("--older-than", "soon"), "'soon' is not a day"),
        ],
    )
    def test_options_that_contradict(
        self, here: Stage, options: tuple[str, ...], says: str
    ) -> None:
        result = here.run("compact", *options)
        assert result.exit_code == Exit.USAGE
        assert says in result.stderr
        assert here.double.requests == []

    def test_a_day_that_a_run_works_on_is_left_out(self, here: Stage) -> None:
        corrected(here, DAY, NEXT)
        with beside(here) as state:
            state.lease({DAY})
            result = here.run("compact")
        assert result.exit_code == 0
        assert f"{DAY}: left out, another run works on it" in result.stdout
        assert f"{NEXT}: 3 rows deleted" in result.stdout
        assert sessions(here).count((str(DAY), 1)) == 3

    def test_all_days_are_worked_on(self, here: Stage) -> None:
        corrected(here, DAY)
        with beside(here) as state:
            state.lease({DAY})
            result = here.run("compact")
        assert result.exit_code == Exit.LEASED
        assert "another run: somebody" in result.stderr
        assert len(sessions(here)) == 6

    def test_rows_that_were_streamed_just_now_stay_for_the_next_time(self, here: Stage) -> None:
        corrected(here, DAY)
        deliver(here, revision(DAY, 3, hour=3))
        result = here.run("compact")
        assert result.exit_code == 0
        assert f"{DAY}: rows of it were streamed a short while ago" in result.stdout
        assert len(sessions(here)) == 9

    def test_days_of_other_organizations_stay(self, here: Stage) -> None:
        corrected(here, DAY)
        corrected(here, DAY, source_id="org-2")
        result = here.run("compact")
        assert result.exit_code == Exit.REFUSED
        assert "days of 2 organizations (org-1, org-2)" in result.stderr
        assert "source.organization_id" in result.stderr
        here.source = {"organization_id": "org-2"}
        assert here.run("compact").exit_code == 0
        rows = here.double.rows(f"{DATASET}.usage_raw")
        left = sorted((row["source_id"], row["sessions"]) for row in rows if row["source_id"])
        assert left == [("org-1", 1)] * 3 + [("org-1", 2)] * 3 + [("org-2", 2)] * 3

    def test_the_organization_is_that_of_the_state(self, here: Stage) -> None:
        corrected(here, DAY)
        corrected(here, DAY, source_id="org-2")
        with beside(here) as state:
            state.bind(ORG)
            state.lease({DAY})
        assert here.run("compact").exit_code == 0
        rows = here.double.rows(f"{DATASET}.usage_raw")
        assert sum(row["source_id"] == ORG for row in rows) == 3

    def test_a_day_that_fails_does_not_stop_the_others(self, here: Stage) -> None:
        corrected(here, DAY, NEXT)
        # More patience is asked for than there is: the first day is given up at once.
        here.double.faults.add("tables.get", http(503, "backendError", retry_after=3600))
        result = here.run("compact")
        assert result.exit_code == Exit.UNAVAILABLE
        assert f"{DAY}: {PROJECT}.{DATASET}.usage_raw: could not" in result.stderr
        assert f"{NEXT}: 3 rows deleted" in result.stdout
        assert here.run("compact").stdout.splitlines()[0] == f"{DAY}: 3 rows deleted"

    def test_a_missing_permission_is_named(self, here: Stage) -> None:
        corrected(here, DAY)
        here.double.deny("bigquery.jobs.create")
        result = here.run("compact")
        assert result.exit_code == Exit.REFUSED
        assert "roles/bigquery.jobUser" in result.stderr
