"""How BigQuery and DuckDB spell the same thing: every difference between them is in this package.

Views and examples are written once, in the SQL that both understand, and ask a `Dialect` for the
rest. BigQuery's text is GoogleSQL that also survives a translation by sqlglot, which is what
emulators of BigQuery do with it.
"""

from ccsync.warehouse.dialect.base import Described, Dialect, Options
from ccsync.warehouse.dialect.bigquery import BigQuery
from ccsync.warehouse.dialect.duckdb import DuckDB

__all__ = ["BigQuery", "Described", "Dialect", "DuckDB", "Options"]
