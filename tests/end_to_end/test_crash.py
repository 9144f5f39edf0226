"""`kill -9` anywhere: the next run puts everything right, also when the API goes back on itself."""

from __future__ import annotations

import itertools

import pytest

from tests.end_to_end.crash import Crash
from tests.end_to_end.scene import NEWEST, OLDER, OPEN, Scene
from tests.end_to_end.truth import Database

POINTS = ("after-remember", "before-write:2", "after-write:3", "before-write:7", "before-return")
"""Of deliveries as points. Each of two days is three of them and two tombstones or the like."""


@pytest.fixture
def crash(scene: Scene) -> Crash:
    made = Crash(scene, Database(scene.place.directory / "points.db"))
    made.configure()
    made.say("first")
    return made


def test_while_points_are_written(crash: Crash) -> None:
    """The API goes back to what it said before, though the killed run sent something else."""
    crash.configure("points")
    crash.sync()
    for point in POINTS:
        crash.say("other")
        crash.assert_killed(crash.sync_killed(CCSYNC_TEST_KILL=point))
        crash.say("first")
        crash.assert_healed(crash.sync(), "points")


def test_while_points_are_written_of_what_the_api_still_says(crash: Crash) -> None:
    crash.configure("points")
    crash.sync()
    for point, answer in (("after-write:3", "other"), ("before-return", "first")):
        crash.say(answer)
        crash.assert_killed(crash.sync_killed(CCSYNC_TEST_KILL=point))
        crash.assert_healed(crash.sync(), "points")


def test_while_a_day_is_replaced(crash: Crash) -> None:
    crash.configure("usage")
    crash.sync()
    for point in ("after-remember", "after-write:2", "before-return"):
        crash.say("other")
        crash.assert_killed(crash.sync_killed(CCSYNC_TEST_KILL=point))
        crash.say("first")
        crash.assert_healed(crash.sync(), "usage")


@pytest.mark.parametrize("then", ["first", "other"])
def test_between_two_pages_of_a_day(crash: Crash, then: str) -> None:
    crash.sync()
    crash.say("other")
    crash.assert_killed(crash.sync_killed_at_request(NEWEST, page=2))
    assert crash.shown_points(OPEN) == crash.true_points(OPEN), "the day before was delivered"
    assert crash.shown_points(NEWEST) != crash.true_points(NEWEST), "half a day is no day"
    crash.say(then)
    crash.assert_healed(crash.sync())


def test_in_the_very_first_run(crash: Crash) -> None:
    crash.assert_killed(crash.sync_killed_at_request(OLDER, page=2))
    crash.assert_killed(crash.sync_killed(CCSYNC_TEST_KILL="after-write:2"))
    crash.say("other")
    crash.assert_healed(crash.sync())


@pytest.mark.parametrize(
    ("call", "goes_back"), [("before-replace", True), ("after-replace", False)]
)
def test_while_the_state_is_written(crash: Crash, call: str, goes_back: bool) -> None:
    """At each writing of the ledger and of a note in turn, until a run survives.

    Before the renaming there is a whole temporary file, after it the new document: neither may be
    taken for an acknowledgement, and neither may hide one.
    """
    crash.configure("points")
    crash.sync()
    answers = ["first", "other"]
    for number in itertools.count(1):
        crash.say(answers[1])
        done = crash.sync_killed(**crash.dying(f"{call}:{number}"))
        if done.exit == 0:
            assert number > 6, "the lease, two attempts, two notes, and the end"
            crash.assert_healed(done, "points")
            return
        crash.assert_killed(done)
        if goes_back:
            crash.say(answers[0])
        else:
            answers.reverse()
        crash.assert_healed(crash.sync(), "points")


def test_before_the_state_is_forced_to_the_disk(crash: Crash) -> None:
    """Each writing forces first the file, then its directory."""
    crash.configure("points")
    crash.sync()
    for number in (1, 3, 6):
        crash.say("other")
        crash.assert_killed(crash.sync_killed(**crash.dying(f"before-fsync:{number}")))
        crash.say("first")
        crash.assert_healed(crash.sync(), "points")


def test_before_there_is_a_ledger(crash: Crash) -> None:
    crash.assert_killed(crash.sync_killed(**crash.dying("before-replace:1")))
    assert not (crash.scene.place.state / "ledger.json").exists()
    status = crash.scene.place.run("status")
    assert status.exit == 0, status
    crash.assert_healed(crash.sync())


def test_a_run_that_dies_again_and_again(crash: Crash) -> None:
    """Each run gets a little further; none leaves anything behind."""
    crash.configure("points")
    for number in (1, 2, 5):
        crash.say("other" if number == 2 else "first")
        crash.assert_killed(crash.sync_killed(CCSYNC_TEST_KILL=f"after-write:{number}"))
    runs = crash.scene.place.state / "runs"
    assert len(list(runs.iterdir())) == 3
    crash.assert_healed(crash.sync(), "points")
    assert list(runs.iterdir()) == []
