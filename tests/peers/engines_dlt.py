"""dlt, three ways: its usual merge, whole days replaced, and (for speed only) files appended to."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tests.peers import environments
from tests.peers.contestant import Shown, Work
from tests.peers.reading import Json, duckdb_rows, flat_core, flat_model


@dataclass(frozen=True)
class Dlt:
    """One resource that fetches, two transformers, parquet into DuckDB."""

    name: str = "dlt 1.31.0, merge into DuckDB"
    mode: str = "merge"

    def absent(self) -> str | None:
        """Say why it cannot run here, or None."""
        return environments.absent("dlt")

    def command(self, work: Work) -> Sequence[str]:
        """Give the command of one run."""
        program = str(environments.PROGRAMS / "dlt_pipeline.py")
        span = (str(work.first), str(work.last))
        python = environments.python("dlt")
        return (python, program, self.mode, work.base_url, *span, str(work.place))

    def environment(self, work: Work) -> Mapping[str, str]:
        """Give the variables that the command needs."""
        return {
            **environments.variables(work.place / "home"),
            "PEER_KEY": work.key,
            "DLT_DATA_DIR": str(work.place / "dlt"),
            "RUNTIME__DLTHUB_TELEMETRY": "false",
            "RUNTIME__LOG_LEVEL": "WARNING",
        }

    def shown(self, work: Work) -> Shown:
        """Read both tables."""
        found = Shown()
        assert found.models is not None
        for row in self._rows(work):
            if row["table"] == "core":
                found.core.append(flat_core(row))
            else:
                found.models.append(flat_model(row))
        return found

    def _rows(self, work: Work) -> Iterator[Json]:
        file = work.place / "warehouse.duckdb"
        return duckdb_rows("dlt", file, "usage.core", "usage.models")


@dataclass(frozen=True)
class DltDays(Dlt):
    """The same with the day as merge key: a day's rows are deleted, then written again."""

    name: str = "dlt 1.31.0, delete-insert by day into DuckDB"
    mode: str = "days"


@dataclass(frozen=True)
class DltAppend(Dlt):
    """The same into files of JSON lines, which dlt only adds to: for speed, not for correctness."""

    name: str = "dlt 1.31.0, append to JSONL files"
    mode: str = "append"

    def _rows(self, work: Work) -> Iterator[Json]:
        for table in ("core", "models"):
            for file in sorted((work.place / "files" / "usage" / table).glob("*.jsonl*")):
                opened = gzip.open if file.suffix == ".gz" else open
                with opened(file, "rt", encoding="utf-8") as lines:
                    for line in lines:
                        yield {"table": table, **json.loads(line, parse_float=Decimal)}
