"""Records and snapshots made to measure."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from ccsync.records import identity
from ccsync.settings.model import PrivacySettings
from ccsync.testing import a_record, a_snapshot
from ccsync.testing.builders import DAY, FETCHED_AT, ORGANIZATION, a_fetched_day


def test_a_record_says_what_it_is_told() -> None:
    record = a_record("x", sessions=2, terminal_type=None, cost_minor=Decimal("12.5"))
    assert (record.actor_id, record.sessions, record.terminal_type) == ("x", 2, None)
    (usage,) = record.model_usage
    assert (usage.estimated_cost_minor, usage.estimated_cost) == (Decimal("12.5"), Decimal("0.125"))


def test_every_number_depends_on_the_sessions() -> None:
    one, other = a_record(sessions=2), a_record(sessions=7)
    for name in ("lines_added", "lines_removed", "commits", "pull_requests", "tool_actions"):
        assert getattr(one, name) != getattr(other, name)
    assert identity(one) == identity(other)


def test_a_snapshot_is_settled_and_of_the_organization() -> None:
    snapshot = a_snapshot([a_record(), a_record("other")])
    assert (snapshot.day, snapshot.source_id, snapshot.fetched_at) == (
        DAY,
        ORGANIZATION,
        FETCHED_AT,
    )
    assert snapshot.settled
    assert snapshot.record_count == 2


def test_a_snapshot_is_seen_through_privacy() -> None:
    dropped = a_snapshot([a_record("a"), a_record("b")], privacy=PrivacySettings(identity="drop"))
    (record,) = dropped.records()
    assert (record.actor_id, record.sessions) == ("", 6)


def test_a_fetched_day_may_be_any_day() -> None:
    day = dt.date(2026, 1, 2)
    fetched = a_fetched_day([a_record(date=day)], day=day, settled=False)
    assert (fetched.day, fetched.rows, fetched.settled) == (day, 1, False)
