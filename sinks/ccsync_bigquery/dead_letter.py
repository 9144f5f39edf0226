"""Keeps rows that BigQuery refused, in a file of the user's, to find out what was wrong with them.

One JSON object a line: `date`, `source_id`, `snapshot_id`, `errors` (reason, location and message,
as BigQuery put them) and `row`. It holds personal data: the file is made for its owner alone
(0600). Lines are appended; what is there already stays as it is.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ccsync.snapshot import Snapshot
from ccsync_bigquery.errors import MismatchError
from ccsync_bigquery.row_errors import InvalidRow, counted

_json = msgspec.json.Encoder()


class DeadLetters:
    """The file of the setting `dead_letter_file`, or none."""

    def __init__(self, path: str | None) -> None:
        """Take the setting; touches nothing."""
        self._path = None if path is None else _expanded(path)

    def fault(self) -> MismatchError | None:
        """Tell whether rows could not be kept, without making the file.

        Returns:
            The error to raise; None when the file can be written, or none is set.
        """
        why = None if self._path is None else _why_not(self._path)
        if why is None:
            return None
        return MismatchError(
            f"the file {self._path} (`dead_letter_file`) cannot be written: {why}",
            "Name a file in a folder that is there and may be written by whoever runs ccsync; the "
            "file itself is made when it is needed",
        )

    def keep(self, snapshot: Snapshot, rows: Sequence[InvalidRow]) -> str:
        """Append rows of a snapshot, and say in one sentence what became of them.

        Never raises for a file that cannot be written: the rows are refused whether they can be
        kept or not, and that must be heard.
        """
        if self._path is None:
            return "Set `dead_letter_file` to keep such rows and BigQuery's words about them"
        lines = b"".join(_line(snapshot, row) for row in rows)
        try:
            _append(self._path, lines)
        except OSError as error:
            return (
                f"They could not be kept in {self._path} (`dead_letter_file`): "
                f"{error.strerror or error}"
            )
        return f"{counted(len(rows))} appended to {self._path}, with BigQuery's words"


def _expanded(path: str) -> Path:
    """Put a home directory in the place of `~`; where there is none, `_why_not` says so."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def _why_not(path: Path) -> str | None:
    folder = path.parent
    if path.parts[:1] and path.parts[0].startswith("~"):
        return f"no home directory is known for {path.parts[0]}"
    if path.is_dir():
        return "it is a folder"
    if path.exists():
        return None if os.access(path, os.W_OK) else "this user may not write it"
    if not folder.is_dir():
        return f"{folder} is {'not a folder' if folder.exists() else 'not there'}"
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"this user may not make files in {folder}"
    return None


def _line(snapshot: Snapshot, row: InvalidRow) -> bytes:
    return (
        _json.encode(
            {
                "date": snapshot.day,
                "source_id": snapshot.source_id,
                "snapshot_id": snapshot.snapshot_id,
                "errors": [error._asdict() for error in row.errors],
                "row": msgspec.Raw(row.line),
            }
        )
        + b"\n"
    )


def _append(path: Path, lines: bytes) -> None:
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOCTTY
    # Without waiting: a named pipe that nobody reads is an error, not a run that hangs.
    descriptor = os.open(path, flags | os.O_NONBLOCK, 0o600)
    try:
        left = memoryview(lines)
        while left:
            left = left[os.write(descriptor, left) :]
    finally:
        os.close(descriptor)
