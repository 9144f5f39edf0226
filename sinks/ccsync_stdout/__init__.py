"""The stdout sink: records as JSON lines, CSV or a table, for people and pipes."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from ccsync.sink import Sink, SinkConfig, SinkContext, SinkPlugin

__all__ = ["PLUGIN", "StdoutConfig"]


class StdoutConfig(SinkConfig, frozen=True, kw_only=True):
    """Settings of `type: stdout`."""

    format: Annotated[
        Literal["jsonl", "csv", "table"],
        Meta(
            description="jsonl: one JSON object per record; csv: nested parts as JSON in a cell; "
            "table: for reading on a terminal."
        ),
    ] = "jsonl"


def _build(config: StdoutConfig, context: SinkContext) -> Sink:
    from ccsync_stdout.sink import StdoutSink

    return StdoutSink(config.format, context)


PLUGIN = SinkPlugin(
    config=StdoutConfig,
    build=_build,
    summary="records as JSON lines, CSV or a table on standard output",
    tracked=False,
    shape=lambda config: config.format,
    example="""\
  # Records on standard output, for a look or a pipe. It keeps no ledger: each run prints the
  # lookback window and today again. It cannot take back a line that is printed.
  {name}:
    type: stdout
    # format: jsonl                     # jsonl | csv | table
    # With a ledger: each day since sync.start once, and again when it was corrected. For a file
    # that grows: ccsync sync >> usage.jsonl
    # track: true
""",
)
