"""What every program in the benchmarks and in the correctness race is asked to do, and shows.

A contestant does the same work as the others: bring every usage row of a span of days from the
Claude Code Analytics API to a destination of its own kind, at both grains (one row per record, one
per record and model), and keep that destination right when it is run again. What its destination
then shows is read back into `Shown`, so that all are compared by the same digest.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Protocol, TypeAlias

Identity: TypeAlias = tuple[dt.date, str, str, str, str | None, str | None, str | None, bool | None]
"""date, organization_id, actor_type, actor_id, customer_type, subscription_type, terminal_type,
is_remote."""


@dataclass(frozen=True)
class Work:
    """One span of days, one place. Running it again continues where the place is."""

    base_url: str
    """Of the simulated API, without a slash at the end."""

    key: str
    first: dt.date
    last: dt.date
    """Inclusive. A program whose end is exclusive is told a day more: that is not its fault."""

    place: Path
    """A directory of its own: its settings, its state and its destination live here."""


@dataclass(frozen=True)
class Core:
    """One row of the core grain, as a reader of the destination finds it."""

    identity: Identity
    sessions: int
    lines_added: int
    lines_removed: int
    commits: int
    pull_requests: int
    tools: tuple[tuple[str, int, int], ...]
    """Tool, accepted, rejected; sorted."""


@dataclass(frozen=True)
class Model:
    """One row of the model grain."""

    identity: Identity
    model: str
    currency: str
    tokens: tuple[int, int, int, int]
    """Input, output, cache read, cache creation."""

    cents: Decimal
    """The estimated cost, exactly."""


@dataclass(frozen=True)
class Totals:
    """One day, summed as somebody with a dashboard would."""

    rows: int
    sessions: int
    lines_added: int
    cents: Decimal


@dataclass
class Shown:
    """Everything that a destination shows. Rows that are there twice are here twice."""

    core: list[Core] = field(default_factory=list[Core])
    models: list[Model] | None = field(default_factory=list[Model])
    """None when the program does not keep this grain."""

    cents: Mapping[Identity, Decimal] | None = None
    """Only where the model grain is not kept: the cost per core row."""

    def digest(self) -> str:
        """Name the content, whatever its order: equal digests are equal rows."""
        digest = hashlib.sha256()
        for row in sorted(map(repr, [*self.core, *map(_normal, self.models or ())])):
            digest.update(row.encode())
        return digest.hexdigest()[:16]

    def totals(self, day: dt.date) -> Totals:
        """Sum one day."""
        rows = [row for row in self.core if row.identity[0] == day]
        if self.models is not None:
            cents = sum((m.cents for m in self.models if m.identity[0] == day), Decimal(0))
        else:
            known = self.cents or {}
            cents = sum((known[i] for i in known if i[0] == day), Decimal(0))
        return Totals(
            len(rows),
            sum(row.sessions for row in rows),
            sum(row.lines_added for row in rows),
            cents.normalize(),
        )


class Contestant(Protocol):
    """A program that takes part. Its environment is made by `make peers`, not by the races."""

    @property
    def name(self) -> str:
        """What a table calls it, with its exact version: `dlt 1.31.0, merge into DuckDB`."""
        ...

    def absent(self) -> str | None:
        """Say why it cannot run here (`make peers` was not run, or failed), or None."""
        ...

    def command(self, work: Work) -> Sequence[str]:
        """Write what it needs into the place, and give the command of one run.

        The command runs with the repository's root as its working directory and
        `environment(work)` added to the environment; its standard output goes to
        `work.place / "stdout"`, appended, and is part of the destination where the program
        writes there.
        """
        ...

    def environment(self, work: Work) -> Mapping[str, str]:
        """Give the variables that the command needs."""
        ...

    def shown(self, work: Work) -> Shown:
        """Read what a user of its destination finds there now."""
        ...


def _normal(row: Model) -> Model:
    return Model(row.identity, row.model, row.currency, row.tokens, row.cents.normalize())
