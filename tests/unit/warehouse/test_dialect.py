"""Both dialects say the same: each expression, asked of one engine in either spelling."""

# ruff: noqa: S608 - only literals of the tests get into the text

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pytest

from ccsync.warehouse.columns import Column
from ccsync.warehouse.dialect import BigQuery, Dialect, DuckDB

from .engine import Engine, translated


@pytest.fixture(scope="module", params=["duckdb", "bigquery"])
def asked(request: pytest.FixtureRequest) -> Iterator[Engine]:
    made = Engine(request.param, today=None)
    yield made
    made.close()


WHY = "CONCAT('not well: ', CAST(3 AS STRING))"
SUNDAY, MONDAY = "DATE '2026-11-15'", "DATE '2026-11-16'"

EXPRESSIONS: list[tuple[Callable[[Dialect], str], Any]] = [
    (lambda d: d.week(SUNDAY), dt.date(2026, 11, 9)),
    (lambda d: d.week(MONDAY), dt.date(2026, 11, 16)),
    (lambda d: d.week("DATE '2027-01-01'"), dt.date(2026, 12, 28)),
    (lambda d: d.month(SUNDAY), dt.date(2026, 11, 1)),
    (lambda d: d.month_end("DATE '2028-02-03'"), dt.date(2028, 2, 29)),
    (lambda d: d.days_between(SUNDAY, MONDAY), 1),
    (lambda d: d.days_between(MONDAY, SUNDAY), -1),
    (lambda d: d.weeks_between("DATE '2026-11-02'", MONDAY), 2),
    (lambda d: d.days_before(MONDAY, 28), dt.date(2026, 10, 19)),
    (lambda d: d.days_after("DATE '2026-12-31'", 1), dt.date(2027, 1, 1)),
    (lambda d: d.ratio("1", "4"), 0.25),
    (lambda d: d.ratio("1", "0"), None),
    (lambda d: d.ratio("NULL", "4"), None),
    (lambda d: d.ratio("1", "NULL"), None),
    (lambda d: d.text('it\'s "so" \\ `x`\n{} %s'), 'it\'s "so" \\ `x`\n{} %s'),
    (lambda d: f"CASE WHEN 1 > 2 THEN {d.fail(WHY)} ELSE 'well' END", "well"),
    (lambda d: f"(SELECT {d.total('x')} FROM {d.flatten('[1, 2, 4]', 'x')})", 7),
    (lambda d: f"(SELECT {d.every('x > 1')} FROM {d.flatten('[1, 2]', 'x')})", False),
    (lambda d: f"(SELECT {d.every('x > 0')} FROM {d.flatten('[1, 2]', 'x')})", True),
]


@pytest.mark.parametrize(("expression", "expected"), EXPRESSIONS)
def test_expression(asked: Engine, expression: Callable[[Dialect], str], expected: Any) -> None:
    ((answer,),) = [
        list(row.values()) for row in asked.ask(f"SELECT {expression(asked.dialect)} AS answer")
    ]
    assert (answer, type(answer)) == (expected, type(expected))


def test_days_are_listed_with_both_ends(asked: Engine) -> None:
    def listed(first: str, last: str) -> list[Any]:
        days = asked.dialect.each_day(first, last, "day")
        return [row["day"] for row in asked.ask(f"SELECT day FROM {days} ORDER BY day")]

    assert listed("DATE '2026-11-30'", "DATE '2026-12-02'") == [
        dt.date(2026, 11, 30),
        dt.date(2026, 12, 1),
        dt.date(2026, 12, 2),
    ]
    assert listed(MONDAY, MONDAY) == [dt.date(2026, 11, 16)]
    assert listed(MONDAY, SUNDAY) == []


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_today_is_in_utc_wherever_the_session_is(asked: Engine, zone: str) -> None:
    asked.connection.execute(f"SET TimeZone = '{zone}'").fetchall()
    before = dt.datetime.now(dt.UTC).date()
    ((today,),) = [list(row.values()) for row in asked.ask(f"SELECT {asked.dialect.today()} AS d")]
    assert today in {before, dt.datetime.now(dt.UTC).date()}


_MOMENTS = {"duckdb": "TIMESTAMPTZ", "bigquery": "TIMESTAMP"}


def test_today_may_be_given() -> None:
    day = dt.date(2026, 11, 20)
    assert DuckDB(today=day).today() == "DATE '2026-11-20'"
    assert BigQuery("my-project", "usage", today=day).today() == "DATE '2026-11-20'"


def test_names_are_quoted() -> None:
    assert BigQuery("example.com:my-project", "usage").table("x") == (
        "`example.com:my-project.usage.x`"
    )
    assert DuckDB().table("x") == '"x"'
    assert DuckDB('odd "schema').table("x") == '"odd ""schema"."x"'


@pytest.mark.parametrize("dataset", ["a`b", "a b", "a\n", "a;b", "a'b"])
def test_name_that_cannot_be_quoted_is_refused(dataset: str) -> None:
    with pytest.raises(ValueError, match="not the name of a project and a dataset"):
        BigQuery("my-project", dataset)


def test_types_are_spelled_for_each() -> None:
    bigquery, own = BigQuery("my-project", "usage"), DuckDB()
    flag = Column("flag", "BOOL", "A flag.")
    rows = Column("many", "RECORD", "Many.", repeated=True, fields=(flag,))
    assert bigquery.type_of(rows) == 'ARRAY<STRUCT<flag BOOL OPTIONS (description="A flag.")>>'
    assert own.type_of(rows) == "STRUCT(flag BOOLEAN)[]"
    assert own.column(rows) == "many STRUCT(flag BOOLEAN)[] NOT NULL"
    assert bigquery.column(flag) == 'flag BOOL OPTIONS (description="A flag.")'


def test_amount_too_large_for_duckdb_is_refused() -> None:
    kind = DuckDB().type_of(Column("amount", "BIGNUMERIC", "Money."))
    engine = Engine("duckdb")
    try:
        query = f"SELECT CAST('12345678901234567890.5' AS {kind}) AS amount"
        assert str(engine.ask(query)[0]["amount"]) == "12345678901234567890.5"
        with pytest.raises(Exception, match="Could not convert"):
            engine.ask(query.replace("'1", "'91"))
    finally:
        engine.close()


def test_bigquery_keeps_its_text_in_a_translation() -> None:
    text = BigQuery("my-project", "usage").text("a \\ b \"c\" 'd'\ne")
    assert translated(f"SELECT {text}") == "SELECT 'a \\ b \"c\" ''d''\ne'"


@pytest.mark.parametrize(
    ("moment", "hours"),
    [
        ("2026-11-20 11:00:01", 0),
        ("2026-11-20 10:59:59", 1),
        ("2026-11-19 10:00:00", 26),
        ("2026-11-19 10:00:01", 25),
    ],
)
def test_full_hours_are_counted_to_noon_of_a_given_day(
    asked: Engine, moment: str, hours: int
) -> None:
    day, name = dt.date(2026, 11, 20), asked.dialect.name
    dialect = DuckDB(today=day) if name == "duckdb" else BigQuery("my-project", "usage", today=day)
    since = dialect.hours_since(f"CAST('{moment}+00:00' AS {_MOMENTS[name]})")
    assert asked.ask(f"SELECT {since} AS hours") == [{"hours": hours}]


def test_full_hours_are_counted_by_the_clock(asked: Engine) -> None:
    moment = f"CAST('2026-01-01 00:00:00+00:00' AS {_MOMENTS[asked.dialect.name]})"
    started = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)

    def hours() -> int:
        return (dt.datetime.now(dt.UTC) - started) // dt.timedelta(hours=1)

    before = hours()
    ((counted,),) = [
        list(row.values())
        for row in asked.ask(f"SELECT {asked.dialect.hours_since(moment)} AS hours")
    ]
    assert before <= counted <= hours()


def test_a_query_may_fail_on_purpose(asked: Engine) -> None:
    with pytest.raises(duckdb.InvalidInputException, match=r"^Invalid Input Error: not well: 3$"):
        asked.ask(f"SELECT {asked.dialect.fail(WHY)} AS x")
