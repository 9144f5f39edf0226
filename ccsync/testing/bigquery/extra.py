"""What to say when the optional packages are not there."""

from __future__ import annotations

import contextlib
from collections.abc import Generator


@contextlib.contextmanager
def needs_extras() -> Generator[None, None, None]:
    """Import inside of it what the extras `testing` and `bigquery` bring.

    Raises:
        ImportError: something is not installed; says which extras to install.
    """
    try:
        yield
    except ImportError as error:
        raise ImportError(
            "ccsync.testing.bigquery needs the extras `testing` and `bigquery`:"
            f" pip install 'ccsync[bigquery,testing]' ({error})",
            name=error.name,
        ) from error
