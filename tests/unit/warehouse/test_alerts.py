"""Every alert is silent when all is well, and otherwise says what is wrong and what to do."""

from __future__ import annotations

import datetime as dt
import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import msgspec
import pytest

from ccsync.warehouse.alerts import ALERTS, Alert, alerts, check, data, usage
from ccsync.warehouse.alerts.alert import SHOWN
from ccsync.warehouse.dialect import Dialect
from ccsync_otlp.dashboards import conditions

from .alert_scenes import calm, trouble
from .alert_truth import TRUTH
from .comparing import difference
from .engine import Engine
from .scene import Scene

SCENES: dict[str, Callable[[], Scene]] = {
    name: functools.cache(make)
    for name, make in {"calm": calm, "trouble": trouble, "empty": Scene}.items()
}
KEYS = [alert.key for alert in ALERTS]
OF_RUNS = "job-failing"
"""What only a run can say of itself."""
OF_TABLES = "day-incomplete"
"""What metrics cannot say."""

each_alert = pytest.mark.parametrize("alert", ALERTS, ids=KEYS)


@pytest.fixture(scope="module", params=["duckdb", "bigquery"])
def engines(request: pytest.FixtureRequest) -> Iterator[dict[str, Engine]]:
    made = {name: Engine(request.param) for name in SCENES}
    for name, engine in made.items():
        engine.fill(SCENES[name]())
        engine.store_views()
    yield made
    for engine in made.values():
        engine.close()


@pytest.mark.parametrize("name", SCENES)
@each_alert
def test_alert_finds_what_is_wrong(engines: dict[str, Engine], alert: Alert, name: str) -> None:
    engine = engines[name]
    found = engine.ask(alert.wrong(engine.dialect))
    assert difference(found, list(TRUTH[alert.key](SCENES[name]()))) == ""


@each_alert
def test_alert_is_silent_when_all_is_well(engines: dict[str, Engine], alert: Alert) -> None:
    engine = engines["calm"]
    assert engine.ask(check(alert, engine.dialect)) == [{alert.name: "ok"}]


@each_alert
def test_alert_says_what_is_wrong_and_what_to_do(engines: dict[str, Engine], alert: Alert) -> None:
    engine = engines["trouble"]
    what = sorted(row["what"] for row in TRUTH[alert.key](SCENES["trouble"]()))
    assert what
    with pytest.raises(duckdb.InvalidInputException) as raised:
        engine.ask(check(alert, engine.dialect))
    said = str(raised.value).removeprefix("Invalid Input Error: ")
    assert said == f"{alert.summary}: {'; '.join(what)}. What to do: {alert.runbook}"


def test_a_message_names_some_and_counts_the_rest(engines: dict[str, Engine]) -> None:
    engine = engines["trouble"]
    rows = " UNION ALL ".join(f"SELECT 'n{100 + n}' AS what" for n in range(SHOWN + 3))

    def wrong(_: Dialect) -> str:
        return rows

    alert = msgspec.structs.replace(ALERTS[0], wrong=wrong)
    with pytest.raises(duckdb.InvalidInputException, match="n108; n109; and 3 more"):
        engine.ask(check(alert, engine.dialect))


@each_alert
def test_no_alert_names_a_person(engines: dict[str, Engine], alert: Alert) -> None:
    rows = engines["trouble"].ask(alert.wrong(engines["trouble"].dialect))
    assert rows
    assert not [row for row in rows if "@" in str(row)]


def test_alerts_are_those_of_the_metrics() -> None:
    ours = [alert.key for alert in ALERTS if alert.key != OF_TABLES]
    assert ours == [one.key for one in conditions.ALERTS if one.key != OF_RUNS]


def test_thresholds_are_those_of_the_metrics() -> None:
    known: dict[str, Any] = {one.key: one.condition for one in conditions.ALERTS}
    stale, budget, cost = (known[key] for key in ("data-stale", "over-budget", "cost-unusual"))
    rate, gone = known["acceptance-falling"], known["people-vanished"]
    assert {
        data.data_stale: {"hours": stale.longer_than // dt.timedelta(hours=1)},
        usage.over_budget: {"amount": budget.amount, "days": budget.days},
        usage.cost_unusual: {
            "times": cost.times,
            "days": cost.days,
            "at_least": cost.at_least,
            "known": cost.known,
        },
        usage.acceptance_falling: {
            "percent": 100 * rate.to,
            "days": rate.days,
            "before": rate.before,
            "at_least": rate.at_least,
        },
        usage.people_vanished: {
            "percent": 100 * gone.to,
            "days": gone.days,
            "at_least": gone.at_least,
        },
    } == {
        make: {name: one.default for name, one in inspect.signature(make).parameters.items()}
        for make in (
            data.data_stale,
            usage.over_budget,
            usage.cost_unusual,
            usage.acceptance_falling,
            usage.people_vanished,
        )
    }


def test_the_budget_is_ones_own(engines: dict[str, Engine]) -> None:
    (alert,) = (one for one in alerts(budget=9_999) if one.key == "over-budget")
    rows = engines["calm"].ask(alert.wrong(engines["calm"].dialect))
    assert [row["what"] for row in rows] == ["organization budget: 10000 USD of 9999"]
