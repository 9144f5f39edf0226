"""What each example answers, in order, worked out from the records without SQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from .counting import (
    Row,
    acceptance_rate,
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
    ratio,
    tools,
)
from .scene import TODAY, Scene, Usage
from .view_truth import adoption, cohorts, sync_audit

THIS_WEEK = monday(TODAY)


def _since(scene: Scene, days: int) -> list[Usage]:
    first = TODAY - dt.timedelta(days=days)
    return [one for one in scene.usage if one.record.date >= first]


def _organization(usage: Usage) -> str:
    return usage.record.organization_id


def _month(usage: Usage) -> tuple[dt.date, str]:
    return usage.record.date.replace(day=1), usage.record.organization_id


def _newest_month_first(key: tuple[dt.date, Any]) -> tuple[int, Any]:
    return -key[0].toordinal(), key[1:]


def top_spenders(scene: Scene) -> Iterator[Row]:
    month = _since(scene, TODAY.day - 1)
    totals = costs(month)
    for currency in sorted(totals):
        found: list[tuple[Decimal, tuple[str, str, str]]] = []
        by_actor = groups(
            month,
            lambda u: (u.record.organization_id, u.record.actor_type, u.record.actor_id),
        )
        for actor, usages in by_actor.items():
            if currency in (own := costs(usages)):
                found.append((-own[currency], actor))
        for place, (negative, actor) in enumerate(sorted(found)[:20], 1):
            yield {
                "currency": currency,
                "place": place,
                "organization_id": actor[0],
                "actor_type": actor[1],
                "actor_id": actor[2],
                "estimated_cost": -negative,
                "share": ratio(-negative, totals[currency]),
            }


def budget_this_month(scene: Scene) -> Iterator[Row]:
    spent = costs(_since(scene, TODAY.day - 1))["USD"]
    yield {
        "month": TODAY.replace(day=1),
        "currency": "USD",
        "budget": 5000,
        "estimated_cost": spent,
        "share_of_budget": float(spent) / 5000,
        "share_of_month": 20 / 30,
        "at_this_rate": float(spent) / 20 * 30,
    }


def cost_by_model(scene: Scene) -> Iterator[Row]:
    by_month = groups(scene.usage, _month)
    for month, organization in sorted(by_month, key=_newest_month_first):
        usages = by_month[month, organization]
        for currency, total in sorted(costs(usages).items()):
            found: list[tuple[Decimal, str, int]] = []
            used = [model for model in models(usages) if model.currency == currency]
            for name, own in groups(used, lambda m: m.model).items():
                users = [
                    one
                    for one in usages
                    if any((m.model, m.currency) == (name, currency) for m in models([one]))
                ]
                found.append((-cost(own), name, people(users)))
            for negative, name, users_count in sorted(found):
                yield {
                    "month": month,
                    "organization_id": organization,
                    "model": name,
                    "currency": currency,
                    "people": users_count,
                    "estimated_cost": -negative,
                    "share_of_month": ratio(-negative, total),
                }


def cost_per_person(scene: Scene) -> Iterator[Row]:
    by_month = groups((one for one in scene.usage if named(one)), _month)
    for month, organization in sorted(by_month, key=_newest_month_first):
        usages = by_month[month, organization]
        for currency, amount in sorted(costs(usages).items()):
            yield {
                "month": month,
                "organization_id": organization,
                "people": people(usages),
                "currency": currency,
                "estimated_cost": amount,
                "cost_per_person": ratio(amount, people(usages)),
            }


def cost_per_pull_request(scene: Scene) -> Iterator[Row]:
    by_month = groups(scene.usage, _month)
    for month, organization in sorted(by_month, key=_newest_month_first):
        usages = by_month[month, organization]
        found = costs(usages)
        currency, amount = next(iter(found.items())) if len(found) == 1 else (None, None)
        done = counts(usages)
        yield {
            "month": month,
            "organization_id": organization,
            "pull_requests": done["pull_requests"],
            "commits": done["commits"],
            "currency": currency,
            "estimated_cost": amount,
            "cost_per_pull_request": ratio(amount, done["pull_requests"]),
        }


def cache_share(scene: Scene) -> Iterator[Row]:
    used = [one for one in scene.usage if one.record.model_usage]
    by_week = groups(used, lambda u: (monday(u.record.date), u.record.organization_id))
    for week, organization in sorted(by_week, key=_newest_month_first):
        own = models(by_week[week, organization])
        yield {
            "week": week,
            "organization_id": organization,
            "input_tokens": sum(m.input_tokens for m in own),
            "cache_read_tokens": sum(m.cache_read_tokens for m in own),
            "cache_creation_tokens": sum(m.cache_creation_tokens for m in own),
            "cache_read_share": cache_read_share(own),
        }


def weekly_active_people(scene: Scene) -> Iterator[Row]:
    for organization, usages in sorted(groups(scene.usage, _organization).items()):
        weeks = groups(usages, lambda u: monday(u.record.date))
        for week in sorted(weeks):
            if week == THIS_WEEK:
                continue
            now = people(weeks[week])
            before = people(weeks.get(week - dt.timedelta(days=7), []))
            first = week == min(weeks)
            yield {
                "week": week,
                "organization_id": organization,
                "active_people": now,
                "more_than_before": None if first else now - before,
                "growth": None if first else ratio(now - before, before),
            }


def stopped_using(scene: Scene) -> Iterator[Row]:
    names = ("organization_id", "actor_id", "first_active", "last_active", "active_days")
    found = [
        {name: row[name] for name in names} | {"days_since": (TODAY - row["last_active"]).days}
        for row in adoption(scene)
    ]
    gone = [row for row in found if row["active_days"] >= 5 and row["days_since"] > 28]
    yield from sorted(
        gone, key=lambda row: (row["days_since"], row["organization_id"], row["actor_id"])
    )


def adoption_cohorts(scene: Scene) -> Iterator[Row]:
    finished = [row for row in cohorts(scene) if row["week"] < THIS_WEEK]
    found = groups(finished, lambda row: (row["organization_id"], row["cohort_week"]))
    for organization, week in sorted(found):
        rows = found[organization, week]
        share = {row["weeks_since"]: row["active_share"] for row in rows}
        yield {
            "organization_id": organization,
            "cohort_week": week,
            "people": rows[0]["people"],
            "after_1_week": share.get(1),
            "after_4_weeks": share.get(4),
            "after_8_weeks": share.get(8),
            "after_12_weeks": share.get(12),
        }


def people_by_terminal(scene: Scene) -> Iterator[Row]:
    def said(value: str | None) -> str:
        return "(not said)" if value is None else value

    found = groups(
        (one for one in _since(scene, 28) if named(one)),
        lambda u: (
            u.record.organization_id,
            said(u.record.terminal_type),
            said(u.record.customer_type),
        ),
    )
    for key in sorted(found, key=lambda k: (k[0], -people(found[k]), k[1:])):
        yield {
            "organization_id": key[0],
            "terminal": key[1],
            "customer": key[2],
            "people": people(found[key]),
            "sessions": counts(found[key])["sessions"],
            "lines_added": counts(found[key])["lines_added"],
        }


def acceptance_of_tools(scene: Scene) -> Iterator[Row]:
    days = dt.timedelta(days=28)
    each = [
        (one.record.organization_id, one.record.date, tool)
        for one in _since(scene, 56)
        if one.record.date < TODAY
        for tool in tools([one])
    ]
    found = groups(each, lambda x: (x[0], x[2].tool))
    for organization, tool in sorted(found):
        made = found[organization, tool]
        recent = [decision for _, day, decision in made if day >= TODAY - days]
        before = [decision for _, day, decision in made if day < TODAY - days]
        yield {
            "organization_id": organization,
            "tool": tool,
            **(decisions(recent) if recent else {"accepted": None, "rejected": None}),
            "acceptance_rate": acceptance_rate(recent),
            "acceptance_rate_before": acceptance_rate(before),
        }


def missing_or_open_days(scene: Scene) -> Iterator[Row]:
    sources = groups(scene.current, lambda c: c["source_id"])
    for source, commits in sorted(sources.items()):
        by_day = {commit["date"]: commit for commit in commits}
        first = min(by_day)
        for number in range((TODAY - first).days):
            day = first + dt.timedelta(days=number)
            commit = by_day.get(day)
            if commit is None or not commit["settled"]:
                yield {
                    "source_id": source,
                    "date": day,
                    "state": "open" if commit else "missing",
                    "fetched_at": commit["fetched_at"] if commit else None,
                }


def incomplete_days(scene: Scene) -> Iterator[Row]:
    names = (
        "source_id", "date", "record_count", "records_there",
        "uncommitted_snapshots", "uncommitted_rows",
    )  # fmt: skip
    for row in sorted(sync_audit(scene), key=lambda r: (r["source_id"], r["date"])):
        if not row["complete"] or row["uncommitted_rows"]:
            yield {name: row[name] for name in names}


TRUTH: dict[str, Callable[[Scene], Iterator[Row]]] = {
    truth.__name__: truth
    for truth in (
        top_spenders, budget_this_month, cost_by_model, cost_per_person, cost_per_pull_request,
        cache_share, weekly_active_people, stopped_using, adoption_cohorts, people_by_terminal,
        acceptance_of_tools, missing_or_open_days, incomplete_days,
    )
}  # fmt: skip
