"""A BigQuery in memory that answers as a function decides, and the inserter that streams there."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from ccsync.context import Context
from ccsync.errors import SinkUnavailable
from ccsync.records import Record
from ccsync.retry import Patience
from ccsync.testing import FakeRuntime, a_record
from ccsync_bigquery.answers import Answer
from ccsync_bigquery.errors import TooLargeError
from ccsync_bigquery.inserting import Inserter
from ccsync_bigquery.names import Place

Rows: TypeAlias = list[dict[str, Any]]

Decide: TypeAlias = Callable[[Rows, int], Rows]
"""Gets the rows of a request and its number, from 1; gives `insertErrors`, or raises."""

STOPPED = {"reason": "stopped", "location": "", "debugInfo": "", "message": ""}


def take_all(_rows: Rows, _number: int) -> Rows:
    """Take everything."""
    return []


def invalid(message: str, location: str = "") -> dict[str, str]:
    """Refuse a row."""
    return {"reason": "invalid", "location": location, "debugInfo": "", "message": message}


def refusing(
    rows: Rows, is_bad: Callable[[dict[str, Any]], bool], error: dict[str, str] | None = None
) -> Rows:
    """Answer as BigQuery does when some rows do not fit: the others are stopped."""
    error = error or invalid("Invalid BIGNUMERIC value: 1..2 Field: x", "model_usage[0].x")
    said = [(index, error if is_bad(row) else STOPPED) for index, row in enumerate(rows)]
    if all(one is STOPPED for _, one in said):
        return []
    return [{"index": index, "errors": [one]} for index, one in said]


def failing(*indexes: int, reason: str = "backendError") -> Rows:
    """Answer that some rows are not in, while the others are."""
    error = {"reason": reason, "location": "", "debugInfo": "", "message": "try again"}
    return [{"index": index, "errors": [error]} for index in indexes]


def unavailable(retry_after: float | None = None) -> SinkUnavailable:
    """Make what the service raises for an HTTP 503."""
    return SinkUnavailable("503 backendError", retry_after=retry_after)


def too_large() -> TooLargeError:
    """Make what the service raises for an HTTP 413."""
    return TooLargeError("413", "", Answer(kind="too_large", status=413))


class Table:
    """Stands for the service; keeps what it took. Rows are `{"n": number, ...}`."""

    place = Place("northwind-data", "claude_code")

    def __init__(self, decide: Decide = take_all) -> None:
        self.decide = decide
        self.bodies: list[bytes] = []
        """Of every request, in the order in which they came."""
        self.tables: set[str] = set()
        self.taken: Counter[int] = Counter()
        """How often each row is there, by its number."""
        self.threads: set[int] = set()
        self._lock = threading.Lock()

    def insert_all(self, table: str, body: bytes) -> Rows:
        rows = numbered(body)
        with self._lock:
            self.bodies.append(body)
            self.tables.add(table)
            self.threads.add(threading.get_ident())
            number = len(self.bodies)
        errors = self.decide(rows, number)
        with self._lock:
            self.keep(rows, errors)
        return errors

    def keep(self, rows: Rows, errors: Rows) -> None:
        """Add what an answer like this leaves in the table."""
        reasons = {one["reason"] for entry in errors for one in entry.get("errors", [])}
        if reasons & {"invalid", "stopped"}:
            return
        left_out = {entry["index"] for entry in errors}
        self.taken.update(row["n"] for index, row in enumerate(rows) if index not in left_out)

    def sent(self) -> list[list[int]]:
        """Give the numbers of the rows of each request."""
        return [[row["n"] for row in numbered(body)] for body in self.bodies]


def numbered(body: bytes) -> Rows:
    """Read the rows of a body."""
    return [row["json"] for row in json.loads(body)["rows"]]


def rows_of(count: int, size: int = 0) -> list[tuple[Record, bytes]]:
    """Make rows of different people, each of at least so many bytes."""
    return [
        (a_record(f"person{n}@northwind.example"), json.dumps({"n": n, "x": "x" * size}).encode())
        for n in range(count)
    ]


class Desk:
    """An inserter, and the world around it."""

    def __init__(self, table: Table, *, patience: float = 60.0, **settings: int) -> None:
        self.runtime = FakeRuntime()
        self.proceeds = 0
        self.before_request: Callable[[int], None] = lambda _proceeds: None
        """Called at each `proceed`, with its number from 1; may raise."""
        self.logged: list[str] = []
        context = Context(
            name="warehouse",
            run_id="run",
            user_agent="ccsync/test",
            runtime=self.runtime,
            patience=Patience(self.runtime, patience),
            proceed=self._proceed,
        )
        sizes = {"batch_rows": 10, "batch_bytes": 100_000, "in_flight": 3, **settings}
        self.inserter = Inserter(table, context, **sizes)
        self._thread = threading.get_ident()

    def _proceed(self) -> None:
        assert threading.get_ident() == self._thread, "the core is asked from one thread only"
        self.proceeds += 1
        self.before_request(self.proceeds)

    def insert(self, rows: Iterable[tuple[Record | None, bytes]], table: str = "usage_raw") -> None:
        self.inserter.insert(table, rows)
