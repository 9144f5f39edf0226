"""The command itself: fast help, exit codes, and errors as plain lines without keys."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from ccsync import __version__
from ccsync.cli import COMMANDS, Main, main
from ccsync.errors import (
    CcsyncError,
    Exit,
    SettingsError,
    SinkRefused,
    SourceUnavailable,
    Stopped,
)

Run = Callable[..., Result]


def process(*args: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ccsync", *args],
        env={**os.environ, "PYTHONPATH": str(path or "")},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_help_lists_every_command_with_its_own_words() -> None:
    result = CliRunner().invoke(main, ["--help"], terminal_width=120)
    assert result.exit_code == 0
    for name in COMMANDS:
        assert f"\n  {name} " in result.output


@pytest.mark.parametrize("name", COMMANDS)
def test_the_words_in_the_list_are_the_commands_own(name: str) -> None:
    command: click.Command = getattr(importlib.import_module(f"ccsync.cli.{name}"), name)
    assert command.name == name
    assert command.get_short_help_str(limit=200) == COMMANDS[name]


def test_every_command_module_is_listed() -> None:
    for path in Path(importlib.import_module("ccsync.cli").__file__ or "").parent.glob("*.py"):
        module = importlib.import_module(f"ccsync.cli.{path.stem}")
        if path.stem != "__init__" and isinstance(getattr(module, path.stem, None), click.Command):
            assert path.stem in COMMANDS


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from ccsync.cli import main\n"
        "main(['--help'], standalone_mode=False)\n"
        "heavy = {'httpx', 'msgspec', 'rich', 'structlog', 'yaml', 'grpc', 'google'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
    )
    assert "Commands:" in run.stdout
    assert run.stderr == "[]\n"


def test_nobody_looks_for_garbage_in_imported_code() -> None:
    code = (
        "import gc; from ccsync.cli import COMMANDS, main; looked = [];"
        "gc.callbacks.append(lambda *_: looked.append(_));"
        "all(main.get_command(None, name) for name in COMMANDS);"
        "print(len(looked), gc.isenabled(), gc.get_freeze_count() > 10_000)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.stdout == "0 True True\n", done.stderr


@pytest.mark.parametrize(("pid", "handled"), [(1, True), (2, False)])
def test_pid_1_ends_when_it_is_asked_to_before_a_command_is_there(pid: int, handled: bool) -> None:
    code = (
        "import atexit, os, signal\n"
        f"os.getpid = lambda: {pid}\n"
        "from ccsync.cli import main\n"
        "atexit.register(lambda: print(callable(signal.getsignal(signal.SIGTERM))))\n"
        "main(['--version'])\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
    )
    assert ran.stdout.splitlines()[-1] == str(handled)


def test_version(run: Run) -> None:
    assert run("--version").output == f"ccsync {__version__}\n"


@pytest.mark.parametrize(
    ("args", "part"),
    [
        (["snyc"], "No such command 'snyc'. Did you mean 'sync'?"),
        (["zzz"], "No such command 'zzz'."),
        (["stdout"], "The sink 'stdout' brings no commands of its own."),
        (["--log-level", "loud", "sinks"], "Invalid value for '--log-level'"),
        (["--nonsense"], "No such option '--nonsense'"),
        (["--max-age", "1h", "status"], "stands after the command: ccsync status --max-age 1h"),
        (["--max-age", "1h", "sync"], "No such option '--max-age'.\n"),
        (["--from", "soon", "--config", "x", "sync"], "ccsync --config x sync --from soon"),
        (["config", "validate", "--config", "x"], "--config stands before the command"),
        (["config", "validate", "sk-ant-secret"], "unexpected extra argument (sk-ant-***)"),
    ],
)
def test_usage_errors(args: list[str], part: str, run: Run) -> None:
    result = run(*args)
    assert result.exit_code == Exit.USAGE
    assert part in result.stderr
    assert result.stdout == ""


@pytest.fixture
def failing() -> Run:
    """Run a command that does what it is given, inside the real group."""

    class WithOneMore(Main):
        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
            return one if cmd_name == "one" else super().get_command(ctx, cmd_name)

    action: list[Callable[[], object]] = []

    @click.command()
    def one() -> object:
        return action[0]()

    group = WithOneMore("ccsync", params=main.params, callback=main.callback)

    def invoke(what: Callable[[], object], *options: str) -> Result:
        action[:] = [what]
        return CliRunner().invoke(group, [*options, "one"])

    return invoke


def _raise(error: BaseException) -> Callable[[], object]:
    def do() -> object:
        raise error

    return do


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (SettingsError("a:1:1: x", "a:2:1: y"), 2, "a:1:1: x\na:2:1: y\n"),
        (SinkRefused("no table"), 3, "no table\n"),
        (SourceUnavailable("key sk-ant-abc is gone"), 5, "key sk-ant-*** is gone\n"),
        (Stopped(2), 130, "stopped by signal 2\n"),
        (Stopped(15), 143, "stopped by signal 15\n"),
        (CcsyncError("hm"), 1, "hm\n"),
        (KeyboardInterrupt(), 130, "\n"),
    ],
)
def test_errors_are_plain_lines_and_exit_codes(
    error: BaseException, code: int, text: str, failing: Run
) -> None:
    result = failing(_raise(error))
    assert (result.exit_code, result.stderr, result.stdout) == (code, text, "")


def test_a_bug_is_one_line_and_says_how_to_see_more(failing: Run) -> None:
    result = failing(_raise(KeyError("sk-ant-abc\nmore")))
    assert result.exit_code == Exit.BUG
    assert result.stderr == (
        "ccsync: unexpected error, a bug: KeyError: 'sk-ant-***\\nmore'; for the traceback, "
        "run it again as `ccsync --log-level debug ...`\n"
    )


def test_on_debug_there_is_the_traceback(failing: Run) -> None:
    result = failing(_raise(ValueError("x-api-key: abc")), "--log-level", "debug")
    assert result.exit_code == Exit.BUG
    assert result.stderr.startswith("Traceback (most recent call last):\n")
    assert result.stderr.endswith("ccsync: unexpected error, a bug: ValueError: x-api-key: ***\n")
    assert "abc" not in result.stderr


def test_a_broken_pipe_that_is_not_stdout_is_no_quiet_end(
    failing: Run,
) -> None:
    result = failing(_raise(BrokenPipeError(32, "Broken pipe")))
    assert result.exit_code == Exit.BUG
    assert "Broken pipe" in result.stderr


@pytest.mark.parametrize(
    ("value", "code"), [(None, 0), (0, 0), (5, 5), (Exit.LEASED, 75), ("x", 0)]
)
def test_a_command_may_return_its_exit_code(value: object, code: int, failing: Run) -> None:
    assert failing(lambda: value).exit_code == code


def test_a_reader_that_goes_away_ends_quietly() -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        run = subprocess.run(
            [sys.executable, "-m", "ccsync", "config", "schema"],
            stdout=write,
            stderr=subprocess.PIPE,
            text=True,
            timeout=30,
            check=False,
        )
    finally:
        os.close(write)
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", ["--help", "--version", "config schema", "sinks"])
def test_a_full_disk_is_no_bug(command: str, unbuffered: str) -> None:
    with Path("/dev/full").open("wb") as full:
        run = subprocess.run(
            [sys.executable, "-m", "ccsync", *command.split()],
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=30,
            check=False,
        )
    said = "ccsync: standard output cannot be written: No space left on device\n"
    assert (run.returncode, run.stderr) == (Exit.UNAVAILABLE, said)


def test_a_full_disk_elsewhere_is_not_standard_output(failing: Run) -> None:
    result = failing(_raise(OSError(28, "No space left on device")))
    assert result.exit_code == Exit.BUG
    assert "standard output" not in result.stderr


def test_a_sink_brings_commands(tmp_path: Path) -> None:
    info = tmp_path / "acme_sink-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-sink\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(
        "[ccsync.sinks]\nacme = acme_sink:PLUGIN\nbroken = acme_gone:PLUGIN\n"
    )
    (tmp_path / "acme_sink.py").write_text(
        "import click\n"
        "from ccsync.sink import SinkConfig, SinkPlugin\n"
        "@click.group()\n"
        "def acme(): 'Care for it.'\n"
        "@acme.command()\n"
        "@click.pass_obj\n"
        "def tidy(session): click.echo(type(session).__name__)\n"
        "PLUGIN = SinkPlugin(config=SinkConfig, build=print, summary='acme things', example='',\n"
        "    commands=lambda: acme)\n"
    )
    assert "Care for it." in process("acme", "--help", path=tmp_path).stdout
    assert process("acme", "tidy", path=tmp_path).stdout == "Session\n"
    listed = process("sinks", path=tmp_path)
    assert "acme\tacme-sink\t1.2\tacme things\tcommands: ccsync acme ...\n" in listed.stdout
    assert "broken\tacme-sink\t1.2\tsink type 'broken' " in listed.stdout
    assert listed.returncode == Exit.USAGE
    assert "cannot be imported" in listed.stderr
    assert process("broken", path=tmp_path).returncode == Exit.USAGE


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    ("command", "code"), [("--config gone.yaml sync", Exit.USAGE), ("sync --x", Exit.USAGE)]
)
def test_a_full_disk_under_standard_error_changes_no_exit_code(
    command: str, code: Exit, unbuffered: str
) -> None:
    with Path("/dev/full").open("wb") as full:
        run = subprocess.run(
            [sys.executable, "-m", "ccsync", *command.split()],
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            stderr=full,
            timeout=30,
            check=False,
        )
    assert run.returncode == code
