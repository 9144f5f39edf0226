"""A summary as one JSON document, for scripts. Described in README.md, "See it".

`SCHEMA_VERSION` grows when a field goes or means something else; new fields may come at any time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from ccsync import __version__
from ccsync.insights.summary import Crowd, Model, Period, Summary

SCHEMA_VERSION = 1

Fields: TypeAlias = dict[str, Any]


def document(
    summary: Summary, *, read_from: Sequence[str], made_at: dt.datetime
) -> Mapping[str, object]:
    """Give what is to be encoded: numbers and texts, money as `Decimal`, all actors.

    How many people or API keys there are is None where nobody can tell, as some have no name; the
    records without one are then in `nameless` and `nameless_keys`.

    Args:
        summary: What it says.
        read_from: The files, or the sink.
        made_at: The moment to name, with a time zone.
    """
    total = summary.total
    return {
        "schema_version": SCHEMA_VERSION,
        "made_by": f"ccsync {__version__}",
        "made_at": made_at.astimezone(dt.UTC).replace(microsecond=0),
        "read_from": read_from,
        "first_day": total.first_day if total else None,
        "last_day": summary.days[-1].first_day if summary.days else None,
        "organizations": summary.organizations,
        "total": _total(total) if total else None,
        "days": [_day(one) for one in summary.days],
        "weeks": [_week(one) for one in summary.weeks],
        "models": [_people(one) for one in summary.models],
        "daily_models": summary.daily_models,
        "tools": summary.tools,
        "weekly_tools": summary.weekly_tools,
        "people": summary.people,
        "api_keys": summary.api_keys,
        "other_actors": summary.other_actors,
        "unnamed": summary.unnamed,
        "terminals": _crowds(summary.terminals),
        "customers": _crowds(summary.customers),
        "cohorts": summary.cohorts,
        "stopped": summary.stopped,
        "stopped_unknown": summary.stopped_unknown,
        "coverage": summary.coverage,
    }


def _crowds(crowds: Iterable[Crowd]) -> list[Fields]:
    return [_crowd(one) for one in crowds]


def _crowd(one: Crowd) -> Fields:
    return {**_people(one), "api_keys": one.api_keys if one.api_keys_known else None}


def _people(one: Crowd | Model) -> Fields:
    return {**msgspec.structs.asdict(one), "people": one.people if one.people_known else None}


def _total(one: Period) -> Fields:
    """Leave the first day to the document."""
    fields = _crowd(one)
    del fields["first_day"]
    return fields


def _day(one: Period) -> Fields:
    """Name it, and leave out that it is one."""
    fields = _crowd(one)
    day = fields.pop("first_day")
    del fields["days"]
    return {"day": day, **fields}


def _week(one: Period) -> Fields:
    """Name it by its Monday; `days` is how many of its days are looked at."""
    fields = _crowd(one)
    week = fields.pop("first_day")
    return {"week": week, **fields}
