"""A sink that tells its secret wherever it can: in every error, finding, outcome and log line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ccsync.errors import RecordsRefused, SinkRefused, SinkUnavailable
from ccsync.secret import Secret
from ccsync.sink import (
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


class LeakyConfig(SinkConfig, frozen=True, kw_only=True):
    """Settings of `type: leaky`."""

    headers: Annotated[dict[str, Secret], Meta(description="Sent nowhere, told everywhere.")] = (
        msgspec.field(default_factory=dict[str, Secret])
    )
    where: Annotated[Literal["open", "deliver"], Meta(description="Where it goes wrong.")] = (
        "deliver"
    )


class LeakyError(Exception):
    """A bug."""


class LeakySink:
    """Each day of five goes wrong in a way of its own."""

    def __init__(self, config: LeakyConfig, context: SinkContext) -> None:
        self._config = config
        self._context = context
        self._told = {name: one.reveal() for name, one in config.headers.items()}

    def open(self) -> str:
        if self._config.where == "open":
            raise SinkRefused(f"login failed with {self._told}")
        return f"leaky {self._told}"

    def deliver(
        self, snapshot: Snapshot, memory: bytes | None, remember: Callable[[bytes], None]
    ) -> Outcome:
        self._context.log("leaky.sends", headers=self._told, text=f"POST {self._told}")
        match snapshot.day.toordinal() % 5:
            case 0:
                return too_old(f"too old for {self._told}")
            case 1:
                return not_yet(f"not with {self._told}")
            case 2:
                raise RecordsRefused(f"refused: {self._told}", records=list(snapshot.records()))
            case 3:
                raise SinkUnavailable(f"away: {self._told}")
            case _:
                raise LeakyError(f"sent {self._told}") from LeakyError(self._told, self._config)

    def check(self) -> Sequence[Finding]:
        return [Finding("fault", f"tried {self._told}", f"change {self._told}")]

    def close(self) -> None:
        raise LeakyError(self._told)


def _build(config: LeakyConfig, context: SinkContext) -> Sink:
    return LeakySink(config, context)


PLUGIN = SinkPlugin(
    config=LeakyConfig,
    build=_build,
    summary="tells its secret",
    example="  # {name}: {{type: leaky}}\n",
)
