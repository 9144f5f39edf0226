"""From a settings file to checked settings, with each sink's own settings in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from ccsync import redact
from ccsync.errors import SettingsError
from ccsync.plugins import PluginError, install_hint
from ccsync.secret import secrets_in
from ccsync.settings import document as documents
from ccsync.settings import rules
from ccsync.settings.check import Misfit, check, closest
from ccsync.settings.document import Document, Fault
from ccsync.settings.keyless import fill_federation, without_key
from ccsync.settings.model import PrivacySettings, Settings, SinkConfig
from ccsync.settings.rules import SINK_NAME as SINK_NAME

if TYPE_CHECKING:
    from ccsync.sink import SinkPlugin

VARIABLE = "CCSYNC_CONFIG"
DEFAULT = Path("ccsync.yaml")
LARGEST = 1 << 20
"""Bytes; far above any settings file."""


@dataclass(frozen=True)
class Loaded:
    """Settings that passed every check."""

    settings: Settings
    """`sinks` holds what each plugin's `config` type made of its entry."""

    plugins: Mapping[str, SinkPlugin[Any]]
    """By the sink's name."""

    path: Path
    environment: Mapping[documents.Path, str]
    """The values that came from the environment, as they are written in the file."""


def find(given: str | None, environ: Mapping[str, str]) -> Path:
    """Choose the settings file: `--config`, then `CCSYNC_CONFIG`, then `./ccsync.yaml`.

    Raises:
        SettingsError: there is none.
    """
    if given:
        return Path(given)
    if named := environ.get(VARIABLE):
        return Path(named)
    if DEFAULT.exists():
        return DEFAULT
    raise SettingsError(
        f"there is no {DEFAULT} here, and neither --config nor {VARIABLE} names a settings file; "
        "`ccsync init` writes one"
    )


def load(
    path: Path,
    lookup: Mapping[str, SinkPlugin[Any]],
    environ: Mapping[str, str],
    *,
    needs_key: bool = True,
    now: dt.datetime | None = None,
) -> Loaded:
    """Read, check and give the settings; their secrets are masked in every text from here on.

    With `needs_key` false the variable of the API key may be unset, for who asks the API nothing.
    With `now`, days that lie in the future are faults.

    Raises:
        SettingsError: with every fault, as `FILE:LINE:COL: path: message`.
    """
    document = documents.read(read_text(path), environ)
    if document.value is None and not document.faults:
        raise SettingsError(f"{path}: the file is empty; `ccsync init --force` writes a new one")
    fill_federation(document, environ)
    without_key(document, environ, allowed=not needs_key)
    sinks = _Sinks(lookup, document)
    checked = check(document, Settings, {SinkConfig: sinks.choose})
    odd = (
        *rules.odd_sinks(document),
        *rules.odd_addresses(document),
        *rules.odd_start(document, now),
        *rules.odd_by_plugin(document, checked.chosen, sinks.chosen, environ),
        *rules.sharing(document, checked.chosen, sinks.chosen),
    )
    faults = sorted((*checked.faults, *odd), key=lambda one: one.position)
    if faults:
        raise SettingsError(*(line(path, fault) for fault in faults))
    for secret in secrets_in(checked.value):
        redact.register(secret.reveal())
    for name in ("api_key_file", "bearer_token_file"):
        # Perhaps a key that was put where the name of its file belongs.
        if ("source", name) in document.environment:
            redact.register(getattr(checked.value.source, name))
    federation = checked.value.source.federation
    if federation is not None and "/" not in federation.token_file:
        redact.register(federation.token_file)
    environment = {place: one.written for place, one in document.environment.items()}
    return Loaded(checked.value, sinks.chosen, path, environment)


def effective_privacy(settings: Settings, sink: str) -> PrivacySettings:
    """Give the policy of a sink: its own, else the one for all."""
    return settings.sinks[sink].privacy or settings.privacy


def read_text(path: Path) -> str:
    """Read a settings file.

    Raises:
        SettingsError: it is not there, not readable, not text or not a file of sensible size.
    """
    if path.is_dir():
        raise SettingsError(f"{path}: is a directory, not a settings file")
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise SettingsError(f"{path}: no such settings file; `ccsync init` writes one") from None
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror or error}") from None
    if len(content) > LARGEST:
        raise SettingsError(f"{path}: is larger than 1 MiB; this is no settings file")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where = content.count(b"\n", 0, error.start) + 1
        raise SettingsError(
            f"{path}:{where}:1: is not UTF-8 text; save the file as UTF-8"
        ) from None


def line(path: Path, fault: Fault) -> str:
    """Write a fault as users, editors and CI read it."""
    steps = "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in fault.path)
    where = f"{path}:{fault.position.line}:{fault.position.column}: "
    return redact.redact(where + (f"{steps[1:]}: " if steps else "") + fault.message)


class _Sinks:
    """Chooses the settings type of each sink by its `type`."""

    def __init__(self, lookup: Mapping[str, SinkPlugin[Any]], document: Document) -> None:
        self.chosen: dict[str, SinkPlugin[Any]] = {}
        self._lookup = lookup
        self._document = document

    def choose(
        self, path: documents.Path, value: Mapping[str, Any]
    ) -> type[msgspec.Struct] | Misfit:
        known = ", ".join(self._lookup)
        kind = value.get("type")
        if kind is None:
            return Misfit("type", f"is missing; installed are: {known}")
        if not isinstance(kind, str):
            return Misfit("type", f"expected the name of a sink type; installed are: {known}")
        if kind not in self._lookup:
            return Misfit("type", self._unknown(path, kind, known))
        try:
            plugin = self._lookup[kind]
        except PluginError as error:
            return Misfit("type", str(error))
        self.chosen[str(path[-1])] = plugin
        return plugin.config

    def _unknown(self, path: documents.Path, kind: str, known: str) -> str:
        if (*path, "type") in self._document.environment:
            return f"no sink of this type is installed; installed are: {known}"
        if hint := install_hint(kind):
            return f"the sink {kind!r} is not installed: {hint}"
        hint = closest(kind, self._lookup)
        return f"no sink of type {kind!r} is installed" + (hint or f"; installed are: {known}")
