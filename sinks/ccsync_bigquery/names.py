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
            ValueError: it is something else; names it, and says what.
        """
        if found := re.fullmatch(rf"({_PROJECT})\.({_DATASET})", text):
            return cls(*found.groups())
        raise ValueError(f"{text!r} {_mistake(text)}")

    def __str__(self) -> str:
        """Spell it as the settings do."""
        return f"{self.project}.{self.dataset}"

    def table(self, name: str) -> str:
        """Name a table of it in full."""
        return f"{self}.{name}"


def fault(dataset: str, billing_project: str | None = None) -> str:
    """Say what is wrong with a setting `dataset`; "" when nothing is.

    Args:
        dataset: the setting.
        billing_project: the setting of that name, which may well be the project that is meant.
    """
    if billing_project and re.fullmatch(_DATASET, dataset):
        return f"{dataset!r} lacks the project; write {billing_project}.{dataset}"
    try:
        Place.parse(dataset)
    except ValueError as error:
        return str(error)
    return ""


def _mistake(text: str) -> str:
    """Say what is most likely wrong with what is no project and dataset."""
    if text != text.strip():
        return f"begins or ends with blanks; write {text.strip()}"
    if re.fullmatch(_DATASET, text):
        return f"lacks the project; write my-project.{text}"
    if re.fullmatch(rf"{_PROJECT}:{_DATASET}", text):
        return f"has a colon between project and dataset; write {'.'.join(text.rsplit(':', 1))}"
    if found := re.fullmatch(rf"({_PROJECT})[.:]({_DATASET})\.({_DATASET})", text):
        return (
            f"has three parts; write {found[1]}.{found[2]}, without a table: the tables get "
            "names of their own"
        )
    project, dot, dataset = text.rpartition(".")
    if not dot:
        return "lacks the project; expected a project and a dataset, like my-project.claude_code"
    if not re.fullmatch(_PROJECT, project):
        return (
            f"names no project: {project!r} is not the id of one (small letters, digits and "
            "hyphens); expected a project and a dataset, like my-project.claude_code"
        )
    better = re.sub(r"[^A-Za-z0-9_]+", "_", dataset).strip("_") or "claude_code"
    return (
        f"has something else than letters, digits and underscores in the name of the dataset; "
        f"perhaps {project}.{better} is meant"
    )
