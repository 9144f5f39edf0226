"""The naive contestant: `append_only.py` and its file of rows."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.peers.contestant import Shown, Work
from tests.peers.reading import api_row, json_lines, shown


@dataclass(frozen=True)
class AppendOnly:
    """Adds newer days to a file; takes part in the judge's own tests only."""

    name: str = "append-only script"

    def absent(self) -> str | None:
        """Say that it is there."""
        return None

    def command(self, work: Work) -> Sequence[str]:
        """Give the command of one run."""
        script = str(Path(__file__).with_name("append_only.py"))
        span = (str(work.first), str(work.last))
        return (sys.executable, "-S", script, work.base_url, *span, str(work.place))

    def environment(self, work: Work) -> Mapping[str, str]:
        """Give the variables that the command needs."""
        return {"NAIVE_KEY": work.key}

    def shown(self, work: Work) -> Shown:
        """Read the file."""
        return shown(map(api_row, json_lines(work.place / "rows.jsonl")))
