"""Folders of files that a command writes and people then edit: dashboards, rules, queries."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ccsync.errors import SettingsError


def write(files: Mapping[Path, str], *, force: bool) -> None:
    """Write text files, with the directories that they need.

    Files that are there with other content may hold somebody's work: they are replaced only when
    `force` is given, and nothing is written otherwise.

    Raises:
        SettingsError: files are there and differ (and `force` is not given), or one cannot be
            read or written.
    """
    differ: list[Path] = []
    for path, text in files.items():
        try:
            if path.exists() and path.read_bytes() != text.encode():
                differ.append(path)
        except OSError as error:
            raise _unusable(path, "read", error) from None
    if differ and not force:
        raise SettingsError(
            "nothing was written, for these files are there and differ from what would be written:",
            *(f"  {path}" for path in differ),
            "Somebody has edited them, or they were written for other settings or by another "
            "version of ccsync. --force replaces them; with another folder at --out they can be "
            "compared",
        )
    for path, text in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        except OSError as error:
            raise _unusable(path, "written", error) from None


def _unusable(path: Path, verb: str, error: OSError) -> SettingsError:
    why = error.strerror or str(error)
    if isinstance(error, FileExistsError | NotADirectoryError):
        why = "a file stands where a folder has to be"
    return SettingsError(
        f"{path}: cannot be {verb}: {why}; name a folder with --out that this user may write to"
    )
