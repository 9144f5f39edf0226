"""Prints tables of a DuckDB file as JSON lines, each row with the name of its table.

    python duckdb_rows.py FILE SCHEMA.TABLE...

A file or a table that is not there has no rows.
"""

from __future__ import annotations

import datetime as dt
import decimal
import json
import sys
from pathlib import Path

import duckdb


def plain(value: object) -> object:
    """Say a value in JSON without losing anything."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat() if value.tzinfo else value.isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return str(value)
    return value


def main() -> None:
    """Read and print."""
    file, *tables = sys.argv[1:]
    if not Path(file).exists():
        return
    with duckdb.connect(file, read_only=True) as database:
        found = database.execute(
            "select table_schema || '.' || table_name from information_schema.tables"
        )
        present = {name for (name,) in found.fetchall()}
        for table in tables:
            if table not in present:
                continue
            rows = database.execute(f"select * from {table}")  # noqa: S608 - our own table names
            names = [column[0] for column in rows.description]
            short = table.rpartition(".")[2]
            while batch := rows.fetchmany(5000):
                for row in batch:
                    values = dict(zip(names, map(plain, row), strict=True))
                    sys.stdout.write(json.dumps({"table": short, **values}) + "\n")


if __name__ == "__main__":
    main()
