from __future__ import annotations

import datetime as dt
from typing import Any

from ccsync.sink import Finding
from ccsync.snapshot import Snapshot
from ccsync.testing import a_record, a_snapshot
from ccsync_otlp.attributes import Rules
from ccsync_otlp.catalogue import DIMENSIONS
from ccsync_otlp.estimate import estimate

DAY = dt.date(2026, 11, 19)


def people(count: int) -> Snapshot:
    """Each has one point: a session."""
    return a_snapshot(
        [
            a_record(
                f"person-{number}@northwind.example",
                date=DAY,
                terminal_type=("vscode", "tmux")[number % 2],
                sessions=2,
                lines_added=0,
                lines_removed=0,
                commits=0,
                pull_requests=0,
                tool_actions=(),
                model_usage=(),
            )
            for number in range(count)
        ],
        day=DAY,
    )


def found(snapshot: Snapshot, **options: Any) -> Finding:
    chosen: dict[str, Any] = {
        "rules": Rules(),
        "dimensions": DIMENSIONS,
        "observed": False,
        "limit": 60,
        **options,
    }
    (finding,) = estimate(snapshot, **chosen)
    return finding


def test_up_to_the_limit_all_is_well() -> None:
    finding = found(people(20))
    assert (finding.level, finding.fix) == ("ok", "")
    assert finding.what.startswith("2026-11-19 is 20 points, each a series of its own; a month")
    assert "about 60 series (3 times a day's: " in finding.what


def test_above_it_people_are_what_to_leave_out() -> None:
    finding = found(people(21))
    assert finding.level == "warning"
    assert "about 63 series" in finding.what
    assert finding.what.endswith("more than series_warning: 60")
    assert (
        "`dimensions: [organization, terminal, customer, subscription, remote, model, tool]`; "
        "that day would be 2 points"
    ) in finding.fix


def test_without_people_what_saves_most_is_named() -> None:
    finding = found(people(21), dimensions=frozenset({"terminal", "organization"}), limit=1)
    assert "`dimensions: [organization]`; that day would be 1 point." in finding.fix


def test_where_nothing_saves_anything_nothing_is_promised() -> None:
    finding = found(people(1), dimensions=frozenset({"organization"}), limit=1)
    assert finding.level == "warning"
    assert "dimensions" not in finding.fix
    assert "raise series_warning" in finding.fix
    assert "dimensions" not in found(people(1), dimensions=frozenset[str](), limit=1).fix


def test_a_day_as_an_attribute_is_a_series_of_each_day() -> None:
    finding = found(people(3), observed=True)
    assert "about 90 series (30 times a day's: each day has its own)" in finding.what


def test_values_that_become_equal_are_one_series() -> None:
    same = a_snapshot(
        [a_record("Mira@northwind.example"), a_record("mira@northwind.example")], day=DAY
    )
    many, few = found(same), found(same, rules=Rules(fold_case=True))
    assert many.what.split()[2] != few.what.split()[2]


def test_an_empty_day_says_nothing_about_others() -> None:
    finding = found(a_snapshot([], day=DAY))
    assert (finding.level, finding.what) == (
        "ok",
        "2026-11-19 has no point to send, so nothing can be estimated",
    )
