"""Which backends there are dashboards for, and the files of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from ccsync.cli import folder
from ccsync.errors import SettingsError
from ccsync_otlp.dashboards import datadog, grafana, guides, honeycomb
from ccsync_otlp.dashboards.sent import Sent
from ccsync_otlp.presets import PRESETS

Files: TypeAlias = Callable[[Sent], Mapping[str, str]]
"""Gives every file of a backend, by its path within the backend's folder."""

BACKENDS: dict[str, Files] = {
    "grafana": grafana.files,
    "datadog": datadog.files,
    "honeycomb": honeycomb.files,
}
"""By the name on the command line, which is the name of the folder, too."""

EVERY = "all"

_ANYWHERE = "otlp"
"""The preset that does not say what is behind the receiver."""


def fitting(preset: str | None) -> tuple[str, ...]:
    """Give the backends that a preset's dashboards are for; none for most experimental presets."""
    if preset is None or preset == _ANYWHERE:
        return tuple(BACKENDS)
    if PRESETS[preset].readback == "prometheus":
        return ("grafana",)
    return (preset,) if preset in BACKENDS else ()


def chosen(backend: str, preset: str | None) -> Sequence[str]:
    """Give the backends to write for.

    Raises:
        SettingsError: the preset has no dashboards, or others than are asked for.
    """
    fit = fitting(preset)
    if not fit:
        raise SettingsError(
            f"the preset {preset} has no dashboards; there are some for {', '.join(BACKENDS)}. The "
            "README of this sink says how its points are to be read"
        )
    if backend == EVERY:
        return fit
    if backend not in fit:
        raise SettingsError(f"what the preset {preset} sends is for {fit[0]}, not for {backend}")
    return (backend,)


def files(backend: str, sent: Sent) -> dict[str, str]:
    """Give every file of a backend by its path within the folder, with a README of what to do."""
    return {guides.NAME: guides.guide(backend, sent), **BACKENDS[backend](sent)}


def write(
    directory: Path, backends: Sequence[str], sent: Sent, *, force: bool = False
) -> list[Path]:
    """Write the files of some backends, each in its folder; gives their paths.

    Raises:
        SettingsError: a file cannot be written, or somebody has edited it and `force` is not given.
    """
    texts = {
        directory / backend / name: text
        for backend in backends
        for name, text in files(backend, sent).items()
    }
    folder.write(texts, force=force)
    return list(texts)
