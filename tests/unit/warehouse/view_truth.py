"""What each view has to show, worked out from the records without SQL."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from .counting import (
    DIMENSIONS,
    Row,
    acceptance_rate,
    api_keys,
    attributes,
    cache_read_share,
    cost,
    costs,
    counts,
    decisions,
    groups,
    models,
    monday,
    named,
    one_currency,
    people,
    ratio,
    settled,
    tokens,
    tools,
)
from .scene import Scene, Usage, columns_of


def _origin(usage: Usage) -> Row:
    return {"source_id": usage.source_id, "record_key": usage.key, "settled": usage.settled}


def _actor_day(usage: Usage) -> tuple[dt.date, str, str, str]:
    record = usage.record
    return record.date, record.organization_id, record.actor_type, record.actor_id


def current_days(scene: Scene) -> Iterator[Row]:
    yield from scene.current


def usage_daily(scene: Scene) -> Iterator[Row]:
    for one in scene.usage:
        origin = {"snapshot_id": one.snapshot_id, "fetched_at": one.fetched_at}
        yield {**columns_of(one.record), **_origin(one), **origin}


def model_usage_daily(scene: Scene) -> Iterator[Row]:
    for one in scene.usage:
        for model in one.record.model_usage:
            own = msgspec.structs.asdict(model)
            yield {**attributes(one.record, DIMENSIONS), **own, **_origin(one)}


def tool_actions_daily(scene: Scene) -> Iterator[Row]:
    for one in scene.usage:
        for tool in one.record.tool_actions:
            own = msgspec.structs.asdict(tool)
            yield {**attributes(one.record, DIMENSIONS), **own, **_origin(one)}


def cost_daily(scene: Scene) -> Iterator[Row]:
    for usages in groups(scene.usage, _actor_day).values():
        for currency, amount in costs(usages).items():
            actor = attributes(usages[0].record, DIMENSIONS[:4])
            yield {**actor, "currency": currency, "estimated_cost": amount}


def daily_user(scene: Scene) -> Iterator[Row]:
    for usages in groups(scene.usage, _actor_day).values():
        yield {
            **attributes(usages[0].record, DIMENSIONS[:4]),
            **counts(usages),
            **decisions(tools(usages)),
            **tokens(models(usages)),
            **one_currency(usages),
            "settled": settled(usages),
        }


def org_daily(scene: Scene) -> Iterator[Row]:
    by_day = groups(scene.usage, lambda one: (one.record.date, one.record.organization_id))
    for (day, organization), usages in by_day.items():
        of_people = [one for one in usages if named(one)]
        alone = len(costs(usages)) <= 1
        cost_of_people = cost(models(of_people))
        yield {
            "date": day,
            "organization_id": organization,
            "active_people": people(usages),
            "active_api_keys": api_keys(usages),
            **counts(usages),
            **decisions(tools(usages)),
            "acceptance_rate": acceptance_rate(tools(usages)),
            **tokens(models(usages)),
            "cache_read_share": cache_read_share(models(usages)),
            **one_currency(usages),
            "estimated_cost_per_person": ratio(cost_of_people, people(usages)) if alone else None,
            "settled": settled(usages),
        }


def weekly_active(scene: Scene) -> Iterator[Row]:
    by_week = groups(scene.usage, lambda u: (monday(u.record.date), u.record.organization_id))
    for (week, organization), usages in by_week.items():
        yield {
            "week": week,
            "organization_id": organization,
            "active_people": people(usages),
            "active_api_keys": api_keys(usages),
            "days_with_usage": len({one.record.date for one in usages}),
            **counts(usages),
            "settled": settled(usages),
        }


def acceptance_by_tool(scene: Scene) -> Iterator[Row]:
    each = ((one, tool) for one in scene.usage for tool in one.record.tool_actions)
    keyed = groups(each, lambda x: (x[0].record.date, x[0].record.organization_id, x[1].tool))
    for (day, organization, tool), found in keyed.items():
        made = [decision for _, decision in found]
        yield {
            "date": day,
            "organization_id": organization,
            "tool": tool,
            **decisions(made),
            "acceptance_rate": acceptance_rate(made),
            "settled": settled(one for one, _ in found),
        }


def cost_by_model_month(scene: Scene) -> Iterator[Row]:
    each = ((one, model) for one in scene.usage for model in one.record.model_usage)
    keyed = groups(
        each,
        lambda x: (
            x[0].record.date.replace(day=1),
            x[0].record.organization_id,
            x[1].model,
            x[1].currency,
        ),
    )
    for (month, organization, model, currency), found in keyed.items():
        used = [usage for _, usage in found]
        yield {
            "month": month,
            "organization_id": organization,
            "model": model,
            "currency": currency,
            "people": people(one for one, _ in found),
            **tokens(used),
            "cache_read_share": cache_read_share(used),
            "estimated_cost": cost(used),
            "settled": settled(one for one, _ in found),
        }


def adoption(scene: Scene) -> Iterator[Row]:
    everybody = groups(
        (one for one in scene.usage if named(one)), lambda u: (u.record.organization_id, named(u))
    )
    for (organization, who), usages in everybody.items():
        days = {one.record.date for one in usages}
        yield {
            "organization_id": organization,
            "actor_id": who,
            "first_active": min(days),
            "last_active": max(days),
            "active_days": len(days),
            "cohort_week": monday(min(days)),
            **counts(usages),
        }


def cohorts(scene: Scene) -> Iterator[Row]:
    usages = [one for one in scene.usage if named(one)]
    for organization, own in groups(usages, lambda u: u.record.organization_id).items():
        everybody = groups(own, named)
        weeks = {who: {monday(u.record.date) for u in done} for who, done in everybody.items()}
        all_weeks = sorted({week for some in weeks.values() for week in some})
        for cohort, members in groups(weeks, lambda who: min(weeks[who])).items():  # noqa: B023
            for week in all_weeks:
                if week >= cohort:
                    active = sum(week in weeks[who] for who in members)
                    yield {
                        "organization_id": organization,
                        "cohort_week": cohort,
                        "week": week,
                        "weeks_since": (week - cohort).days // 7,
                        "people": len(members),
                        "active_people": active,
                        "active_share": active / len(members),
                    }


def sync_freshness(scene: Scene) -> Iterator[Row]:
    for source, commits in groups(scene.current, lambda c: c["source_id"]).items():
        days = {commit["date"] for commit in commits}
        yield {
            "source_id": source,
            "first_day": min(days),
            "last_day": max(days),
            "last_settled_day": max(commit["date"] for commit in commits if commit["settled"]),
            "days": len(commits),
            "open_days": sum(not commit["settled"] for commit in commits),
            "missing_days": (max(days) - min(days)).days + 1 - len(days),
            "empty_days": sum(not commit["record_count"] for commit in commits),
            "last_fetched_at": max(commit["fetched_at"] for commit in commits),
            "last_committed_at": max(commit["committed_at"] for commit in commits),
        }


def sync_audit(scene: Scene) -> Iterator[Row]:
    newest = {(commit["source_id"], commit["date"]): commit for commit in scene.newest}
    committed = {(c["source_id"], c["date"], c["snapshot_id"]) for c in scene.commits}
    rows = groups(scene.rows, lambda r: (r["source_id"], r["date"]))
    for source, day in {*newest, *rows} - {key for key in rows if not key[0]}:
        current: dict[str, Any] = newest.get((source, day), {})
        of_day = groups(rows.get((source, day), []), lambda r: r["snapshot_id"])
        ever = {name for who, when, name in committed if (who, when) == (source, day)}
        superseded = ever - {current.get("snapshot_id")}
        uncommitted = of_day.keys() - ever
        there = {name: len({row["record_key"] for row in some}) for name, some in of_day.items()}
        shown = there.get(current.get("snapshot_id", ""), 0)
        yield {
            "date": day,
            "source_id": source,
            "snapshot_id": current.get("snapshot_id"),
            "record_count": current.get("record_count"),
            "records_there": shown,
            "complete": current.get("record_count") == shown,
            "duplicate_rows": sum(len(of_day[name]) - there[name] for name in of_day),
            "superseded_snapshots": len(superseded),
            "superseded_rows": sum(len(of_day.get(name, [])) for name in superseded),
            "uncommitted_snapshots": len(uncommitted),
            "uncommitted_rows": sum(len(of_day[name]) for name in uncommitted),
            "settled": current.get("settled"),
            "fetched_at": current.get("fetched_at"),
            "committed_at": current.get("committed_at"),
        }


TRUTH: dict[str, Callable[[Scene], Iterator[Row]]] = {
    truth.__name__: truth
    for truth in (
        current_days, usage_daily, model_usage_daily, tool_actions_daily, cost_daily, daily_user,
        org_daily, weekly_active, acceptance_by_tool, cost_by_model_month, adoption, cohorts,
        sync_freshness, sync_audit,
    )
}  # fmt: skip


def ordered(rows: list[Row]) -> list[Row]:
    """Give rows in an order that does not depend on theirs, nor on how quotients are rounded."""

    def key(row: Row) -> str:
        exact = {name: value for name, value in row.items() if not isinstance(value, float)}
        return json.dumps(exact, sort_keys=True, default=str)

    return sorted(rows, key=key)
