from __future__ import annotations

import pytest

from ccsync_otlp import catalogue
from ccsync_otlp.catalogue import ATTRIBUTES, DIMENSIONS, METRICS


def test_names_are_not_those_of_the_client() -> None:
    assert all(metric.name.startswith("claude_code.daily.") for metric in METRICS)
    assert len({metric.name for metric in METRICS}) == len(METRICS)


def test_no_metric_is_without_unit() -> None:
    assert all(metric.unit not in ("", "1") for metric in METRICS)


def test_every_own_attribute_and_every_dimension_is_described() -> None:
    described = {one.name for one in ATTRIBUTES}
    assert {name for metric in METRICS for name in metric.extra} <= described
    assert {one.dimension for one in ATTRIBUTES} == {None, *DIMENSIONS}


@pytest.mark.parametrize(
    ("position", "name"),
    [
        (catalogue.SESSIONS, "session.count"),
        (catalogue.LINES, "lines_of_code.count"),
        (catalogue.COMMITS, "commit.count"),
        (catalogue.PULL_REQUESTS, "pull_request.count"),
        (catalogue.DECISIONS, "code_edit_tool.decision"),
        (catalogue.TOKENS, "token.usage"),
        (catalogue.COST, "cost.usage"),
    ],
)
def test_positions_are_what_they_are_called(position: int, name: str) -> None:
    assert METRICS[position].name == f"claude_code.daily.{name}"


def test_only_money_is_decimal() -> None:
    assert [metric.name for metric in METRICS if metric.decimal] == ["claude_code.daily.cost.usage"]


def test_the_tables_hold_everything() -> None:
    text = catalogue.markdown()
    lines = text.splitlines()
    for metric in METRICS:
        line = next(line for line in lines if line.startswith(f"| `{metric.name}` |"))
        own = [f"`{name}`" for name in metric.extra]
        assert all(part in line for part in [f"`{metric.unit}`", metric.description, *own])
    for one in ATTRIBUTES:
        line = next(line for line in lines if line.startswith(f"| `{one.name}` |"))
        assert one.meaning in line
        assert (f"`{one.dimension}`" if one.dimension else "always") in line
    assert len(lines) == len(METRICS) + len(ATTRIBUTES) + 5
    assert {line.count(" | ") for line in lines} == {4, 2, 0}
    assert text.endswith("|\n")
