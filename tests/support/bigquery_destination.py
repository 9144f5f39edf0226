"""A dataset as a destination of the world of stories: what it has to show, and what is seen wrong.

After whatever changed a table, somebody looks at the views: every day has to be one revision that
the API gave, whole, and none older than before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import msgspec
import requests

from ccsync.privacy import Privacy
from ccsync.records import Record
from ccsync.testing.builders import a_fetched_day
from tests.support.bigquery import FIELDS, Warehouse, as_record
from tests.support.world import POLICIES, Api, Death, Destination, Mortality

QUERIES = "bigquery.jobs.create"

LOST_FOR = 300.0
"""Seconds after tables were made anew during which rows are acknowledged and lost."""

_UNSURE_FOR = dt.timedelta(hours=1)
"""After that, for which nobody can know whether the rows before a commit are there."""

_SHOWN = f"""
    SELECT c.date AS day, c.fetched_at AS revision, c.record_count, {", ".join(f"u.{one}" for one in FIELDS)}
    FROM {{current_days}} AS c
    LEFT JOIN {{usage_daily}} AS u ON u.date = c.date AND u.source_id = c.source_id
"""  # noqa: E501, S608

Picture: TypeAlias = tuple[bytes, ...]
"""The records of a day, however they were ordered."""


def picture(records: Sequence[Record]) -> Picture:
    return tuple(sorted(msgspec.json.encode(record, order="deterministic") for record in records))


@dataclass
class Tally:
    """What was seen, all worlds together."""

    stories: int = 0
    runs: int = 0
    deaths: int = 0
    looks: int = 0
    cells: int = 0
    """Values of records that were compared, at every look and at the end."""


class RecordingApi(Api):
    """Keeps each revision of each day, as each policy shows it."""

    def __init__(self) -> None:
        super().__init__()
        self.revisions: dict[dt.date, set[Picture]] = {}

    def restate(
        self, day: dt.date, person: str, terminal: str | None, sessions: int | None
    ) -> None:
        super().restate(day, person, terminal, sessions)
        known = self.revisions.setdefault(day, {()})
        known.update(picture(self.seen(day, policy)) for policy in POLICIES)

    def records(self, day: dt.date) -> list[Record]:
        """Give each of an editor twice: two records that differ in the last dimension only."""
        found = super().records(day)
        more = [one for one in found if one.terminal_type == "vscode" and one.sessions]
        return found + [msgspec.structs.replace(one, is_remote=True, commits=77) for one in more]

    def seen(self, day: dt.date, policy: str) -> list[Record]:
        fetched = a_fetched_day(self.records(day), day=day)
        return list(fetched.seen_through(Privacy(POLICIES[policy])).records())


@dataclass(frozen=True)
class Trouble:
    """Requests that fail, or whose answers get lost."""

    first: int
    """Number of the first of them, from 1."""
    times: int
    took_effect: bool
    about: str = ""
    """Only those whose address holds this are counted."""
    is_death: bool = False
    """Whether the process dies then, instead."""


@dataclass
class WarehouseDestination(Destination):
    """A dataset, and what was ever seen wrong in it."""

    mortality: Mortality
    warehouse: Warehouse
    api: RecordingApi
    tally: Tally
    trouble: Trouble | None = None
    wrong: list[str] = field(default_factory=list[str])
    may_query: bool = True
    _met: int = 0
    _floor: dict[dt.date, dt.datetime] = field(default_factory=dict[dt.date, dt.datetime])
    _unsure_until: dt.datetime | None = None

    def __post_init__(self) -> None:
        super().__init__(self.mortality)

    def recreate(self, *tables: str, loses: bool = True) -> None:
        """Make tables anew: all, or some; others keep their rows.

        For a while BigQuery loses what is streamed to them, unless it is lucky, or unless nobody
        could see that.
        """
        lost_for = LOST_FOR if loses and self.may_query else 0.0
        self.warehouse.double.switches.recreated_seconds = lost_for
        self.warehouse.recreate(*tables)
        self._floor.clear()
        if loses:
            self._unsure_until = self.warehouse.double.clock.now() + _UNSURE_FOR

    def permit_queries(self, *, yes: bool) -> None:
        """Let the sink query, or forbid it: then nobody could see that rows are lost."""
        self.may_query = yes
        access = self.warehouse.double.access
        (access.allow if yes else access.deny)(QUERIES)
        if not yes:
            self.warehouse.double.switches.recreated_seconds = 0.0

    def begin(self, trouble: Trouble | None) -> None:
        """Let this happen to requests from now on."""
        self.trouble, self._met = trouble, 0

    def meets_trouble(self, address: str) -> Trouble | None:
        """Count a request, and say whether it meets trouble."""
        trouble = self.trouble
        if trouble is None or trouble.about not in address:
            return None
        self._met += 1
        return trouble if 0 <= self._met - trouble.first < trouble.times else None

    def end_of(self, trouble: Trouble) -> BaseException:
        """Give what is raised in place of an answer."""
        if not trouble.is_death:
            return requests.ConnectionError("no answer came")
        self.mortality.die()
        return Death()

    def look(self) -> None:
        """See whether each day is one revision of the API, whole, and none older than before."""
        self.tally.looks += 1
        rows: dict[dt.date, list[dict[str, Any]]] = {}
        for row in self.warehouse.query(_SHOWN):
            rows.setdefault(_date(row["day"]), []).append(row)
        for day, found in rows.items():
            revision, count = _moment(found[0]["revision"]), int(found[0]["record_count"])
            records = [as_record(row) for row in found if row["date"] is not None]
            self.tally.cells += len(records) * len(FIELDS)
            if len(records) != count or picture(records) not in self.api.revisions.get(day, {()}):
                self.wrong.append(f"{day}: torn: {len(records)} of {count} records: {records}")
            if revision < self._floor.get(day, revision):
                self.wrong.append(f"{day}: goes back from {self._floor[day]} to {revision}")
            self._floor[day] = revision
        if gone := self._floor.keys() - rows.keys():
            self.wrong.append(f"{sorted(gone)}: not shown any more")

    def before_commit(self, commit: Mapping[str, Any]) -> None:
        """See that the rows are there before their commit is."""
        now = self.warehouse.double.clock.now()
        if self._unsure_until is not None and now < self._unsure_until:
            return
        keys = {
            row["record_key"]
            for row in self.warehouse.double.rows(f"{self.warehouse.dataset}.usage_raw")
            if (row["date"], row["snapshot_id"]) == (commit["date"], commit["snapshot_id"])
        }
        if len(keys) != commit["record_count"]:
            counts = f"{len(keys)} of {commit['record_count']}"
            self.wrong.append(f"{commit['date']}: committed before its rows, {counts} are there")


def _date(value: Any) -> dt.date:
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(value)


def _moment(value: Any) -> dt.datetime:
    return value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(value)
