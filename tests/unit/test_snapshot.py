from __future__ import annotations

import datetime as dt
import itertools
import random
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccsync.privacy import Privacy
from ccsync.records import Record, combine, identity
from ccsync.settings.model import PrivacySettings
from ccsync.spool import LIVE_RECORDS
from ccsync.testing import a_record, a_snapshot
from ccsync.testing.builders import DAY, FETCHED_AT, a_fetched_day

PEOPLE = [a_record(f"{name}@northwind.example", sessions=n) for n, name in enumerate("abcd", 1)]


def test_its_name_does_not_depend_on_the_order_of_rows() -> None:
    orders = itertools.permutations(PEOPLE)
    names = {a_snapshot(order).snapshot_id for order in orders}
    assert len(names) == 1
    assert len(names.pop()) == 32


@pytest.mark.parametrize(
    "changes",
    [
        {"fetched_at": FETCHED_AT + dt.timedelta(hours=1)},
        {"settled": False},
    ],
)
def test_its_name_does_not_depend_on_when_it_was_fetched(changes: dict[str, Any]) -> None:
    assert a_snapshot(PEOPLE, **changes).snapshot_id == a_snapshot(PEOPLE).snapshot_id


@pytest.mark.parametrize(
    "other",
    [
        a_snapshot(PEOPLE, day=DAY + dt.timedelta(days=1)),
        a_snapshot(PEOPLE, source_id="another organization"),
        a_snapshot(PEOPLE[:-1]),
        a_snapshot([]),
        a_snapshot([*PEOPLE[:-1], a_record("d@northwind.example", sessions=5)]),
        a_snapshot([*PEOPLE[:-1], a_record("d@northwind.example", sessions=4, terminal_type="")]),
        a_snapshot(PEOPLE, privacy=PrivacySettings(identity="drop")),
    ],
)
def test_other_content_has_another_name(other: Any) -> None:
    assert other.snapshot_id != a_snapshot(PEOPLE).snapshot_id


def test_the_name_of_known_content_never_changes() -> None:
    """Another name for old content would deliver every day of every user again."""
    assert a_snapshot([]).snapshot_id == "88cc275ba9fcaaeefcb66f6374921c68"
    assert a_snapshot(PEOPLE).snapshot_id == "78efbc3d3f8ed9d131722a332f802bea"


def test_spellings_of_a_number_do_not_matter() -> None:
    one = a_snapshot([a_record(cost_minor=Decimal("41.50"))])
    other = a_snapshot([a_record(cost_minor=Decimal("4.15E+1"))])
    assert one.snapshot_id == other.snapshot_id


def test_a_day_without_usage_is_a_snapshot_too() -> None:
    empty = a_snapshot([])
    assert (empty.record_count, list(empty.records()), empty.merged) == (0, [], 0)


def test_rows_of_equal_identity_are_added_and_counted() -> None:
    twice = [a_record("key", sessions=1), *PEOPLE, a_record("key", sessions=2)]
    snapshot = a_snapshot(twice)
    assert (snapshot.record_count, snapshot.merged) == (5, 1)
    assert {record.actor_id: record.sessions for record in snapshot.records()}["key"] == 3
    sum_of_both = combine(a_record("key", sessions=1), a_record("key", sessions=2))
    assert snapshot.snapshot_id == a_snapshot([sum_of_both, *PEOPLE]).snapshot_id


def test_equal_identities_are_found_across_the_slices_of_a_large_day() -> None:
    rows = [a_record(f"{n}@northwind.example", sessions=1) for n in range(LIVE_RECORDS + 500)]
    again = [a_record("3@northwind.example", sessions=5), a_record("7@northwind.example")]
    snapshot = a_snapshot([*rows, *again])
    by_person = {record.actor_id: record.sessions for record in snapshot.records()}
    assert (snapshot.record_count, len(by_person), snapshot.merged) == (3000, 3000, 2)
    assert by_person["3@northwind.example"] == 6
    assert by_person["7@northwind.example"] == 4
    assert by_person["8@northwind.example"] == 1


def test_records_are_given_as_often_as_wanted() -> None:
    snapshot = a_snapshot(PEOPLE)
    assert list(snapshot.records()) == list(snapshot.records()) == PEOPLE
    assert [record for part in snapshot.slices() for record in part] == PEOPLE


def test_a_policy_is_applied_once_for_all_sinks_that_share_it() -> None:
    fetched = a_fetched_day(PEOPLE)
    drop = PrivacySettings(identity="drop")
    assert fetched.seen_through(Privacy(drop)) is fetched.seen_through(Privacy(drop))
    assert fetched.seen_through(Privacy(drop)) is not fetched.seen_through(
        Privacy(PrivacySettings())
    )


def test_without_leaves_records_out_under_another_name() -> None:
    whole = a_snapshot(PEOPLE, settled=False)
    fewer = whole.without(PEOPLE[:1])
    assert list(fewer.records()) == PEOPLE[1:]
    assert fewer.snapshot_id == a_snapshot(PEOPLE[1:]).snapshot_id
    assert (fewer.day, fewer.source_id, fewer.fetched_at, fewer.settled) == (
        whole.day,
        whole.source_id,
        whole.fetched_at,
        False,
    )
    assert whole.without([a_record("nobody")]).snapshot_id == whole.snapshot_id


def test_it_shows_itself_without_its_content() -> None:
    snapshot = a_snapshot(PEOPLE)
    assert repr(snapshot) == f"<Snapshot {DAY} {snapshot.snapshot_id[:8]} of 4 records>"


def test_a_fetched_day_tells_what_was_in_the_answer() -> None:
    fetched = a_fetched_day([*PEOPLE, PEOPLE[0]])
    assert (fetched.rows, fetched.skipped_rows, fetched.settled) == (5, (), True)


def a_row(person: str, terminal: str | None, sessions: int) -> Record:
    return a_record(person, terminal_type=terminal, sessions=sessions)


rows = st.lists(
    st.builds(
        a_row,
        person=st.sampled_from(("Ann@x.example", "ann@x.example", "bob@x.example", "")),
        terminal=st.sampled_from((None, "", "vscode")),
        sessions=st.integers(0, 3),
    ),
    max_size=12,
)


@given(rows, st.sampled_from(("email", "drop")), st.randoms(use_true_random=False))
def test_a_snapshot_holds_each_identity_once_and_loses_nothing(
    given_rows: list[Record], policy: Any, rng: random.Random
) -> None:
    privacy = PrivacySettings(identity=policy)
    snapshot = a_snapshot(given_rows, privacy=privacy)
    records = list(snapshot.records())
    assert len({identity(record) for record in records}) == len(records) == snapshot.record_count
    assert snapshot.merged == len(given_rows) - len(records)
    assert sum(record.sessions for record in records) == sum(row.sessions for row in given_rows)
    shuffled = rng.sample(given_rows, len(given_rows))
    assert a_snapshot(shuffled, privacy=privacy).snapshot_id == snapshot.snapshot_id
    encoded = sorted(map(msgspec.json.encode, records))
    again = sorted(map(msgspec.json.encode, a_snapshot(shuffled, privacy=privacy).records()))
    assert again == encoded
