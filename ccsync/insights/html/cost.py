"""What it is estimated to cost: by model and day, and by person. A section for each currency."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from ccsync.insights.html.charts import SERIES, Row, Spec, per_day, ranked
from ccsync.insights.html.parts import (
    Cell,
    Chart,
    Section,
    Table,
    estimated,
    estimates,
    people_of,
    row,
)
from ccsync.insights.summary import Actor, Summary, share
from ccsync.insights.wording import amount, how_many, number, percent, tokens

_OTHERS = "all others"
_BARS = 12


def costs(summary: Summary, *, top: int) -> Iterable[Section]:
    """Show what models and people are estimated to have cost."""
    for currency in summary.currencies:
        people = summary.top_people(len(summary.people), currency)
        models = _dearest(summary, currency)
        by_day = _by_day(summary, currency, models)
        by_person = _by_person(people[: min(top, _BARS)], currency)
        charts = [
            Chart(f"Estimated cost per day by model, {currency}", by_day, models, wide=True),
            Chart(f"Estimated cost by person, {currency}", by_person, wide=True),
        ]
        yield Section(
            title=f"Estimated cost in {currency}",
            about="The API's estimate for analytics; no bill.",
            charts=charts if people[:top] else charts[:1],
            tables=[_actors(summary, people, currency, top)] if _named(summary) else [],
        )


def models(summary: Summary) -> Iterable[Section]:
    """Show what each model read and wrote."""
    if not summary.models:
        return
    yield Section(
        title="Models and tokens",
        about="The cache share is the part of all tokens read that came from the prompt cache.",
        tables=[
            Table(
                title="By model",
                columns=(
                    "model",
                    "people",
                    "input",
                    "written to cache",
                    "read from cache",
                    "cache share",
                    "output",
                    *estimates(summary.currencies),
                ),
                rows=[
                    row(
                        model.model,
                        people_of(model),
                        tokens(model.input_tokens),
                        tokens(model.cache_creation_tokens),
                        tokens(model.cache_read_tokens),
                        percent(model.cache_share),
                        tokens(model.output_tokens),
                        *estimated(model.costs, summary.currencies),
                    )
                    for model in summary.models
                ],
            )
        ],
    )


def _named(summary: Summary) -> bool:
    return bool(summary.people or summary.api_keys or summary.other_actors)


def _dearest(summary: Summary, currency: str) -> list[str]:
    """Give as many models as there are colours, the dearest first; the last may be all others."""
    dear = [one for one in summary.models if one.costs.get(currency)]
    dear.sort(key=lambda one: -one.costs[currency])
    names = [one.model for one in dear]
    return names if len(names) <= SERIES else [*names[: SERIES - 1], _OTHERS]


def _by_day(summary: Summary, currency: str, order: Sequence[str]) -> Spec:
    days = [str(one.first_day) for one in summary.days]
    sums: dict[tuple[str, str], Decimal] = {}
    for one in summary.daily_models:
        if cost := one.costs.get(currency):
            key = (str(one.day), one.model if one.model in order else _OTHERS)
            sums[key] = sums.get(key, Decimal(0)) + cost
    rows: list[Row] = [
        {
            "day": day,
            "model": model,
            "position": order.index(model),
            "cost": float(cost),
            "cost_text": amount(cost),
        }
        for (day, model), cost in sums.items()
    ]
    return per_day(
        rows,
        days=days,
        value="cost",
        title=f"estimated {currency}",
        series="model",
        order=order,
    )


def _by_person(people: Sequence[Actor], currency: str) -> Spec:
    return ranked(
        [
            {
                "person": one.actor_id,
                "cost": float(one.costs[currency]),
                "cost_text": amount(one.costs[currency]),
            }
            for one in people
        ],
        name="person",
        value="cost",
        title=f"estimated {currency}",
    )


def _actors(summary: Summary, people: Sequence[Actor], currency: str, top: int) -> Table:
    assert summary.total is not None  # noqa: S101 - a currency comes from it
    whole = summary.total.costs[currency]
    rows = [_actor(one.actor_id, [one], currency, whole) for one in people[:top]]
    others = people[top:]
    keys = [one for one in summary.api_keys if one.costs.get(currency)]
    more = [one for one in summary.other_actors if one.costs.get(currency)]
    for name, actors in (
        (how_many(len(others), "other person", "other people"), others),
        (how_many(len(keys), "API key"), keys),
        (how_many(len(more), "other actor"), more),
    ):
        if actors:
            rows.append(_actor(f"({name})", actors, currency, whole))
    unnamed = summary.unnamed
    if cost := unnamed.costs.get(currency):
        rows.append(
            row(
                "(without a name)",
                "",
                number(unnamed.sessions),
                number(unnamed.lines_added),
                number(unnamed.commits),
                amount(cost),
                percent(share(cost, whole)),
            )
        )
    return Table(
        title="Who uses it most",
        columns=(
            "who",
            "active days",
            "sessions",
            "lines added",
            "commits",
            f"estimated {currency}",
            "of all",
        ),
        rows=rows,
    )


def _actor(name: str, actors: Sequence[Actor], currency: str, whole: Decimal) -> list[Cell]:
    cost = sum((one.costs.get(currency, Decimal(0)) for one in actors), Decimal(0))
    return row(
        name,
        f"{actors[0].active_days:,}" if len(actors) == 1 else "",
        number(sum(one.sessions for one in actors)),
        number(sum(one.lines_added for one in actors)),
        number(sum(one.commits for one in actors)),
        amount(cost),
        percent(share(cost, whole)),
    )
