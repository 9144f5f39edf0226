"""The BigQuery sink's README: its parts are fresh, its settings load, its queries run."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from google.cloud.bigquery import Client

from ccsync.plugins import installed
from ccsync.settings.load import load
from ccsync.settings.model import SinkConfig
from ccsync.snapshot import Snapshot
from ccsync.testing import a_record, a_snapshot
from ccsync.testing.bigquery.double import BigQueryDouble
from ccsync.testing.contract.context import ContractContext
from ccsync.warehouse.columns import TABLES
from ccsync.warehouse.dialect import BigQuery
from ccsync.warehouse.examples import EXAMPLES
from ccsync.warehouse.tables import create_table
from ccsync.warehouse.views import VIEWS, create_view
from ccsync_bigquery import BigQueryConfig
from ccsync_bigquery.build import build
from ccsync_bigquery.commands import bigquery
from ccsync_bigquery.document import PLACE, README, SECTIONS, refreshed

TEXT = README.read_text("utf-8")
ENVIRONMENT = {"ANTHROPIC_ADMIN_KEY": "sk-ant-admin01-x"}
DAY = dt.date(2026, 11, 19)
PERSON = "person@company.example"


def marked(kind: str) -> dict[str, str]:
    """Give the queries that have a mark of a kind, by its name."""
    pattern = rf"^<!-- {kind}: ([\w-]+) -->\n```sql\n(.*?)^```$"
    return dict(re.findall(pattern, TEXT, re.MULTILINE | re.DOTALL))


def revision(sessions: int, hour: int) -> Snapshot:
    records = [
        a_record(actor, date=DAY, sessions=sessions) for actor in (PERSON, "other@company.example")
    ]
    fetched_at = dt.datetime(2026, 11, 22, hour, tzinfo=dt.UTC)
    return a_snapshot(records, day=DAY, fetched_at=fetched_at)


@pytest.fixture(scope="module")
def double() -> Iterator[BigQueryDouble]:
    """Hold a day that was corrected, long enough ago that no row is in the streaming buffer."""
    dialect = BigQuery(*PLACE)
    with BigQueryDouble(PLACE[0]) as running:
        running.catalog.create_dataset(PLACE, {})
        with running.client() as client:
            for table in TABLES:
                client.query(create_table(table, dialect)).result()
            for view in VIEWS:
                client.query(create_view(view, dialect)).result()
        config = msgspec.convert(
            {"type": "bigquery", "dataset": ".".join(PLACE), "endpoint": running.url},
            BigQueryConfig,
        )
        for snapshot in (revision(3, 1), revision(4, 2)):
            sink = build(config, ContractContext(now=snapshot.fetched_at), {})
            sink.open()
            sink.deliver(snapshot, None, lambda _note: None)
            sink.close()
        running.clock.advance(7200)
        yield running


@pytest.fixture
def client(double: BigQueryDouble) -> Iterator[Client]:
    with double.client() as one:
        yield one


def ask(client: Client, sql: str) -> list[dict[str, Any]]:
    rows: Any = client.query(sql).result()
    return [dict(row.items()) for row in rows]


def test_its_parts_are_fresh() -> None:
    assert refreshed(TEXT) == TEXT, (
        f"{README.name} is stale: run `python -m ccsync_bigquery.document`"
    )


@pytest.mark.parametrize("name", SECTIONS)
def test_a_part_that_is_stale_would_be_found(name: str) -> None:
    stale = TEXT.replace(f"<!-- {name}: begin -->\n", f"<!-- {name}: begin -->\nsomething else\n")
    assert stale != TEXT
    assert refreshed(stale) == TEXT


def test_marks_that_are_missing_are_told() -> None:
    with pytest.raises(ValueError, match="marks of views 0 times"):
        refreshed(TEXT.replace("<!-- views: end -->", ""))


@pytest.mark.parametrize(
    "block", re.findall(r"^<!-- settings -->\n```yaml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
)
def test_settings_load_and_build(block: str, tmp_path: Path) -> None:
    path = tmp_path / "ccsync.yaml"
    path.write_text(block, "utf-8")
    (config,) = load(path, installed(), ENVIRONMENT).settings.sinks.values()
    assert isinstance(config, BigQueryConfig)
    build(config, ContractContext(), {}).close()
    for commented in re.findall(r"^ +# (\w+: \w+) ", block, re.MULTILINE):
        name, value = next(iter(yaml.safe_load(commented).items()))
        changed = {"type": "bigquery", "dataset": config.dataset, name: value}
        assert msgspec.convert(changed, BigQueryConfig)


def test_every_example_is_there() -> None:
    assert set(marked("example")) == {"first", *(one.name for one in EXAMPLES)}


@pytest.mark.parametrize("name", [one.name for one in EXAMPLES])
def test_an_example_runs(client: Client, name: str) -> None:
    ask(client, marked("example")[name])


def test_the_first_query_shows_the_corrected_day(client: Client) -> None:
    (row,) = ask(client, marked("example")["first"])
    assert (row["date"], row["active_people"], row["sessions"]) == (DAY, 2, 8)
    assert row["currency"] == "USD"


def test_forgetting_a_person_leaves_the_totals(client: Client) -> None:
    place = ".".join(PLACE)
    totals = f"SELECT sessions, estimated_cost FROM `{place}.org_daily`"  # noqa: S608
    before = ask(client, totals)
    client.query(marked("privacy")["forget"]).result()
    assert ask(client, totals) == before
    everywhere = f"SELECT COUNT(*) AS n FROM `{place}.usage_raw` WHERE actor_id = '{PERSON}'"  # noqa: S608
    assert ask(client, everywhere) == [{"n": 0}]
    audit = f"SELECT complete, records_there FROM `{place}.sync_audit`"  # noqa: S608
    assert ask(client, audit) == [{"complete": True, "records_there": 2}]


def test_settings_that_are_named_exist_and_all_are_named() -> None:
    table = TEXT.split("\n## Settings")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]*`) \|", table, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    own = set(BigQueryConfig.__struct_fields__) - set(SinkConfig.__struct_fields__)
    assert named == own


def test_commands_that_are_named_exist() -> None:
    named = set(re.findall(r"ccsync\s+bigquery\s+(\w+)", TEXT)) - {"init"}
    assert named <= set(bigquery.commands)
    assert set(bigquery.commands) <= named | {"init"}
    for command, option in re.findall(r"ccsync\s+bigquery\s+(\w+) (--[\w-]+)", TEXT):
        options = [one for parameter in bigquery.commands[command].params for one in parameter.opts]
        assert option in options, f"{command} {option}"


def test_links_lead_somewhere() -> None:
    headings = re.findall(r"^#+ (.*)$", TEXT, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        if target.startswith("#"):
            assert target[1:] in anchors, target
        elif not target.startswith("https://"):
            assert (README.parent / target).exists(), target
