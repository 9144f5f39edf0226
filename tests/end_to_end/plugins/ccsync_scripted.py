"""A sink that does what its settings tell it: takes days, or fails in every way there is.

It keeps a directory: one file per day with the records it shows, and `sent`, a line per call.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ccsync.errors import RecordsRefused, SinkRefused, SinkUnavailable
from ccsync.sink import (
    DELIVERED,
    Finding,
    Outcome,
    Sink,
    SinkConfig,
    SinkContext,
    SinkPlugin,
    Snapshot,
    not_yet,
    too_old,
)


class ScriptedConfig(SinkConfig, frozen=True, kw_only=True):
    """Settings of `type: scripted`."""

    path: Annotated[str, Meta(description="Directory; made when it is missing.")]
    opening: Annotated[
        Literal["fine", "away", "refused", "bug"], Meta(description="What `open` does.")
    ] = "fine"
    taking: Annotated[
        Literal["fine", "away", "refused", "bug", "nonsense", "not yet", "exit", "mute"],
        Meta(description="What `deliver` does."),
    ] = "fine"
    oldest: Annotated[
        dt.date, Meta(description="Days before this one are too old for the destination.")
    ] = dt.date.min
    unwanted: Annotated[str, Meta(description="Records of this actor are refused for good.")] = ""
    finding: Annotated[str, Meta(description="A fault that `check` finds; `bug` is one.")] = ""


class MuteError(Exception):
    """An error that fails itself when it is to be told."""

    def __str__(self) -> str:
        raise KeyError("no words")


class ScriptedSink:
    """Replaces a day's file."""

    def __init__(self, config: ScriptedConfig, context: SinkContext) -> None:
        self._config = config
        self._context = context
        self._path = Path(config.path)

    def open(self) -> str:
        self._fail(self._config.opening)
        self._path.mkdir(exist_ok=True)
        return f"scripted {self._path}"

    def deliver(
        self, snapshot: Snapshot, memory: bytes | None, remember: Callable[[bytes], None]
    ) -> Outcome:
        self._context.proceed()
        with (self._path / "sent").open("a") as sent:
            sent.write(f"{snapshot.day}\n")
        self._fail(self._config.taking)
        if self._config.taking == "nonsense":
            return None  # type: ignore[return-value] # pyright: ignore[reportReturnType]
        if self._config.taking == "not yet":
            return not_yet("it is not noon there yet")
        if snapshot.day < self._config.oldest:
            return too_old(f"it takes nothing before {self._config.oldest}")
        unwanted = [one for one in snapshot.records() if one.actor_id == self._config.unwanted]
        if unwanted:
            raise RecordsRefused(f"{len(unwanted)} records are too odd", records=unwanted)
        content = b"".join(msgspec.json.encode(one) + b"\n" for one in snapshot.records())
        (self._path / str(snapshot.day)).write_bytes(content)
        return DELIVERED

    def check(self) -> Sequence[Finding]:
        self._fail(self._config.finding)
        if self._config.finding:
            return [Finding("fault", self._config.finding, "mend the script")]
        return [Finding("ok", "the script is fine")]

    def preview(self, snapshot: Snapshot) -> Iterator[str]:
        self._fail(self._config.taking)
        yield f"{snapshot.record_count} records"

    def close(self) -> None:
        pass

    def _fail(self, how: str) -> None:
        match how:
            case "away":
                raise SinkUnavailable("nobody answers there", retry_after=0.05)
            case "refused":
                raise SinkRefused("the table is missing; create it")
            case "bug":
                raise KeyError("a name that nobody knows")
            case "mute":
                raise MuteError
            case "exit":
                raise SystemExit(0)
            case _:
                pass


def _build(config: ScriptedConfig, context: SinkContext) -> Sink:
    return ScriptedSink(config, context)


PLUGIN = SinkPlugin(
    config=ScriptedConfig,
    build=_build,
    summary="does what its settings tell it",
    example="  # {name}: {{type: scripted, path: days}}\n",
)
