"""The parts of the README that come from the code: columns, views, permissions, example queries.

`python -m ccsync_bigquery.document` writes them anew into the README beside this file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path

from ccsync.warehouse.columns import TABLES, Column
from ccsync.warehouse.dialect import BigQuery
from ccsync.warehouse.examples import EXAMPLES
from ccsync.warehouse.views import VIEWS
from ccsync_bigquery import permissions

README = Path(__file__).with_name("README.md")

PLACE = ("my-project", "claude_code")
"""Project and dataset of the README's queries."""


def columns() -> str:
    """Write the tables with their columns."""
    parts: list[str] = []
    for table in TABLES:
        rows = ((f"`{name}`", kind, text) for name, kind, text in _columns(table.columns))
        key = f"Partitioned by `{table.partition}`, clustered by {_listed(table.cluster)}."
        text = f"**`{table.name}`** {table.description} {key}"
        parts += [text, "", *_table(("column", "type", "meaning"), rows), ""]
    return "\n".join(parts)


def views() -> str:
    """Write the views with the names of their columns."""
    rows = (
        (f"`{view.name}`", view.description, _listed(name for name, _ in view.columns))
        for view in VIEWS
    )
    return "\n".join([*_table(("view", "shows", "columns"), rows), ""])


def roles() -> str:
    """Write which permissions and roles each command needs."""
    rows = (
        (
            f"`{command.name}`" if "," not in command.name else command.name,
            command.purpose,
            "<br>".join(_grants(command)),
            _listed(one.removeprefix("bigquery.") for one in command.needs),
        )
        for command in permissions.COMMANDS
    )
    heading = ("command", "to", "smallest predefined roles", "permissions (`bigquery.`...)")
    return "\n".join([*_table(heading, rows), ""])


def examples() -> str:
    """Write the example queries, each behind its question."""
    dialect = BigQuery(*PLACE)
    parts = (
        (
            f"<details><summary>{one.question}</summary>",
            "",
            f"<!-- example: {one.name} -->",
            "```sql",
            one.sql(dialect),
            "```",
            "",
            "</details>",
            "",
        )
        for one in EXAMPLES
    )
    return "\n".join(chain.from_iterable(parts))


SECTIONS: Mapping[str, Callable[[], str]] = {
    "columns": columns,
    "views": views,
    "roles": roles,
    "examples": examples,
}
"""What stands between the README's marks of these names."""


def refreshed(text: str) -> str:
    """Write the sections anew in a README.

    Raises:
        ValueError: the marks of a section are not there, or not once.
    """
    for name, write in SECTIONS.items():
        begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
        before, *rest = re.split(f"{re.escape(begin)}.*?{re.escape(end)}", text, flags=re.DOTALL)
        if len(rest) != 1:
            raise ValueError(f"the README has the marks of {name} {len(rest)} times, not once")
        text = f"{before}{begin}{write()}{end}{rest[0]}"
    return text


def _columns(columns: Iterable[Column], above: str = "") -> Iterable[tuple[str, str, str]]:
    for column in columns:
        kind = f"{column.type}, repeated" if column.repeated else column.type
        name = f"{above}{column.name}"
        yield name, f"{kind}, required" if column.required else kind, column.description
        yield from _columns(column.fields, f"{name}.")


def _grants(command: permissions.Command) -> Iterable[str]:
    return (f"`{role.name}` on the {role.on}" for role in permissions.roles_for(command))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    cells = (heading, ("---",) * len(heading), *rows)
    return [f"| {' | '.join(row)} |" for row in cells]


if __name__ == "__main__":
    README.write_text(refreshed(README.read_text("utf-8")), "utf-8")
