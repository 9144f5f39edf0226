"""A state that cannot be used stops the run, and is left as it was."""

from __future__ import annotations

import pytest

from ccsync.simulator import ScriptedOrganization, Simulator
from tests.end_to_end.scene import NEWEST, WEEK, Scene
from tests.end_to_end.truth import a_row


def test_the_state_of_another_organization(scene: Scene) -> None:
    scene.sync()
    document = (scene.place.state / "ledger.json").read_bytes()
    shown = scene.database.query("select * from records")
    other = "99999999-8888-4777-8666-555555555555"
    rows = [{**a_row(NEWEST, "eve", 50), "organization_id": other}]
    stranger = ScriptedOrganization({NEWEST: rows}, organization_id=other)
    with Simulator(stranger, now=scene.place.clock) as api:
        scene.place.configure(api.base_url, {"usage": scene.sqlite})
        done = scene.sync()
    assert done.exit == 3, done
    assert f"belongs to organization {scene.organization.organization_id}" in done.problems
    assert f"this key belongs to {other}. Nothing was delivered" in done.problems
    assert "give this organization a state: of its own" in done.problems
    assert (scene.place.state / "ledger.json").read_bytes() == document
    assert scene.database.query("select * from records") == shown

    scene.configure()
    assert scene.sync().counts("usage") == {"unchanged": 3}


@pytest.mark.parametrize(
    ("garbage", "says"),
    [
        (b"", "cannot be read"),
        (b"\xff\xfe not a ledger", "cannot be read"),
        (b'{"format":1,"sinks":{"usage":{"2026-11-19":{"line":{}}}}}', "missing required field"),
        (b'{"format":2,"sinks":{}}', "has format 2, this ccsync knows 1"),
    ],
)
def test_a_ledger_that_cannot_be_read(scene: Scene, garbage: bytes, says: str) -> None:
    scene.place.state.mkdir()
    ledger = scene.place.state / "ledger.json"
    ledger.write_bytes(garbage)
    done = scene.sync()
    assert done.exit == 3, done
    assert says in done.problems
    assert "It was left as it is" in done.problems
    assert ledger.read_bytes() == garbage
    assert scene.api.requests == (), "nothing was fetched"
    assert not scene.database.path.exists(), "and nothing delivered"


def test_every_command_says_so(scene: Scene) -> None:
    scene.place.state.mkdir()
    (scene.place.state / "ledger.json").write_text("[]")
    for command in ("status", "verify"):
        done = scene.place.run(command)
        assert done.exit == 3, done
        assert "cannot be read" in done.messages
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("blocked", ["state", "state/runs", "state/ledger.json"])
def test_a_state_that_cannot_be_written(scene: Scene, blocked: str) -> None:
    """A file in the place of a directory, or the reverse, stops administrators, too."""
    path = scene.place.directory / blocked
    path.parent.mkdir(exist_ok=True)
    if path.suffix:
        path.mkdir()
    else:
        path.write_text("in the way")
    done = scene.sync()
    assert done.exit == 3, done
    assert f"the state at file://{scene.place.state} cannot be" in done.problems
    assert "state: " in done.problems
    assert "directory" in done.problems
    assert scene.api.requests == ()


def test_state_is_for_its_owner_alone(scene: Scene) -> None:
    scene.configure({"points": {"type": "series", "path": "points.db"}})
    assert scene.sync().exit == 0
    files = list(scene.place.state_files())
    assert {path.name for path in files} >= {"ledger.json", *map(str, WEEK)}, "memory, too"
    assert {oct(path.stat().st_mode & 0o777) for path in files} == {"0o600"}
    folders = [scene.place.state, *(p for p in scene.place.state.rglob("*") if p.is_dir())]
    assert {oct(path.stat().st_mode & 0o777) for path in folders} == {"0o700"}


def test_without_a_setting_the_state_is_in_the_home_directory(scene: Scene) -> None:
    scene.configure(state=None)
    assert scene.sync().exit == 0
    home = scene.place.directory / "home"
    assert [path.parent.name for path in home.rglob("ledger.json")] == ["ccsync"]
    assert scene.sync().counts("usage") == {"unchanged": 3}
