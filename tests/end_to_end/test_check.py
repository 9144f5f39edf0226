"""`ccsync check`: every fault before the first run, with what to do about it."""

from __future__ import annotations

import pytest

from ccsync.simulator import Organization, Simulator, effects
from ccsync.testing.otlp import OtlpReceiver
from tests.end_to_end.scene import NEWEST, OPEN, WEEK, Scene
from tests.end_to_end.terminal import on_terminal
from tests.end_to_end.truth import a_row
from tests.support.command import Clock, Done, Place, days_ago


def faults(done: Done) -> list[str]:
    return [line for line in done.stdout.splitlines() if line.startswith("FAULT")]


def test_all_is_well(scene: Scene) -> None:
    scene.configure({"usage": scene.sqlite, "taker": scene.scripted("taker")})
    subscriber = a_row(
        NEWEST, is_remote=True, customer_type="subscription", subscription_type="team"
    )
    scene.put(NEWEST, a_row(NEWEST), subscriber)
    done = scene.place.run("check")
    assert done.exit == 0, done
    assert faults(done) == []
    assert "settings: ccsync.yaml, 2 sinks" in done.stdout
    assert (
        "key: source.api_key (${ANTHROPIC_ADMIN_KEY}) holds an Admin key (sk-ant-admin...)"
    ) in done.stdout
    assert f"the key belongs to Scripted Example ({scene.organization.organization_id})" in (
        done.stdout
    )
    assert "clock: the clock of this machine agrees with the API's" in done.stdout
    assert (
        f"{NEWEST} holds 2 rows; 1 person (user_actor); customer types: api 1, subscription 1; "
        "remote: 1; estimated cost: "
    ) in done.stdout
    assert " USD\n" in done.stdout
    assert "state: file://" in done.stdout
    assert "taker: the script is fine" in done.stdout
    assert done.stdout.splitlines()[-1] == "all well"
    assert done.stderr == ""
    assert not (scene.place.state / "ledger.json").exists()
    assert len(scene.api.requests) == 2, "who we are, and one day"


def test_people_with_subscriptions_are_missed(scene: Scene) -> None:
    done = scene.place.run("check")
    assert done.exit == 0
    assert "warning data: every row is of customer type api. People who use Claude Code" in (
        done.stdout
    )
    assert done.stdout.splitlines()[-1] == "no faults, 1 warning"


def test_the_newest_day_with_rows_is_found(scene: Scene) -> None:
    scene.put(NEWEST)
    done = scene.place.run("check")
    assert f"data: {OPEN} holds 2 rows; 2 people (user_actor)" in done.stdout
    assert (
        f"warning data: the newest day with rows is {OPEN}; without rows: {NEWEST}" in done.stdout
    )


def test_no_rows_at_all(scene: Scene) -> None:
    for day in WEEK:
        scene.put(day)
    done = scene.place.run("check")
    assert done.exit == 0
    assert f"warning data: no rows at all from {WEEK[0]} to {WEEK[-1]}" in done.stdout
    assert "subscription" in done.stdout


@pytest.mark.parametrize(
    ("hours", "line", "code"),
    [
        (0.5, "warning clock: the clock of this machine is 30 minutes ahead of", 0),
        (3, "FAULT   clock: the clock of this machine is 3 hours ahead of", 3),
        (-3, "FAULT   clock: the clock of this machine is 3 hours behind", 3),
        (48, "FAULT   clock: the clock of this machine is 2 days ahead of", 3),
    ],
)
def test_a_clock_that_is_wrong(place: Place, hours: float, line: str, code: int) -> None:
    right = Clock()
    with Simulator(Organization(seed=1, users=4, first_day=days_ago(9)), now=right) as api:
        place.configure(api.base_url)
        place.clock.advance(hours=hours)
        done = place.run("check")
    assert done.exit == code, done
    assert line in done.stdout
    assert "time synchronization" in done.stdout
    assert len(faults(done)) == (code == 3)


@pytest.mark.parametrize("policy", ["email", "drop"])
def test_a_real_day_says_how_large_a_month_will_be(scene: Scene, policy: str) -> None:
    with OtlpReceiver() as receiver:
        metrics = {"type": "otlp", "endpoint": receiver.endpoint, "series_warning": 40}
        scene.configure({"metrics": metrics}, privacy={"identity": policy})
        done = scene.place.run("check")
        assert receiver.stored == []
    assert done.exit == 0, done
    (line,) = [one for one in done.stdout.splitlines() if "each a series of its own" in one]
    assert f"metrics: {NEWEST} is " in line
    # Seen through the sink's privacy there are no people to tell apart.
    assert line.startswith("warning" if policy == "email" else "ok")
    assert ("leave user out: `dimensions: [organization, " in done.stdout) == (policy == "email")
    assert len(scene.api.requests) == 2, "who we are, and one day"


def test_a_weekend_says_little_about_a_month(scene: Scene) -> None:
    """The clock says Sunday noon: Saturday has rows, and Friday has more of them."""
    saturday, friday = days_ago(-1), days_ago(0)
    scene.put(saturday, a_row(saturday, "mira"))
    scene.put(friday, a_row(friday, "mira"), a_row(friday, "juno"))
    scene.place.clock.advance(days=2)
    with OtlpReceiver() as receiver:
        scene.configure({"metrics": {"type": "otlp", "endpoint": receiver.endpoint}})
        done = scene.place.run("check")
    assert f"data: {saturday} holds 1 rows" in done.stdout
    assert f"metrics: {friday} is " in done.stdout
    assert len(scene.api.requests) == 3


def test_on_a_terminal_it_is_wrapped_and_marked(scene: Scene) -> None:
    seen = on_terminal(scene.place, "check", stdout_too=True)
    assert seen.exit == 0
    lines = seen.screen.splitlines()
    assert lines[0].startswith("\u2713 settings     ccsync.yaml, 1 sink")
    assert any(
        line.startswith("! data         every row is of customer type api") for line in lines
    )
    # A path is not broken, and some machines have long ones.
    broken = [line for line in lines if str(scene.place.directory) not in line]
    assert max(map(len, broken)) <= 100
    assert lines[-1] == "no faults, 1 warning"


def test_a_wrong_key(scene: Scene) -> None:
    scene.place.environment["ANTHROPIC_ADMIN_KEY"] = "sk-ant-admin01-0000000000-no-such-key"
    done = scene.place.run("check")
    assert done.exit == 3
    (fault,) = faults(done)
    assert "401" in fault
    assert "is wrong, revoked or expired: make a new one in Claude Console > Settings" in fault
    assert "no-such-key" not in done.stdout + done.stderr


def test_a_key_of_a_workspace(scene: Scene) -> None:
    scene.place.environment["ANTHROPIC_ADMIN_KEY"] = "sk-ant-api03-0000000000-of-a-workspace"
    done = scene.place.run("check")
    assert done.exit == 3
    (fault,) = faults(done)
    assert "403" in fault
    assert "Keys that are bound to a workspace do not work here" in fault
    assert "or a bearer token with the scope org:admin" in fault
    assert "req_sim" in fault, "the request id, for the vendor's support"


def test_nobody_answers(scene: Scene) -> None:
    scene.configure(source={"base_url": "http://127.0.0.1:9", "retry_deadline": "0.5s"})
    done = scene.place.run("check")
    assert done.exit == 3
    (fault,) = faults(done)
    assert "no answer from 127.0.0.1:9: [Errno 111] Connection refused" in fault
    assert "do: see that this machine reaches source.base_url" in done.stdout
    assert "check waits" not in done.stdout, "a run would not wait longer"


def test_a_proxy_answers_with_a_web_page(scene: Scene) -> None:
    scene.configure(source={"retry_deadline": "0.5s"})
    scene.api.faults.add(effects.html(200), path=None, times=None)
    done = scene.place.run("check")
    assert done.exit == 3
    (fault,) = faults(done)
    assert "A proxy, or a wrong source.base_url, is answering in the API's place" in fault
    assert "do: set source.base_url to the address of the API; if it is right, a" in done.stdout
    assert "limit" not in done.stdout


def test_nobody_waits_ten_minutes_for_a_check(scene: Scene) -> None:
    """The patience of a run is not that of the person in front of `check`."""
    scene.api.faults.add(effects.rate_limited(30), path=None, times=None)
    away = scene.scripted("away", finding="away", retry_deadline="10m")
    scene.configure({"away": away}, source={"retry_deadline": "10m"})
    done = scene.place.run("check")
    assert done.exit == 3
    assert "it asks to wait 30s, and 10s are left" in done.stdout
    assert "do: wait a minute: whoever else asks this API" in done.stdout
    assert ". check waits 10s only, a run 10m" in done.stdout
    assert len(faults(done)) == 2


def test_faults_of_sinks_and_state(scene: Scene) -> None:
    scene.place.state.write_text("a file, where a directory belongs")
    broken = {
        "usage": {"type": "sqlite", "path": "nowhere/usage.db"},
        "scripted": scene.scripted("scripted", finding="the script has a hole"),
        "buggy": scene.scripted("buggy", finding="bug"),
    }
    scene.configure(broken)
    done = scene.place.run("check")
    assert done.exit == 3
    state, usage, scripted, buggy = faults(done)
    assert "is a file, and state: needs a directory" in state
    assert "usage: nowhere/usage.db: No such file or directory" in usage
    assert "scripted: the script has a hole" in scripted
    assert "do: mend the script" in done.stdout
    assert "buggy: a bug in the sink, please report it: KeyError" in buggy
