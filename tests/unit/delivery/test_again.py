"""Which days a sink gets again, and with what memory."""

from __future__ import annotations

from typing import Any

import pytest

from ccsync.errors import Exit
from tests.support.scene import ANN, TOO_OLD, Scene, ago, kinds


def test_nothing_new_is_not_delivered_again_but_seen(scene: Scene) -> None:
    scene.run()
    before = scene.entry(ago(1)).line
    scene.runtime.advance(3600)
    report = scene.run()
    assert set(kinds(report).values()) == {"unchanged"}
    assert len(scene.one.taken) == 4
    after = scene.entry(ago(1)).line
    assert before is not None
    assert after is not None
    assert after.delivered_at == before.delivered_at
    assert after.fetched_at > before.fetched_at


def test_a_day_that_settles_unchanged_is_noted_as_settled(scene: Scene) -> None:
    scene.run()
    scene.runtime.advance(86400)
    scene.run()
    line = scene.entry(ago(2)).line
    assert line is not None
    assert line.settled


def test_a_restated_day_is_delivered_with_what_was_remembered(scene: Scene) -> None:
    scene.one.note = b"first"
    scene.run()
    scene.sessions(ago(1), 9)
    assert kinds(scene.run())[ago(1)] == "delivered"
    assert scene.one.taken[-1].sessions == {ANN: 9}
    assert scene.one.taken[-1].memory == b"first"


@pytest.mark.parametrize(
    ("resend", "hours", "sent"),
    [("never", 24, [0]), ("daily", 1, []), ("daily", 24, [2, 1, 0]), ("always", 1, [2, 1, 0])],
)
def test_open_days_are_sent_again_as_the_sink_asks(
    scene: Scene, resend: Any, hours: int, sent: list[int]
) -> None:
    scene.plugin = {"resend": resend}
    scene.run()
    scene.one.taken.clear()
    scene.runtime.advance(hours * 3600)
    scene.run()
    today = scene.runtime.now().date()
    assert [(today - day).days for day in scene.one.days] == sent


def test_the_settings_override_how_often_open_days_are_sent(scene: Scene) -> None:
    scene.plugin = {"resend": "always"}
    scene.configure("one", resend="never")
    scene.run()
    scene.run()
    assert len(scene.one.taken) == 4


def test_a_restatement_without_memory_says_that_tombstones_are_unknown(scene: Scene) -> None:
    scene.one.note = b"a note"
    scene.run()
    scene.store.memory.clear()
    scene.sessions(ago(1), 9)
    report = scene.run()
    assert report.exit == Exit.DATA_REFUSED
    assert kinds(report)[ago(1)] == "delivered"
    assert "tombstones unknown" in report.problems[0].reason
    assert scene.run().exit == Exit.OK


@pytest.mark.parametrize("again", [{"force": True}, {}])
def test_sending_the_same_again_without_memory_is_no_restatement(
    scene: Scene, again: dict[str, Any]
) -> None:
    scene.plugin = {"resend": "always"}
    scene.one.note = b"a note"
    scene.run()
    scene.store.memory.clear()
    report = scene.run(**again)
    assert report.exit == Exit.OK
    assert report.problems == []
    assert len(scene.one.taken) > 4


def test_a_sink_that_never_remembered_misses_nothing(scene: Scene) -> None:
    scene.run()
    scene.sessions(ago(1), 9)
    report = scene.run()
    assert (report.exit, report.problems) == (Exit.OK, [])


def test_an_untracked_sink_gets_the_window_each_time_and_no_memory(scene: Scene) -> None:
    scene.plugin = {"tracked": False}
    scene.one.note = b"a note"
    scene.run()
    scene.run()
    assert len(scene.one.taken) == 8
    assert scene.ledger.sinks == {}
    assert scene.store.memory == {}
    assert {one.memory for one in scene.one.taken} == {None}


def test_tracking_can_be_set(scene: Scene) -> None:
    scene.plugin = {"tracked": False}
    scene.configure("one", track=True)
    scene.run()
    scene.run()
    assert len(scene.one.taken) == 4


def test_a_recreated_destination_gets_every_day_again_with_its_memory(scene: Scene) -> None:
    scene.one.note = b"a note"
    scene.run()
    scene.one.identity = "made anew"
    scene.one.taken.clear()
    scene.run()
    assert [one.day for one in scene.one.taken] == [ago(age) for age in (3, 2, 1, 0)]
    assert {one.memory for one in scene.one.taken} == {b"a note"}


def test_what_was_delivered_without_a_ledger_is_not_forgotten(scene: Scene) -> None:
    scene.run()
    before = scene.entry(ago(1)).line
    scene.configure("one", track=False)
    scene.sessions(ago(1), 50)
    scene.run()
    assert scene.one.taken[-2].sessions == {ANN: 50}
    assert scene.entry(ago(1)).line == before, "it keeps no ledger"
    saves = scene.store.saves
    scene.run()
    assert scene.store.saves == saves + 2, (
        "once noted is enough: the lease is taken, and given back"
    )

    scene.configure("one", track=True)
    scene.sessions(ago(1), 2)
    report = scene.run()
    assert kinds(report)[ago(1)] == "delivered", "the ledger's line is not what is shown"
    assert scene.one.taken[-2].sessions == {ANN: 2}
    assert set(kinds(scene.run()).values()) == {"unchanged"}


def test_nor_what_it_says_of_a_day_that_was_refused(scene: Scene) -> None:
    scene.one.by_day[ago(1)] = TOO_OLD
    scene.run()
    del scene.one.by_day[ago(1)]
    scene.configure("one", track=False)
    scene.run()
    scene.configure("one", track=True)
    assert kinds(scene.run())[ago(1)] == "delivered"
