"""What each tile shows of a range of days, in order, worked out from the records without SQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

from .counting import (
    Row,
    acceptance_rate,
    api_keys,
    cache_read_share,
    cost,
    costs,
    counts,
    decisions,
    groups,
    models,
    monday,
    named,
    people,
    settled,
    tokens,
    tools,
)
from .example_truth import budget_this_month as budget
from .example_truth import missing_or_open_days as missing
from .example_truth import stopped_using as stopped
from .scene import TODAY, Scene, Usage
from .view_truth import cohorts as cohorts_view
from .view_truth import sync_freshness, weekly_active

THIS_WEEK = monday(TODAY)


class Seen:
    """A scene, and the days of it that are looked at."""

    def __init__(self, scene: Scene, first: dt.date, last: dt.date) -> None:
        self.scene, self.first, self.last = scene, first, last

    def has(self, day: dt.date) -> bool:
        return self.first <= day <= self.last

    @property
    def usage(self) -> list[Usage]:
        return [one for one in self.scene.usage if self.has(one.record.date)]


def _day(usage: Usage) -> tuple[dt.date, str]:
    return usage.record.date, usage.record.organization_id


def _actor(usage: Usage) -> tuple[str, str, str]:
    return usage.record.organization_id, usage.record.actor_type, usage.record.actor_id


def activity_by_day(seen: Seen) -> Iterator[Row]:
    for (day, organization), usages in sorted(groups(seen.usage, _day).items()):
        yield {
            "date": day,
            "organization_id": organization,
            "active_people": people(usages),
            "active_api_keys": api_keys(usages),
            **counts(usages),
            "settled": settled(usages),
        }


def people_by_week(seen: Seen) -> Iterator[Row]:
    names = (
        "week", "organization_id", "active_people", "active_api_keys", "days_with_usage", "settled"
    )  # fmt: skip
    rows = [row for row in weekly_active(seen.scene) if seen.has(row["week"])]
    for row in sorted(rows, key=lambda row: (row["week"], row["organization_id"])):
        yield {name: row[name] for name in names}


def cost_by_day(seen: Seen) -> Iterator[Row]:
    each = [
        ((*_day(usage), used.model, used.currency), used)
        for usage in seen.usage
        for used in models([usage])
    ]
    for key, pairs in sorted(groups(each, lambda pair: pair[0]).items()):
        names = ("date", "organization_id", "model", "currency")
        total = cost(used for _, used in pairs)
        yield {**dict(zip(names, key, strict=True)), "estimated_cost": total}


def cost_by_model(seen: Seen) -> Iterator[Row]:
    each = [
        ((usage.record.organization_id, used.model, used.currency), usage, used)
        for usage in seen.usage
        for used in models([usage])
    ]
    rows: list[Row] = []
    for (organization, model, currency), found in groups(each, lambda one: one[0]).items():
        rows.append(
            {
                "organization_id": organization,
                "model": model,
                "currency": currency,
                "people": people(usage for _, usage, _ in found),
                **tokens([used for _, _, used in found]),
                "estimated_cost": cost(used for _, _, used in found),
            }
        )
    yield from sorted(
        rows,
        key=lambda r: (r["organization_id"], r["currency"], -r["estimated_cost"], r["model"]),
    )


def cost_by_person(seen: Seen) -> Iterator[Row]:
    rows: list[Row] = []
    for (organization, kind, actor), usages in groups(seen.usage, _actor).items():
        for currency, amount in costs(usages).items():
            rows.append(
                {
                    "currency": currency,
                    "organization_id": organization,
                    "actor_type": kind,
                    "actor_id": actor,
                    "estimated_cost": amount,
                }
            )
    yield from sorted(
        rows,
        key=lambda r: (
            r["currency"],
            -r["estimated_cost"],
            r["organization_id"],
            r["actor_type"],
            r["actor_id"],
        ),
    )


def budget_this_month(seen: Seen) -> Iterator[Row]:
    return budget(seen.scene)


def tokens_by_day(seen: Seen) -> Iterator[Row]:
    used = [one for one in seen.usage if one.record.model_usage]
    for (day, organization), usages in sorted(groups(used, _day).items()):
        own = models(usages)
        yield {
            "date": day,
            "organization_id": organization,
            **tokens(own),
            "cache_read_share": cache_read_share(own),
        }


def acceptance_by_week(seen: Seen) -> Iterator[Row]:
    def week(usage: Usage) -> tuple[dt.date, str]:
        return monday(usage.record.date), usage.record.organization_id

    used = [one for one in seen.usage if one.record.tool_actions]
    for (monday_, organization), usages in sorted(groups(used, week).items()):
        made = tools(usages)
        yield {
            "week": monday_,
            "organization_id": organization,
            **decisions(made),
            "acceptance_rate": acceptance_rate(made),
        }


def acceptance_by_tool(seen: Seen) -> Iterator[Row]:
    each = [(one.record.organization_id, tool) for one in seen.usage for tool in tools([one])]
    for (organization, tool), found in sorted(groups(each, lambda x: (x[0], x[1].tool)).items()):
        made = [one for _, one in found]
        yield {
            "organization_id": organization,
            "tool": tool,
            **decisions(made),
            "acceptance_rate": acceptance_rate(made),
        }


def people_table(seen: Seen) -> Iterator[Row]:
    for (organization, kind, actor), usages in sorted(groups(seen.usage, _actor).items()):
        days = {one.record.date for one in usages}
        yield {
            "organization_id": organization,
            "actor_type": kind,
            "actor_id": actor,
            "active_days": len(days),
            "last_active": max(days),
            **counts(usages),
            **decisions(tools(usages)),
            "acceptance_rate": acceptance_rate(tools(usages)),
        }


def people_by_terminal(seen: Seen) -> Iterator[Row]:
    def key(usage: Usage) -> tuple[str, str, str]:
        said = (usage.record.terminal_type, usage.record.customer_type)
        terminal, customer = ("(not said)" if one is None else one for one in said)
        return usage.record.organization_id, terminal, customer

    found = groups((one for one in seen.usage if named(one)), key)
    for one in sorted(found, key=lambda k: (k[0], -people(found[k]), k[1:])):
        yield {
            "organization_id": one[0],
            "terminal": one[1],
            "customer": one[2],
            "people": people(found[one]),
            "sessions": counts(found[one])["sessions"],
        }


def cohorts(seen: Seen) -> Iterator[Row]:
    names = (
        "organization_id", "cohort_week", "weeks_since", "people", "active_people", "active_share"
    )  # fmt: skip
    rows = [
        row
        for row in cohorts_view(seen.scene)
        if row["week"] < THIS_WEEK and seen.has(row["cohort_week"])
    ]
    for row in sorted(rows, key=lambda r: tuple(r[name] for name in names[:3])):
        yield {name: row[name] for name in names}


def stopped_using(seen: Seen) -> Iterator[Row]:
    return stopped(seen.scene)


def freshness(seen: Seen) -> Iterator[Row]:
    names = (
        "source_id", "first_day", "last_day", "last_settled_day", "open_days", "missing_days",
        "empty_days", "last_fetched_at",
    )  # fmt: skip
    for row in sorted(sync_freshness(seen.scene), key=lambda row: str(row["source_id"])):
        yield {name: row[name] for name in names}


def missing_or_open_days(seen: Seen) -> Iterator[Row]:
    return missing(seen.scene)


TRUTH: dict[str, Callable[[Seen], Iterator[dict[str, Any]]]] = {
    "activity_by_day": activity_by_day,
    "people_by_week": people_by_week,
    "cost_by_day": cost_by_day,
    "cost_by_model": cost_by_model,
    "cost_by_person": cost_by_person,
    "budget_this_month": budget_this_month,
    "tokens_by_day": tokens_by_day,
    "acceptance_by_week": acceptance_by_week,
    "acceptance_by_tool": acceptance_by_tool,
    "people": people_table,
    "people_by_terminal": people_by_terminal,
    "cohorts": cohorts,
    "stopped_using": stopped_using,
    "freshness": freshness,
    "missing_or_open_days": missing_or_open_days,
}
