"""`ccsync bigquery dashboards` and `alerts`: queries for the dataset of the settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from ccsync.cli import main
from ccsync.cli.session import Session
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
        "README.md",
        *(f"{tool}/{one.name}.sql" for tool in TOOLS for one in TILES),
        *(f"alerts/{one.name}.sql" for one in ALERTS),
        "alerts/scheduled.tf",
    ]


@pytest.mark.parametrize("path", [one for one in files(CONFIG, prefix="w") if one != "README.md"])
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
    assert "a file stands where a folder has to be" in result.output


def test_the_budget_stands_in_the_files(here: Stage, tmp_path: Path) -> None:
    result = here.run("dashboards", "--out", str(tmp_path / "there"), "--budget", "1234")
    assert result.exit_code == 0, result.output
    folder = tmp_path / "there" / "bigquery"
    for name in ("alerts/over_budget.sql", "alerts/scheduled.tf"):
        assert "estimated_cost > 1234" in (folder / name).read_text("utf-8")
    assert "1,234" in (folder / "README.md").read_text("utf-8")


def test_edited_files_are_kept(here: Stage, tmp_path: Path) -> None:
    arguments = ("dashboards", "--out", str(tmp_path / "there"))
    assert here.run(*arguments).exit_code == 0
    edited = tmp_path / "there" / "bigquery" / "plain" / "people.sql"
    edited.write_text("SELECT 1\n")
    result = here.run(*arguments)
    assert result.exit_code == Exit.USAGE
    assert str(edited) in result.output
    assert edited.read_text() == "SELECT 1\n"
    assert here.run(*arguments, "--force").exit_code == 0
    assert edited.read_text() != "SELECT 1\n"


def test_two_sinks_get_a_folder_each(here: Stage, tmp_path: Path) -> None:
    here.others = {"second": {"type": "bigquery", "dataset": f"{PROJECT}.other"}}
    assert here.run("dashboards", "--out", str(tmp_path / "there")).exit_code == 0
    folder = tmp_path / "there" / "bigquery"
    assert {one.name for one in folder.iterdir()} == {"warehouse", "second"}
    assert f"`{PROJECT}.other`" in (folder / "second" / "README.md").read_text("utf-8")


class TestWithoutSettings:
    """A dataset can be named on the command line."""

    @pytest.fixture
    def run(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
        monkeypatch.chdir(tmp_path)
        return lambda *arguments: CliRunner().invoke(
            main, arguments, obj=partial(Session, environ={})
        )

    @pytest.mark.parametrize("command", ["dashboards", "alerts"])
    def test_a_dataset_is_enough(self, run: Callable[..., Result], command: str) -> None:
        result = run("bigquery", command, "--dataset", "northwind-data.usage")
        assert result.exit_code == 0, result.output
        assert "`northwind-data.usage." in result.output

    @pytest.mark.parametrize("command", ["dashboards", "alerts"])
    def test_what_is_missing_is_told(self, run: Callable[..., Result], command: str) -> None:
        result = run("bigquery", command)
        assert result.exit_code == Exit.USAGE
        assert "there is no ccsync.yaml here" in result.output
        assert "without settings name it: --dataset PROJECT.DATASET" in result.output

    def test_so_are_sinks_of_other_types(self, run: Callable[..., Result], tmp_path: Path) -> None:
        (tmp_path / "ccsync.yaml").write_text(
            "version: 1\nsource: {api_key: sk-ant-admin01-x}\nsinks: {out: {type: stdout}}\n"
        )
        result = run("bigquery", "dashboards")
        assert result.exit_code == Exit.USAGE
        assert (
            "no sink of type bigquery in ccsync.yaml; there are: out (stdout). This command"
            in result.output
        )
        assert "--dataset PROJECT.DATASET" in result.output

    def test_a_dataset_that_cannot_be(self, run: Callable[..., Result]) -> None:
        result = run("bigquery", "dashboards", "--dataset", "usage")
        assert result.exit_code == Exit.USAGE
        assert "'usage' lacks the project" in result.output

    def test_not_both(self, run: Callable[..., Result]) -> None:
        result = run("bigquery", "alerts", "--dataset", "northwind-data.usage", "--sink", "w")
        assert result.exit_code == Exit.USAGE
        assert "give one of them" in result.output


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
