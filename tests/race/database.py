"""ccsync with a destination that it can replace days in: the example sink of sinks/README.md."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import ccsync
from tests.peers.contestant import Shown, Work
from tests.peers.reading import record, shown
from tests.race.scheduled import Scheduled

_PACKAGE = Path(__file__).resolve().parents[1] / "plugins" / "ccsync_sqlite"


@dataclass(frozen=True)
class ScheduledDatabase(Scheduled):
    """`ccsync sync` into an SQLite database."""

    name: str = f"ccsync {ccsync.__version__}, SQLite (the example sink)"

    def sink(self, work: Work) -> str:
        """Give the sink's settings."""
        return f"{{type: sqlite, path: {work.place / 'usage.db'}}}"

    def environment(self, work: Work) -> Mapping[str, str]:
        """Give the variables; the sink is made known as an installed package would be."""
        known = work.place / "plugin" / "ccsync_sqlite-0.1.dist-info"
        known.mkdir(parents=True, exist_ok=True)
        (known / "METADATA").write_text(
            "Metadata-Version: 2.1\nName: ccsync-sqlite\nVersion: 0.1\n"
        )
        (known / "entry_points.txt").write_text("[ccsync.sinks]\nsqlite = ccsync_sqlite:PLUGIN\n")
        variables = dict(super().environment(work))
        places = (variables["PYTHONPATH"], str(known.parent), str(_PACKAGE))
        return {**variables, "PYTHONPATH": os.pathsep.join(places)}

    def shown(self, work: Work) -> Shown:
        """Read everything that is in the database."""
        path = work.place / "usage.db"
        if not path.exists():
            return shown(())
        with closing(sqlite3.connect(path)) as database:
            found = database.execute("select record from records").fetchall()
        return shown(record(json.loads(text, parse_float=Decimal)) for (text,) in found)
