"""Standard streams that were closed before we began, whose reader went away, or whose disk is full.

No error of standard output is a bug of the command that writes to it; so these have to be told from
errors of other files.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

    from _typeshed import ReadableBuffer

_TOLD_OTHERWISE = frozenset((errno.EPIPE, errno.EBADF, errno.EAGAIN, errno.EINTR))
"""A reader that went away, a stream that was closed, and what is no failure."""


class StdoutError(OSError):
    """Standard output cannot be written: a full disk, for instance."""


class _Stdout(io.FileIO):
    """Standard output, whose errors say so."""

    def write(self, content: ReadableBuffer, /) -> int:
        """Write as much as the system takes.

        Raises:
            StdoutError: it takes nothing.
        """
        try:
            return super().write(content)
        except OSError as error:
            if error.errno in _TOLD_OTHERWISE:
                raise
            raise StdoutError(error.errno, error.strerror) from error


class _Stderr(io.FileIO):
    """Standard error, which takes every line: one that is lost must not change an exit code."""

    def write(self, content: ReadableBuffer, /) -> int:
        """Write as much as the system takes; of what it takes nothing, nothing is told."""
        try:
            return super().write(content)
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.EINTR):
                raise
            return memoryview(content).nbytes


def mark_streams() -> None:
    """Let errors of standard output be `StdoutError`, and those of standard error be none.

    A stream that somebody put in the place of one is left alone.
    """
    if sys.__stdout__ is not None and sys.stdout is sys.__stdout__:
        sys.stdout = _over(_Stdout, sys.__stdout__)
    if sys.__stderr__ is not None and sys.stderr is sys.__stderr__:
        sys.stderr = _over(_Stderr, sys.__stderr__)


def _over(kind: type[io.FileIO], stream: TextIO) -> io.TextIOWrapper:
    """Give a stream like this one, whose bytes go through a file of this kind."""
    with contextlib.suppress(OSError):
        stream.flush()
    raw = kind(stream.fileno(), "wb", closefd=False)
    # Where Python was told not to buffer (-u), nothing is held back here either.
    held = isinstance(stream.buffer, io.BufferedIOBase)
    return io.TextIOWrapper(
        io.BufferedWriter(raw) if held else raw,
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=bool(stream.line_buffering),
        write_through=not held,
    )


def open_closed() -> None:
    """Stand in for streams that were closed before we began (`>&-`): Python leaves None there.

    Otherwise the next file or socket would get the number of standard output. What is written to
    standard output must not vanish without a word: its stand-in cannot be written.
    """
    for name, mode, flags in (
        ("stdin", "r", os.O_RDONLY),
        ("stdout", "w", os.O_RDONLY),
        ("stderr", "w", os.O_WRONLY),
    ):
        if getattr(sys, name) is None:
            # The lowest free number is given, which is this stream's own.
            setattr(sys, name, os.fdopen(os.open(os.devnull, flags), mode))


def has_no_reader(error: BaseException) -> bool:
    """Tell whether it is our reader (`| head`) that went away, not another pipe or a socket."""
    if not isinstance(error, OSError) or error.errno != errno.EPIPE:
        return False
    import select

    try:
        poll = select.poll()
        poll.register(sys.stdout.fileno(), select.POLLOUT)
        return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))
    except (OSError, ValueError):
        return False


def forget_stdout() -> None:
    """Let the interpreter's last flush go nowhere, instead of failing once more."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
