"""What the operating system lets this user do with a file: the reason, in words, where it does not.

`check` looks before anything is tried, and a run when it was refused; so both say the same.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import NamedTuple

_GIVE = "Give it to the user that runs ccsync"


class Obstacle(NamedTuple):
    """Why a file cannot be used."""

    what: str
    fix: str


READ_ONLY = Obstacle(
    "its file system cannot be written to",
    "Name a file on one that can; in a container that is a mounted volume",
)


def obstacle(path: Path) -> Obstacle | None:
    """Say what keeps this user from writing to a file, or from making it; changes nothing.

    None says that nothing was found, which is no promise: a system has more ways to refuse.

    Args:
        path: in full.
    """
    folder = path.parent
    try:
        is_folder = stat.S_ISDIR(folder.stat().st_mode)
    except PermissionError:
        return Obstacle(f"this user may not enter a directory above {folder}", _GIVE)
    except OSError:
        return Obstacle(
            f"the directory {folder} is not there",
            "Make it, or name a file elsewhere; a relative path counts from the working directory",
        )
    if not is_folder:
        return Obstacle(f"{folder} is not a directory", "Name a file in a directory")
    if not os.access(folder, os.X_OK):
        return Obstacle(f"this user may not enter the directory {folder}", _GIVE)
    if path.exists():
        if not os.access(path, os.R_OK):
            return Obstacle("this user may not read it", f"{_GIVE}, or: chmod u+rw {path}")
        if not os.access(path, os.W_OK) and not _is_read_only(folder):
            return Obstacle("this user may not write to it", f"{_GIVE}, or: chmod u+w {path}")
    if _is_read_only(folder):
        return READ_ONLY
    if not os.access(folder, os.W_OK):
        return Obstacle(
            f"this user may not write to the directory {folder}",
            f"{_GIVE}: DuckDB keeps its log beside the file",
        )
    return None


def is_empty(path: Path) -> bool:
    """Tell whether there is a file without a single byte, which to DuckDB is no database."""
    try:
        found = path.stat()
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size == 0


def _is_read_only(folder: Path) -> bool:
    return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
