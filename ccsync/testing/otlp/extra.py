"""What to say when the optional packages are not there."""

from __future__ import annotations

import contextlib
from collections.abc import Generator


@contextlib.contextmanager
def needs_otlp_extra() -> Generator[None, None, None]:
    """Import inside of it what the extra `otlp` brings.

    Raises:
        ImportError: something is not installed; says which extra to install.
    """
    try:
        yield
    except ImportError as error:
        raise ImportError(
            f"ccsync.testing.otlp needs the extra `otlp`: pip install 'ccsync[otlp]' ({error})",
            name=error.name,
        ) from error
