"""ccsync itself, to standard output."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import ccsync
from tests.peers import environments
from tests.peers.contestant import Shown, Work
from tests.peers.reading import Json, json_lines, record, shown

_SETTINGS = """\
version: 1
source:
  base_url: {base_url}
  api_key: ${{ANTHROPIC_ADMIN_KEY}}
  requests_per_minute: 0
sync:
  start: {start}
  include_today: {include_today}
state: file://{state}
sinks:
  out:
    type: stdout
    track: true
"""


@dataclass(frozen=True)
class Ccsync:
    """JSON lines; a reader keeps, of each source and day, the newest snapshot's lines."""

    name: str = f"ccsync {ccsync.__version__}, JSONL"

    def absent(self) -> str | None:
        """Say that it is there."""
        return None

    def command(self, work: Work) -> Sequence[str]:
        """Write the settings, and give the command.

        A span that ends yesterday or today is `ccsync sync` as a schedule runs it. An older one
        is named with `--from` and `--to`, because ccsync counts its window from the clock.
        """
        today = dt.datetime.now(dt.UTC).date()
        settings = work.place / "ccsync.yaml"
        settings.write_text(
            _SETTINGS.format(
                base_url=work.base_url,
                start=work.first,
                include_today=str(work.last >= today).lower(),
                state=work.place / "state",
            ),
            "utf-8",
        )
        run = (str(Path(sys.executable).with_name("ccsync")), "--config", str(settings), "sync")
        if work.last >= today - dt.timedelta(days=1):
            return run
        return (*run, "--from", str(work.first), "--to", str(work.last))

    def environment(self, work: Work) -> Mapping[str, str]:
        """Give the variables that the command needs."""
        return {**environments.variables(work.place / "home"), "ANTHROPIC_ADMIN_KEY": work.key}

    def shown(self, work: Work) -> Shown:
        """Read as sinks/ccsync_stdout/README.md says: newest lines of each day, equal ones once."""
        newest: dict[tuple[str, str], tuple[str, dict[str, Json]]] = {}
        for line in json_lines(work.place / "stdout"):
            day, fetched = (line["source_id"], line["date"]), line["fetched_at"]
            known = newest.get(day)
            if known is None or known[0] < fetched:
                known = newest[day] = (fetched, {})
            if known[0] == fetched:
                known[1][json.dumps(line, default=str)] = line
        return shown(record(line) for _, lines in newest.values() for line in lines.values())
