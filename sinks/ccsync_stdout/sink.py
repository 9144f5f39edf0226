"""Writes whole days to standard output."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from typing import BinaryIO, Literal

from ccsync.errors import SinkRefused
from ccsync.sink import DELIVERED, Outcome, SinkContext, not_yet
from ccsync.snapshot import Snapshot
from ccsync_stdout import lines


class StdoutSink:
    """A stream cannot take anything back, so a second revision of a day is printed after the first.

    `snapshot_id` and `fetched_at` on each line tell a reader which revision is the newest.
    """

    def __init__(
        self,
        form: Literal["jsonl", "csv", "table"],
        context: SinkContext,
        stream: BinaryIO | None = None,
    ) -> None:
        """Take the format; `stream` stands in for standard output in tests."""
        self._form = form
        self._context = context
        self._given = stream
        self._header = form == "csv"
        self._reader_left = False

    def open(self) -> str:
        """There is one standard output, and nothing to connect."""
        return "stdout"

    def deliver(
        self,
        snapshot: Snapshot,
        memory: bytes | None,  # noqa: ARG002 - nothing that was printed can be taken back
        remember: Callable[[bytes], None],  # noqa: ARG002
    ) -> Outcome:
        """Print the day. A reader that went away (`| head`) has had enough; that is no error."""
        stream = self._given or sys.stdout.buffer
        try:
            for part in self._encoded(snapshot):
                if self._reader_left:
                    break
                self._context.proceed()
                stream.write(part)
            stream.flush()
        except BrokenPipeError:
            self._reader_left = True
            self._let_go()
        except OSError as error:
            self._let_go()
            raise SinkRefused(
                f"standard output cannot be written: {error.strerror or error}. Is the disk full, "
                "or was it closed?"
            ) from error
        if self._reader_left:
            return not_yet("the reader of standard output went away")
        return DELIVERED

    def close(self) -> None:
        """There is nothing to let go of."""

    def preview(self, snapshot: Snapshot) -> Iterator[str]:
        """Give the lines that a delivery would print."""
        for part in lines.ENCODERS[self._form](snapshot):
            yield from part.decode().splitlines()

    def _let_go(self) -> None:
        """Python flushes standard output once more at exit, and would complain then."""
        if self._given is None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def _encoded(self, snapshot: Snapshot) -> Iterator[bytes]:
        if self._header and snapshot.record_count:
            self._header = False
            yield lines.csv_header()
        yield from lines.ENCODERS[self._form](snapshot)
