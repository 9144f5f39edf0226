"""`ccsync bigquery dashboards` and `alerts`: queries for the dataset of the settings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from ccsync.errors import Exit
from ccsync.warehouse.alerts import ALERTS, check
from ccsync.warehouse.dialect import BigQuery
from ccsync.warehouse.tiles import TILES
from ccsync.warehouse.views import VIEWS
from ccsync_bigquery.dashboards import TOOLS, alert, files, terraform, tile
from ccsync_bigquery.settings import BigQueryConfig
from tests.unit.sinks.bigquery.stage import DATASET, PROJECT, Stage, stage
from tests.unit.sinks.bigquery.test_terraform import attribute, blocks, heredoc

CONFIG = msgspec.convert(
    {"type": "bigquery", "dataset": "northwind-data.usage", "location": "EU"}, BigQueryConfig
)
DIALECT = BigQuery("northwind-data", "usage")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as one:
        yield one


def bare(text: str) -> str:
    """Leave out the heading."""
    return "".join(line for line in text.splitlines(True) if not line.startswith("--"))


def test_every_tile_and_alert_has_its_file() -> None:
    written = files(CONFIG, prefix="warehouse")
    assert list(written) == [
        *(f"{tool}/{one.name}.sql" for tool in TOOLS for one in TILES),
        *(f"alerts/{one.name}.sql" for one in ALERTS),
        "alerts/scheduled.tf",
    ]


@pytest.mark.parametrize("path", list(files(CONFIG, prefix="w")))
def test_a_file_asks_our_views_and_says_what_it_is(path: str) -> None:
    text = files(CONFIG, prefix="w")[path]
    views = {view.name for view in VIEWS}
    asked = set(re.findall(r"`northwind-data\.usage\.(\w+)`", text))
    assert asked
    assert asked <= views
    assert text.endswith("\n")
    assert ";\n" not in bare(text), "a tool that puts it into its own query takes no semicolon"
    if path.endswith(".sql"):
        heading = [line for line in text.splitlines() if line.startswith("--")]
        assert heading
        assert max(map(len, heading)) <= 100


@pytest.mark.parametrize("one", ALERTS, ids=lambda one: str(one.key))
def test_an_alert_is_its_query(one: object) -> None:
    (watched,) = (each for each in ALERTS if each is one)
    assert bare(alert(watched, CONFIG)).strip() == check(watched, DIALECT)


def test_terraform_schedules_the_same_queries() -> None:
    found = blocks(terraform(CONFIG, "ware-house", ALERTS))
    kind = "google_bigquery_data_transfer_config"
    assert list(found) == [f"{kind}.ware_house_{one.name}" for one in ALERTS]
    for one, block in zip(ALERTS, found.values(), strict=True):
        assert heredoc(block, "SQL").strip() == check(one, DIALECT)
        assert attribute(block, "project") == "northwind-data"
        assert attribute(block, "location") == "EU"
        assert attribute(block, "schedule") == one.schedule
        assert attribute(block, "data_source_id") == "scheduled_query"
        assert attribute(block, "enable_failure_email") is True


def test_queries_are_billed_where_the_settings_say() -> None:
    config = msgspec.structs.replace(CONFIG, billing_project="northwind-bills", location=None)
    block = blocks(terraform(config, "w", ALERTS[:1]))[
        "google_bigquery_data_transfer_config.w_data_stale"
    ]
    assert attribute(block, "project") == "northwind-bills"
    assert attribute(block, "location") == "US"
    assert "`northwind-data.usage." in block


def test_the_command_writes_all_tiles(here: Stage) -> None:
    result = here.run("dashboards")
    assert result.exit_code == 0, result.output
    assert result.stdout.count("-- ") >= len(TILES)
    assert f"`{PROJECT}.{DATASET}.org_daily`" in result.stdout
    assert "@DS_" not in result.stdout


@pytest.mark.parametrize(
    ("tool", "says"), [("looker-studio", "@DS_START_DATE"), ("metabase", "[[")]
)
def test_the_command_writes_one_tile_for_a_tool(here: Stage, tool: str, says: str) -> None:
    result = here.run("dashboards", "cost_by_day", "--for", tool)
    assert result.exit_code == 0, result.output
    assert says in result.stdout
    assert result.stdout.startswith("-- Estimated cost per day, by model (cost_by_day;")
    assert "org_daily" not in result.stdout


def test_the_command_writes_files(here: Stage, tmp_path: Path) -> None:
    result = here.run("dashboards", "--out", str(tmp_path / "there"))
    assert result.exit_code == 0, result.output
    folder = tmp_path / "there" / "bigquery"
    written = {str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file()}
    assert written == set(files(CONFIG, prefix="w"))
    assert len(result.stdout.splitlines()) == len(written)


def test_a_folder_that_cannot_be_made_is_told(here: Stage, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = here.run("dashboards", "--out", str(tmp_path / "file" / "x"))
    assert result.exit_code == Exit.USAGE
    assert "cannot be written: Not a directory" in result.output


def test_the_command_writes_alerts_with_ones_own_budget(here: Stage) -> None:
    result = here.run("alerts", "over_budget", "--budget", "1234")
    assert result.exit_code == 0, result.output
    assert "WHERE estimated_cost > 1234" in result.stdout
    assert "Schedule it (every day 12:00)" in result.stdout
    assert "data_stale" not in result.stdout


def test_the_command_writes_terraform(here: Stage) -> None:
    result = here.run("alerts", "--terraform")
    assert result.exit_code == 0, result.output
    assert len(blocks(result.stdout)) == len(ALERTS)


@pytest.mark.parametrize("command", ["dashboards", "alerts"])
def test_an_unknown_name_is_told_with_those_that_there_are(here: Stage, command: str) -> None:
    result = here.run(command, "cost_by_dya")
    assert result.exit_code == Exit.USAGE
    known = TILES[0].name if command == "dashboards" else ALERTS[0].name
    assert f"there is no 'cost_by_dya'; there are {known}" in result.output


def test_plain_queries_have_no_parameters() -> None:
    for one in TILES:
        assert not set("@{[") & set(tile(one, CONFIG, "plain"))
