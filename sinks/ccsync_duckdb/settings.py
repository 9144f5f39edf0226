"""Settings of `type: duckdb`."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from ccsync.sink import SettingsFault, SinkConfig

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:", re.IGNORECASE)


class DuckDBConfig(SinkConfig, frozen=True, kw_only=True):
    """Settings of `type: duckdb`."""

    path: Annotated[
        str,
        Meta(
            min_length=1,
            description="The database file, like usage.duckdb; made when it is not there. A "
            "relative path counts from the working directory. It holds personal data.",
        ),
    ]

    @property
    def file(self) -> Path:
        """The file in full, whatever links lead there."""
        # Unlike Path's own ways this gives a path also for a link to itself, or an unknown ~user.
        return Path(os.path.realpath(os.path.expanduser(self.path)))  # noqa: PTH111


def alone(config: DuckDBConfig) -> tuple[str, str]:
    """Name the file that a sink has to itself, whatever links lead there, hard ones too."""
    try:
        found = config.file.stat()
    except OSError:
        return "path", str(config.file)
    return "path", f"{found.st_dev}:{found.st_ino}"


def faults(config: DuckDBConfig, environ: Mapping[str, str]) -> Sequence[SettingsFault]:
    """Find what DuckDB would take for something else than a file."""
    del environ
    if config.path == ":memory:":
        return [SettingsFault("path", "a database in memory ends with the run: name a file")]
    if _ADDRESS.match(config.path):
        return [SettingsFault("path", "this is an address: name a file on this machine")]
    if config.path.endswith("/"):
        return [SettingsFault("path", "this is a directory: name a file in it")]
    return []
