"""The JSON document is the summary, described, and says when something is not known."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import msgspec

from ccsync.insights import Summary, summarize
from ccsync.insights.document import SCHEMA_VERSION, document
from ccsync.testing import a_record
from ccsync.testing.builders import DAY, ORGANIZATION
from tests.support.insights_document import summary_in

NOW = dt.datetime(2026, 11, 22, 9, 30, 12, 345, tzinfo=dt.UTC)


def written(summary: Summary) -> str:
    return msgspec.json.encode(document(summary, read_from=["usage.jsonl"], made_at=NOW)).decode()


def read(summary: Summary) -> Any:
    return json.loads(written(summary))


def several() -> Summary:
    days = [DAY - number * dt.timedelta(days=1) for number in range(40)]
    records = [a_record(date=day) for day in days]
    gone = [a_record("gone@northwind.example", date=day) for day in days[30:]]
    return summarize([*records, *gone, a_record("ci", actor_type="api_actor")])


def test_everything_is_in_it() -> None:
    summary = several()
    assert summary.stopped
    assert summary_in(written(summary)) == summary


def test_it_says_what_it_is_of() -> None:
    found = read(several())
    assert found["schema_version"] == SCHEMA_VERSION
    assert found["made_at"] == "2026-11-22T09:30:12Z"
    assert found["made_by"].startswith("ccsync ")
    assert found["read_from"] == ["usage.jsonl"]
    assert (found["first_day"], found["last_day"]) == ("2026-10-11", "2026-11-19")
    assert found["organizations"] == [ORGANIZATION]
    assert found["days"][0]["day"] == "2026-10-11"
    assert (found["weeks"][0]["week"], found["weeks"][0]["days"]) == ("2026-10-05", 1)
    assert found["total"]["days"] == 40
    assert "first_day" not in found["total"] | found["days"][0] | found["weeks"][0]


def test_who_is_not_named_is_not_counted_as_nobody() -> None:
    found = read(summarize([a_record(""), a_record("", actor_type="api_actor"), a_record("mira")]))
    crowds = [found["total"], *(found[name][0] for name in ("days", "weeks", "terminals"))]
    for one in (*crowds, found["customers"][0]):
        assert (one["people"], one["nameless"]) == (None, 1)
        assert (one["api_keys"], one["nameless_keys"]) == (None, 1)
    assert (found["models"][0]["people"], found["models"][0]["nameless"]) == (None, 1)
    assert [one["actor_id"] for one in found["people"]] == ["mira"]


def test_it_says_why_nobody_can_tell_who_stopped() -> None:
    for records, why in (
        ([], "no_usage"),
        ([a_record()], "too_few_days"),
        ([a_record(date=DAY - dt.timedelta(days=99)), a_record()], None),
        ([a_record("")], "no_names"),
    ):
        found = read(summarize(records))
        assert found["stopped_unknown"] == why
        assert (found["stopped"] is None) == (why is not None)


def test_nothing_at_all() -> None:
    found = read(summarize([]))
    assert (found["total"], found["first_day"], found["last_day"]) == (None, None, None)
