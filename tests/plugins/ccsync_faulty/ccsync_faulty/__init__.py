"""Sinks for tests of the whole command: `series` needs tombstones, `moody` misbehaves on demand.

Both write into an SQLite file, and both can kill their process at a chosen point (see `kill`).
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from ccsync.sink import Sink, SinkConfig, SinkContext, SinkPlugin

__all__ = ["MOODY", "SERIES", "MoodyConfig", "SeriesConfig"]


class SeriesConfig(SinkConfig, frozen=True, kw_only=True):
    """Settings of `type: series`."""

    path: Annotated[str, Meta(description="Database file; made when it is missing.")]


class MoodyConfig(SinkConfig, frozen=True, kw_only=True):
    """Settings of `type: moody`: where it writes, and what goes wrong."""

    path: Annotated[str, Meta(description="Database file; made when it is missing.")]
    unavailable: Annotated[
        int, Meta(ge=0, description="So many deliveries of this process are unavailable, first.")
    ] = 0
    retry_after: Annotated[
        float | None, Meta(description="Seconds that it asks to wait when unavailable.")
    ] = None
    refused_at: Annotated[
        Literal["open", "deliver"] | None, Meta(description="Where it refuses for good.")
    ] = None
    refused_terminal: Annotated[
        str | None, Meta(description="Records of this terminal_type are refused, and named.")
    ] = None
    bug_at: Annotated[
        Literal["open", "deliver", "close"] | None, Meta(description="Where it raises TypeError.")
    ] = None
    oldest_days: Annotated[
        int | None, Meta(description="Days older than so many days are too old.")
    ] = None
    not_yet: Annotated[bool, Meta(description="Whether every day has to wait.")] = False
    no_answer: Annotated[bool, Meta(description="Whether deliver returns None.")] = False
    slow_seconds: Annotated[
        float, Meta(ge=0, le=60, description="How long a delivery takes, in small steps.")
    ] = 0.0
    deaf: Annotated[
        bool, Meta(description="Whether it does not ask to proceed while it takes its time.")
    ] = False


def _build_series(config: SeriesConfig, context: SinkContext) -> Sink:
    from ccsync_faulty.series import SeriesSink

    return SeriesSink(config, context)


def _build_moody(config: MoodyConfig, context: SinkContext) -> Sink:
    from ccsync_faulty.moody import MoodySink

    return MoodySink(config, context)


SERIES = SinkPlugin(
    config=SeriesConfig,
    build=_build_series,
    summary="for tests: points of series in SQLite, which can only be overwritten",
    example="  {name}:\n    type: series\n    path: points.db\n",
)
MOODY = SinkPlugin(
    config=MoodyConfig,
    build=_build_moody,
    summary="for tests: misbehaves as its settings say",
    example="  {name}:\n    type: moody\n    path: moody.db\n",
)
