from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from ccsync.testing.bigquery import BigQueryDouble

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
NO_RETRY: Any = None
"""Understood by the client, although its types know no None."""

TABLE = "my-project.usage.raw"
COLUMNS: list[dict[str, Any]] = [
    {"name": "date", "type": "DATE", "mode": "REQUIRED"},
    {"name": "actor", "type": "STRING"},
    {"name": "sessions", "type": "INT64"},
    {"name": "cost", "type": "BIGNUMERIC"},
    {
        "name": "models",
        "type": "RECORD",
        "mode": "REPEATED",
        "fields": [{"name": "model", "type": "STRING"}, {"name": "tokens", "type": "INT64"}],
    },
]


@pytest.fixture
def double() -> Iterator[BigQueryDouble]:
    with BigQueryDouble("my-project", now=NOW) as running:
        running.catalog.create_dataset(("my-project", "usage"), {})
        for name in ("raw", "days"):
            running.catalog.create(
                ("my-project", "usage", name),
                {
                    "schema": {"fields": COLUMNS},
                    "timePartitioning": {"type": "DAY", "field": "date"},
                },
            )
        yield running


@pytest.fixture
def client(double: BigQueryDouble) -> Iterator[Any]:
    """Give the official client; Any, because its own types are not complete."""
    with double.client() as made:
        yield made
