"""What a query answers, through the official client."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from google.api_core.exceptions import BadRequest, Forbidden, NotFound
from google.cloud.bigquery import ArrayQueryParameter, QueryJobConfig, ScalarQueryParameter

from ccsync.testing.bigquery import BigQueryDouble
from tests.unit.testing.bigquery.conftest import NO_RETRY, NOW

KEY = ("my-project", "usage", "raw")
PRECISE = Decimal("12345678901234567890.000000000000000001")


@pytest.fixture(autouse=True)
def _rows(double: BigQueryDouble) -> None:
    models = [{"model": "small", "tokens": 5}, {"model": "large", "tokens": 7}]
    rows: list[dict[str, Any]] = [
        {"date": "2026-11-16", "actor": "a", "sessions": 1, "cost": "0.1", "models": models},
        {"date": "2026-11-17", "actor": "a", "sessions": 2, "cost": "0.2", "models": []},
        {"date": "2026-11-22", "actor": "b", "sessions": 3, "cost": None, "models": models[:1]},
    ]
    double.storage.append(KEY, rows, streamed_at=NOW)


def asked(client: Any, sql: str, *parameters: Any) -> list[dict[str, Any]]:
    config = QueryJobConfig(query_parameters=list(parameters))
    found = client.query_and_wait(sql, job_config=config, retry=NO_RETRY, job_retry=NO_RETRY)
    return [dict(one.items()) for one in found]


def one(client: Any, expression: str, *parameters: Any) -> Any:
    (found,) = asked(client, f"SELECT {expression} AS x", *parameters)
    return found["x"]


def test_rows_have_the_types_of_their_columns(client: Any) -> None:
    first = asked(client, "SELECT * FROM usage.raw ORDER BY date")[0]
    assert first == {
        "date": dt.date(2026, 11, 16),
        "actor": "a",
        "sessions": 1,
        "cost": Decimal("0.1"),
        "models": [{"model": "small", "tokens": 5}, {"model": "large", "tokens": 7}],
    }


def test_repeated_records_are_unnested(client: Any) -> None:
    assert asked(
        client,
        "SELECT r.date, m.model, m.tokens FROM usage.raw AS r, UNNEST(r.models) AS m"
        " WHERE r.actor = 'a' ORDER BY m.tokens DESC",
    ) == [
        {"date": dt.date(2026, 11, 16), "model": "large", "tokens": 7},
        {"date": dt.date(2026, 11, 16), "model": "small", "tokens": 5},
    ]
    assert asked(
        client,
        "SELECT date, (SELECT SUM(m.tokens) FROM UNNEST(models) AS m) AS t FROM usage.raw"
        " WHERE (SELECT COUNT(*) FROM UNNEST(models)) > 1",
    ) == [{"date": dt.date(2026, 11, 16), "t": 12}]
    left = asked(
        client,
        "SELECT r.date, m.model FROM usage.raw AS r LEFT JOIN UNNEST(r.models) AS m"
        " WHERE r.sessions = 2",
    )
    assert left == [{"date": dt.date(2026, 11, 17), "model": None}]


def test_qualify_and_windows(client: Any) -> None:
    assert asked(
        client,
        "SELECT actor, date FROM usage.raw WHERE TRUE QUALIFY"
        " ROW_NUMBER() OVER (PARTITION BY actor ORDER BY date DESC) = 1 ORDER BY actor",
    ) == [
        {"actor": "a", "date": dt.date(2026, 11, 17)},
        {"actor": "b", "date": dt.date(2026, 11, 22)},
    ]


def test_aggregates_keep_the_types_of_bigquery(client: Any) -> None:
    (found,) = asked(
        client,
        "SELECT SUM(sessions) AS total, AVG(sessions) AS average, SUM(cost) AS cost,"
        " AVG(cost) AS average_cost, SUM(cost) / COUNT(*) AS per_row,"
        " SAFE_DIVIDE(SUM(sessions), 0) AS nothing, SAFE_DIVIDE(SUM(sessions), 4) AS ratio,"
        " ROUND(SUM(cost) * 1, 1) AS rounded, SUM(cost) * 0.5 AS half, COUNTIF(sessions > 1) AS n,"
        " COUNT(DISTINCT actor) AS actors FROM usage.raw",
    )
    assert found == {
        "total": 6,
        "average": 2.0,
        "cost": Decimal("0.3"),
        "average_cost": Decimal("0.15"),
        "per_row": Decimal("0.1"),
        "nothing": None,
        "ratio": 1.5,
        "rounded": Decimal("0.3"),
        "half": 0.15,
        "n": 2,
        "actors": 2,
    }
    assert {name: type(value) for name, value in found.items()} == {
        **dict.fromkeys(("total", "n", "actors"), int),
        **dict.fromkeys(("average", "ratio", "half"), float),
        **dict.fromkeys(("cost", "average_cost", "per_row", "rounded"), Decimal),
        "nothing": type(None),
    }


def test_averages_over_windows(client: Any) -> None:
    found = asked(
        client,
        "SELECT AVG(cost) OVER (PARTITION BY actor ORDER BY date) AS x"
        " FROM usage.raw WHERE actor = 'a' ORDER BY date",
    )
    assert [row["x"] for row in found] == [Decimal("0.1"), Decimal("0.15")]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("DATE_TRUNC(DATE '2026-11-22', WEEK(MONDAY))", dt.date(2026, 11, 16)),
        ("DATE_TRUNC(DATE '2026-11-22', MONTH)", dt.date(2026, 11, 1)),
        ("DATE_DIFF(DATE '2026-11-22', DATE '2026-11-20', DAY)", 2),
        ("DATE_DIFF(DATE '2026-11-23', DATE '2026-11-22', WEEK(MONDAY))", 1),
        ("DATE_SUB(DATE '2026-03-31', INTERVAL 1 MONTH)", dt.date(2026, 2, 28)),
        ("DATE_ADD(DATE '2026-11-22', INTERVAL 2 DAY)", dt.date(2026, 11, 24)),
        ("FORMAT_DATE('%Y-%m', DATE '2026-11-22')", "2026-11"),
        ("CURRENT_DATE('UTC')", NOW.date()),
        ("CURRENT_DATE('Pacific/Kiritimati')", dt.date(2026, 11, 23)),
        ("CURRENT_TIMESTAMP()", NOW),
        ("DATE(TIMESTAMP '2026-11-22 23:30:00+00')", dt.date(2026, 11, 22)),
        ("TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), TIMESTAMP '2026-11-22 10:00:00+00', HOUR)", 2),
        ("1 / 4", 0.25),
        ("1.5", 1.5),
        ("NUMERIC '1.50'", Decimal("1.5")),
        ("BIGNUMERIC '12345678901234567890.000000000000000001'", PRECISE),
        ("STRUCT(1 AS a, 'x' AS b)", {"a": 1, "b": "x"}),
        ("[1, 2]", [1, 2]),
        ("IF(TRUE, NULL, 1)", None),
        ("IFNULL(NULL, TRUE)", True),
        ("GENERATE_DATE_ARRAY(DATE '2026-11-22', DATE '2026-11-22')", [NOW.date()]),
    ],
)
def test_expressions(client: Any, expression: str, value: Any) -> None:
    found = one(client, expression)
    assert (found, type(found)) == (value, type(value))


def test_arrays_are_gathered(client: Any) -> None:
    newest = "(SELECT ARRAY_AGG(sessions ORDER BY date DESC LIMIT 2) FROM usage.raw)"
    assert one(client, newest) == [3, 2]
    records = "(SELECT ARRAY_AGG(STRUCT(actor, sessions) ORDER BY date) FROM usage.raw)"
    assert one(client, records)[0] == {"actor": "a", "sessions": 1}


def test_the_present_is_that_of_the_clock(double: BigQueryDouble, client: Any) -> None:
    double.clock.advance(86_400)
    assert one(client, "CURRENT_DATE()") == dt.date(2026, 11, 23)


def test_unnamed_columns_are_numbered(client: Any) -> None:
    assert asked(client, "SELECT 1, 2 AS x, CAST('3' AS INT64)") == [{"f0_": 1, "x": 2, "f1_": 3}]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("DATE", dt.date(2026, 11, 17)),
        ("STRING", 'it\'s "x" \\ ?'),
        ("INT64", 2**62 + 1),
        ("BOOL", False),
        ("FLOAT64", 0.5),
        ("BIGNUMERIC", Decimal("1.000000000000000001")),
        ("TIMESTAMP", dt.datetime(2026, 11, 22, 1, 2, 3, 456789, dt.UTC)),
        ("STRING", None),
    ],
)
def test_parameters(client: Any, kind: str, value: Any) -> None:
    assert one(client, "@v", ScalarQueryParameter("v", kind, value)) == value
    assert one(client, "?", ScalarQueryParameter(None, kind, value)) == value


def test_parameters_of_arrays(client: Any) -> None:
    days = [dt.date(2026, 11, 16), dt.date(2026, 11, 22)]
    sql = "SELECT actor FROM usage.raw WHERE date IN UNNEST(@days) ORDER BY actor"
    assert asked(client, sql, ArrayQueryParameter("days", "DATE", days)) == [
        {"actor": "a"},
        {"actor": "b"},
    ]
    assert asked(client, sql, ArrayQueryParameter("days", "DATE", [])) == []
    assert one(client, "@days", ArrayQueryParameter("days", "DATE", days)) == days
    assert one(client, "DATE_SUB(@d, INTERVAL @n DAY)", *day_and_number()) == days[0]


def day_and_number() -> list[ScalarQueryParameter]:
    return [
        ScalarQueryParameter("d", "DATE", dt.date(2026, 11, 22)),
        ScalarQueryParameter("n", "INT64", 6),
    ]


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELEC 1", r"Syntax error: .* at \[1:"),
        ("", "Syntax error: Unexpected end of script"),
        ("SELECT 'x", "Syntax error"),
        ("SELECT nope FROM usage.raw", "Unrecognized name: nope"),
        (
            "SELECT actor, COUNT(*) FROM usage.raw",
            "column actor which is neither grouped nor",
        ),
        ("SELECT no_such_function(1)", "Function not found: no_such_function"),
        ("SELECT 1 / 0", "division by zero: 1 / 0"),
        ("SELECT 1 AS a, 2 AS A", r"Duplicate column names .* duplicate\(s\): A"),
        ("SELECT @x", "Query parameter 'x' not found"),
        ("SELECT ?", "Query parameter number is out of range"),
        ("SELECT * FROM raw", r'Table "raw" must be qualified with a dataset'),
        ("SELECT BIGNUMERIC '0.1234567890123456789'", "keeps BIGNUMERIC with 20 digits"),
        ("SELECT CURRENT_DATE('Nowhere')", "Invalid time zone: Nowhere"),
        ("SELECT CAST('x' AS INT64)", "Could not convert string 'x' to INT64"),
        (
            "MERGE usage.raw USING usage.raw ON FALSE WHEN MATCHED THEN DELETE",
            "does not run MERGE",
        ),
        ("SELECT 9223372036854775807 + 1", "[Oo]ut of [Rr]ange|overflow|Overflow"),
    ],
)
def test_a_wrong_query_is_refused_once(
    double: BigQueryDouble, client: Any, sql: str, said: str
) -> None:
    with pytest.raises(Exception, match=said) as refused:
        asked(client, sql)
    assert refused.value.code in (400, 501)  # type: ignore[attr-defined]
    assert len(double.requests) == 1


def test_tables_that_are_not_there(client: Any) -> None:
    with pytest.raises(
        NotFound, match=r"Table my-project:usage\.nope was not found in location US"
    ):
        asked(client, "SELECT 1 FROM usage.nope")
    with pytest.raises(NotFound, match="Dataset my-project:nope"):
        asked(client, "SELECT 1 FROM nope.nope")


def test_names_may_be_short_and_local(client: Any) -> None:
    config = QueryJobConfig(default_dataset="my-project.usage")
    found = client.query_and_wait("SELECT raw.actor FROM raw WHERE sessions = 3", job_config=config)
    assert [dict(row.items()) for row in found] == [{"actor": "b"}]
    assert asked(client, "WITH raw AS (SELECT 1 AS x) SELECT raw.x FROM raw") == [{"x": 1}]
    assert len(asked(client, "SELECT r.date FROM `my-project`.`usage`.`raw` r")) == 3


def test_a_query_needs_its_permissions(double: BigQueryDouble, client: Any) -> None:
    double.deny("bigquery.tables.getData", table="raw")
    with pytest.raises(Forbidden, match=r"does not have permission to query table"):
        asked(client, "SELECT 1 FROM usage.raw")
    assert asked(client, "SELECT 1 AS x FROM usage.days") == []
    double.deny("bigquery.jobs.create")
    with pytest.raises(Forbidden, match=r"does not have bigquery\.jobs\.create permission"):
        asked(client, "SELECT 1")


def test_a_dry_run_counts_the_bytes_of_columns_and_partitions(client: Any) -> None:
    def size(sql: str, **config: Any) -> int:
        job = client.query(sql, job_config=QueryJobConfig(dry_run=True, **config))
        return int(job.total_bytes_processed)

    assert size("SELECT date FROM usage.raw") == 24
    assert size("SELECT date, sessions, actor FROM usage.raw") == 3 * (8 + 8 + 3)
    assert size("SELECT cost FROM usage.raw") == 2 * 32
    assert size("SELECT sessions FROM usage.raw WHERE date >= '2026-11-17'") == 2 * 16
    assert size("SELECT models FROM usage.raw WHERE date = '2026-11-22'") == 8 + 7 + 8
    with pytest.raises(BadRequest, match="Unrecognized name: nope"):
        size("SELECT nope FROM usage.raw")
    job = client.query("SELECT 1 AS x", job_config=QueryJobConfig(dry_run=True))
    assert [field.name for field in job.schema] == ["x"]
