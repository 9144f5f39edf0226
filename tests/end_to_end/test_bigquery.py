"""The BigQuery sink through the installed command: restatements, deaths, two runs at once.

After each step the view shows either what the API says or what it said before: always one revision,
whole.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from ccsync.testing.bigquery import faults
from ccsync.warehouse.columns import USAGE_RAW
from tests.end_to_end.bigquery import INSERT, BigQuery, a_bigquery, wait_until
from tests.end_to_end.scene import MIDDLE, NEWEST, OPEN, WEEK, Scene
from tests.end_to_end.truth import a_row

QUERIES = "bigquery.jobs.create"


@pytest.fixture
def bigquery(scene: Scene) -> Iterator[BigQuery]:
    with a_bigquery(scene) as made:
        yield made


def test_restatements_that_die_half_way_and_records_that_vanish(bigquery: BigQuery) -> None:
    bigquery.people(300, revision=1)
    assert bigquery.sync().exit == 0
    bigquery.assert_true()
    partial_day = bigquery.shown()
    assert len(partial_day) == 300

    # kill -9 while four of eight requests are under way, and the fifth has not come.
    bigquery.people(400, revision=2)
    with bigquery.stalled(USAGE_RAW.name, skip=3) as wait, bigquery.start() as running:
        wait()
        running.kill()
        assert running.wait().exit == -signal.SIGKILL
    assert 300 < bigquery.raw() < 700, "half of it is there"
    assert bigquery.shown() == partial_day

    # The same, but it sees that it fails.
    bigquery.double.faults.add(
        INSERT, faults.http(503, "backendError"), table=USAGE_RAW.name, skip=5, times=None
    )
    done = bigquery.sync()
    assert done.exit == 5, done
    assert "503 backendError" in done.problems
    assert bigquery.shown() == partial_day
    bigquery.double.faults.clear()

    # Beyond the minute in which BigQuery might have dropped rows that it knows.
    bigquery.double.clock.advance(120)
    assert bigquery.sync().exit == 0
    bigquery.assert_true()
    assert len(bigquery.shown()) == 400
    assert bigquery.raw() > 700, "some rows are there twice, which nobody sees"

    bigquery.people(375, revision=3)
    assert bigquery.sync().exit == 0
    bigquery.assert_true()
    assert len(bigquery.shown()) == 375

    done = bigquery.sync()
    assert done.counts("warehouse") == {"unchanged": 1}


def test_back_to_what_it_was_before_and_after_compaction(bigquery: BigQuery) -> None:
    """A day that was shown before is shown again without a row being written, while it is there."""
    bigquery.people(120, revision=1)
    assert bigquery.sync().exit == 0
    bigquery.people(90, revision=2)
    assert bigquery.sync().exit == 0
    bigquery.assert_true()

    bigquery.people(120, revision=1)
    bigquery.double.reset_log()
    assert bigquery.sync().exit == 0
    bigquery.assert_true()
    assert (bigquery.sent(), bigquery.sent("sync_days"), bigquery.raw()) == (0, 1, 210)

    bigquery.people(90, revision=2)
    assert bigquery.sync().exit == 0
    bigquery.hours_pass(2)
    done = bigquery.scene.place.run("bigquery", "compact", "--older-than", "0d")
    assert done.exit == 0, done
    assert f"{NEWEST}: 120 rows deleted" in done.stdout
    bigquery.assert_true()
    assert bigquery.raw() == 90

    bigquery.people(120, revision=1)
    bigquery.double.reset_log()
    assert bigquery.sync().exit == 0
    bigquery.assert_true()
    assert bigquery.sent() == 120, "they had to be written anew"


def test_rows_that_vanish_behind_our_back(bigquery: BigQuery) -> None:
    """The views show the revision before; verify sees it; the next forced run mends it."""
    bigquery.people(20, revision=1)
    assert bigquery.sync().exit == 0
    before = bigquery.shown()
    bigquery.people(30, revision=2)
    assert bigquery.sync().exit == 0
    verify = ("verify", "--from", str(NEWEST), "--to", str(NEWEST))
    done = bigquery.scene.place.run(*verify)
    assert (done.exit, done.stdout) == (0, f"{NEWEST} warehouse: equal (30 records)\n"), done

    bigquery.hours_pass(2)
    bigquery.warehouse.query(
        "DELETE FROM {usage_raw} WHERE actor_id = 'person7@northwind.example' AND snapshot_id IN "
        "(SELECT snapshot_id FROM {sync_days} WHERE record_count = 30)"
    )
    assert bigquery.shown() == before, "29 of 30 records are no day"
    done = bigquery.scene.place.run(*verify)
    assert done.exit == 6, done
    assert f"{NEWEST} warehouse: records: shows 20, the API says 30" in done.stdout

    assert bigquery.sync("--force").exit == 0
    bigquery.assert_true()
    assert bigquery.scene.place.run(*verify).exit == 0


def test_both_modes_in_turn_and_an_empty_day(bigquery: BigQuery) -> None:
    bigquery.configure(mode="load")
    done = bigquery.sync(day=None)
    assert done.exit == 0, done
    bigquery.assert_true(*WEEK)
    assert bigquery.sent() == 0
    assert done.days("delivered") == WEEK

    bigquery.scene.put(OPEN)
    bigquery.people(60, revision=1)
    bigquery.configure(mode="stream")
    done = bigquery.sync(day=None)
    assert done.days("delivered") == [OPEN, NEWEST]
    bigquery.assert_true(*WEEK)
    assert bigquery.shown(OPEN) == []
    assert bigquery.sent() == 60

    bigquery.scene.put(OPEN, a_row(OPEN, "otto", 4))
    bigquery.scene.put(MIDDLE)
    bigquery.configure(mode="load")
    done = bigquery.sync(day=None)
    assert done.days("delivered") == [MIDDLE, OPEN]
    bigquery.assert_true(*WEEK)


def test_a_load_that_is_killed(bigquery: BigQuery) -> None:
    """Its rows were loaded; the next run finds them, and loads only the commit."""
    bigquery.configure(mode="load")
    bigquery.people(60, revision=1)
    assert bigquery.sync().exit == 0
    before = bigquery.shown()
    bigquery.people(50, revision=2)
    bigquery.double.faults.add("jobs.upload", faults.stall(), after_commit=True)
    with bigquery.start() as running:
        wait_until(lambda: bigquery.raw() == 110)
        running.kill()
        assert running.wait().exit == -signal.SIGKILL
    bigquery.double.faults.release()
    assert bigquery.shown() == before
    assert bigquery.sync().exit == 0
    bigquery.assert_true()
    assert bigquery.raw() == 110


def test_people_who_become_hashes_and_people_again(bigquery: BigQuery) -> None:
    bigquery.people(40, revision=1)
    assert bigquery.sync().exit == 0
    hashed = {"privacy": {"identity": "hash", "hash_key": "a key of some length"}}
    bigquery.configure(sections=hashed)
    assert bigquery.sync().exit == 0
    shown = bigquery.shown()
    assert len({record["actor_id"] for record in shown}) == 40
    assert all("@" not in record["actor_id"] for record in shown)
    sums = [sum(record["sessions"] for record in those) for those in (shown, bigquery.true())]
    assert sums[0] == sums[1]

    bigquery.configure()
    bigquery.double.reset_log()
    assert bigquery.sync().exit == 0
    bigquery.assert_true()
    assert bigquery.sent() == 0, "they are there"


@pytest.mark.parametrize("state", ["none", "two"])
def test_a_run_that_was_overtaken_leaves_what_is_newer(bigquery: BigQuery, state: str) -> None:
    """The lease keeps two runs apart where they have one state; here they have none, or two."""
    place = bigquery.scene.place
    kept = {"state": "none"} if state == "none" else {}
    bigquery.configure(sections=kept, retry_deadline="20s")
    bigquery.people(60, revision=1)
    with bigquery.stalled("sync_days") as wait, bigquery.start() as slow:
        wait()
        assert bigquery.shown() == [], "its rows are there, and no commit"
        bigquery.double.faults.clear()
        bigquery.people(45, revision=2)
        if state == "two":
            kept = {"state": f"file://{place.directory / 'another'}"}
        bigquery.configure(sections=kept)
        assert bigquery.sync().exit == 0
        bigquery.assert_true()
        bigquery.double.faults.release()
        done = slow.wait()
    assert done.exit == 0, done
    assert done.counts("warehouse") == {"not yet": 1}
    assert "a newer revision of the day" in done.stderr
    bigquery.assert_true()


def test_many_runs_at_once_without_a_lease(bigquery: BigQuery) -> None:
    bigquery.configure(sections={"state": "none"})
    with bigquery.start(None) as one, bigquery.start(None) as other:
        ends = one.wait(), other.wait()
    assert [done.exit for done in ends] == [0, 0], ends
    bigquery.assert_true(*WEEK[-3:])


def test_who_may_not_query_writes_every_time(bigquery: BigQuery) -> None:
    bigquery.double.deny(QUERIES)
    bigquery.people(80, revision=1)
    done = bigquery.sync()
    assert done.exit == 0, done
    (told,) = done.named("bigquery.cannot_query")
    assert QUERIES in told["reason"]
    assert "roles/bigquery.jobUser" in told["reason"]
    bigquery.assert_true()
    before = bigquery.shown()

    bigquery.people(70, revision=2)
    with bigquery.stalled(USAGE_RAW.name, skip=1) as wait, bigquery.start() as running:
        wait()
        running.kill()
    assert bigquery.shown() == before
    bigquery.double.reset_log()
    assert bigquery.sync().exit == 0
    assert bigquery.sent() == 70
    bigquery.assert_true()
    done = bigquery.scene.place.run("verify", "--from", str(NEWEST), "--to", str(NEWEST))
    assert done.exit == 3, done
    assert QUERIES in done.messages


def test_a_dataset_made_anew_is_filled_again(bigquery: BigQuery) -> None:
    assert bigquery.sync(day=None).exit == 0
    bigquery.warehouse.recreate()
    assert bigquery.shown() == []
    done = bigquery.sync(day=None)
    assert done.exit == 0, done
    assert done.days("delivered") == WEEK
    bigquery.assert_true(*WEEK)
