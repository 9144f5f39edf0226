"""Foreign code that must not end the process: what is no `Exception`, and a bug all the same."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

_PANIC = "pyo3_runtime"
"""Module of what libraries written in Rust raise when they fail; no `Exception` by intent."""


@contextmanager
def contained() -> Generator[None, None, None]:
    """Run code of a sink: if it ends the process or panics, that is a bug like any other.

    Without this, a sink that calls `sys.exit(0)` would make a run a success whose days were never
    delivered.

    Raises:
        RuntimeError: in the place of such an end.
    """
    try:
        yield
    except SystemExit as error:
        raise RuntimeError(f"it tried to end the process (sys.exit({error.code!r}))") from error
    except BaseException as error:
        if type(error).__module__ == _PANIC:
            raise RuntimeError(f"a library panicked: {error}") from error
        raise
