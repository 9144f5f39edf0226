"""From a value to PromQL: of each series the last value in each UTC day, then the sum.

A day's points lie inside the day, a later revision at a later time, and what vanished is a zero.
So `last_over_time(x[1d] offset -1d)`, asked at the midnight that begins a day, is what is shown for
that day, and an open day is what there is of it so far. Several days are a subquery with a step of
`1d`: its steps lie at midnights UTC, whenever it is asked. Windows leave their first moment out
(Prometheus 3, Mimir 3, VictoriaMetrics).

Zeros are not sent. So the part of a ratio that has no series at all counts as zero, and a person
whose values were all taken back is nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from ccsync_otlp import naming
from ccsync_otlp.catalogue import ATTRIBUTES, METRICS
from ccsync_otlp.dashboards.questions import (
    CURRENCY,
    PERSON,
    Measure,
    People,
    Ratio,
    Total,
    Value,
)
from ccsync_otlp.dashboards.sent import PREFIX
from ccsync_otlp.naming import Names, quoted

WHO = "person"
"""The label that is made of the attributes of which one names a person."""

_OWN = {name for metric in METRICS for name in metric.extra}
_DIMENSIONS = {one.name: one.dimension for one in ATTRIBUTES}


class Filter(msgspec.Struct, frozen=True):
    """Narrows what is looked at; ignored for metrics that do not have the attribute."""

    attribute: str
    operator: Literal["=", "=~"]
    text: str


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """How values are asked for at one kind of backend."""

    names: Names
    service: str | None = None
    """What the label of the service has to say; None: anything."""

    namespace: str | None = None
    """Of the service, where it is a label of its own."""

    filters: tuple[Filter, ...] = ()
    apart: tuple[str, ...] = ()
    """Labels, as in answers, that tell all lines apart beside what is asked for."""

    def value(self, value: Value, by: Sequence[str] = (), window: str = "") -> str:
        """Write the expression of a value.

        Args:
            value: what is asked for.
            by: attributes that tell lines apart; costs are told apart by currency besides.
            window: empty: the day that begins when it is asked, at a midnight UTC. Otherwise the
                range, step and offset of a subquery, such as `[30d:1d]`: the days that begin in it.
        """
        if isinstance(value, Ratio):
            return self._ratio(value, by, window)
        window = window or _days(value.days)
        return (
            self._people(by, window)
            if isinstance(value, People)
            else self._total(value, by, window)
        )

    def labels(self, by: Iterable[str]) -> list[str]:
        """Give the labels that tell lines apart, as they are in answers."""
        keys = [WHO if name in PERSON else naming.label_key(name, self.names) for name in by]
        return list(dict.fromkeys([*self.apart, *keys]))

    def selector(self, measure: Measure, ignored: Iterable[str] = ()) -> str:
        """Write what chooses the series of a measure; filters on some attributes are ignored."""
        return _braces(self._matchers(measure, set(ignored)))

    def _total(self, total: Total, by: Sequence[str], window: str) -> str:
        costs = CURRENCY in total.measure.of.extra
        return self._sum(total.measure, (*by, CURRENCY) if costs else by, window)

    def _ratio(self, ratio: Ratio, by: Sequence[str], window: str) -> str:
        ours, theirs = set(ratio.part.of.extra), set(ratio.whole.of.extra)
        # What only one of the two metrics knows must not narrow that one alone.
        ignored = (ours ^ theirs) - {CURRENCY}
        whole = self._sum(ratio.whole, by, window, ignored)
        if CURRENCY in ours - theirs:
            part = self._sum(ratio.part, (*by, CURRENCY), window, ignored)
            on = _list(self.labels(by))
            return f"{part} / on ({on}) group_left () ({whole} > 0)"
        part = self._sum(ratio.part, by, window, ignored)
        return f"({part} or 0 * {whole}) / ({whole} > 0)"

    def _sum(
        self, measure: Measure, by: Sequence[str], window: str, ignored: Iterable[str] = ()
    ) -> str:
        last = self._last(self._matchers(measure, set(ignored)), by)
        return _over("sum_over_time", f"sum{_by(self.labels(by))} ({last})", window)

    def _people(self, by: Sequence[str], window: str) -> str:
        every = [naming.every_metric(PREFIX, self.names), *self._narrowed(set(_DIMENSIONS) - _OWN)]
        some = f"count{_by([*self.labels(by), WHO])} ({self._last(every, PERSON)} > 0)"
        return f"count{_by(self.labels(by))} ({_over('count_over_time', some, window)})"

    def _last(self, matchers: list[str], by: Iterable[str]) -> str:
        """Write the last value of each series in a day; by person: of those with a name."""
        if not set(by) & set(PERSON):
            return _last(_braces(matchers))
        keys = [naming.label_key(name, self.names) for name in PERSON]
        named = " or ".join(_last(_braces([*matchers, f'{_spelled(key)}!=""'])) for key in keys)
        return f'label_join({named}, "{WHO}", "", {", ".join(map(quoted, keys))})'

    def _matchers(self, measure: Measure, ignored: set[str]) -> list[str]:
        metric = measure.of
        own = [_matcher(name, *_one_of(values)) for name, values in measure.where]
        known = (set(_DIMENSIONS) - _OWN | set(metric.extra)) - ignored
        return [naming.metric(metric.name, metric.unit, self.names), *own, *self._narrowed(known)]

    def _narrowed(self, known: set[str]) -> list[str]:
        found: list[str] = []
        if self.service is not None:
            found.append(_matcher(naming.service(self.names), "=", self.service))
        if self.namespace is not None and self.names == "dots":
            found.append(_matcher("service.namespace", "=", self.namespace))
        for one in self.filters:
            if one.attribute in known:
                key = naming.label_key(one.attribute, self.names)
                found.append(_matcher(key, one.operator, one.text))
        return found


def _days(days: int) -> str:
    return f"[{days}d:1d]" if days > 1 else ""


def _over(function: str, inner: str, window: str) -> str:
    return f"{function}(({inner}){window})" if window else inner


def _last(selector: str) -> str:
    return f"last_over_time({selector}[1d] offset -1d)"


def _braces(matchers: Iterable[str]) -> str:
    return f"{{{', '.join(matchers)}}}"


def _matcher(key: str, operator: str, text: str) -> str:
    return f"{_spelled(key)}{operator}{quoted(text)}"


def _one_of(values: Sequence[str]) -> tuple[str, str]:
    return ("=", values[0]) if len(values) == 1 else ("=~", "|".join(map(re.escape, values)))


def _by(keys: Sequence[str]) -> str:
    return f" by ({_list(keys)})" if keys else ""


def _list(keys: Iterable[str]) -> str:
    return ", ".join(map(_spelled, keys))


def _spelled(key: str) -> str:
    return naming.label(key, "dots")
