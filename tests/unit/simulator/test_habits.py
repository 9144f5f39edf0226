"""Tokens, costs, proposals, commits, terminals and keys look like those of a real organization."""

from __future__ import annotations

import datetime as dt
import re
import statistics
from collections import defaultdict

import pytest

from ccsync.simulator import Organization, Row
from ccsync.simulator.people import people
from ccsync.simulator.pipelines import pipelines

from .conftest import DAY
from .reading import by_person, days, emails, keys, of_people, place, span, whole

ORGANIZATION = Organization(seed=3, users=150)
FIRST = dt.date(2026, 10, 26)


@pytest.fixture(scope="module", name="rows")
def _rows() -> list[Row]:
    """Two weeks."""
    return span(ORGANIZATION, FIRST, 14)


def test_most_of_what_models_read_comes_from_the_cache(rows: list[Row]) -> None:
    shares: list[float] = []
    for row in rows:
        for model in row["model_breakdown"]:
            tokens = model["tokens"]
            read = tokens["cache_read"]
            shares.append(read / (read + tokens["cache_creation"] + tokens["input"]))
    inside = sum(0.85 <= share <= 0.97 for share in shares)
    assert inside > 0.95 * len(shares)
    assert 0.88 < statistics.mean(shares) < 0.95
    assert statistics.stdev(shares) > 0.01


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_tenth_of_the_people_is_a_third_to_a_half_of_the_cost(seed: int) -> None:
    rows = span(Organization(seed=seed, users=150), FIRST, 14)
    costs = sorted(by_person(rows).values(), reverse=True)
    share = sum(costs[: len(costs) // 10]) / sum(costs)
    assert 0.28 < share < 0.55


def test_a_day_costs_a_person_some_dollars() -> None:
    costs = [
        cost for day in days(FIRST, 14) for cost in by_person(whole(ORGANIZATION, day)).values()
    ]
    assert 2 < statistics.median(costs) < 8
    assert 4 < statistics.mean(costs) < 20
    assert sum(2 <= cost <= 20 for cost in costs) > 0.5 * len(costs)


def answers(rows: list[Row]) -> dict[str, tuple[int, int]]:
    """Proposals accepted and rejected, per person."""
    sums: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for row in of_people(rows):
        for tool in row["tool_actions"].values():
            yes, no = sums[row["actor"]["email_address"]]
            sums[row["actor"]["email_address"]] = yes + tool["accepted"], no + tool["rejected"]
    return sums


def test_most_proposals_are_accepted_and_some_are_not(rows: list[Row]) -> None:
    shares = [yes / (yes + no) for yes, no in answers(rows).values() if yes + no > 200]
    assert len(shares) > 40
    assert min(shares) > 0.69
    assert max(shares) < 0.975
    assert statistics.stdev(shares) > 0.02


def test_people_learn() -> None:
    before = answers(span(ORGANIZATION, dt.date(2026, 1, 12), 14))
    after = answers(span(ORGANIZATION, dt.date(2026, 10, 12), 14))
    changes = [
        after[one][0] / sum(after[one]) - before[one][0] / sum(before[one])
        for one in before.keys() & after.keys()
        if min(sum(before[one]), sum(after[one])) > 150
    ]
    assert len(changes) > 25
    assert 0.005 < statistics.mean(changes) < 0.1, "slowly"
    for worker in people(3, 20, domain="x.example"):
        began = worker.career.learning_since
        shares = [worker.accepts(began + after) for after in (0, 30, 365, 3000)]
        assert shares == sorted(set(shares))
        assert 0.7 < shares[0] < shares[1] < shares[0] + 0.04
        assert shares[-1] < 0.97


def test_commits_fit_lines_and_pull_requests_fit_commits(rows: list[Row]) -> None:
    work = [row["core_metrics"] for row in rows]
    lines = sum(one["lines_of_code"]["added"] for one in work)
    commits = sum(one["commits_by_claude_code"] for one in work)
    requests = sum(one["pull_requests_by_claude_code"] for one in work)
    assert 60 < lines / commits < 300
    assert 0.1 < requests / commits < 0.6
    for one in work:
        assert one["num_sessions"] >= 1
        assert one["lines_of_code"]["removed"] <= one["lines_of_code"]["added"]
        assert one["commits_by_claude_code"] <= one["lines_of_code"]["added"]
        assert one["pull_requests_by_claude_code"] <= one["commits_by_claude_code"]


def test_lines_come_from_accepted_proposals(rows: list[Row]) -> None:
    for row in rows:
        accepted = sum(tool["accepted"] for tool in row["tool_actions"].values())
        assert bool(accepted) == bool(row["core_metrics"]["lines_of_code"]["added"])


def test_people_have_a_usual_terminal_and_others(rows: list[Row]) -> None:
    used: dict[str, list[str]] = defaultdict(list)
    for row in of_people(rows):
        used[row["actor"]["email_address"]].append(row["terminal_type"])
    several = [one for one in used.values() if len(set(one)) > 1]
    assert 0.4 < len(several) / len(used) < 0.98
    busy = [one for one in used.values() if len(one) > 8]
    assert all(one.count(statistics.mode(one)) > 0.4 * len(one) for one in busy)


def test_keys_are_named_like_real_ones(rows: list[Row]) -> None:
    own = {name for name in keys(rows) if name.startswith("claude_code_key_")}
    assert len(own) > 3
    everybody = people(3, 150, domain="northwind.example")
    names = {
        address.partition("@")[0] for address in (one.actor["email_address"] for one in everybody)
    }
    for name in own:
        made = re.fullmatch(r"claude_code_key_(.+)_[a-z]{4}", name)
        assert made is not None
        assert made[1] in names
    assert {"nightly-triage", "ci-review"} <= keys(rows)


def test_some_sessions_are_remote(rows: list[Row]) -> None:
    remote = [row for row in rows if row["is_remote"]]
    assert 0.02 < len(remote) / len(rows) < 0.25


def test_subscribers_show_up_under_api_at_times(rows: list[Row]) -> None:
    kinds: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in of_people(rows):
        kinds[row["date"], row["actor"]["email_address"]].add(row["customer_type"])
    both = sum(len(one) > 1 for one in kinds.values())
    assert 0 < both < 0.05 * len(kinds)


def test_rows_are_unique_on_every_day() -> None:
    for day in days(dt.date(2026, 10, 1), 14):
        rows = whole(ORGANIZATION, day)
        assert len({place(row) for row in rows}) == len(rows)


def test_hundreds_of_pipelines_have_a_name_of_their_own() -> None:
    names = [one.actor["api_key_name"] for one in pipelines(3, 10_000)]
    assert len(set(names)) == len(names) == 400


def test_people_have_their_hours() -> None:
    """Half a day shows the people of the east, and not yet those of the west."""
    noon = dt.datetime.combine(DAY, dt.time(12), dt.UTC)
    so_far = emails(ORGANIZATION.rows(DAY, noon, 0))
    everybody = emails(whole(ORGANIZATION, DAY))
    assert 0.3 < len(so_far) / len(everybody) < 0.9
