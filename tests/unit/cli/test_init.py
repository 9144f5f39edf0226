"""`ccsync init`: what it writes loads, and it replaces nothing unasked."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import msgspec
import pytest
from click.testing import Result

from ccsync.cli.init import compose, first_commands, offer_others
from ccsync.plugins import PluginError, installed
from ccsync.settings.document import read
from ccsync.sink import SinkConfig, SinkPlugin
from ccsync.source.environment import find_key

Run = Callable[..., Result]

ADMIN = "sk-ant-admin01-invented-for-tests"
WORKSPACE = "sk-ant-api03-invented-for-tests"
TOKEN = "sk-ant-oat01-invented-for-tests"  # noqa: S105 - invented
KEY = find_key({})


def test_the_default_file_loads(run: Run) -> None:
    result = run("init")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "no key: none of ANTHROPIC_ADMIN_KEY," in result.stderr
    assert "1. export ANTHROPIC_ADMIN_KEY=...   an Admin key (sk-ant-admin...)" in result.stderr
    assert "Settings > Admin keys" in result.stderr
    assert "ccsync check" in result.stderr
    assert run("config", "validate", ANTHROPIC_ADMIN_KEY="x").stdout == "ccsync.yaml: ok\n"
    assert stat.S_IMODE(Path("ccsync.yaml").stat().st_mode) == 0o600


@pytest.mark.parametrize("is_named", [False, True])
@pytest.mark.parametrize("kind", installed())
def test_the_example_of_every_installed_sink_loads(kind: str, is_named: bool, run: Run) -> None:
    assert run("init", "--sink", f"mine={kind}" if is_named else kind).exit_code == 0
    needed = read(Path("ccsync.yaml").read_text(), {}).required
    result = run("config", "validate", **dict.fromkeys(needed, "x"))
    assert (result.exit_code, result.stderr) == (0, "")
    assert f"\n  {'mine' if is_named else kind}:" in Path("ccsync.yaml").read_text()


def test_every_commented_setting_can_be_taken_back(run: Run) -> None:
    run("init", "--sink", "console=stdout")
    text = Path("ccsync.yaml").read_text()
    commented = re.findall(r"(?m)^ *# ([a-z_]+): .*$", text)
    assert {"base_url", "ca_file", "requests_per_minute", "track", "format", "state"} <= {
        *commented
    }
    wanted = re.sub(r"(?m)^( *)# (?!api_key_file)([a-z_]+): ", r"\1\2: ", text)
    Path("ccsync.yaml").write_text(wanted.replace("identity: email", "identity: hash"))
    environ = {"ANTHROPIC_ADMIN_KEY": "x", "CCSYNC_HASH_KEY": "0123456789abcdef"}
    result = run("config", "validate", **environ)
    assert (result.exit_code, result.stderr) == (0, "")


def test_what_is_written_as_a_default_is_one(run: Run) -> None:
    run("init", "--sink", "console=stdout")
    key = {"ANTHROPIC_ADMIN_KEY": "x"}
    before = run("config", "show", **key).stdout
    text = Path("ccsync.yaml").read_text()
    defaults = "base_url|requests_per_minute|lookback_days|include_today|format"
    Path("ccsync.yaml").write_text(re.sub(rf"(?m)^( *)# ({defaults}): ", r"\1\2: ", text))
    assert Path("ccsync.yaml").read_text() != text
    assert run("config", "show", **key).stdout == before


def test_what_it_points_to_is_there_wherever_it_is_installed(run: Run) -> None:
    run("init", "--sink", "console=stdout")
    text = Path("ccsync.yaml").read_text()
    assert "/README" not in text
    assert set(re.findall(r"ccsync config (\w+)", text)) == {"schema", "show", "validate"}
    schema = run("config", "schema").stdout
    for name in ("base_url", "ca_file", "requests_per_minute", "track", "format"):
        assert f'"{name}": {{' in schema
    assert '"description"' in schema


def test_variables_that_are_set_are_not_asked_for(run: Run) -> None:
    said = run("init", ANTHROPIC_ADMIN_KEY=ADMIN).stderr
    assert "ANTHROPIC_ADMIN_KEY is set, and holds an Admin key (sk-ant-admin...)" in said
    assert "export" not in said


@pytest.mark.parametrize(
    ("name", "value", "written"),
    [
        ("ANTHROPIC_ADMIN_API_KEY", ADMIN, "api_key: ${ANTHROPIC_ADMIN_API_KEY}"),
        ("ANTHROPIC_API_KEY", ADMIN, "api_key: ${ANTHROPIC_API_KEY}"),
        ("ANTHROPIC_API_KEY", WORKSPACE, "api_key: ${ANTHROPIC_ADMIN_KEY}"),
        ("ANTHROPIC_OAUTH_TOKEN", TOKEN, "bearer_token: ${ANTHROPIC_OAUTH_TOKEN}"),
    ],
)
def test_the_variable_that_is_set_is_named_and_no_secret_is_written(
    run: Run, name: str, value: str, written: str
) -> None:
    result = run("init", **{name: value})
    text = Path("ccsync.yaml").read_text()
    assert f"\n  {written}\n" in text
    assert name in result.stderr
    assert value not in text + result.output
    usable = run("config", "validate", **{name: value}).exit_code == 0
    assert usable == (value is not WORKSPACE)


def test_without_a_key_but_with_a_rule_it_writes_a_login(run: Run) -> None:
    ids = {
        "ANTHROPIC_FEDERATION_RULE_ID": "fdrl_hidden",
        "ANTHROPIC_ORGANIZATION_ID": "hidden",
        "ANTHROPIC_SERVICE_ACCOUNT_ID": "svac_hidden",
    }
    result = run("init", **ids)
    text = Path("ccsync.yaml").read_text()
    assert "\n  federation: {}\n" in text
    assert "api_key" not in text
    assert "ANTHROPIC_FEDERATION_RULE_ID is set: `federation: {}` logs in" in result.stderr
    assert "export" not in result.stderr
    assert "hidden" not in text + result.output
    assert run("config", "validate", **ids).stdout == "ccsync.yaml: ok\n"
    shown = run("config", "show", **ids).stdout
    assert "rule_id: ${ANTHROPIC_FEDERATION_RULE_ID}" in shown
    assert "token_file: /var/run/secrets/anthropic.com/token" in shown
    assert "hidden" not in shown


def test_a_login_is_mentioned_where_a_key_is_written(run: Run) -> None:
    run("init", ANTHROPIC_ADMIN_KEY=ADMIN)
    assert (
        "# Without any key, as in a Kubernetes pod: `federation`" in Path("ccsync.yaml").read_text()
    )


def test_other_sinks_stand_as_comments_that_can_be_taken_back() -> None:
    plugins = {**_plugin("  # Why.\n  {name}:\n    type: x\n    # more: 1  # or 2\n")}
    remarks: list[str] = []
    text, offered = offer_others(plugins, remarks)
    assert all(line.startswith("  # ") for line in text.splitlines() if line)
    assert "as comments: x" in offered
    assert remarks == []
    block = text[text.index("  # # Why.") :]
    uncommented = re.sub(r"(?m)^  # ", "  ", block)
    assert uncommented == "  # Why.\n  x:\n    type: x\n    # more: 1  # or 2\n"
    assert read(compose(["out=stdout"], installed(), KEY) + text, {}).required == [KEY.name]


def test_a_sink_that_cannot_be_used_is_left_out_with_the_reason() -> None:
    class Broken(dict[str, SinkPlugin[Any]]):
        def __getitem__(self, kind: str) -> SinkPlugin[Any]:
            raise PluginError(f"{kind} needs a library")

    remarks: list[str] = []
    text, offered = offer_others(Broken(x=_plugin("")["x"]), remarks)
    assert text == ""
    assert remarks == ["left out: x needs a library"]
    assert offered == "one sink is installed: stdout"


def test_an_existing_file_stays(run: Run) -> None:
    Path("ccsync.yaml").write_text("mine\n")
    result = run("init")
    assert result.exit_code == 2
    assert result.stderr.startswith("ccsync.yaml: exists already; --force replaces it")
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


def test_a_sink_without_its_option_is_suggested_with_it(run: Run) -> None:
    result = run("init", "--sink", "out=stdout", "bigquery")
    assert result.exit_code == 2
    assert "did you mean `ccsync init --sink out=stdout --sink bigquery`?" in result.stderr
    assert not Path("ccsync.yaml").exists()


def test_the_first_command_that_a_sink_brings_is_a_step(run: Run) -> None:
    assert "ccsync bigquery init  " in run("init", "--sink", "usage=bigquery").stderr
    assert "bigquery init" not in run("init", "--force", "--sink", "out=stdout").stderr


def test_only_sinks_with_a_command_init_have_such_a_step() -> None:
    group = click.Group("x", commands=[click.Command("other", help="Do something else.")])
    plugin = msgspec.structs.replace(_plugin("")["x"], commands=lambda: group)
    assert first_commands(["x", "x"], {"x": plugin}) == {}
    group.add_command(click.Command("init", help="Make the place."))
    assert first_commands(["x", "x"], {"x": plugin}) == {"x init": "Make the place"}


def test_a_place_that_is_not_there(run: Run) -> None:
    for option in ((), ("--force",)):
        result = run("init", "--output", "gone/x.yaml", *option)
        assert result.exit_code == 2
        assert "gone/x.yaml: cannot be written: No such file or directory;" in result.stderr
        assert "name a file with --output" in result.stderr


def test_a_directory(run: Run) -> None:
    result = run("init", "--output", ".", "--force")
    assert result.exit_code == 2
    assert result.stderr == ".: is a directory; name a file with --output\n"


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
    value = read(compose(["mine=x"], _plugin(example), KEY), {"ANTHROPIC_ADMIN_KEY": "k"}).value
    assert value["sinks"] == {"mine": {"type": "x"}}
