"""The BigQuery sink, or its views, with one rule removed each, and a story that finds it out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest

from ccsync.errors import SinkUnavailable
from ccsync.records import Record, identity
from ccsync.sink import DELIVERED, Outcome
from ccsync.snapshot import Snapshot
from ccsync.warehouse import rows
from ccsync.warehouse.columns import SYNC_DAYS, USAGE_RAW
from ccsync_bigquery.sink import BigQuerySink
from ccsync_bigquery.standing import Standing
from tests.support.bigquery_stories import Beside, Event, Recreate, Shaky
from tests.support.bigquery_world import BigQueryStories
from tests.support.stories import Restate, Run
from tests.support.world import PEOPLE

ANN, BOB, CLEO = PEOPLE

A_DAY: tuple[Event, ...] = (
    Restate(0, ANN, "vscode", 2),  # two records, which differ in the last dimension
    Restate(0, BOB, "", 1),
    Restate(0, CLEO, None, 3),
    Run(),
)
"""Four records: two requests of rows."""


class Mutant(msgspec.Struct, frozen=True, kw_only=True):
    """A sink with a fault."""

    sink: type[BigQuerySink] = BigQuerySink
    views: Callable[[str], str] = str
    patch: tuple[Any, str, Any] | None = None
    """An object, the name of its attribute, and what to put there."""

    story: tuple[Event, ...]
    """After `A_DAY`."""

    says: str
    """What is found wrong."""

    @contextmanager
    def at_work(self) -> Generator[BigQueryStories]:
        """Give a world with the fault in it."""
        with pytest.MonkeyPatch.context() as patch:
            if self.patch is not None:
                patch.setattr(*self.patch)
            with BigQueryStories(sink=self.sink, views=self.views) as world:
                yield world


Lines = Iterable[tuple[Record | None, bytes]]


class CommitsFirst(BigQuerySink):
    """Writes the commit, then the rows."""

    def _write(self, table: str, lines: Lines, snapshot: Snapshot) -> None:
        if table == USAGE_RAW.name:
            commit = (None, self._commit_of(snapshot))
            super()._write(SYNC_DAYS.name, [commit], snapshot)
        super()._write(table, lines, snapshot)


class CommitsAfterFailures(BigQuerySink):
    """Goes on to the commit although rows did not get in."""

    def _write(self, table: str, lines: Lines, snapshot: Snapshot) -> None:
        try:
            super()._write(table, lines, snapshot)
        except SinkUnavailable:
            if table != USAGE_RAW.name:
                raise


class BelievesAcknowledgements(BigQuerySink):
    """Does not look whether what was acknowledged is there."""

    def _seen(self, snapshot: Snapshot) -> Outcome:
        return DELIVERED


def finds_some_rows(standing: Standing, snapshot: Snapshot) -> bool:
    """Take one row of a snapshot for all of them."""
    return standing.rows_there > 0 or not snapshot.record_count


def finds_the_commit(standing: Standing, snapshot: Snapshot) -> bool:
    """Take the commit's word that the rows are there."""
    return standing.snapshot_id == snapshot.snapshot_id


def delivered(_sink: BigQuerySink, _found: Standing, _snapshot: Snapshot) -> Outcome:
    """Say so of a revision that is overtaken."""
    return DELIVERED


def key_of_seven(record: Record) -> str:
    """Name a record without its last dimension."""
    return hashlib.sha256(repr(identity(record)[:-1]).encode()).hexdigest()[:32]


def ordered_by_commit(sql: str) -> str:
    """Let the commit that came last win."""
    return _without(sql, "c.fetched_at DESC, ", view="current_days")


def uncounted(sql: str) -> str:
    """Trust every commit."""
    rule = " AND COALESCE(r.records, 0) = c.record_count"
    return _without(sql, rule, view="current_days")


def with_duplicates(sql: str) -> str:
    """Show each row as often as it is there."""
    if "usage_daily" not in sql.partition("AS\n")[0]:
        return sql
    return re.sub(r"QUALIFY ROW_NUMBER\(\) OVER \(.*\) = 1", "", sql, flags=re.DOTALL)


def latest_row_of_each_key(sql: str) -> str:
    """Do without commits, as textbooks have it."""
    name = re.search(r"VIEW (`[^`]*usage_daily`)", sql)
    if name is None:
        return sql
    table = name[1].replace("usage_daily", "usage_raw")
    return (
        f"CREATE OR REPLACE VIEW {name[1]} AS SELECT * FROM {table} WHERE TRUE QUALIFY "  # noqa: S608
        "ROW_NUMBER() OVER (PARTITION BY date, source_id, record_key ORDER BY written_at DESC) = 1"
    )


def _without(sql: str, words: str, *, view: str) -> str:
    if view not in sql.partition("AS\n")[0]:
        return sql
    assert words in sql, "the view was written anew: so is this mutant to be"
    return sql.replace(words, "")


CHANGED = Restate(0, BOB, "", 4)
ALL_CHANGED = Restate(0, ANN, "vscode", 7)
TABLES_LOST = Recreate()
ROWS_GONE = Recreate((USAGE_RAW.name,), loses=False)
ROWS = "usage_raw/insertAll"
KILLED = Shaky(1, 1, took_effect=True, about=ROWS, is_death=True)
"""When half of the rows are there."""

OVERTAKEN = Beside(at=2, person=ANN, sessions=4)
"""The same, but it goes on when another run is done."""
BACK = Restate(0, ANN, "vscode", 2)
"""The API says again what it said to the run that was overtaken."""

MUTANTS = {
    "commits before rows": Mutant(
        sink=CommitsFirst, story=(CHANGED, Run()), says="committed before its rows"
    ),
    "commits after a failed batch": Mutant(
        sink=CommitsAfterFailures,
        story=(CHANGED, Shaky(2, 1000, took_effect=False, about=ROWS)),
        says="committed before its rows",
    ),
    "the last commit wins": Mutant(
        views=ordered_by_commit,
        story=(CHANGED, OVERTAKEN),
        says="goes back",
    ),
    "calls what is overtaken delivered": Mutant(
        patch=(BigQuerySink, "_newer", delivered),
        story=(CHANGED, OVERTAKEN, BACK),
        says="not true",
    ),
    "the view does not count": Mutant(views=uncounted, story=(ROWS_GONE, Run()), says="torn"),
    "finds rows without counting": Mutant(
        patch=(Standing, "has_rows_of", finds_some_rows),
        story=(CHANGED, KILLED, Run()),
        says="committed before its rows",
    ),
    "finds rows by their commit": Mutant(
        patch=(Standing, "has_rows_of", finds_the_commit),
        story=(ROWS_GONE, Run()),
        says="committed before its rows",
    ),
    "believes acknowledgements": Mutant(
        sink=BelievesAcknowledgements, story=(TABLES_LOST, Run()), says="not true"
    ),
    "a key of seven dimensions": Mutant(
        patch=(rows, "record_key", key_of_seven), story=(), says="committed before its rows"
    ),
    "shows duplicates": Mutant(
        views=with_duplicates,
        story=(CHANGED, Shaky(1, 1, took_effect=True, about=ROWS)),
        says="torn",
    ),
    "latest row of each key": Mutant(
        views=latest_row_of_each_key, story=(CHANGED, ALL_CHANGED, KILLED), says="torn"
    ),
}
