"""The queries of the OTLP sink's README, asked of real backends after a sync and a restatement.

What they must answer is added up here from the rows of the simulated API, without the code under
test.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Decimal
from typing import Any, NamedTuple, TypeAlias

import pytest

from ccsync.simulator import Organization, Row, Simulator
from tests.support.backends import Prometheus, VictoriaMetrics, prometheus, victoriametrics
from tests.support.command import Clock, Place
from tests.support.otlp_readme import Query, queries
from tests.support.programs import path_of, program

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]

RANGE = 30
"""Days of the queries for totals; the last of them is the running day, which is not synced."""

SYNCED = 33
PATIENCE = 30.0
TOLERANCE = Decimal("1e-6")

SECTIONS = {
    "Prometheus": "prometheus",
    "Mimir": "prometheus",
    "VictoriaMetrics": "victoriametrics",
    "When old points are refused: observed": "observed",
}
"""Which sink's backend answers the queries of a section."""

PROGRAMS = {
    "prometheus": "prometheus",
    "victoriametrics": "victoriametrics",
    "observed": "prometheus",
}
SETTINGS = {
    "prometheus": {"preset": "prometheus"},
    "victoriametrics": {"preset": "victoriametrics"},
    "observed": {"preset": "prometheus", "point_time": "observed"},
}

Backend: TypeAlias = Prometheus | VictoriaMetrics
Answer: TypeAlias = dict[tuple[str, ...], Decimal]


class World(NamedTuple):
    """What was synced to which backends."""

    backends: dict[str, Backend]
    rows: list[Row]
    """What the API says about the synced days."""

    today: dt.date


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Sync a month to whichever backends are there, restate days, and sync again."""
    directory = tmp_path_factory.mktemp("readme")
    starts: dict[str, Callable[[], Any]] = {
        "prometheus": lambda: prometheus(directory / "prometheus"),
        "victoriametrics": lambda: victoriametrics(directory / "victoriametrics"),
        "observed": lambda: prometheus(directory / "observed", out_of_order=None),
    }
    now = dt.datetime.now(dt.UTC)
    today = now.date()
    organization = Organization(seed=3, users=10)
    with ExitStack() as stack:
        api = stack.enter_context(Simulator(organization))
        backends: dict[str, Backend] = {
            name: stack.enter_context(start())
            for name, start in starts.items()
            if path_of(PROGRAMS[name]).exists()
        }
        place = Place(directory, Clock(now))
        sinks = {
            name: {"type": "otlp", "endpoint": backend.endpoint, **SETTINGS[name]}
            for name, backend in backends.items()
        }
        place.configure(api.base_url, sinks=sinks, sync={"start": f"{SYNCED}d"})
        first = place.sync(timeout=120)
        assert first.exit == 0, first
        api.restate(today - dt.timedelta(days=2), "vanish", share=0.4)
        api.restate(today - dt.timedelta(days=3), "values", share=0.4)
        api.restate(today - dt.timedelta(days=20), "redimension", share=0.4)
        second = place.sync("--from", str(today - dt.timedelta(days=20)), timeout=120)
        assert second.exit == 0, second
        yield World(backends, list(_rows(organization, today)), today)


def _rows(organization: Organization, today: dt.date) -> Iterator[Row]:
    for age in range(1, SYNCED + 1):
        day = today - dt.timedelta(days=age)
        end = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), dt.UTC)
        yield from organization.rows(day, end, organization.revision(day))


def _day(row: Row) -> str:
    return str(row["date"])[:10]


def _costs(row: Row) -> Iterator[tuple[str, str, Decimal]]:
    """Give model, currency and amount in whole units."""
    for usage in row["model_breakdown"]:
        cost = usage["estimated_cost"]
        yield str(usage["model"]), str(cost["currency"]), Decimal(str(cost["amount"])) / 100


def person_days(rows: list[Row]) -> Answer:
    found: Answer = defaultdict(Decimal)
    for row in rows:
        actor: dict[str, str] = row["actor"]
        who = (actor.get("email_address", ""), actor.get("api_key_name", ""))
        for _, currency, amount in _costs(row):
            found[(_day(row), *who, currency)] += amount
    return found


def observed_days(rows: list[Row]) -> Answer:
    found: Answer = defaultdict(Decimal)
    for row in rows:
        for _, currency, amount in _costs(row):
            found[_day(row), currency] += amount
    return found


def model_range(rows: list[Row]) -> Answer:
    found: Answer = defaultdict(Decimal)
    for row in rows:
        for model, currency, amount in _costs(row):
            found[model, currency] += amount
    return found


def token_range(rows: list[Row]) -> Answer:
    names = {"cache_read": "cacheRead", "cache_creation": "cacheCreation"}
    found: Answer = defaultdict(Decimal)
    for row in rows:
        for usage in row["model_breakdown"]:
            for name, count in usage["tokens"].items():
                found[names.get(str(name), str(name)),] += count
    return found


def acceptance(rows: list[Row]) -> Answer:
    names = {
        "edit_tool": "Edit",
        "multi_edit_tool": "MultiEdit",
        "write_tool": "Write",
        "notebook_edit_tool": "NotebookEdit",
    }
    accepted: Answer = defaultdict(Decimal)
    every: Answer = defaultdict(Decimal)
    for row in rows:
        for tool, counts in row["tool_actions"].items():
            accepted[_day(row), names[tool]] += counts["accepted"]
            every[_day(row), names[tool]] += counts["accepted"] + counts["rejected"]
    return {key: accepted[key] / count for key, count in every.items() if count}


EXPECTED: dict[str, tuple[Callable[[list[Row]], Answer], tuple[str, ...]]] = {
    "person-days": (person_days, ("user_email", "api_key_name", "currency")),
    "acceptance": (acceptance, ("tool_name",)),
    "model-range": (model_range, ("model", "currency")),
    "token-range": (token_range, ("type",)),
    "observed-days": (observed_days, ("day", "currency")),
}
"""By what a query says it answers: the truth, and the labels of the answer."""


def _answer(world: World, backend: Backend, query: Query, labels: tuple[str, ...]) -> Answer:
    # Without nocache VictoriaMetrics may keep what it answered before new points showed.
    asked = {"query": query.promql, "nocache": "1"}
    found: Answer = {}
    if query.kind in ("person-days", "acceptance"):
        end = int(dt.datetime.combine(world.today, dt.time(), dt.UTC).timestamp())
        asked |= {"start": str(end - (RANGE - 1) * 86_400), "end": str(end), "step": "1d"}
        for one in backend.get("/api/v1/query_range", **asked)["data"]["result"]:
            for moment, value in one["values"]:
                day = dt.datetime.fromtimestamp(moment, dt.UTC).date()
                found[(str(day), *_labels(one["metric"], labels))] = Decimal(value)
        return found
    for one in backend.get("/api/v1/query", **asked)["data"]["result"]:
        found[_labels(one["metric"], labels)] = Decimal(one["value"][1])
    return found


def _labels(metric: dict[str, str], names: tuple[str, ...]) -> tuple[str, ...]:
    spelled = {name.replace(".", "_"): value for name, value in metric.items()}
    return tuple(spelled.get(name, "") for name in names)


def _difference(answer: Answer, truth: Answer) -> dict[tuple[str, ...], str]:
    """Say where answer and truth differ; nothing and zero are the same."""
    found: dict[tuple[str, ...], str] = {}
    for key in answer.keys() | truth.keys():
        got, wanted = answer.get(key, Decimal(0)), truth.get(key, Decimal(0))
        if got.is_nan() or abs(got - wanted) > TOLERANCE * max(Decimal(1), wanted):
            found[key] = f"{got} instead of {wanted}"
    return found


def test_every_kind_of_query_is_known_here() -> None:
    assert {query.kind for query in queries()} == set(EXPECTED)
    assert {query.section for query in queries()} == set(SECTIONS)


@pytest.mark.parametrize(
    "query", queries(), ids=lambda query: f"{query.section.split()[0]}-{query.kind}"
)
def test_a_query_answers_what_the_api_says(query: Query, request: pytest.FixtureRequest) -> None:
    name = SECTIONS[query.section]
    program(PROGRAMS[name])
    world: World = request.getfixturevalue("world")
    truth_of, labels = EXPECTED[query.kind]
    first = str(world.today - dt.timedelta(days=RANGE - 1))
    everything = query.kind == "observed-days"
    truth = truth_of([row for row in world.rows if everything or _day(row) >= first])
    assert len(truth) > 1
    until = time.monotonic() + PATIENCE  # new points show after a moment
    while difference := _difference(_answer(world, world.backends[name], query, labels), truth):
        assert time.monotonic() < until, f"{query.promql}\n{len(truth)} answers, not {difference}"
        time.sleep(0.3)
