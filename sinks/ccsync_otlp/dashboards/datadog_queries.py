"""From a measure to Datadog's metric queries, and from a value to formulas over them.

A day is one point of a count, at noon, which each revision overwrites, with a zero where something
vanished. So `sum:...as_count().rollup(sum, 86400)` is each UTC day's value, and the sum of
`sum:...as_count()` over a range is the value of all days whose noons are in it. Tags are spelled
as this sink sends them: Datadog folds case.

A filter is a list with commas, which means "and". `IN` cannot stand beside template variables in
such a list, so some of a tag's values are "all but the others".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

import msgspec

from ccsync.records import ModelUsage, Record, ToolActions
from ccsync_otlp.catalogue import DIMENSIONS, METRICS, TOKENS
from ccsync_otlp.dashboards.questions import PERSON, Measure, People, Ratio, Total, Value
from ccsync_otlp.presets import PRESETS
from ccsync_otlp.series import Shaping, values_of

RULES = PRESETS["datadog"].rules

DAY = 86_400
"""Seconds. Steps of this length begin at midnights UTC."""

IS_PERSON = ("actor.type", "user_actor")

ANY_USE = Measure(TOKENS)
"""What tells that somebody was active: whoever uses Claude Code at all uses tokens."""


_OWN = {name for metric in METRICS for name in metric.extra}


class Query(msgspec.Struct, frozen=True):
    """One query, by the name that formulas call it."""

    name: str
    text: str


class Asked(msgspec.Struct, frozen=True):
    """What one value is asked with."""

    queries: tuple[Query, ...]
    formula: str


class Datadog(msgspec.Struct, frozen=True):
    """Writes queries narrowed by template variables, or by nothing."""

    variables: tuple[tuple[str, str], ...] = ()
    """Names of template variables, and the tags that they choose values of."""

    rollup: bool = True
    """True: one step a day. False: the steps are as long as the range looked at makes them."""

    def ask(self, value: Value, by: Sequence[str], first: int = 1) -> Asked:
        """Write the queries and the formula of a value.

        Args:
            value: what is asked for.
            by: tags that tell lines apart; `currency` too, where costs are asked for.
            first: number of the first query.
        """
        names = [f"query{first}", f"query{first + 1}"]
        match value:
            case Total(measure=measure, days=days):
                (query,) = self._queries(names, [self.measure(measure, by)])
                return Asked((query,), moving(query.name, days))
            case Ratio(part=part, whole=whole):
                own = [tag for tag in by if _has(whole, tag)]
                # What only one of the two metrics knows must not narrow that one alone.
                alike = self._narrowed_by(
                    one for one in self.variables if _has(part, one[1]) == _has(whole, one[1])
                )
                texts = [alike.measure(part, by), alike.measure(whole, own)]
                return Asked(self._queries(names, texts), f"default_zero({names[0]}) / {names[1]}")
            case People(days=days):
                alike = self._narrowed_by(one for one in self.variables if one[1] not in _OWN)
                text = alike.measure(ANY_USE, (*by, *PERSON), people=True)
                (query,) = self._queries(names, [text])
                return Asked((query,), f"count_nonzero({moving(query.name, days)})")

    def measure(self, measure: Measure, by: Sequence[str] = (), *, people: bool = False) -> str:
        """Write the query of a measure; `people`: of people only."""
        filters = [f"${name}" for name, tag in self.variables if _has(measure, tag)]
        filters += _where(measure)
        if people or set(by) & set(PERSON):
            filters.append(_tag(*IS_PERSON))
        grouped = f" by {{{','.join(by)}}}" if by else ""
        rollup = f".rollup(sum, {DAY})" if self.rollup else ""
        scope = ",".join(filters) or "*"
        return f"sum:{measure.of.name}{{{scope}}}{grouped}.as_count(){rollup}"

    def _narrowed_by(self, variables: Iterable[tuple[str, str]]) -> Datadog:
        return Datadog(tuple(variables), self.rollup)

    def _queries(self, names: Iterable[str], texts: Iterable[str]) -> tuple[Query, ...]:
        return tuple(Query(name, text) for name, text in zip(names, texts, strict=False))


def moving(query: str, days: int) -> str:
    """Add up so many days at each day."""
    return query if days == 1 else f"moving_rollup({query}, {days * DAY}, 'sum')"


def _has(measure: Measure, tag: str) -> bool:
    return tag not in _OWN or tag in measure.of.extra


def _tag(name: str, value: str) -> str:
    return f"{name}:{RULES.spell(value)}"


def _where(measure: Measure) -> Iterator[str]:
    for name, wanted in measure.where:
        if len(wanted) == 1:
            yield _tag(name, wanted[0])
            continue
        for other in sorted(own_values(measure.metric, name) - set(wanted)):
            yield f"!{_tag(name, other)}"


def own_values(metric: int, attribute: str) -> frozenset[str]:
    """Give the values that a metric's own attribute can have, of those that this sink chooses."""
    shaping = Shaping(rules=PRESETS["otlp"].rules, dimensions=frozenset(DIMENSIONS))
    (sums,) = values_of([_EVERYTHING], shaping).values()
    return frozenset(
        value
        for cell in sums
        if cell.metric == metric
        for name, value in cell.extra
        if name == attribute
    )


_EVERYTHING = Record(
    date=dt.date(2026, 1, 1),
    organization_id="organization",
    actor_type="user_actor",
    actor_id="somebody",
    sessions=1,
    lines_added=1,
    lines_removed=1,
    commits=1,
    pull_requests=1,
    tool_actions=(ToolActions("tool", 1, 1),),
    model_usage=(
        ModelUsage(
            model="model",
            input_tokens=1,
            output_tokens=1,
            cache_read_tokens=1,
            cache_creation_tokens=1,
            estimated_cost=Decimal(1),
            estimated_cost_minor=Decimal(100),
            currency="USD",
        ),
    ),
)
"""A record in which nothing is zero."""
