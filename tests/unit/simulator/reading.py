"""Reads organizations: their days, people, costs and tokens."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from ccsync.simulator import Organization, Row

DIMENSIONS = ("actor", "customer_type", "subscription_type", "terminal_type", "is_remote")


def end_of(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC) + dt.timedelta(days=1)


def whole(organization: Organization, day: dt.date) -> list[Row]:
    """The day as it is in the end."""
    until = end_of(day) + organization.settles_after
    return list(organization.rows(day, until, 0))


def days(first: dt.date, count: int) -> Iterator[dt.date]:
    return (first + dt.timedelta(days=number) for number in range(count))


def span(organization: Organization, first: dt.date, count: int) -> list[Row]:
    """The rows of so many days."""
    return [row for day in days(first, count) for row in whole(organization, day)]


def place(row: Row) -> str:
    """The identity of a row within its day."""
    return json.dumps([row[name] for name in DIMENSIONS])


def of_people(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row["actor"]["type"] == "user_actor"]


def emails(rows: Iterable[Row]) -> set[str]:
    return {row["actor"]["email_address"] for row in of_people(rows)}


def keys(rows: Iterable[Row]) -> set[str]:
    return {row["actor"]["api_key_name"] for row in rows if row["actor"]["type"] == "api_actor"}


def dollars(row: Row) -> float:
    return float(sum(model["estimated_cost"]["amount"] for model in row["model_breakdown"])) / 100


def by_person(rows: Iterable[Row]) -> dict[str, float]:
    """Dollars per person."""
    sums: dict[str, float] = defaultdict(float)
    for row in of_people(rows):
        sums[row["actor"]["email_address"]] += dollars(row)
    return sums


def by_model(rows: Iterable[Row]) -> Counter[str]:
    """Output tokens per model."""
    sums: Counter[str] = Counter()
    for row in rows:
        for model in row["model_breakdown"]:
            sums[model["model"]] += model["tokens"]["output"]
    return sums
