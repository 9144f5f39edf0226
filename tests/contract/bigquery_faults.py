"""What can go wrong between the sink and BigQuery, and what has to come of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import msgspec

from ccsync.settings.model import Duration
from ccsync.testing.bigquery import (
    ApiError,
    Fault,
)
from ccsync.warehouse.columns import USAGE_RAW
from ccsync.warehouse.tables import create_table
from tests.contract.bigquery_stage import Stage

SHORT = Duration(0.25)
"""Real time: what stalls has to be waited for."""

Arrange: TypeAlias = Callable[[Stage], None]
Outcome = Literal["delivered", "failed", "refused"]
ROWS, COMMIT = "usage_raw", "sync_days"


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One fault."""

    arrange: Arrange
    exit: int = 0
    outcome: Outcome = "delivered"
    words: tuple[str, ...] = ()
    """Of cause and remedy, in what the run says."""

    most: int = 9
    """Requests of the run; nine are needed when all is well."""

    mode: Literal["stream", "load"] = "stream"
    settings: dict[str, Any] = msgspec.field(default_factory=dict[str, Any])
    shows_new: bool = False
    """Whether the correction is shown although nobody heard of it."""

    spoils: bool = False
    """Whether the fault lies in tables, which are empty then."""

    heals_by: Arrange | None = None
    """What somebody does about it, beside what `Stage.heal` does."""


def delivered(arrange: Arrange, *, most: int = 11, **more: Any) -> Case:
    """Patience is enough: the correction is shown, and the run is a good one."""
    return Case(arrange=arrange, most=most, **more)


def unavailable(arrange: Arrange, *words: str, most: int = 60, **more: Any) -> Case:
    """Patience is used up: nothing is claimed, and what was shown stays."""
    return Case(arrange=arrange, exit=5, outcome="failed", words=words, most=most, **more)


def refused(arrange: Arrange, *words: str, most: int = 7, **more: Any) -> Case:
    """Somebody has to change something: that is said at once, and what."""
    return Case(arrange=arrange, exit=3, outcome="failed", words=words, most=most, **more)


def data_refused(arrange: Arrange, *words: str, most: int = 12, **more: Any) -> Case:
    """A record is never taken: its day is not committed."""
    return Case(arrange=arrange, exit=4, outcome="refused", words=words, most=most, **more)


def at(operation: str, fault: Fault, **named: Any) -> Arrange:
    return lambda stage: stage.fails(operation, fault, **named)


def switch(**values: Any) -> Arrange:
    def arrange(stage: Stage) -> None:
        for name, value in values.items():
            setattr(stage.double.switches, name, value)

    return arrange


def all_of(*arranging: Arrange) -> Arrange:
    def arrange(stage: Stage) -> None:
        for one in arranging:
            one(stage)

    return arrange


def deny(*permissions: str) -> Arrange:
    return lambda stage: stage.double.deny(*permissions)


def rows_fail(reason: str, *, times: int | None = 1) -> Arrange:
    return lambda stage: stage.double.faults.fail_rows(
        lambda row: row["actor_id"] < "person4", reason, times=times, table=ROWS
    )


def recreate(*tables: str) -> Arrange:
    return lambda stage: stage.warehouse.recreate(*tables)


def poison(**fields: Any) -> Arrange:
    return lambda stage: setattr(stage.api, "more", fields)


def cure(stage: Stage) -> None:
    stage.api.more = {}


def drop(stage: Stage) -> None:
    stage.double.execute(f"DROP TABLE {stage.warehouse.dialect.table(ROWS)}")


def make_again(stage: Stage) -> None:
    stage.double.execute(create_table(USAGE_RAW, stage.warehouse.dialect))


def older_table(stage: Stage) -> None:
    """Make the table anew as it might have been before a column was thought of."""
    drop(stage)
    create = create_table(USAGE_RAW, stage.warehouse.dialect)
    without = re.sub(r"\n +terminal_type [^\n]+", "", create)
    assert without != create
    stage.double.execute(without)


def upgrade(stage: Stage) -> None:
    table = stage.warehouse.dialect.table(ROWS)
    stage.double.execute(f"ALTER TABLE {table} ADD COLUMN terminal_type STRING")


def jobs_fail(status: int, reason: str, message: str, *, times: int = 1) -> Arrange:
    return lambda stage: stage.double.jobs.fail_next(ApiError(status, reason, message), times=times)


def keep_running(polls: int) -> Arrange:
    return lambda stage: stage.double.jobs.keep_running(polls)
