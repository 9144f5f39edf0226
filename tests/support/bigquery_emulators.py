"""Two emulators of BigQuery for tests: other people's readings of the same SQL, and of the API.

`bqemulator` translates GoogleSQL to DuckDB's; `bigquery-emulator` analyses it with Google's own
analyzer and runs it on SQLite. Neither is BigQuery. What each is known not to do is written down in
its class, and the tests of that fail on the day on which it can.

They keep nothing: whoever starts one has an empty project.
"""

# ruff: noqa: S608 - only our own names get into the text

from __future__ import annotations

import datetime as dt
import json
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterable, Mapping
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias, cast

import requests
from google.auth.credentials import AnonymousCredentials
from google.auth.transport.requests import AuthorizedSession
from google.cloud import bigquery

from ccsync.warehouse.columns import TABLES, Column
from ccsync.warehouse.dialect import BigQuery, Described
from ccsync.warehouse.tables import create_table
from ccsync.warehouse.views import VIEWS, View, create_view
from tests.support.programs import program, running

Row: TypeAlias = dict[str, Any]

PROJECT = "test-project"
TIMEOUT = 60.0
"""Seconds that one request may take."""

_ROWS = 500
"""Rows in one insertion."""


class Emulator(ABC):
    """A running emulator, spoken to through the official client. Close it."""

    name: str
    project = PROJECT

    decimals: int
    """Places after the point that an amount keeps from insertion to a sum."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._client = self.connect(bigquery.Client)

    def connect(self, kind: type[bigquery.Client]) -> Any:
        """Make another client; whoever asked for it closes it."""
        nobody = cast("Any", AnonymousCredentials)()
        session = cast("Any", AuthorizedSession)(nobody)
        session.trust_env = False
        return kind(
            project=PROJECT,
            credentials=nobody,
            client_options={"api_endpoint": self.url},
            _http=session,
        )

    def close(self) -> None:
        self._client.close()

    @classmethod
    @abstractmethod
    def arguments(cls, rest: int, grpc: int) -> list[str]:
        """Give the arguments that start it at these ports of the loopback."""

    @abstractmethod
    def dialect(self, dataset: str, *, today: dt.date | None = None) -> BigQuery:
        """Give our SQL without what this one is known not to take."""

    def create_dataset(self, dataset: str) -> None:
        """Make an empty dataset."""
        self._client.create_dataset(f"{PROJECT}.{dataset}", retry=None, timeout=TIMEOUT)

    def create_all(self, dataset: str, views: Iterable[View] = VIEWS) -> None:
        """Make a dataset with our tables and views, by our SQL for this emulator."""
        self.create_dataset(dataset)
        dialect = self.dialect(dataset)
        for table in TABLES:
            self.run(create_table(table, dialect))
        for view in views:
            self.run(create_view(view, dialect))

    def insert(self, dataset: str, table: str, lines: Iterable[bytes]) -> None:
        """Put rows, given as JSON objects, into one of our tables.

        They are streamed. Amounts in records would not survive that at either emulator: they come
        as texts, to a table of their own, and are made amounts from there.
        """
        (columns,) = (one.columns for one in TABLES if one.name == table)
        if all(column.type != "RECORD" for column in columns):
            self.stream(dataset, table, lines)
            return
        ours, waiting = self.dialect(dataset), f"{table}_text"
        typed = ", ".join(f"{one.name} {_bare_type(one, BIGNUMERIC='STRING')}" for one in columns)
        self.run(f"CREATE TABLE {ours.table(waiting)} ({typed})")
        self.stream(dataset, waiting, lines)
        names = ", ".join(column.name for column in columns)
        values = ", ".join(_from_text(ours, column, "x") for column in columns)
        self.run(
            f"INSERT INTO {ours.table(table)} ({names})"
            f" SELECT {values} FROM {ours.table(waiting)} AS x"
        )
        self.run(f"DROP TABLE {ours.table(waiting)}")

    def stream(self, dataset: str, table: str, lines: Iterable[bytes]) -> None:
        """Send rows, given as JSON objects, by insertAll as they are."""
        rows = (json.loads(line) for line in lines)
        while some := list(islice(rows, _ROWS)):
            errors = self._client.insert_rows_json(
                f"{PROJECT}.{dataset}.{table}",
                some,
                row_ids=[None] * len(some),
                retry=None,
                timeout=TIMEOUT,
            )
            assert errors == []

    def run(self, sql: str) -> list[Row]:
        """Run one statement; gives the rows of its answer.

        Raises:
            GoogleAPICallError: it was refused.
        """
        job = self._client.query(sql, retry=None, job_retry=None, timeout=TIMEOUT)
        return [dict(row) for row in job.result(retry=None, job_retry=None, timeout=TIMEOUT)]


class Bqemulator(Emulator):
    """bqemulator: GoogleSQL translated by sqlglot, run by DuckDB.

    - Amounts: no decimal of DuckDB's has more than 38 digits. A `BIGNUMERIC` of a table keeps five
      places and rounds the others away, so its tables are given a scale. Rows of insertAll are
      refused (500) if an amount has more than nine places. A literal keeps ten. A schema with a
      `BIGNUMERIC` that is given to the API is refused (500).
    - Truncated dates are timestamps; `run` makes them dates. The week of a date that it sees to be
      one, such as a literal, begins on Sunday, whatever was asked for.
    - insertAll: a row without a required column, or with one too many, is taken. An upload for a
      load job forgets the name that it was given.
    - Partitions are not known by name, nor do tables say that they have any.
    """

    name = "bqemulator"
    decimals = 18

    @classmethod
    def arguments(cls, rest: int, grpc: int) -> list[str]:
        return [
            "start",
            "--rest-host=127.0.0.1",
            f"--rest-port={rest}",
            "--grpc-host=127.0.0.1",
            f"--grpc-port={grpc}",
            f"--project={PROJECT}",
            "--ephemeral",
            "--log-level=error",
        ]

    def dialect(self, dataset: str, *, today: dt.date | None = None) -> BigQuery:
        return _WithScale(PROJECT, dataset, today=today)

    def run(self, sql: str) -> list[Row]:
        return [
            {name: _date_if_truncated(value) for name, value in row.items()}
            for row in super().run(sql)
        ]


class _WithScale(BigQuery):
    def type_of(self, column: Column) -> str:
        if column.type == "BIGNUMERIC":
            return f"BIGNUMERIC(38, {Bqemulator.decimals})"
        return super().type_of(column)


def _date_if_truncated(value: Any) -> Any:
    if isinstance(value, dt.datetime) and value.tzinfo is None and value.time() == dt.time():
        return value.date()
    return value


class BigqueryEmulator(Emulator):
    """goccy's bigquery-emulator: GoogleSQL analysed by Google's analyzer, run by SQLite.

    - DDL: no descriptions of fields within a record, no columns of a view. Scales of amounts are a
      fault of its own, and REQUIRED is forgotten.
    - insertAll: amounts in records stay texts, and `SUM` puts texts one after the other; what a
      query has made amounts is added exactly. Knows no wrong rows but those that it stumbles over
      (500). Load jobs mix up the fields of records: what asks for them fails.
    - Moments of creation come in another unit; how many rows a statement changed does not come.
      Partitions are not known by name.
    - Each query takes 0.3 s, and more the more were asked before: one emulator per module.
    """

    name = "bigquery-emulator"
    decimals = 38

    @classmethod
    def arguments(cls, rest: int, grpc: int) -> list[str]:
        return [
            "--host=127.0.0.1",
            f"--port={rest}",
            f"--grpc-port={grpc}",
            f"--project={PROJECT}",
        ]

    def dialect(self, dataset: str, *, today: dt.date | None = None) -> BigQuery:
        return _WithoutDescriptions(PROJECT, dataset, today=today)


class _WithoutDescriptions(BigQuery):
    def type_of(self, column: Column) -> str:
        plain: str = column.type
        if column.type == "RECORD":
            plain = (
                f"STRUCT<{', '.join(f'{one.name} {self.type_of(one)}' for one in column.fields)}>"
            )
        return f"ARRAY<{plain}>" if column.repeated else plain

    def view_clauses(
        self, description: str, columns: Iterable[Described], labels: Mapping[str, str]
    ) -> str:
        # What BigQuery does with a list of columns is left: the options that come after it.
        return (
            "\nOPTIONS" + super().view_clauses(description, columns, labels).split("\nOPTIONS")[1]
        )


def _bare_type(column: Column, **changed: str) -> str:
    plain = changed.get(column.type, column.type)
    if column.type == "RECORD":
        fields = (f"{one.name} {_bare_type(one, **changed)}" for one in column.fields)
        plain = f"STRUCT<{', '.join(fields)}>"
    return f"ARRAY<{plain}>" if column.repeated else plain


def _from_text(dialect: BigQuery, column: Column, row: str) -> str:
    """Make of a column with amounts in texts one with amounts."""
    value = f"{row}.{column.name}"
    if column.type == "BIGNUMERIC":
        value = f"CAST({value} AS {dialect.type_of(column)})"
    if column.type == "RECORD":
        fields = ", ".join(_from_text(dialect, one, "element") for one in column.fields)
        value = f"ARRAY(SELECT AS STRUCT {fields} FROM UNNEST({value}) AS element)"
    return f"{value} AS {column.name}"


_KINDS: dict[str, type[Emulator]] = {one.name: one for one in (Bqemulator, BigqueryEmulator)}

EMULATORS = tuple(_KINDS)


@contextmanager
def emulator(name: str, directory: Path) -> Generator[Emulator]:
    """Run one of `EMULATORS` with nothing in it; skips the test where it is absent.

    Args:
        name: which.
        directory: for its log.
    """
    kind = _KINDS[name]
    executable = program(name)
    directory.mkdir(parents=True, exist_ok=True)
    with (
        running(
            lambda ports: [executable, *kind.arguments(*ports)],
            ports=2,
            log=directory / f"{name}.log",
            ready=lambda ports: _answers(ports[0]),
        ) as ports,
        closing(kind(ports[0])) as running_emulator,
    ):
        yield running_emulator


def _answers(port: int) -> bool:
    with requests.Session() as session:
        session.trust_env = False
        url = f"http://127.0.0.1:{port}/bigquery/v2/projects/{PROJECT}/datasets"
        try:
            return session.get(url, timeout=5).ok
        except requests.RequestException:
            return False
