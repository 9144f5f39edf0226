"""What each alert finds wrong, in order, worked out from the records without SQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from .counting import Row, acceptance_rate, costs, groups, people, tools
from .scene import TODAY, Scene, Usage
from .view_truth import sync_audit, sync_freshness

NOW = dt.datetime.combine(TODAY, dt.time(12), dt.UTC)


def _ages(scene: Scene, youngest: int, oldest: int) -> list[Usage]:
    """Give usage of days of these ages, both included."""
    return [one for one in scene.usage if youngest <= (TODAY - one.record.date).days <= oldest]


def _by_organization(usages: list[Usage]) -> list[tuple[str, list[Usage]]]:
    return sorted(groups(usages, lambda u: u.record.organization_id).items())


def _whole(number: Decimal | float) -> str:
    return str(Decimal(number).quantize(Decimal(1), ROUND_HALF_UP))


def data_stale(scene: Scene) -> Iterator[Row]:
    rows = list(sync_freshness(scene))
    if not rows:
        yield {"source_id": "", "hours_ago": None, "what": "no day was ever delivered"}
    for row in sorted(rows, key=lambda row: str(row["source_id"])):
        hours = (NOW - row["last_fetched_at"]) // dt.timedelta(hours=1)
        if NOW - row["last_fetched_at"] >= dt.timedelta(hours=26):
            what = f"source {row['source_id']} was last fetched {hours} hours ago"
            yield {"source_id": row["source_id"], "hours_ago": hours, "what": what}


def day_missing(scene: Scene) -> Iterator[Row]:
    for source, commits in sorted(groups(scene.current, lambda c: str(c["source_id"])).items()):
        by_day = {commit["date"]: commit for commit in commits}
        first = min(by_day)
        for number in range((TODAY - first).days):
            day = first + dt.timedelta(days=number)
            commit = by_day.get(day)
            late = day < TODAY - dt.timedelta(days=7)
            if commit is None or (not commit["settled"] and late):
                state = "not final" if commit else "missing"
                what = f"{day} of source {source} is {state}"
                yield {"source_id": source, "date": day, "state": state, "what": what}


def day_incomplete(scene: Scene) -> Iterator[Row]:
    for row in sorted(sync_audit(scene), key=lambda r: (r["source_id"], r["date"])):
        if row["complete"] or row["date"] >= TODAY - dt.timedelta(days=1):
            continue
        promised, there = row["record_count"], row["records_there"]
        says = "rows without a commit" if promised is None else f"{there} records of {promised}"
        yield {
            "source_id": row["source_id"],
            "date": row["date"],
            "record_count": promised or 0,
            "records_there": there,
            "what": f"{row['date']} of source {row['source_id']}: {says}",
        }


def over_budget(scene: Scene) -> Iterator[Row]:
    for organization, usages in _by_organization(_ages(scene, 0, 29)):
        for currency, amount in sorted(costs(usages).items()):
            if amount > 10_000:
                yield {
                    "organization_id": organization,
                    "currency": currency,
                    "estimated_cost": amount,
                    "what": f"organization {organization}: {_whole(amount)} {currency} of 10000",
                }


def cost_unusual(scene: Scene) -> Iterator[Row]:
    for organization, usages in _by_organization(_ages(scene, 0, 29)):
        by_day = {
            day: costs(found) for day, found in groups(usages, lambda u: u.record.date).items()
        }
        currencies = {currency for found in by_day.values() for currency in found}
        for currency in sorted(currencies):
            old = [by_day[day].get(currency) for day in by_day if (TODAY - day).days >= 2]
            usual = [amount for amount in old if amount]
            for age in (1, 0):
                day = TODAY - dt.timedelta(days=age)
                amount = by_day.get(day, {}).get(currency)
                if amount is None or len(usual) < 7:
                    continue
                if amount > 50 and amount * len(usual) > 3 * sum(usual):
                    mean = float(sum(usual)) / len(usual)
                    yield {
                        "date": day,
                        "organization_id": organization,
                        "currency": currency,
                        "estimated_cost": amount,
                        "usual_cost": mean,
                        "what": f"organization {organization}: {_whole(amount)} {currency} on "
                        f"{day}, usually {_whole(mean)}",
                    }


def acceptance_falling(scene: Scene) -> Iterator[Row]:
    for organization, usages in _by_organization(_ages(scene, 1, 35)):
        recent = tools(u for u in usages if (TODAY - u.record.date).days <= 7)
        former = tools(u for u in usages if (TODAY - u.record.date).days > 7)
        made = sum(one.accepted + one.rejected for one in recent)
        now, before = acceptance_rate(recent), acceptance_rate(former)
        if now is None or before is None or made < 100:
            continue
        accepted, accepted_before = (sum(one.accepted for one in part) for part in (recent, former))
        made_before = sum(one.accepted + one.rejected for one in former)
        if 10 * accepted * made_before >= 8 * accepted_before * made:  # exactly, without quotients
            continue
        yield {
            "organization_id": organization,
            "decisions": made,
            "acceptance_rate": now,
            "acceptance_rate_before": before,
            "what": f"organization {organization}: {_whole(100 * now)} percent, before "
            f"{_whole(100 * before)}",
        }


def people_vanished(scene: Scene) -> Iterator[Row]:
    for organization, usages in _by_organization(_ages(scene, 1, 14)):
        now = people(u for u in usages if (TODAY - u.record.date).days <= 7)
        before = people(u for u in usages if (TODAY - u.record.date).days > 7)
        if before >= 5 and 2 * now < before:
            yield {
                "organization_id": organization,
                "people": now,
                "people_before": before,
                "what": f"organization {organization}: {now} people, before {before}",
            }


TRUTH: dict[str, Callable[[Scene], Iterator[dict[str, Any]]]] = {
    "data-stale": data_stale,
    "day-missing": day_missing,
    "day-incomplete": day_incomplete,
    "over-budget": over_budget,
    "cost-unusual": cost_unusual,
    "acceptance-falling": acceptance_falling,
    "people-vanished": people_vanished,
}
