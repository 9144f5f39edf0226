"""Terraform's resources: the same tables and views, in a language that takes them as they are."""

from __future__ import annotations

import json
import re
from textwrap import dedent
from typing import Any

import msgspec
import pytest

from ccsync.warehouse.columns import TABLES
from ccsync.warehouse.dialect import BigQuery
from ccsync.warehouse.views import VIEWS
from ccsync_bigquery.settings import BigQueryConfig
from ccsync_bigquery.spelling import field
from ccsync_bigquery.terraform import resources


def config(**settings: Any) -> BigQueryConfig:
    base = {"type": "bigquery", "dataset": "northwind-data.claude_code"}
    return msgspec.convert({**base, **settings}, BigQueryConfig)


def blocks(text: str) -> dict[str, str]:
    """Give the resources by their address."""
    found = re.findall(
        r'^resource "(\w+)" "([\w-]+)" \{\n(.*?)^\}$', text, re.MULTILINE | re.DOTALL
    )
    return {f"{kind}.{name}": dedent(body) for kind, name, body in found}


def heredoc(block: str, word: str) -> str:
    """Read a heredoc as Terraform does."""
    (body,) = re.findall(rf"<<-{word}\n(.*?)^ *{word}$", block, re.MULTILINE | re.DOTALL)
    return dedent(body).replace("$${", "${").replace("%%{", "%{")


def attribute(block: str, name: str) -> Any:
    """Read an attribute whose value is JSON."""
    (value,) = re.findall(rf"^ *{name} *= (.*)$", block, re.MULTILINE)
    return json.loads(value)


def test_there_is_a_resource_for_everything() -> None:
    found = blocks(resources(config(), prefix="warehouse"))
    names = [f"google_bigquery_table.warehouse_{one.name}" for one in (*TABLES, *VIEWS)]
    assert list(found) == ["google_bigquery_dataset.warehouse", *names]


def test_the_dataset() -> None:
    text = resources(config(location="EU", labels={"team": "platform"}), prefix="w")
    dataset = blocks(text)["google_bigquery_dataset.w"]
    assert attribute(dataset, "project") == "northwind-data"
    assert attribute(dataset, "dataset_id") == "claude_code"
    assert attribute(dataset, "location") == "EU"
    assert '"managed_by" = "ccsync"' in dataset
    assert '"team" = "platform"' in dataset


def test_without_a_location_it_is_where_init_would_make_it() -> None:
    dataset = blocks(resources(config(), prefix="w"))["google_bigquery_dataset.w"]
    assert attribute(dataset, "location") == "US"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table(table: Any) -> None:
    block = blocks(resources(config(), prefix="w"))[f"google_bigquery_table.w_{table.name}"]
    assert json.loads(heredoc(block, "JSON")) == [field(column) for column in table.columns]
    assert attribute(block, "clustering") == list(table.cluster)
    assert attribute(block, "description") == table.description
    assert attribute(block, "table_id") == table.name
    assert '  type  = "DAY"\n  field = "date"' in block
    assert "expiration_ms" not in block
    assert "require_partition_filter" not in block
    assert attribute(block, "deletion_protection") is True


def test_options_of_the_tables() -> None:
    text = resources(
        config(partition_expiration_days=400, require_partition_filter=True), prefix="w"
    )
    for table in TABLES:
        block = blocks(text)[f"google_bigquery_table.w_{table.name}"]
        assert attribute(block, "expiration_ms") == 400 * 86_400_000
        assert attribute(block, "require_partition_filter") is True


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_view_comes_after_what_it_reads(view: Any) -> None:
    found = blocks(resources(config(), prefix="w"))
    block = found[f"google_bigquery_table.w_{view.name}"]
    sql = view.sql(BigQuery("northwind-data", "claude_code"))
    assert heredoc(block, "SQL").strip() == sql
    assert attribute(block, "description") == view.description
    (listed,) = re.findall(r"^depends_on = \[(.*)\]$", block, re.MULTILINE)
    read = {f"w_{name}" for name in re.findall(r"`northwind-data\.claude_code\.(\w+)`", sql)}
    assert {one.rpartition(".")[2] for one in listed.split(", ")} == read
    before = list(found)[: list(found).index(f"google_bigquery_table.w_{view.name}")]
    assert all(one in before for one in listed.split(", "))


@pytest.mark.parametrize(
    ("name", "identifier"), [("my-warehouse", "my_warehouse"), ("2nd", "_2nd"), ("a b.c", "a_b_c")]
)
def test_names_of_sinks_become_names_of_resources(name: str, identifier: str) -> None:
    assert f'"google_bigquery_dataset" "{identifier}"' in resources(config(), prefix=name)


def test_nothing_is_taken_for_a_template() -> None:
    text = resources(config(labels={"team": '${var.x}%{ if }"\\'}), prefix="w")
    assert '"team" = "$${var.x}%%{ if }\\"\\\\"' in text
