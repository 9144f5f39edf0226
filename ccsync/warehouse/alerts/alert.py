"""What an alert is, and the query that a scheduler runs for it."""

# ruff: noqa: S608 - only names and expressions of this package get into the text

from __future__ import annotations

from collections.abc import Callable
from inspect import cleandoc
from textwrap import indent

import msgspec

from ccsync.warehouse.dialect import Dialect

SHOWN = 10
"""Of what is wrong, so much is named in a message; the rest is counted."""


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """Something that somebody wants to hear of, and what to do then."""

    key: str
    """As the same alert over metrics is called."""

    summary: str
    """One line, without figures."""

    runbook: str
    """What to do first."""

    schedule: str
    """How often to look, in the words of BigQuery's scheduled queries."""

    wrong: Callable[[Dialect], str]
    """The query. It has a row for each thing that is wrong, in a fixed order, and none when all is
    well; its last column `what` says it in words, without personal data."""

    @property
    def name(self) -> str:
        """The key as an identifier."""
        return self.key.replace("-", "_")


def check(alert: Alert, dialect: Dialect) -> str:
    """Write the query that fails when something is wrong, with a message that says what.

    A scheduled query of BigQuery can tell people that it failed (by e-mail, Pub/Sub or Cloud
    Monitoring), but nothing of its rows. When all is well, its one row says `ok`.
    """
    d = dialect
    more = f"CASE WHEN COUNT(*) > {SHOWN} THEN {_and_more(d)} ELSE '' END"
    named = f"CASE WHEN place <= {SHOWN} THEN what END"
    query = cleandoc(f"""
        SELECT
          CASE
            WHEN COUNT(*) = 0 THEN 'ok'
            ELSE {d.fail("message")}
          END AS {alert.name}
    """).replace("message", f"{_message(alert, d, named, more)}\n    ")
    rows = indent(alert.wrong(d), "    ")
    return (
        f"{query}\nFROM (\n  SELECT what, ROW_NUMBER() OVER (ORDER BY what) AS place\n"
        f"  FROM (\n{rows}\n  ) AS wrong\n) AS placed"
    )


def _message(alert: Alert, d: Dialect, named: str, more: str) -> str:
    parts = (
        d.text(f"{alert.summary}: "),
        f"STRING_AGG({named}, '; ' ORDER BY place)",
        more,
        d.text(f". What to do: {alert.runbook}"),
    )
    return "CONCAT(\n" + ",\n".join(f"        {part}" for part in parts) + "\n      )"


def _and_more(d: Dialect) -> str:
    return f"CONCAT({d.text('; and ')}, CAST(COUNT(*) - {SHOWN} AS STRING), {d.text(' more')})"
