"""The metrics and attributes that this sink sends: the one source of their names and units.

The names start with `claude_code.daily.`, never with `claude_code.` alone: the client itself
already sends counters of those names, and a gauge of the whole day must not be mixed with them.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

Dimension: TypeAlias = Literal[
    "user", "organization", "terminal", "customer", "subscription", "remote", "model", "tool"
]

DIMENSIONS: frozenset[Dimension] = frozenset(
    {"user", "organization", "terminal", "customer", "subscription", "remote", "model", "tool"}
)
"""What `dimensions:` may choose from. What is not chosen is summed, exactly."""


class Metric(msgspec.Struct, frozen=True):
    """One metric. A data point holds the whole UTC day's value of one series."""

    name: str
    unit: str
    """A UCUM unit; never `1`, to which some destinations add a suffix."""

    description: str
    extra: tuple[str, ...]
    """Names of the metric's own attributes, beside those that say who and where."""

    decimal: bool = False
    """True: sent as a double. False: as an integer."""


SESSIONS, LINES, COMMITS, PULL_REQUESTS, DECISIONS, TOKENS, COST = range(7)
"""Where each metric stands in `METRICS`."""

# The position of a metric is part of the notes in the state (`memory`): append only.
METRICS: tuple[Metric, ...] = (
    Metric("claude_code.daily.session.count", "{session}", "Sessions started in the day.", ()),
    Metric(
        "claude_code.daily.lines_of_code.count",
        "{line}",
        "Lines of code added or removed in the day.",
        ("type",),
    ),
    Metric("claude_code.daily.commit.count", "{commit}", "Commits made in the day.", ()),
    Metric(
        "claude_code.daily.pull_request.count",
        "{pull_request}",
        "Pull requests made in the day.",
        (),
    ),
    Metric(
        "claude_code.daily.code_edit_tool.decision",
        "{decision}",
        "Proposals of an editing tool that people accepted or rejected in the day.",
        ("tool_name", "decision"),
    ),
    Metric(
        "claude_code.daily.token.usage",
        "{token}",
        "Tokens used in the day.",
        ("model", "type"),
    ),
    Metric(
        "claude_code.daily.cost.usage",
        "USD",
        "Estimated cost of the day in whole units of the currency. Not a bill.",
        ("model", "currency"),
        decimal=True,
    ),
)


class Attribute(msgspec.Struct, frozen=True):
    """One attribute of data points."""

    name: str
    dimension: Dimension | None
    """Which entry of `dimensions:` brings it; None: always there."""

    meaning: str


ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute("organization.id", "organization", "The organization that the usage belongs to."),
    Attribute("actor.type", "user", "`user_actor`, `api_actor`, or a newer kind of actor."),
    Attribute("user.email", "user", "A person's e-mail address (privacy policy `email`)."),
    Attribute("user.hash", "user", "A person's hashed address (privacy policy `hash`)."),
    Attribute("api_key.name", "user", "Name of an API key, or its hash."),
    Attribute("actor.id", "user", "What identifies an actor of a newer kind."),
    Attribute("terminal.type", "terminal", "Where the client ran, such as `vscode`."),
    Attribute("customer_type", "customer", "`api` or `subscription`."),
    Attribute("subscription_type", "subscription", "The plan, such as `team`."),
    Attribute("is_remote", "remote", "`true` or `false`: whether the session ran remotely."),
    Attribute("model", "model", "The model (tokens and cost)."),
    Attribute("tool_name", "tool", "The editing tool, named as the client does (decisions)."),
    Attribute(
        "type",
        None,
        "Lines: `added`, `removed`. Tokens: `input`, `output`, `cacheRead`, `cacheCreation`.",
    ),
    Attribute("decision", None, "`accept` or `reject` (decisions)."),
    Attribute("currency", None, "Currency of the cost; amounts of two currencies are never added."),
    Attribute("day", None, "The UTC day, as `2026-11-19`; only where `point_time` is `observed`."),
)
"""An attribute whose value the API does not give, or gives as "", is left out of a point."""


def markdown() -> str:
    """Write the tables of metrics and attributes for the sink's README."""
    metrics: list[tuple[str, ...]] = [
        (
            f"`{metric.name}`",
            f"`{metric.unit}`",
            "double" if metric.decimal else "integer",
            ", ".join(f"`{name}`" for name in metric.extra),
            metric.description,
        )
        for metric in METRICS
    ]
    attributes: list[tuple[str, ...]] = [
        (f"`{one.name}`", f"`{one.dimension}`" if one.dimension else "always", one.meaning)
        for one in ATTRIBUTES
    ]
    return "\n".join(
        [
            *_table(("metric", "unit", "value", "own attributes", "meaning"), metrics),
            "",
            *_table(("attribute", "dimension", "meaning"), attributes),
            "",
        ]
    )


def _table(heading: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (heading, ("---",) * len(heading), *rows)]
