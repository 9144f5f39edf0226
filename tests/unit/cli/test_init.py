"""`ccsync init`: what it writes loads, and it replaces nothing unasked."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from ccsync.cli.init import compose
from ccsync.plugins import installed
from ccsync.settings.document import read
from ccsync.sink import SinkConfig, SinkPlugin

Run = Callable[..., Result]


def test_the_default_file_loads(run: Run) -> None:
    result = run("init")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "1. set ANTHROPIC_ADMIN_KEY in the environment" in result.stderr
    assert "ccsync check" in result.stderr
    assert run("config", "validate", ANTHROPIC_ADMIN_KEY="x").stdout == "ccsync.yaml: ok\n"
    assert stat.S_IMODE(Path("ccsync.yaml").stat().st_mode) == 0o600


@pytest.mark.parametrize("kind", installed())
def test_the_example_of_every_installed_sink_loads(kind: str, run: Run) -> None:
    assert run("init", "--sink", f"mine={kind}", "--sink", kind).exit_code == 0
    needed = read(Path("ccsync.yaml").read_text(), {}).required
    result = run("config", "validate", **dict.fromkeys(needed, "x"))
    assert (result.exit_code, result.stderr) == (0, "")
    text = Path("ccsync.yaml").read_text()
    assert "\n  mine:" in text
    assert f"\n  {kind}:" in text


def test_variables_that_are_set_are_not_asked_for(run: Run) -> None:
    assert "ANTHROPIC_ADMIN_KEY" not in run("init", ANTHROPIC_ADMIN_KEY="x").stderr


def test_an_existing_file_stays(run: Run) -> None:
    Path("ccsync.yaml").write_text("mine\n")
    result = run("init")
    assert result.exit_code == 2
    assert result.stderr == "ccsync.yaml: exists already; --force replaces it\n"
    assert Path("ccsync.yaml").read_text() == "mine\n"


def test_force_replaces_it(run: Run) -> None:
    Path("ccsync.yaml").write_text("mine\n")
    Path("ccsync.yaml").chmod(0o644)
    assert run("init", "--force").exit_code == 0
    assert "mine" not in Path("ccsync.yaml").read_text()
    assert stat.S_IMODE(Path("ccsync.yaml").stat().st_mode) == 0o600
    assert [path.name for path in Path().iterdir()] == ["ccsync.yaml"]


def test_another_place(run: Run) -> None:
    result = run("init", "--output", "x.yaml")
    assert "ccsync --config x.yaml check" in result.stderr
    assert Path("x.yaml").exists()


def test_a_place_that_is_not_there(run: Run) -> None:
    for option in ((), ("--force",)):
        result = run("init", "--output", "gone/x.yaml", *option)
        assert result.exit_code == 2
        assert result.stderr == "gone/x.yaml: cannot be written: No such file or directory\n"


def test_all_faults_at_once(run: Run) -> None:
    result = run("init", "--sink", "x y=stdout", "--sink", "otlp", "--sink", "a=stduot",
                 "--sink", "b=stdout", "--sink", "b=stdout")  # fmt: skip
    assert result.exit_code == 2
    faults = result.stderr.splitlines()
    assert faults[0].startswith("--sink x y=stdout: a sink's name has at most")
    assert "did you mean 'stdout'?" in faults[-2]
    assert faults[-1] == "--sink b=stdout: there is a sink 'b' already"
    assert not Path("ccsync.yaml").exists()


def _plugin(example: str) -> dict[str, SinkPlugin[Any]]:
    def build(_config: Any, _context: Any) -> Any:
        raise AssertionError("never built")

    return {"x": SinkPlugin(config=SinkConfig, build=build, summary="", example=example)}


@pytest.mark.parametrize(
    "example",
    ["  {name}:\n    type: x\n", "  # why\n  example:\n    type: x\n", "  e: {type: x}\n\n"],
)
def test_the_name_you_chose_is_in_the_example(example: str) -> None:
    value = read(compose(["mine=x"], _plugin(example)), {"ANTHROPIC_ADMIN_KEY": "k"}).value
    assert value["sinks"] == {"mine": {"type": "x"}}
