"""What a statement came to, and how a failure of DuckDB reads in BigQuery's words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import duckdb

from ccsync.testing.bigquery.errors import ApiError
from ccsync.testing.bigquery.schema import Field
from ccsync.testing.bigquery.sql import invalid_query
from ccsync.testing.bigquery.storage import Key


@dataclass(frozen=True)
class Outcome:
    """What a statement came to."""

    statement: str
    """`statementType`: SELECT, INSERT, CREATE_VIEW..."""

    fields: list[Field] | None = None
    """None for a statement that has no result."""

    rows: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]], repr=False)
    """By column name, in the form `columns.read` gives."""

    bytes: int = 0
    affected: int | None = None
    """Rows that DML changed."""

    operation: str = ""
    """`ddlOperationPerformed`: CREATE, REPLACE, SKIP, DROP, ALTER."""

    target: Key | None = None
    """The table that DML or DDL is about."""

    read: set[Key] = field(default_factory=set[Key])

    def of_script(self, all_of_them: Sequence[Outcome]) -> Outcome:
        """Give this, the last one, as the outcome of a script."""
        return replace(self, statement="SCRIPT", bytes=sum(one.bytes for one in all_of_them))


def refused(error: duckdb.Error) -> ApiError:
    """Give a failure of DuckDB as BigQuery's refusal of a query; its own words where known."""
    text = str(error).partition("\n")[0]
    text = re.sub(r"^\w+(?: \w+)* Error: ", "", text)
    for pattern, words in _WORDS:
        found = pattern.search(text)
        if found is not None:
            return invalid_query(words.format(*found.groups()))
    return invalid_query(text)


_WORDS = (
    (re.compile(r'Referenced column "(.+?)" not found'), "Unrecognized name: {0}"),
    (re.compile(r'does not have a column named "(.+?)"'), "Name {0} not found inside the table"),
    (re.compile(r"NOT NULL constraint failed: .*\.(\S+)"), "Required field {0} cannot be null"),
    (re.compile(r"Scalar Function with name (\w+) does not exist"), "Function not found: {0}"),
    (
        re.compile(r'column "(.+?)" must appear in the GROUP BY'),
        "SELECT list expression references column {0} which is neither grouped nor aggregated",
    ),
)
