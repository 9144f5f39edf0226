"""The `ccsync` command. Commands are imported when they are called, so that help is fast."""

from __future__ import annotations

import contextlib
import errno
import gc
import importlib
import io
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import click

from ccsync import __version__
from ccsync.cli.streams import (
    StdoutError,
    forget_stdout,
    has_no_reader,
    mark_streams,
    open_closed,
)
from ccsync.errors import CcsyncError, Exit
from ccsync.redact import redact

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from ccsync.logs import Format, Level

# The short help stands here, so that listing the commands imports none of them.
COMMANDS = {
    "demo": "Run the whole job with no account, against a simulated organization.",
    "init": "Write a commented settings file for the sinks you name.",
    "check": "Try the settings, the key, one past day, the state and each sink; write nothing.",
    "sync": "Make every sink show what the API says now.",
    "status": "Show which days each sink has: newest, gaps, open, skipped, refused.",
    "insights": "Say what happened, what it is estimated to cost, and who uses it most.",
    "verify": "Compare what each destination shows with what the API says now.",
    "sinks": "List the installed sinks.",
    "config": "Show, describe or validate the settings.",
    "simulate": (
        "Serve a simulated Claude Code Analytics API on loopback until SIGINT or SIGTERM."
    ),
}

_GLOBAL = ("--config", "--log-level", "--log-format")


class Main(click.Group):
    """A group that imports a command when it is called, and turns errors into exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        """Give the built-in commands, in the order in which people need them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a built-in command, or the command group that a sink brings."""
        if cmd_name in COMMANDS:
            module = _imported(f"ccsync.cli.{cmd_name}")
            command: click.Command = getattr(module, cmd_name)
            return command
        if cmd_name.startswith("-"):
            return None
        return _command_of_sink(ctx, cmd_name)

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's
        formatter: click.HelpFormatter,
    ) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what nobody foresaw becomes one line and exit code 1."""
        try:
            return super().invoke(ctx)
        except (
            click.exceptions.Exit,
            click.ClickException,
            click.Abort,
            CcsyncError,
            StdoutError,
        ):
            raise
        except Exception as error:  # noqa: BLE001 - the last place that can tell the user
            if has_no_reader(error):
                forget_stdout()
                ctx.exit(Exit.OK)
            _report_bug(error, debug=ctx.params["log_level"] == "debug")
            ctx.exit(Exit.BUG)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run, and end the process with an exit code of `ccsync.errors.Exit`.

        A command gives its exit code by returning it, by `ctx.exit`, or by raising `CcsyncError`.
        """
        extra["windows_expand_args"] = windows_expand_args
        open_closed()
        mark_streams()
        if standalone_mode and os.getpid() == 1:
            # PID 1 ignores a signal that it does not handle (pid_namespaces(7)). A command that has
            # something to bring to an end handles it better, but only after its imports.
            signal.signal(signal.SIGTERM, _end)
        code: Any = Exit.OK
        try:
            code = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
            sys.stdout.flush()
        except click.ClickException as error:
            if not standalone_mode:
                raise
            text = io.StringIO()
            error.show(file=text)
            if isinstance(error, click.NoSuchOption) and error.option_name in _GLOBAL:
                text.write(
                    f"{error.option_name} stands before the command: ccsync OPTION COMMAND\n"
                )
            elif isinstance(error, click.NoSuchOption) and error.ctx and not error.ctx.parent:
                text.write(self._after_the_command(error, sys.argv[1:] if args is None else args))
            click.echo(redact(text.getvalue()), err=True, nl=False)
            code = error.exit_code
        except click.Abort:
            if not standalone_mode:
                raise
            code = Exit.SIGINT
        except CcsyncError as error:
            if not standalone_mode:
                raise
            click.echo(redact(str(error)), err=True)
            code = error.exit
        except StdoutError as error:
            if not standalone_mode:
                raise
            # Standard error may be the same full disk.
            with contextlib.suppress(OSError):
                click.echo(f"ccsync: standard output cannot be written: {error.strerror}", err=True)
            code = Exit.UNAVAILABLE
            forget_stdout()
        except OSError as error:
            if not standalone_mode or not (has_no_reader(error) or error.errno == errno.EBADF):
                raise
            if error.errno == errno.EBADF:
                click.echo(f"ccsync: standard output is closed: {error.strerror}", err=True)
                code = Exit.USAGE
            forget_stdout()
        if not standalone_mode:
            return code
        sys.exit(int(code) if isinstance(code, int) else Exit.OK)

    def _after_the_command(self, error: click.NoSuchOption, args: Sequence[str]) -> str:
        """Say where an option belongs that was given before its command; "" if it has none."""
        from ccsync.cli.order import command_in, reordered

        found = command_in(args, COMMANDS)
        if found is None or error.ctx is None:
            return ""
        command = self.get_command(error.ctx, args[found])
        if command is None or not any(error.option_name in one.opts for one in command.params):
            return ""
        corrected = reordered(args, found, _GLOBAL)
        return f"{error.option_name} stands after the command: {corrected}\n"


def _imported(name: str) -> ModuleType:
    """Import a command, and let nobody look for garbage in it: there is none.

    Python does so while it imports and once more at its end, which is a sixth of what a short
    command costs.
    """
    if name in sys.modules:
        return sys.modules[name]
    gc.disable()
    try:
        return importlib.import_module(name)
    finally:
        gc.freeze()
        gc.enable()


def _end(*_: object) -> None:
    """End at a SIGTERM."""
    sys.exit(Exit.SIGTERM)


def _command_of_sink(ctx: click.Context, name: str) -> click.Command:
    """Import the sink of this type for its commands.

    Raises:
        PluginError: it cannot be imported.
        UsageError: there is no such sink, or it brings no commands.
    """
    import difflib

    from ccsync.plugins import installed

    plugins = installed()
    if name not in plugins:
        close = difflib.get_close_matches(name, [*COMMANDS, *plugins], n=1)
        ctx.fail(f"No such command {name!r}." + (f" Did you mean {close[0]!r}?" if close else ""))
    commands = plugins[name].commands
    if commands is None:
        ctx.fail(f"The sink {name!r} brings no commands of its own.")
    return commands()


def _report_bug(error: Exception, *, debug: bool) -> None:
    if debug:
        import traceback

        click.echo(redact("".join(traceback.format_exception(error))), err=True, nl=False)
    what = redact(f"{type(error).__name__}: {error}".partition("\n")[0].rstrip(": "))
    more = "" if debug else "; for the traceback, run it again as `ccsync --log-level debug ...`"
    # The system's no (a full disk, say) need not be a bug, but nobody foresaw it here.
    kind = "unexpected error" if isinstance(error, OSError) else "unexpected error, a bug"
    click.echo(f"ccsync: {kind}: {what}{more}", err=True)


@click.group(
    cls=Main,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="A sink may bring commands of its own: ccsync TYPE --help; `ccsync sinks` lists them.",
)
@click.option(
    "--config",
    metavar="FILE",
    help="Settings file. Default: the variable CCSYNC_CONFIG, then ./ccsync.yaml.",
)
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    envvar="CCSYNC_LOG_LEVEL",
    show_default=True,
    help="How much to log on stderr.",
)
@click.option(
    "--log-format",
    type=click.Choice(["auto", "json", "console"]),
    default="auto",
    envvar="CCSYNC_LOG_FORMAT",
    show_default=True,
    help="auto: for people on a terminal, JSON lines otherwise.",
)
@click.version_option(__version__, prog_name="ccsync", message="%(prog)s %(version)s")
@click.pass_context
def main(ctx: click.Context, config: str | None, log_level: Level, log_format: Format) -> None:
    """Keep an organization's Claude Code usage true where people look at it."""
    from ccsync.cli.session import Session

    # Tests hand in a Session with a world of its own.
    make = ctx.obj or Session
    ctx.obj = make(config=config, log_level=log_level, log_format=log_format)
