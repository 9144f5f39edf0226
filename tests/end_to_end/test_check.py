"""`ccsync check`: every fault before the first run, with what to do about it."""

from __future__ import annotations

from ccsync.simulator import effects
from tests.end_to_end.scene import OPEN, Scene
from tests.end_to_end.truth import a_row
from tests.support.command import Done


def faults(done: Done) -> list[str]:
    return [line for line in done.stdout.splitlines() if line.startswith("FAULT")]


def test_all_is_well(scene: Scene) -> None:
    scene.configure({"usage": scene.sqlite, "taker": scene.scripted("taker")})
    subscriber = a_row(OPEN, is_remote=True, customer_type="subscription", subscription_type="team")
    scene.put(OPEN, a_row(OPEN), subscriber)
    done = scene.place.run("check")
    assert done.exit == 0, done
    assert faults(done) == []
    assert "settings: ccsync.yaml, 2 sinks" in done.stdout
    assert f"the key belongs to Scripted Example ({scene.organization.organization_id})" in (
        done.stdout
    )
    assert (
        f"{OPEN} holds 2 rows; customer_type: api 1, subscription 1; "
        "actor_type: user_actor 2; remote: 1"
    ) in done.stdout
    assert "state: file://" in done.stdout
    assert "taker: the script is fine" in done.stdout
    assert done.stderr == ""
    assert not (scene.place.state / "ledger.json").exists()


def test_a_day_without_rows_is_a_warning(scene: Scene) -> None:
    scene.put(OPEN)
    done = scene.place.run("check")
    assert done.exit == 0
    assert f"warning source: {OPEN} holds no rows" in done.stdout


def test_a_wrong_key(scene: Scene) -> None:
    scene.place.environment["ANTHROPIC_ADMIN_KEY"] = "sk-ant-admin01-0000000000-no-such-key"
    done = scene.place.run("check")
    assert done.exit == 3
    (fault,) = faults(done)
    assert "401" in fault
    assert "Needed is an Admin key (sk-ant-admin" in fault
    assert "keys can have an expiry date" in fault
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
    assert "see that this machine reaches source.base_url" in done.stdout


def test_a_proxy_answers_with_a_web_page(scene: Scene) -> None:
    scene.configure(source={"retry_deadline": "0.5s"})
    scene.api.faults.add(effects.html(200), path=None, times=None)
    done = scene.place.run("check")
    assert done.exit == 3
    (fault,) = faults(done)
    assert "A proxy, or a wrong source.base_url, is answering in the API's place" in fault


def test_nobody_waits_ten_minutes_for_a_check(scene: Scene) -> None:
    """The patience of a run is not that of the person in front of `check`."""
    scene.api.faults.add(effects.rate_limited(30), path=None, times=None)
    away = scene.scripted("away", finding="away", retry_deadline="10m")
    scene.configure({"away": away}, source={"retry_deadline": "10m"})
    done = scene.place.run("check")
    assert done.exit == 3
    assert "it asks to wait 30s, and 10s are left" in done.stdout
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
