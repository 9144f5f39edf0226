"""The list of planted faults; importing the modules beside this one fills it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from ccsync.sink import SinkPlugin
from tests.contract.broken.model import ModelSink

S = TypeVar("S", bound=type[ModelSink])


@dataclass(frozen=True)
class Planted:
    """A fault in a sink or in its plugin, and the tests that must fail because of it."""

    name: str
    sink: type[ModelSink] | None
    plugin: SinkPlugin[Any] | None
    caught_by: frozenset[str]


PLANTED: list[Planted] = []


def planted(*caught_by: str) -> Callable[[S], S]:
    """Mark a sink as faulty; names the tests of the contract that must fail."""

    def mark(sink: S) -> S:
        PLANTED.append(Planted(sink.__name__, sink, None, frozenset(caught_by)))
        return sink

    return mark


def planted_plugin(name: str, plugin: SinkPlugin[Any], *caught_by: str) -> None:
    """Enter a faulty plugin."""
    PLANTED.append(Planted(name, None, plugin, frozenset(caught_by)))
