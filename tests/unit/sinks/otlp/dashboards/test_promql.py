"""From values to PromQL; that it is right is shown on real backends, in tests/integration."""

from __future__ import annotations

from ccsync_otlp import naming
from ccsync_otlp.catalogue import COST, DECISIONS, SESSIONS, TOKENS
from ccsync_otlp.dashboards.measures import ACCEPTED
from ccsync_otlp.dashboards.promql import Asking, Filter
from ccsync_otlp.dashboards.questions import PERSON, Measure, People, Ratio, Total

PROMETHEUS = Asking(names="underscores")
VICTORIA = Asking(names="dots")
_SESSIONS = 'last_over_time({__name__="claude_code_daily_session_count"}[1d] offset -1d)'


def test_a_day_is_the_last_value_of_each_series_then_the_sum() -> None:
    assert PROMETHEUS.value(Total(Measure(SESSIONS))) == f"sum ({_SESSIONS})"


def test_several_days_are_a_subquery_by_days() -> None:
    week = PROMETHEUS.value(Total(Measure(SESSIONS), days=7))
    assert week == f"sum_over_time((sum ({_SESSIONS}))[7d:1d])"
    assert PROMETHEUS.value(Total(Measure(SESSIONS)), window="[7d:1d]") == week


def test_cost_keeps_its_currency_and_may_have_its_unit() -> None:
    assert PROMETHEUS.value(Total(Measure(COST)), ["model"]) == (
        "sum by (model, currency) (last_over_time("
        '{__name__=~"claude_code_daily_cost_usage(_USD)?"}[1d] offset -1d))'
    )


def test_names_with_dots_are_quoted() -> None:
    assert VICTORIA.value(Total(Measure(COST)), ["terminal.type"]) == (
        'sum by ("terminal.type", currency) (last_over_time('
        '{__name__="claude_code.daily.cost.usage"}[1d] offset -1d))'
    )


def test_an_absent_part_of_a_ratio_is_zero_and_an_absent_whole_is_nothing() -> None:
    every = 'last_over_time({__name__="claude_code_daily_code_edit_tool_decision"}[1d] offset -1d)'
    accepted = every.replace('decision"}', 'decision", decision="accept"}')
    assert PROMETHEUS.value(Ratio(ACCEPTED, Measure(DECISIONS)), ["tool_name"]) == (
        f"(sum by (tool_name) ({accepted}) or 0 * sum by (tool_name) ({every}))"
        f" / (sum by (tool_name) ({every}) > 0)"
    )


def test_cost_for_each_of_something_else() -> None:
    asked = PROMETHEUS.value(Ratio(Measure(COST), Measure(SESSIONS)), ["customer_type"])
    assert " / on (customer_type) group_left () (sum by (customer_type) (" in asked
    assert asked.startswith("sum by (customer_type, currency) (")


def test_filters_narrow_the_metrics_that_know_them() -> None:
    filters = (
        Filter("organization.id", "=~", "$organization"),
        Filter("model", "=~", "$model"),
        Filter("currency", "=", "USD"),
    )
    asking = Asking(names="underscores", filters=filters, service="ccsync")
    sessions, tokens, cost = (
        asking.selector(Measure(one)).partition(", ")[2] for one in (SESSIONS, TOKENS, COST)
    )
    assert sessions == 'job="ccsync", organization_id=~"$organization"}'
    assert tokens == 'job="ccsync", organization_id=~"$organization", model=~"$model"}'
    assert cost == tokens.removesuffix("}") + ', currency="USD"}'
    ratio = asking.value(Ratio(Measure(COST), Measure(SESSIONS)))
    assert "$model" not in ratio, "it would narrow the cost and not the sessions"
    assert ratio.count("$organization") == 2
    assert "$model" not in asking.value(People())


def test_people_are_those_with_a_name_and_anything_above_zero() -> None:
    asked = VICTORIA.value(People(days=7))
    assert asked.startswith("count (count_over_time((count by (person) (label_join(")
    assert asked.count(r'{__name__=~"claude_code\\.daily\\..+", ') == 2
    assert '"user.email"!=""' in asked
    assert '"user.hash"!=""' in asked
    assert asked.endswith(', "person", "", "user.email", "user.hash") > 0))[7d:1d]))')


def test_by_person_is_by_one_label() -> None:
    asked = PROMETHEUS.value(Total(Measure(SESSIONS)), PERSON)
    assert asked.startswith("sum by (person) (label_join(")
    assert PROMETHEUS.labels([*PERSON, "model"]) == ["person", "model"]


def test_lines_are_told_apart_everywhere() -> None:
    asking = Asking(names="dots", apart=("service.name", "organization.id"))
    assert asking.value(Total(Measure(SESSIONS))).startswith(
        'sum by ("service.name", "organization.id") ('
    )
    people = asking.value(People())
    assert people.startswith('count by ("service.name", "organization.id") (count by (')


def test_a_namespace_is_a_label_of_its_own_or_part_of_the_job() -> None:
    matcher = r'"service.namespace"="a \"b\""'
    assert matcher in Asking(names="dots", namespace='a "b"').selector(Measure(0))
    assert "namespace" not in Asking(names="underscores", namespace="a").selector(Measure(0))
    assert naming.service_value("ccsync", "a", "underscores") == "a/ccsync"
    assert naming.service_value("ccsync", "a", "dots") == "ccsync"
