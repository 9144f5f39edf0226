"""`ccsync status`: what the ledger says, for people, programs and probes."""

from __future__ import annotations

import json

from ccsync.simulator import effects
from tests.end_to_end.scene import MIDDLE, NEWEST, OLD, OLDER, OPEN, WEEK, Scene


def test_before_the_first_run(scene: Scene) -> None:
    done = scene.place.run("status", "--max-age", "26h")
    assert done.exit == 5
    assert "usage  nothing delivered yet" in done.stdout
    assert f"missing: {WEEK[0]} to {WEEK[-1]}" in done.stdout
    assert done.messages == "usage: has no data yet; the limit is 26h"
    assert not scene.place.state.exists(), "looking leaves nothing behind"


def test_gaps_open_skipped_and_age(scene: Scene) -> None:
    scene.configure(
        {
            "usage": scene.sqlite,
            "short": scene.scripted("short", oldest=OPEN),
            "picky": scene.scripted("picky", unwanted="mira@northwind.example"),
            "out": {"type": "stdout"},
        },
        source={"retry_deadline": "0.3s"},
    )
    scene.api.faults.add(effects.status(500), day=MIDDLE, times=None)
    assert scene.sync().exit == 4
    scene.place.clock.advance(hours=30)

    done = scene.place.run("status", "--json")
    assert done.exit == 0
    assert done.stderr == ""
    found = {one["sink"]: one for one in json.loads(done.stdout)}
    today = {"2026-11-20": "missing"}
    others = ["settled", "settled", "missing", "open", "open"]
    assert found["usage"]["days"] == dict(zip(map(str, WEEK), others, strict=True)) | today
    assert found["usage"]["newest_day"] == str(WEEK[-1])
    assert found["usage"]["records"] == 8
    assert 30 * 3600 <= found["usage"]["age_seconds"] < 30 * 3600 + 60
    assert found["usage"]["fetched_at"].startswith("2026-11-20T12:00:")
    states = list(found["short"]["days"].values())
    assert states == ["skipped", "skipped", "missing", "open", "open", "missing"]
    assert found["short"]["reasons"][str(OLDER)] == f"it takes nothing before {OPEN}"
    assert set(found["picky"]["days"].values()) == {"refused", "missing"}
    assert found["out"] == {**found["out"], "tracked": False, "days": {}}

    done = scene.place.run("status", "--max-age", "26h")
    assert done.exit == 5
    assert "usage  newest 2026-11-19, fetched 30 h ago, 2 days settled, 2 open" in done.stdout
    assert f"missing: {MIDDLE}, 2026-11-20" in done.stdout
    assert f"skipped: {WEEK[0]} to {WEEK[1]}" in done.stdout
    assert f"refused: {WEEK[0]} to {OLD}, {OPEN} to {NEWEST}: 1 records are too odd" in done.stdout
    assert f"skipped: {WEEK[0]} to {WEEK[1]}: it takes nothing before {OPEN}" in done.stdout
    assert "usage: is 30 h old; the limit is 26h" in done.messages
    assert "out:" not in done.messages
    assert scene.place.run("status", "--max-age", "31h").exit == 5, "picky has nothing at all"


def test_the_grid_of_all_sinks(scene: Scene) -> None:
    scene.configure(
        {"usage": scene.sqlite, "short": scene.scripted("short", oldest=OPEN)},
    )
    scene.sync()
    lines = scene.place.run("status").stdout.splitlines()
    assert lines[:5] == [
        "        Nov 2026",
        "        15 16 17 18 19",
        "usage    ■  ■  ■  □  □",
        "short    s  s  s  □  □",
        "■ settled   □ open   s skipped",
    ]


def test_no_key_is_needed(scene: Scene) -> None:
    scene.sync()
    del scene.place.environment["ANTHROPIC_ADMIN_KEY"]
    done = scene.place.run("status", "--max-age", "26h")
    assert (done.exit, done.stderr) == (0, "")
    shown = scene.place.run("config", "show")
    assert shown.exit == 0
    assert "api_key: ${ANTHROPIC_ADMIN_KEY}" in shown.stdout
    assert scene.place.run("config", "validate").exit == 2


def test_a_run_that_found_nothing_new_is_fresh(scene: Scene) -> None:
    scene.sync()
    scene.place.clock.advance(hours=5)
    assert scene.place.run("status", "--max-age", "4h").exit == 5
    assert scene.sync().counts("usage") == {"unchanged": 3}
    assert scene.place.run("status", "--max-age", "4h").exit == 0


def test_an_age_that_is_none(scene: Scene) -> None:
    done = scene.place.run("status", "--max-age", "old")
    assert done.exit == 2
    assert "expected a duration such as 45s, 10m, 26h or 2d" in done.messages
