"""Where the tables are: a dataset of a project."""

from __future__ import annotations

import re
from typing import NamedTuple

DATASET_DESCRIPTION = "Claude Code usage by person and day, written by ccsync. Ask the views."

DAY_MS = 86_400_000
"""Of a day: BigQuery counts expirations in milliseconds."""

_PROJECT = r"(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]"
"""Also the old form `domain.example:project`."""

_DATASET = r"[A-Za-z0-9_]{1,1024}"


class Place(NamedTuple):
    """A dataset, by its full name."""

    project: str
    dataset: str

    @classmethod
    def parse(cls, text: str) -> Place:
        """Read `project.dataset`.

        Raises:
            ValueError: it is something else; says what.
        """
        found = re.fullmatch(rf"({_PROJECT})\.({_DATASET})", text)
        if found is None:
            hint = "; tables get their own names in it" if text.count(".") > 1 else ""
            raise ValueError(f"expected a project and a dataset, like my-project.claude_code{hint}")
        return cls(*found.groups())

    def __str__(self) -> str:
        """Spell it as the settings do."""
        return f"{self.project}.{self.dataset}"

    def table(self, name: str) -> str:
        """Name a table of it in full."""
        return f"{self}.{name}"
