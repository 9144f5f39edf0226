"""Rules of a settings file that no type can say: names, addresses, and what each plugin knows.

Each gives faults with their place, so that all are told at once and before anything runs.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from ccsync.errors import SettingsError
from ccsync.secret import secrets_in
from ccsync.settings.check import masked
from ccsync.settings.document import TOP, Document, Fault, Path, Position
from ccsync.settings.model import Start
from ccsync.settings.shapes import as_mapping

if TYPE_CHECKING:
    from ccsync.sink import SinkPlugin

SINK_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")


def odd_sinks(document: Document) -> Iterator[Fault]:
    """Find names that a sink cannot have, and an override of privacy that says too little."""
    for name, sink in as_mapping(as_mapping(document.value).get("sinks")).items():
        path = ("sinks", name)
        if not SINK_NAME.fullmatch(name):
            yield Fault(
                document.keys[path],
                path,
                "a sink's name has at most 63 letters, digits, '_', '.' and '-', "
                "and begins with a letter or digit",
            )
        # Without this, an override that only meant to change hash_key would show e-mail addresses.
        override = as_mapping(sink).get("privacy")
        if isinstance(override, dict) and "identity" not in override:
            yield Fault(
                document.keys[(*path, "privacy")],
                (*path, "privacy", "identity"),
                "is missing: a sink's own privacy replaces the global one as a whole",
            )


def odd_addresses(document: Document) -> Iterator[Fault]:
    """Find addresses that could not be used, so that no run is needed to find out."""
    settings = as_mapping(document.value)
    for path, value, prove in (
        (("state",), settings.get("state"), _prove_state),
        (("source", "base_url"), as_mapping(settings.get("source")).get("base_url"), _prove_url),
    ):
        # An address from the environment that was not set has its fault already.
        if isinstance(value, str) and value:
            try:
                prove(value)
            except SettingsError as error:
                message = str(error).removeprefix(".".join(path) + ": ")
                yield Fault(document.keys[path], path, masked(message, document, path))


def odd_start(document: Document, now: dt.datetime | None) -> Iterator[Fault]:
    """Find a first day that is not there yet; without `now` nothing is said."""
    path = ("sync", "start")
    written = as_mapping(as_mapping(document.value).get("sync")).get("start")
    if now is None or not isinstance(written, str):
        return
    try:
        start = Start.parse(written).date
    except ValueError:
        return  # it has its fault already
    if start is not None and start > now.date():
        message = (
            f"{start} is in the future: by the clock of this machine it is {now:%Y-%m-%d %H:%M} "
            "(UTC)"
        )
        yield Fault(document.values[path], path, masked(message, document, path))


def odd_by_plugin(
    document: Document,
    configs: Mapping[Path, Any],
    plugins: Mapping[str, SinkPlugin[Any]],
    environ: Mapping[str, str],
) -> Iterator[Fault]:
    """Ask each plugin about the settings of its sinks, where their types found them right."""
    for path, config in configs.items():
        secrets = [secret.reveal() for secret in secrets_in(config)]
        for below, message in _asked(plugins[str(path[-1])], config, environ):
            whole = (*path, *below.split(".")) if below else path
            shown = masked(message, document, whole, also=secrets)
            yield Fault(_place(document, whole), whole, shown)


def sharing(
    document: Document, configs: Mapping[Path, Any], plugins: Mapping[str, SinkPlugin[Any]]
) -> Iterator[Fault]:
    """Find sinks of one type whose plugin says that they would get in each other's way."""
    first: dict[tuple[str, str], str] = {}
    for path, config in sorted(configs.items(), key=lambda one: document.keys[one[0]]):
        try:
            alone = plugins[str(path[-1])].alone(config)
        except Exception as error:  # noqa: BLE001 - a sink's bug must not hide the other faults
            message = f"the sink type cannot tell what it must have alone: {error!r}"
            shown = masked(f"{message}; this is a fault of its package", document, path)
            yield Fault(_place(document, path), path, shown)
            continue
        if alone is None:
            continue
        below, thing = alone
        whole = (*path, *below.split("."))
        named = ".".join(map(str, whole))
        before = first.setdefault((config.type, thing), named)
        if before != named:
            message = (
                f"is the same as {before}; give each of these sinks one of its own, or they would "
                "get in each other's way"
            )
            yield Fault(_place(document, whole), whole, message)


def _asked(
    plugin: SinkPlugin[Any], config: Any, environ: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    try:
        found = [(fault.path, fault.message) for fault in plugin.faults(config, environ)]
    except Exception as error:  # noqa: BLE001 - a sink's bug must not hide the other faults
        message = f"the sink type cannot tell whether these settings are right: {error!r}"
        found = [("", f"{message}; this is a fault of its package")]
    yield from found
    try:
        msgspec.json.encode(plugin.shape(config), order="deterministic")
    except Exception as error:  # noqa: BLE001 - nor end a run in which other sinks take part
        message = f"the sink type cannot tell what shapes its output: {error!r}"
        yield "", f"{message}; this is a fault of its package"


def _place(document: Document, path: Path) -> Position:
    """Give where a setting stands; of one that is left out, where its section begins."""
    if path in document.values and not isinstance(_at(document, path), dict):
        return document.values[path]
    while path and path not in document.keys:
        path = path[:-1]
    return document.keys.get(path, TOP)


def _at(document: Document, path: Path) -> object:
    value: object = document.value
    for step in path:
        value = as_mapping(value).get(str(step))
    return value


def _prove_state(url: str) -> None:
    from ccsync.state.store import open_state

    open_state(url)


def _prove_url(url: str) -> None:
    from ccsync.source.address import check_base_url

    check_base_url(url)
