"""What DuckDB says when a file cannot be used, in words that say what to do.

DuckDB has one class for nearly all of it, so its text decides. The texts are those of DuckDB 2.0;
one that is not known here is an outage when it is about the file, and a bug otherwise.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypeAlias

from ccsync.errors import SinkRefused, SinkUnavailable
from ccsync_duckdb.access import READ_ONLY, is_empty, obstacle


class FileRefusedError(SinkRefused):
    """The file cannot be used until someone changes something."""

    def __init__(self, what: str, fix: str) -> None:
        """Say what is wrong, and what to do about it."""
        super().__init__(f"{what}. {fix}")
        self.what = what
        self.fix = fix


class EmptyFileError(FileRefusedError):
    """There is nothing in the file: for a run as good as none, and nothing to read."""

    def __init__(self, path: Path, what: str = "file") -> None:
        """Say so."""
        super().__init__(
            f"{path}: the {what} is empty", "`ccsync sync` fills what its settings name"
        )


class MemoryNeededError(FileRefusedError):
    """DuckDB may not hold as much as this needs; nothing was changed."""


class FileBusyError(SinkUnavailable):
    """The file cannot be used just now, or it is not known what became of a write."""

    def __init__(self, what: str, fix: str) -> None:
        """Say what is wrong, and what to do if it stays so."""
        super().__init__(f"{what}. {fix}")
        self.what = what
        self.fix = fix


def explained(path: Path, error: Exception) -> FileRefusedError | FileBusyError | None:
    """Give the error of a sink that an error of DuckDB stands for; None if it is our bug."""
    text = str(error)
    if _NO_DATABASE.search(text) and is_empty(path):
        return EmptyFileError(path)
    if _NOT_LET_IN.search(text) and (found := obstacle(path)) is not None:
        return FileRefusedError(f"{path}: {found.what}", found.fix)
    for pattern, kind, what, fix in _KNOWN:
        if (match := pattern.search(text)) is not None:
            words = {"path": path, "folder": path.parent, **match.groupdict()}
            return kind(f"{path}: {what.format_map(words)}", fix.format_map(words))
    if type(error).__name__ in _ABOUT_THE_FILE:
        said = text.splitlines()[0]
        return FileBusyError(f"{path}: {said}", "Is the disk in order?")
    return None


def explained_os(path: Path, error: OSError) -> FileRefusedError | FileBusyError:
    """Give the error of a sink that an error of the operating system stands for."""
    said = error.strerror or str(error)
    return explained(path, OSError(said)) or FileRefusedError(
        f"{path}: cannot be used: {said}", OTHER_FILE
    )


_ABOUT_THE_FILE = ("FatalException", "IOException")

_ALONE = (
    "Close it there: DuckDB lets one program write, or several read. To look at the data without "
    "keeping a run off, open them for a moment only, or a copy of the file"
)
_ANEW = (
    "Move it away: the next `ccsync sync` makes a new one, and delivers every day since sync.start "
    "that the API still has"
)
OTHER_FILE = "Name another file: one that ccsync made, or in the settings one that is not there yet"

_NO_DATABASE = re.compile("not a valid DuckDB database", re.IGNORECASE)
_NOT_LET_IN = re.compile(
    "no such file or directory|not a directory|permission denied|operation not permitted",
    re.IGNORECASE,
)
"""Of these, a look at the file and its directory says more than the system did."""

_Kind: TypeAlias = type[FileRefusedError] | type[FileBusyError]

_KNOWN: tuple[tuple[re.Pattern[str], _Kind, str, str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), kind, what, fix)
    for pattern, kind, what, fix in (
        (
            r"lock is held in (?P<who>[^\n]*?\(?PID \d+\)?)",
            FileBusyError,
            "another program has the file open: {who}",
            _ALONE,
        ),
        (
            r"could not set lock",
            FileBusyError,
            "another program has the file open, perhaps in another container or on another machine",
            _ALONE,
        ),
        (
            r"unique file handle conflict|already attached",
            FileRefusedError,
            "this very run has the file open already, for another sink",
            "Give each sink a file of its own",
        ),
        (
            _NO_DATABASE.pattern,
            FileRefusedError,
            "this is not a DuckDB database, but a file of another program",
            OTHER_FILE,
        ),
        (
            r"created with a newer version",
            FileRefusedError,
            "a newer DuckDB wrote this file than the library here can read",
            "Update the library: pip install --upgrade duckdb",
        ),
        (
            r"created with an older",
            FileRefusedError,
            "a DuckDB wrote this file that is too old for the library here",
            "Copy it with a DuckDB between the two (EXPORT DATABASE, IMPORT DATABASE), or move it "
            "away: the next `ccsync sync` makes a new one",
        ),
        (r"is a directory", FileRefusedError, "this is a directory", "Name a file in it"),
        (
            r"database does not exist",
            FileRefusedError,
            "there is no such file",
            "Check the path; a first `ccsync sync` makes the file",
        ),
        (
            r"no such file or directory",
            FileRefusedError,
            "no file can be made in {folder}",
            "Name a file elsewhere",
        ),
        (
            r"permission denied|operation not permitted",
            FileRefusedError,
            "the system does not let this user use the file, or its directory",
            "Give both to the user that runs ccsync: DuckDB keeps its log beside the file",
        ),
        (
            r"read-only file system",
            FileRefusedError,
            *READ_ONLY,
        ),
        (
            r"disabled by configuration",
            FileRefusedError,
            "a view in it asks for another file, and gets none",
            "Its views are not those of ccsync: ask whoever gave you the file",
        ),
        (
            r"no space left|file too large|disk quota|out of disk",
            FileRefusedError,
            "the disk is full; what was shown before is still there",
            "Make room in {folder}; the next run goes on from there",
        ),
        (
            r"corrupt|does not match stored checksum|could not read enough bytes|deserializ",
            FileRefusedError,
            "the file is damaged",
            _ANEW,
        ),
        (
            r"out of memory|could not allocate|failed to allocate",
            MemoryNeededError,
            "there is not enough memory for this",
            "Give the process more, or ask for fewer days at a time",
        ),
        (
            r"has been invalidated|checkpoint failed",
            FileBusyError,
            "DuckDB invalidated the file for whoever has it open, as its log could not go into it",
            "What was written is not lost: whoever opens it next reads both. Is the disk in order?",
        ),
        (
            r"(?P<name>(?:Table|View|Column|Referenced column)[^\n!]*(?:does not|not found)[^\n!]*|"
            r"NOT NULL constraint[^\n]*)",
            FileRefusedError,
            "the tables or views in it are not as ccsync made them: {name}",
            _ANEW,
        ),
        (
            r"existing object (?P<name>\S+) is of type",
            FileRefusedError,
            "something in it that ccsync did not make has the name of one of its tables or views: "
            "{name}",
            "Rename it",
        ),
    )
)
