"""Tables that demand a filter on their partitions."""

from __future__ import annotations

from typing import Any

import pytest
from google.api_core.exceptions import BadRequest
from google.cloud.bigquery import Table

from ccsync.testing.bigquery import BigQueryDouble
from tests.unit.testing.bigquery.conftest import NO_RETRY, NOW

VIEWS = {
    "flat": "SELECT r.date, r.actor, m.model FROM usage.raw AS r, UNNEST(r.models) AS m",
    "totals": "SELECT date, SUM(sessions) AS n FROM usage.raw GROUP BY date",
    "newest": "SELECT * FROM usage.raw WHERE TRUE QUALIFY"
    " ROW_NUMBER() OVER (PARTITION BY date, actor ORDER BY sessions) = 1",
    "overall": "SELECT * FROM usage.raw WHERE TRUE QUALIFY"
    " ROW_NUMBER() OVER (PARTITION BY actor ORDER BY sessions) = 1",
    "joined": "SELECT r.date, r.actor FROM usage.newest AS r JOIN usage.days AS d"
    " ON r.date = d.date AND r.actor = d.actor",
    "computed": "SELECT date, (SELECT SUM(m.tokens) FROM UNNEST(models) AS m) AS t FROM usage.raw",
}


@pytest.fixture(autouse=True)
def _demanding(double: BigQueryDouble) -> None:
    rows = [{"date": f"2026-11-{day}", "actor": "a", "sessions": 1} for day in (20, 21, 22)]
    for name in ("raw", "days"):
        key = ("my-project", "usage", name)
        double.storage.append(key, rows, streamed_at=NOW)
    for name, sql in VIEWS.items():
        double.execute(f"CREATE VIEW usage.{name} AS {sql}")
    for name in ("raw", "days"):
        double.catalog.patch(("my-project", "usage", name), {"requirePartitionFilter": True})


def count(client: Any, rest: str) -> int:
    found = client.query_and_wait(
        "SELECT COUNT(*) AS n FROM " + rest,  # noqa: S608
        retry=NO_RETRY,
        job_retry=NO_RETRY,
    )
    return int(next(iter(found))["n"])


@pytest.mark.parametrize(
    "rest",
    [
        "usage.raw WHERE date = '2026-11-20'",
        "usage.raw WHERE date BETWEEN '2026-11-19' AND '2026-11-20' AND actor = 'a'",
        "usage.raw WHERE date < DATE_SUB(CURRENT_DATE(), INTERVAL 1 DAY)",
        "usage.raw WHERE date IN ('2026-11-20', '2026-11-01')",
        "usage.raw WHERE date IN UNNEST([DATE '2026-11-20'])",
        "usage.raw WHERE (date = '2026-11-20' OR date = '2026-11-01') AND sessions + 1 > 0",
        "usage.totals WHERE date = '2026-11-20'",
        "usage.newest WHERE date = '2026-11-20'",
        "usage.joined WHERE date = '2026-11-20'",
        "usage.computed WHERE date = '2026-11-20'",
    ],
)
def test_a_filter_that_reaches_the_partitions_is_enough(client: Any, rest: str) -> None:
    assert count(client, rest) == 1


def test_a_filter_goes_through_repeated_records(client: Any) -> None:
    assert count(client, "usage.flat WHERE date = '2026-11-20'") == 0


@pytest.mark.parametrize(
    "rest",
    [
        "usage.raw",
        "usage.raw WHERE actor = 'a'",
        "usage.raw WHERE date = '2026-11-20' OR actor = 'a'",
        "usage.flat",
        "usage.totals WHERE n > 0",
        "usage.overall WHERE date = '2026-11-20'",
        "usage.raw WHERE date = (SELECT MAX(date) FROM usage.days WHERE date > '2026-01-01')",
    ],
)
def test_without_one_a_query_is_refused(client: Any, rest: str) -> None:
    said = (
        r"Cannot query over table 'my-project\.usage\.raw' without a filter over column\(s\)"
        r" 'date' that can be used for partition elimination"
    )
    with pytest.raises(BadRequest, match=said):
        count(client, rest)


def test_a_view_over_it_can_be_made_by_rest(client: Any) -> None:
    view = Table("my-project.usage.made")
    view.view_query = "SELECT actor, sessions FROM usage.raw"
    assert [field.name for field in client.create_table(view).schema] == ["actor", "sessions"]
    view = Table("my-project.usage.wrong")
    for query, said in (
        ("SELECT nope FROM usage.raw", "nope"),
        ("DROP TABLE usage.raw", "one query"),
    ):
        view.view_query = query
        with pytest.raises(BadRequest, match=said):
            client.create_table(view)


def test_changing_rows_needs_one_too(double: BigQueryDouble, client: Any) -> None:
    double.clock.advance(3600)
    with pytest.raises(BadRequest, match="Cannot query over table"):
        client.query_and_wait("DELETE FROM usage.raw WHERE sessions = 1", job_retry=NO_RETRY)
    client.query_and_wait("DELETE FROM usage.raw WHERE date = '2026-11-20'", job_retry=NO_RETRY)
    assert len(double.rows("usage.raw")) == 2
