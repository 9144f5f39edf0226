"""omniload's own Claude Code table: its key, its flattening, its idea of which days are due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tests.peers import environments
from tests.peers.contestant import Core, Identity, Shown, Work
from tests.peers.reading import Json, duckdb_rows

_COST = "total_estimated_cost_cents"


@dataclass(frozen=True)
class Omniload:
    """It keeps neither models nor subscription and remoteness, and the names of tools lower-cased.

    It always reads until today; of what it stored, the days asked for are shown.
    """

    name: str = "omniload 0.21.1, its claude_code_usage into DuckDB"

    def absent(self) -> str | None:
        """Say why it cannot run here, or None."""
        return environments.absent("omniload")

    def command(self, work: Work) -> Sequence[str]:
        """Give the command of one run."""
        program = str(environments.PROGRAMS / "omniload_ingest.py")
        python = environments.python("omniload")
        return (python, program, work.base_url, str(work.first), str(work.place))

    def environment(self, work: Work) -> Mapping[str, str]:
        """Give the variables that the command needs."""
        return {
            **environments.variables(work.place / "home"),
            "PEER_KEY": work.key,
            "DLT_DATA_DIR": str(work.place / "dlt"),
            "RUNTIME__DLTHUB_TELEMETRY": "false",
        }

    def shown(self, work: Work) -> Shown:
        """Read its table."""
        core: list[Core] = []
        cents: dict[Identity, Decimal] = {}
        table = "usage.claude_code_usage"
        for row in duckdb_rows("omniload", work.place / "warehouse.duckdb", table):
            identity = _identity(row)
            if work.first <= identity[0] <= work.last:
                core.append(_core(identity, row))
                cents[identity] = cents.get(identity, Decimal(0)) + _cents(row)
        return Shown(core, None, cents)


def _identity(row: Json) -> Identity:
    return (
        dt.date.fromisoformat(row["date"][:10]),
        row["organization_id"],
        row["actor_type"],
        row["actor_id"],
        row["customer_type"],
        None,
        row["terminal_type"],
        None,
    )


def _core(identity: Identity, row: Json) -> Core:
    tools = (name.removesuffix("_accepted") for name in row if name.endswith("_accepted"))
    return Core(
        identity,
        row["num_sessions"],
        row["lines_added"],
        row["lines_removed"],
        row["commits_by_claude_code"],
        row["pull_requests_by_claude_code"],
        tuple(
            (tool, row[f"{tool}_accepted"], row[f"{tool}_rejected"])
            for tool in sorted(tools)
            if row[f"{tool}_accepted"] is not None
        ),
    )


def _cents(row: Json) -> Decimal:
    """Add up the columns that dlt made of the cost: one for whole, one for fractional cents."""
    found = (row[name] for name in row if name.startswith(_COST))
    return sum((Decimal(str(value)) for value in found if value is not None), Decimal(0))
