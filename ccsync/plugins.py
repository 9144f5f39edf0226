"""Installed sinks: entry points in the group `ccsync.sinks`, imported one by one when asked for."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ccsync.contained import contained
from ccsync.errors import SettingsError

if TYPE_CHECKING:
    from ccsync.sink import SinkPlugin

GROUP = "ccsync.sinks"

EXTRAS = frozenset(("bigquery", "duckdb", "otlp"))
"""Sinks of ours that need an extra of the same name."""


class PluginError(SettingsError):
    """An installed sink cannot be used."""


@dataclass(frozen=True)
class Installed:
    """One sink that a distribution offers; nothing of it is imported yet."""

    name: str
    """Its type, as settings name it."""

    distribution: str
    version: str
    entry_point: importlib.metadata.EntryPoint

    @property
    def origin(self) -> str:
        """Name the distribution and its version."""
        return f"{self.distribution} {self.version}"


class Plugins(Mapping[str, "SinkPlugin[Any]"]):
    """Installed sinks by type. Looking one up imports it, and it alone.

    Looking up raises `KeyError` for a type that nobody offers, and `PluginError` for one that two
    distributions offer or that cannot be imported.
    """

    def __init__(self, offers: Iterable[Installed]) -> None:
        """Take what is offered; `installed()` finds it."""
        self._offers: dict[str, list[Installed]] = {}
        for offer in sorted(offers, key=lambda one: (one.name, one.distribution)):
            self._offers.setdefault(offer.name, []).append(offer)
        self._loaded: dict[str, SinkPlugin[Any]] = {}

    def __iter__(self) -> Iterator[str]:
        """Give the types, sorted."""
        return iter(self._offers)

    def __len__(self) -> int:
        """Count the types."""
        return len(self._offers)

    def __contains__(self, name: object) -> bool:
        """Tell whether somebody offers this type; imports nothing."""
        return name in self._offers

    def __getitem__(self, name: str) -> SinkPlugin[Any]:
        """Import a sink."""
        if name not in self._loaded:
            self._loaded[name] = _load(self.offer(name))
        return self._loaded[name]

    def offer(self, name: str) -> Installed:
        """Say who offers a type.

        Raises:
            KeyError: nobody does.
            PluginError: several distributions do.
        """
        offers = self._offers[name]
        if len(offers) > 1:
            who = " and by ".join(one.origin for one in offers)
            raise PluginError(
                f"sink type {name!r} is offered by {who}; uninstall all but one of them"
            )
        return offers[0]


def installed(distribution: str | None = None) -> Plugins:
    """Find the sinks of this environment, or those that one distribution offers."""
    found: dict[tuple[str, str], Installed] = {}
    for point in importlib.metadata.entry_points(group=GROUP):
        owner = point.dist
        # On a path with doubles the same distribution is found twice: the first one is imported.
        offer = Installed(
            point.name, owner.name if owner else "unknown", owner.version if owner else "?", point
        )
        if distribution in (None, offer.distribution):
            found.setdefault((offer.name, offer.distribution), offer)
    return Plugins(found.values())


def install_hint(name: str) -> str:
    """Say what to install for a sink of ours; empty for others."""
    return f"pip install 'ccsync[{name}]'" if name in EXTRAS else ""


def missing_library(name: str, error: ImportError) -> PluginError:
    """Say which library a sink lacks; for its import and for its `build`."""
    what = f"the library {error.name!r}" if error.name else "a library"
    do = install_hint(name) or "install what its package needs"
    return PluginError(f"sink type {name!r} needs {what}, which is not installed: {do}")


def _load(offer: Installed) -> SinkPlugin[Any]:
    from ccsync.sink import INTERFACE_VERSION, SinkPlugin

    where = f"sink type {offer.name!r} of {offer.origin} ({offer.entry_point.value})"
    try:
        with contained():
            plugin: Any = offer.entry_point.load()
    except ImportError as error:
        own = offer.entry_point.module.partition(".")[0]
        if isinstance(error, ModuleNotFoundError) and error.name and error.name != own:
            raise missing_library(offer.name, error) from error
        raise PluginError(f"{where} cannot be imported: {error}") from error
    except Exception as error:
        raise PluginError(
            f"{where} cannot be imported: {type(error).__name__}: {error}; "
            "this is a fault of that package"
        ) from error
    if not isinstance(plugin, SinkPlugin):
        raise PluginError(f"{where} is a {type(plugin).__name__}, not a SinkPlugin")
    if plugin.interface_version != INTERFACE_VERSION:
        older, newer = (
            (offer.distribution, "ccsync")
            if plugin.interface_version < INTERFACE_VERSION
            else ("ccsync", offer.distribution)
        )
        raise PluginError(
            f"{where} is written for version {plugin.interface_version} of the sink interface, "
            f"and this ccsync has version {INTERFACE_VERSION}; upgrade {older} to fit {newer}"
        )
    return plugin  # pyright: ignore[reportUnknownVariableType] - isinstance forgets the Any
