"""Asks a query API what Grafana would ask for a panel; Grafana itself is not run.

What is repeated of it here, by its documentation and source: variables are put into queries as
text, the chosen ones of several as `(a|b)`; `$__range` is the range in whole seconds, rounded;
a range query begins and ends at multiples of its step, rounded down; an instant query asks at the
end of the range.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple, TypeAlias

from tests.integration.otlp.dashboard_truth import Answer
from tests.support.backends import Prometheus, VictoriaMetrics

Backend: TypeAlias = Prometheus | VictoriaMetrics

_STEPS = {"1d": 86_400, "10m": 600, "1h": 3_600}


class Query(NamedTuple):
    """One target of a panel."""

    title: str
    place: int
    """Which of the panel's targets, from 0."""

    target: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.title.lower().replace(' ', '-')}-{self.place}"


class View(NamedTuple):
    """What a reader looks at."""

    name: str
    since: dt.datetime
    until: dt.datetime
    chosen: Mapping[str, Sequence[str]] = {}
    """By variable; all of those that are not named here."""


def queries(dashboard: str) -> Iterator[Query]:
    """Give every target of a dashboard's JSON."""
    for panel in json.loads(dashboard)["panels"]:
        for place, target in enumerate(panel.get("targets", [])):
            yield Query(panel["title"], place, target)


def written(query: str, dashboard: dict[str, Any], view: View, step: int = 86_400) -> str:
    """Put the variables into a query."""
    texts = {"__range": f"{round((view.until - view.since).total_seconds())}s"}
    texts["__interval"] = f"{step}s"
    for variable in dashboard["templating"]["list"]:
        name, chosen = variable["name"], view.chosen.get(variable["name"])
        if variable.get("multi"):
            texts[name] = variable["allValue"] if chosen is None else _any_of(chosen)
        else:
            texts[name] = chosen[0] if chosen else str(variable["current"].get("value"))
    found = re.sub(r"\$(\w+)", lambda match: texts[match[1]], query)
    assert "$" not in found
    return found


def _any_of(values: Sequence[str]) -> str:
    # Grafana escapes for the regular expression, and backslashes once more for the string.
    escaped = [re.sub(r"[\\^$*+?.()|[\]{}/]", r"\\\\\g<0>", value) for value in values]
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"


def days(view: View) -> list[dt.date]:
    """Give the days that begin in the range; those of a chart, whatever it shows at its edges."""
    first = view.since.date()
    if dt.datetime.combine(first, dt.time(), dt.UTC) < view.since:
        first += dt.timedelta(days=1)
    last = (view.until - dt.timedelta(microseconds=1)).date()
    return [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]


def choices(
    backend: Backend, variable: dict[str, Any], dashboard: dict[str, Any], view: View
) -> set[str]:
    """Look up what a variable offers."""
    query = variable["query"]["query"]
    if match := re.fullmatch(r"label_values\((.+),\s*([a-zA-Z_][a-zA-Z0-9_]*)\)", query):
        selector = written(match[1], dashboard, view)
        times = {"start": f"{view.since.timestamp():.0f}", "end": f"{view.until.timestamp():.0f}"}
        path = f"/api/v1/label/{match[2]}/values"
        return set(backend.get(path, **{"match[]": selector}, **times)["data"])
    match = re.fullmatch(r"query_result\((.+)\)", query)
    assert match, query
    at = f"{view.until.timestamp():.3f}"
    lines = _asked(backend, "query", query=written(match[1], dashboard, view), time=at)
    # A line is offered as text, of which the variable's regular expression takes a part.
    texts = ["{" + ",".join(f'{k}="{v}"' for k, v in one["metric"].items()) + "}" for one in lines]
    found = [re.search(variable["regex"].strip("/"), text) for text in texts]
    return {one[1] for one in found if one}


def instant(backend: Backend, query: str, at: dt.datetime, keys: Sequence[str]) -> Answer:
    """Ask once; gives values by labels, of which those that are not there are empty."""
    found: Answer = {}
    for one in _asked(backend, "query", query=query, time=f"{at.timestamp():.3f}"):
        key = _key(one["metric"], keys)
        assert key not in found, f"two lines for {key}"
        found[key] = Decimal(one["value"][1])
    return found


def ranged(
    backend: Backend, query: str, view: View, step: int, keys: Sequence[str]
) -> dict[dt.datetime, Answer]:
    """Ask for a chart; gives values by moment and labels."""
    start, end = (int(one.timestamp()) // step * step for one in (view.since, view.until))
    found: dict[dt.datetime, Answer] = {}
    answer = _asked(
        backend, "query_range", query=query, start=str(start), end=str(end), step=str(step)
    )
    for one in answer:
        key = _key(one["metric"], keys)
        for moment, value in one["values"]:
            line = found.setdefault(dt.datetime.fromtimestamp(moment, dt.UTC), {})
            assert key not in line, f"two lines for {key}"
            line[key] = Decimal(value)
    return found


def _asked(backend: Backend, path: str, **asked: str) -> list[dict[str, Any]]:
    # Without nocache VictoriaMetrics may keep what it answered before new points showed.
    found: list[dict[str, Any]] = backend.get(f"/api/v1/{path}", **asked, nocache="1")["data"][
        "result"
    ]
    return found


def _key(labels: dict[str, str], keys: Sequence[str]) -> tuple[str, ...]:
    assert set(labels) <= set(keys), f"{sorted(labels)} are told apart, not {sorted(keys)}"
    return tuple(labels.get(key, "") for key in keys)
