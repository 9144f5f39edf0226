"""`ccsync check` against the BigQuery double: what it finds, and that it writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from google.cloud import bigquery

from ccsync.sink import Finding
from ccsync.testing.bigquery import faults
from ccsync.testing.bigquery.double import BigQueryDouble
from ccsync.testing.contract.context import ContractContext
from ccsync.warehouse.columns import TABLES, USAGE_RAW
from ccsync.warehouse.dialect import BigQuery
from ccsync.warehouse.views import VIEWS
from ccsync_bigquery import check, schema, viewing
from ccsync_bigquery.client import connect
from ccsync_bigquery.jobs import Jobs
from ccsync_bigquery.settings import BigQueryConfig

PROJECT = "my-project"
PLACE = f"{PROJECT}.usage"

Checked = Callable[..., list[Finding]]


@pytest.fixture
def double() -> Iterator[BigQueryDouble]:
    """A BigQuery without any dataset."""
    with BigQueryDouble(PROJECT) as running:
        yield running


@pytest.fixture
def checked(double: BigQueryDouble) -> Checked:
    """Checks with some settings."""

    def run(**settings: Any) -> list[Finding]:
        values: dict[str, Any] = {"dataset": PLACE, "endpoint": double.url, **settings}
        config = BigQueryConfig(type="bigquery", **values)
        context = ContractContext()
        service = connect(config, context, {})
        try:
            return list(check.findings(config, service, Jobs(service, context)))
        finally:
            service.close()

    return run


def prepare(double: BigQueryDouble, *, views: bool = False, without: str = "") -> None:
    """Make dataset, tables (one column may be left out) and views, as `init` and `views` do."""
    client = cast("Any", double.client())
    try:
        dataset = bigquery.Dataset(PLACE)
        dataset.location = "US" if views else "EU"
        client.create_dataset(dataset)
        for table in TABLES:
            fields = [one for one in schema.fields(table) if one.name != without]
            made = bigquery.Table(f"{PLACE}.{table.name}", schema=fields)
            made.time_partitioning = bigquery.TimePartitioning(field=table.partition)
            client.create_table(made)
        for view in VIEWS if views else ():
            made = bigquery.Table(f"{PLACE}.{view.name}")
            made.view_query = view.sql(BigQuery(PROJECT, "usage"))
            client.create_table(made)
    finally:
        client.close()


def faulty(findings: list[Finding]) -> list[Finding]:
    return [one for one in findings if one.level == "fault"]


def warned(findings: list[Finding]) -> list[Finding]:
    return [one for one in findings if one.level == "warning"]


def words(findings: list[Finding]) -> str:
    return "\n".join(f"{one.level}: {one.what} -> {one.fix}" for one in findings)


def test_a_dataset_that_is_not_there_is_to_be_made(checked: Checked) -> None:
    findings = checked()
    (fault,) = faulty(findings)
    assert "Not found: Dataset" in fault.what
    assert "ccsync bigquery init" in fault.fix
    assert findings[-1] is fault


def test_all_is_well_when_it_was_made(double: BigQueryDouble, checked: Checked) -> None:
    prepare(double)
    findings = checked()
    assert faulty(findings) == []
    told = words(findings)
    assert f"no login is used at {double.url} (endpoint)" in told
    assert f"{PLACE} is in EU" in told
    assert "usage_raw is there" in told
    assert "sync_days is there" in told
    assert "may write and read both tables" in told
    assert "queries work" in told
    assert "streaming is allowed" in told
    (warning,) = warned(findings)
    assert "the views are missing" in warning.what
    assert warning.fix == "run `ccsync bigquery views`"


@pytest.mark.parametrize("mode", ["stream", "load"])
def test_nothing_is_written(double: BigQueryDouble, checked: Checked, mode: str) -> None:
    prepare(double)
    double.reset_log()
    assert faulty(checked(mode=mode)) == []
    assert all(double.rows(f"usage.{table.name}") == [] for table in TABLES)
    streamed = [one for one in double.requests if one.operation == "tabledata.insertAll"]
    assert len(streamed) == (1 if mode == "stream" else 0)


def test_a_missing_table_and_a_missing_column_are_told(
    double: BigQueryDouble, checked: Checked
) -> None:
    prepare(double, without="terminal_type")
    client = cast("Any", double.client())
    client.delete_table(f"{PLACE}.sync_days")
    client.close()
    first, second = faulty(checked())
    assert "terminal_type" in first.what
    assert first.fix == "Run `ccsync bigquery init --upgrade`"
    assert "sync_days" in second.what
    assert "ccsync bigquery init" in second.fix


def test_without_the_right_to_write_it_names_permission_and_role(
    double: BigQueryDouble, checked: Checked
) -> None:
    prepare(double)
    double.deny("bigquery.tables.updateData")
    (fault,) = faulty(checked())
    assert "bigquery.tables.updateData is missing" in fault.what
    assert "roles/bigquery.dataEditor" in fault.fix
    assert not [one for one in double.requests if one.operation == "tabledata.insertAll"]


def test_without_the_right_to_write_one_table_that_one_is_named(
    double: BigQueryDouble, checked: Checked
) -> None:
    prepare(double)
    double.deny("bigquery.tables.updateData", table="sync_days")
    (fault,) = faulty(checked())
    assert fault.what.startswith(f"{PLACE}.sync_days: bigquery.tables.updateData")


def test_without_jobs_streaming_goes_on_and_says_what_is_lost(
    double: BigQueryDouble, checked: Checked
) -> None:
    prepare(double)
    double.deny("bigquery.jobs.create")
    findings = checked()
    assert faulty(findings) == []
    warning = warned(findings)[0]
    assert "bigquery.jobs.create is missing, which is optional" in warning.what
    assert "rows again whenever one changes" in warning.what
    assert "roles/bigquery.jobUser on the project" in warning.fix


def test_load_jobs_need_jobs(double: BigQueryDouble, checked: Checked) -> None:
    prepare(double)
    double.deny("bigquery.jobs.create")
    (fault,) = faulty(checked(mode="load"))
    assert "bigquery.jobs.create is missing, to write days" in fault.what


def test_without_the_right_to_read_it_says_so_once(
    double: BigQueryDouble, checked: Checked
) -> None:
    prepare(double)
    double.deny("bigquery.tables.getData")
    findings = checked()
    assert faulty(findings) == []
    assert len([one for one in warned(findings) if "tables.getData" in one.what]) == 1


def test_without_the_right_to_see_the_dataset_the_rest_is_looked_at(
    double: BigQueryDouble, checked: Checked
) -> None:
    prepare(double)
    double.deny("bigquery.datasets.get")
    findings = checked()
    assert faulty(findings) == []
    assert "bigquery.datasets.get" in warned(findings)[0].what
    assert "streaming is allowed" in words(findings)


def test_another_place_than_the_settings_say_is_a_fault(
    double: BigQueryDouble, checked: Checked
) -> None:
    prepare(double)
    assert faulty(checked(location="eu")) == []
    for denied in (None, "bigquery.datasets.get"):
        if denied:
            double.deny(denied)
        findings = faulty(checked(location="US"))
        assert findings
        for fault in findings:
            assert f"{PLACE} is in EU, and the settings say `location: US`" in fault.what
            assert fault.fix.startswith("Write `location: EU`")


def test_refused_rows_that_could_not_be_kept_are_a_fault(
    double: BigQueryDouble, checked: Checked
) -> None:
    prepare(double)
    (fault,) = faulty(checked(dead_letter_file="/nowhere/refused.ndjson"))
    assert "/nowhere is not there" in fault.what
    assert fault.fix.startswith("Name a file in a folder that is there")


def test_the_free_tier_may_not_stream(double: BigQueryDouble, checked: Checked) -> None:
    prepare(double)
    double.switches.free_tier = True
    (fault,) = faulty(checked())
    assert "`mode: load`" in fault.fix
    assert faulty(checked(mode="load")) == []


def test_a_table_that_streaming_does_not_know_yet_is_waited_for(
    double: BigQueryDouble, checked: Checked
) -> None:
    double.switches.unknown_seconds = 600
    prepare(double)
    findings = checked()
    assert faulty(findings) == []
    warning = warned(findings)[0]
    assert "streaming does not know it yet" in warning.what
    assert warning.fix.startswith("wait")


def test_a_column_that_streaming_does_not_know_yet_is_named(
    double: BigQueryDouble, checked: Checked
) -> None:
    double.switches.schema_lag_seconds = 600
    prepare(double, without="terminal_type")
    client = cast("Any", double.client())
    table = client.get_table(f"{PLACE}.usage_raw")
    table.schema = schema.with_missing(USAGE_RAW, table.schema)
    client.update_table(table, ["schema"])
    client.close()
    findings = checked()
    assert faulty(findings) == []
    assert "streaming does not know yet of terminal_type" in warned(findings)[0].what


def test_the_views_that_were_made_are_found(double: BigQueryDouble, checked: Checked) -> None:
    prepare(double, views=True)
    config = BigQueryConfig(type="bigquery", dataset=PLACE, endpoint=double.url)
    context = ContractContext()
    service = connect(config, context, {})
    for _ in viewing.steps(service, Jobs(service, context)):
        pass
    service.close()
    findings = checked()
    assert faulty(findings) == warned(findings) == []
    assert f"all {len(VIEWS)} views are there" in findings[-1].what


def test_views_of_another_version_are_told(double: BigQueryDouble, checked: Checked) -> None:
    prepare(double, views=True)
    (warning,) = warned(checked())
    assert "other than this version's" in warning.what
    assert warning.fix == "run `ccsync bigquery views`"


def test_one_who_does_not_answer_is_asked_once(double: BigQueryDouble, checked: Checked) -> None:
    prepare(double)
    double.reset_log()
    double.faults.add("datasets.get", faults.reset(), times=None)
    (fault,) = faulty(checked())
    assert "the connection was dropped" in fault.what
    assert len([one for one in double.requests if one.operation == "datasets.get"]) == 1


def test_an_address_that_refuses_connections_may_be_wrong(checked: Checked) -> None:
    (fault,) = faulty(checked(endpoint="http://127.0.0.1:1"))
    assert "the connection was refused" in fault.what
    assert "The address may be wrong, http://127.0.0.1:1 (endpoint)" in fault.what


def test_one_who_is_busy_is_asked_again(double: BigQueryDouble, checked: Checked) -> None:
    prepare(double)
    double.faults.add("datasets.get", faults.page(503), times=2)
    assert faulty(checked()) == []


def test_a_perimeter_is_told_with_its_identifier(double: BigQueryDouble, checked: Checked) -> None:
    prepare(double)
    double.faults.add("tables.get", faults.service_perimeter("id-of-it"), times=None)
    for fault in faulty(checked()):
        assert "id-of-it" in fault.what
        assert "perimeter" in fault.fix
