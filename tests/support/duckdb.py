"""A DuckDB file of the sink, looked at without the sink, also while somebody has it open."""

from __future__ import annotations

import datetime as dt
import functools
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from ccsync import money
from ccsync.records import Record
from ccsync_duckdb import DuckDBConfig

FIELDS = tuple(field.name for field in msgspec.structs.fields(Record))

_HOLD = """
import fcntl, sys
file = open(sys.argv[1], "r+b")
fcntl.lockf(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def a_config(path: Path, **more: Any) -> DuckDBConfig:
    return msgspec.convert({"type": "duckdb", "path": str(path), **more}, DuckDBConfig)


def make(path: Path) -> None:
    """Put a file there as the sink makes it: a copy of one; they all have one id."""
    path.write_bytes(_made())
    path.chmod(0o600)


@functools.cache
def _made() -> bytes:
    from ccsync_duckdb.making import make_file

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "made.duckdb").resolve()
        make_file(path)
        return path.read_bytes()


def query(path: Path, sql: str, parameters: Sequence[object] = ()) -> list[dict[str, Any]]:
    """Ask a copy of the file as it is on the disk, its log included: who has it keeps it."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, path.name)
        for name in (path.name, f"{path.name}.wal"):
            if path.with_name(name).exists():
                shutil.copyfile(path.with_name(name), copy.with_name(name))
        with _attached(copy, "READ_ONLY") as connection:
            answer = connection.execute(sql, parameters)
            names = [column[0] for column in answer.description or ()]
            return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def change(path: Path, sql: str, parameters: Sequence[object] = ()) -> None:
    """Change the file itself, as somebody else would."""
    with _attached(path, "READ_WRITE") as connection:
        connection.execute(sql, parameters)


@contextmanager
def _attached(path: Path, mode: str) -> Generator[Any]:
    connection = _bystander()
    name = str(path).replace("'", "''")
    connection.execute(f"ATTACH '{name}' AS there ({mode})")
    try:
        connection.execute("USE there.main")
        yield connection
    finally:
        connection.execute("USE memory")
        connection.execute("DETACH there")


@functools.cache
def _bystander() -> Any:
    """Begin a DuckDB of somebody else, one for all: to begin costs more than to ask."""
    import duckdb

    return duckdb.connect(config={"threads": 1})


def shown(path: Path, source_id: str, day: dt.date) -> list[Record]:
    """Give the records that `usage_daily` shows, as ccsync knows them."""
    if not path.exists():
        return []
    rows = query(
        path,
        f"SELECT {', '.join(FIELDS)} FROM usage_daily WHERE source_id = ? AND date = ?",  # noqa: S608 - our own names
        [source_id, day],
    )
    return [as_record(row) for row in rows]


def as_record(row: dict[str, Any]) -> Record:
    """Make a record of a row of `usage_daily`."""
    if row["extra"] is not None:
        row["extra"] = msgspec.json.decode(row["extra"])
    for usage in row["model_usage"]:
        for name in ("estimated_cost", "estimated_cost_minor"):
            usage[name] = money.canonical(usage[name])
    return msgspec.convert(row, Record)


@contextmanager
def held(path: Path) -> Generator[int]:
    """Let another process have the file, as one does that writes; gives its id."""
    command = [sys.executable, "-I", "-S", "-c", _HOLD, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        try:
            yield holder.pid
        finally:
            holder.communicate()


@contextmanager
def away(path: Path) -> Generator[None]:
    """Put a file in this one's place that another process has; the file comes back in the end."""
    kept = path.with_name(f"{path.name}.away")
    there = path.exists()
    if there:
        path.rename(kept)
    path.write_bytes(b"")
    try:
        with held(path):
            yield
    finally:
        path.unlink()
        if there:
            kept.rename(path)
