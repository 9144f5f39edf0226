"""Keys and tokens as text: read from a file, checked for what no key has, and never shown."""

from __future__ import annotations

from pathlib import Path

from ccsync import redact
from ccsync.errors import SourceRefused

LONGEST = 65_536
"""More than this in a file is no key: somebody named the wrong file."""


def read_key(path: Path, setting: str, *, empty: str) -> str:
    """Read the one key or token in a file; it is masked in every text from here on.

    Args:
        path: the file.
        setting: path of the setting that names it, for messages.
        empty: what to say, and what to do, when nothing is in it.

    Raises:
        SourceRefused: the file cannot be read, or does not hold a key.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LONGEST + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise SourceRefused(
            f"{setting}: cannot read {path}: {reason or error}. "
            "Is the secret mounted, and readable for this user?"
        ) from None
    text = content.decode("utf-8", "replace")
    try:
        value = checked_key(text, empty=empty)
    except ValueError as error:
        raise SourceRefused(f"{setting}: {path}: {error}") from None
    redact.register(value)
    return value


def checked_key(text: str, *, empty: str) -> str:
    """Give the key without the line end that files and shells leave behind it.

    Raises:
        ValueError: with a message for the user that does not show the text.
    """
    value = text.strip(" \t\r\n")
    if not value:
        raise ValueError(f"it is empty. {empty}")
    if len(value) > LONGEST:
        raise ValueError("it is far too long for a key; is this the right file?")
    if any(not "!" <= character <= "~" for character in value):
        raise ValueError(
            "it holds blanks, control characters or letters that no key has (not shown here). Was "
            "more than the key copied, or is it still encoded?"
        )
    return value
