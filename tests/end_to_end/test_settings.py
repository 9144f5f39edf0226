"""Faults of the settings: all of them at once, as FILE:LINE:COL, and nothing is touched."""

from __future__ import annotations

import pytest

from tests.end_to_end.scene import Scene

FAULTY = """\
version: 1
source:
  api_key: ${NO_SUCH_VARIABLE}
  page_siez: 10
sync:
  start: soon
  lookback_days: 1
sinks:
  usage: {type: sqlite}
  other: {type: stdot}
  tower: {type: otlp, endpoint: "localhost:4318"}
"""

MEANT = (
    "sinks.tower.endpoint: expected an address with http:// or https://; "
    "did you mean http://localhost:4318?"
)


@pytest.mark.parametrize("command", [("sync",), ("check",), ("config", "validate")])
def test_every_fault_is_told_at_once(scene: Scene, command: tuple[str, ...]) -> None:
    scene.place.write(FAULTY)
    done = scene.place.run(*command)
    assert done.exit == 2, done
    assert done.stdout == ""
    found = done.messages.splitlines()
    places = [line.split(": ")[0] for line in found]
    assert places == [
        f"ccsync.yaml:{place}" for place in ("3:12", "4:3", "6:10", "9:3", "10:17", "11:33")
    ]
    for line, what in zip(
        found,
        ("NO_SUCH_VARIABLE", "page_size", "expected a date such as", "path", "'stdout'", MEANT),
        strict=True,
    ):
        assert what in line
    assert "Traceback" not in done.stderr
    assert not scene.place.state.exists()


def test_where_settings_are_looked_for(scene: Scene) -> None:
    elsewhere = scene.place.directory / "elsewhere.yaml"
    scene.place.settings_file.rename(elsewhere)
    done = scene.sync()
    assert done.exit == 2
    assert "there is no ccsync.yaml here" in done.messages
    assert "`ccsync init` writes one" in done.messages
    assert scene.place.run("--config", str(elsewhere), "sync").exit == 0
    scene.place.environment["CCSYNC_CONFIG"] = str(elsewhere)
    assert scene.sync().counts("usage") == {"unchanged": 3}


def test_a_file_that_init_writes_is_understood(scene: Scene) -> None:
    scene.place.settings_file.unlink()
    assert scene.place.run("init", "--sink", "usage=sqlite", "--sink", "out=stdout").exit == 0
    done = scene.place.run("config", "validate")
    assert (done.exit, done.stdout) == (0, "ccsync.yaml: ok\n")
