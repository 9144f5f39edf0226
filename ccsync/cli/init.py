"""`ccsync init`: a commented settings file for the sinks you name."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ccsync.cli.session import Session
from ccsync.errors import SettingsError
from ccsync.plugins import PluginError, install_hint
from ccsync.settings.check import closest
from ccsync.settings.document import read
from ccsync.settings.load import SINK_NAME
from ccsync.source.environment import ADMIN_NAMES, FoundKey, find_key

if TYPE_CHECKING:
    from ccsync.sink import SinkPlugin

DEFAULT_SINK = "console=stdout"

WIDEST = 100
"""Columns of what is told."""

_HEAD = """\
# Settings of ccsync. ${NAME} and ${NAME:-default} are taken from the environment, $$ is a dollar;
# quote them inside { } and [ ]. `ccsync config validate` names every fault with its place.
#
# These are the settings that people change. All that there are, each with what it means, also of
# the installed sinks: `ccsync config schema`; with the values in effect: `ccsync config show`.
# For completion in an editor: ccsync config schema > ccsync.schema.json, and as the first line:
#   yaml-language-server: $schema=./ccsync.schema.json
version: 1

source:
@KEY@  # base_url: https://api.anthropic.com    # another: a proxy of yours, or `ccsync simulate`
  # ca_file: /etc/ssl/certs/company.pem    # trusted instead of the system's: a proxy opens TLS
  # requests_per_minute: 60                # so that others get their share; 0 turns pacing off

sync:
  start: 30d                          # first day to keep true: days before the first run, or a date
  # lookback_days: 3                  # days before today that every run looks at
  # include_today: true               # the running day too, from 01:00 UTC on

privacy:
  identity: email                     # email | hash (needs hash_key) | drop; a sink may override
  # hash_key: ${CCSYNC_HASH_KEY}

# What each sink has acknowledged is kept here; the default is the XDG state directory.
# state: file:///var/lib/ccsync

sinks:
"""

_API_KEY = """\
  # An Admin API key, or a key of a principal with admin rights that is not bound to a workspace.
  api_key: ${@NAME@}
  # api_key_file: /var/run/secrets/ccsync/key    # instead of api_key
  # Without any key, as in a Kubernetes pod: `federation`, workload identity federation.
"""

_FEDERATION = """\
  # No key: in exchange for the identity token of this workload the API gives a short-lived token.
  # Each field comes from its ANTHROPIC_... variable, unless it is written here:
  # {rule_id: fdrl_..., organization_id: ..., service_account_id: svac_..., token_file: /path}
  federation: {}
"""

_BEARER = """\
  # An OAuth token with the scope org:admin. For scheduled runs an Admin API key is better:
  # api_key: ${ANTHROPIC_ADMIN_KEY}
  bearer_token: ${@NAME@}
"""

_MORE = """
  # Other sinks that are installed. To use one, take away the `# ` before its lines, and give it a
  # name of your own if you like.
"""


@click.command()
@click.option(
    "--sink",
    "sinks",
    multiple=True,
    metavar="NAME[=TYPE]",
    help="A sink to write settings for; NAME alone is its type too. May be repeated. "
    f"Default: {DEFAULT_SINK}, with every other installed sink as a comment.",
)
@click.option("--output", default="ccsync.yaml", show_default=True, metavar="FILE")
@click.option("--force", is_flag=True, help="Replace the file when it exists.")
@click.argument("extra", nargs=-1, metavar="")
@click.pass_obj
def init(
    session: Session, sinks: tuple[str, ...], output: str, force: bool, extra: tuple[str, ...]
) -> None:
    """Write a commented settings file for the sinks you name.

    Asks nothing: which variable holds the key, and which sinks are installed, is found out. Writes
    no secret, and never replaces a file without --force.
    """
    if extra:
        options = " ".join(f"--sink {shlex.quote(one)}" for one in (*sinks, *extra))
        raise click.UsageError(
            f"unexpected {', '.join(map(repr, extra))}: sinks are named with --sink; "
            f"did you mean `ccsync init {options}`?"
        )
    path = Path(output)
    key = find_key(session.environ)
    remarks = list(key.remarks)
    text = compose(sinks or (DEFAULT_SINK,), session.plugins, key)
    if not sinks:
        others, offered = offer_others(session.plugins, remarks)
        text += others
        remarks.append(offered)
    write(path, text, force=force)
    click.echo(f"Wrote {path}; it names variables and holds no secret.\n\nFound:", err=True)
    for remark in remarks:
        click.echo(
            textwrap.fill(remark, WIDEST, initial_indent="  - ", subsequent_indent="    "), err=True
        )
    kinds = [given.partition("=")[2] or given for given in sinks]
    steps = _steps(path, text, session.environ, first_commands(kinds, session.plugins))
    click.echo("\nWhat to do next:", err=True)
    for number, step in enumerate(steps, 1):
        click.echo(f"  {number}. {step}", err=True)


def compose(sinks: Sequence[str], plugins: Mapping[str, SinkPlugin[Any]], key: FoundKey) -> str:
    """Write the settings file's text.

    Raises:
        SettingsError: for every name or type that cannot be used.
    """
    faults: list[str] = []
    blocks: dict[str, str] = {}
    for given in sinks:
        name, _, kind = given.partition("=")
        kind = kind or name
        if not SINK_NAME.fullmatch(name):
            faults.append(
                f"--sink {given}: a sink's name has at most 63 letters, digits, '_', '.' and '-', "
                "and begins with a letter or digit"
            )
        elif name in blocks:
            faults.append(f"--sink {given}: there is a sink {name!r} already")
        elif kind not in plugins:
            hint = install_hint(kind)
            more = f": {hint}" if hint else closest(kind, plugins)
            known = ", ".join(plugins)
            faults.append(
                f"--sink {given}: no sink of type {kind!r} is installed"
                + (more or f"; installed are: {known}")
            )
        else:
            blocks[name] = _named(plugins[kind].example, name)
    if faults:
        raise SettingsError(*faults)
    form = _FEDERATION if key.federation else _BEARER if key.bearer else _API_KEY
    credential = form.replace("@NAME@", key.name)
    return _HEAD.replace("@KEY@", credential) + "\n".join(blocks.values())


def offer_others(plugins: Mapping[str, SinkPlugin[Any]], remarks: list[str]) -> tuple[str, str]:
    """Write the sinks that are not used as comments, and say which are there.

    A sink that cannot be used is left out; `remarks` gets the reason.
    """
    blocks: list[str] = []
    names: list[str] = []
    default = DEFAULT_SINK.partition("=")[2]
    for kind in plugins:
        if kind == default:
            continue
        try:
            example = plugins[kind].example
        except PluginError as error:
            remarks.append(f"left out: {error}")
            continue
        names.append(kind)
        blocks.append(_commented(_named(example, kind)))
    if not blocks:
        return "", f"one sink is installed: {default}"
    text = "\n".join([_MORE, *blocks])
    return text, f"sinks: {default} is switched on; as comments: {', '.join(names)}"


def _commented(example: str) -> str:
    """Comment a block out, so that taking `# ` away from each line gives it back."""
    lines = (f"  # {line[2:]}".rstrip() for line in example.rstrip("\n").split("\n"))
    return "\n".join(lines) + "\n"


def write(path: Path, text: str, *, force: bool) -> None:
    """Write a file that only its owner may read; a settings file may get secrets in it.

    Raises:
        SettingsError: it exists (and `force` is not given), or cannot be written.
    """
    if path.is_dir():
        raise SettingsError(f"{path}: is a directory; name a file with --output")
    target = path.with_name(f".{path.name}.{os.getpid()}.new") if force else path
    try:
        descriptor = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            if force:
                target.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                target.unlink()
            raise
    except FileExistsError:
        raise SettingsError(
            f"{path}: exists already; --force replaces it, --output names another file"
        ) from None
    except OSError as error:
        raise SettingsError(
            f"{path}: cannot be written: {error.strerror or error}; name a file with --output in "
            "a directory that is there and that this user may write to"
        ) from None


def _named(example: str, name: str) -> str:
    """Give a plugin's example the name that the user chose."""
    if "{name}" in example:
        example = example.replace("{name}", name)
    else:
        example = re.sub(r"(?m)^  [A-Za-z0-9][\w.-]*:", f"  {name}:", example, count=1)
    return example.rstrip("\n") + "\n"


def first_commands(
    kinds: Sequence[str], plugins: Mapping[str, SinkPlugin[Any]]
) -> Mapping[str, str]:
    """Give what the sinks' own `init` commands do, by command, for the sinks that bring one."""
    found: dict[str, str] = {}
    for kind in kinds:
        commands = plugins[kind].commands
        group = None if commands is None else commands()
        if group is not None and (own := group.commands.get("init")) is not None:
            found[f"{kind} init"] = own.get_short_help_str(limit=WIDEST).rstrip(".")
    return found


def _steps(
    path: Path, text: str, environ: Mapping[str, str], first: Mapping[str, str]
) -> list[str]:
    needed = [name for name in read(text, {}).required if not environ.get(name, "").strip()]
    option = "" if path == Path("ccsync.yaml") else f" --config {shlex.quote(str(path))}"
    steps: list[str] = []
    if ADMIN_NAMES[0] in needed:
        needed.remove(ADMIN_NAMES[0])
        steps.append(
            f"export {ADMIN_NAMES[0]}=...   an Admin key (sk-ant-admin...), which an admin of the\n"
            "     organization makes in the Console under Settings > Admin keys"
        )
    if needed:
        steps.append(f"set {', '.join(needed)} in the environment")
    return [
        *steps,
        f"look through {path}, and choose where the data goes",
        *(f"ccsync{option} {command}     {what}" for command, what in first.items()),
        f"ccsync{option} check     tries the key and the sinks, and writes nothing",
        f"ccsync{option} sync      brings every sink up to date",
    ]
