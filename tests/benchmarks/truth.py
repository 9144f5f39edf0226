"""What every destination should show, made from the rows themselves and from no contestant."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TypeVar

from ccsync.simulator.shapes import Row
from tests.benchmarks.api import rows, span
from tests.peers.contestant import Core, Identity, Model, Shown

R = TypeVar("R", Core, Model)


def shown_by(documented: Iterable[Row]) -> Shown:
    """Say rows in the documented shape as a destination should show them."""
    shown = Shown()
    for row in documented:
        identity = identity_of(row)
        shown.core.append(_core(identity, row))
        assert shown.models is not None
        shown.models += [_model(identity, model) for model in row["model_breakdown"]]
    return shown


def truth(first: dt.date, last: dt.date, users: int, second_terminal_of: int) -> Shown:
    """Give what the benchmarks' API says about a span of days."""
    return shown_by(
        row for day in span(first, last) for row in rows(day, users, second_terminal_of)
    )


class Truth:
    """What a destination should show, ready to be compared with what destinations do show."""

    def __init__(self, expected: Shown) -> None:
        """Count every row: the same row twice is not the same as once."""
        self._expected = _counted(expected)

    def differs(self, found: Shown) -> str:
        """Say how what was found differs, in rows of both grains; "" when it does not.

        A row with one wrong value is both: one that is missing, and one that should not be there.
        """
        parts: list[str] = []
        core, models = _counted(found)
        parts += _differences("record", core, self._expected[0])
        if found.models is None:
            parts.append("keeps no model rows")
        else:
            parts += _differences("model", models, self._expected[1])
        return ", ".join(parts)


def _counted(shown: Shown) -> tuple[Counter[Core], Counter[Model]]:
    return Counter(shown.core), Counter(shown.models or ())


def _differences(grain: str, have: Counter[R], want: Counter[R]) -> Iterator[str]:
    if have == want:
        return
    for difference, what in ((want - have, "missing"), (have - want, "too many")):
        if number := difference.total():
            yield f"{number:,} {grain} {'row' if number == 1 else 'rows'} {what}"


def identity_of(row: Row) -> Identity:
    """Give the dimensions of a row in the documented shape."""
    actor = row["actor"]
    return (
        dt.date.fromisoformat(str(row["date"])[:10]),
        row["organization_id"],
        actor["type"],
        actor.get("email_address") or actor.get("api_key_name") or "",
        row.get("customer_type"),
        row.get("subscription_type"),
        row.get("terminal_type"),
        row.get("is_remote"),
    )


def _core(identity: Identity, row: Row) -> Core:
    core = row["core_metrics"]
    return Core(
        identity,
        core["num_sessions"],
        core["lines_of_code"]["added"],
        core["lines_of_code"]["removed"],
        core["commits_by_claude_code"],
        core["pull_requests_by_claude_code"],
        tuple(
            sorted(
                (tool, decisions["accepted"], decisions["rejected"])
                for tool, decisions in row["tool_actions"].items()
            )
        ),
    )


def _model(identity: Identity, model: Row) -> Model:
    tokens, cost = model["tokens"], model["estimated_cost"]
    return Model(
        identity,
        model["model"],
        cost["currency"],
        (tokens["input"], tokens["output"], tokens["cache_read"], tokens["cache_creation"]),
        Decimal(str(cost["amount"])),
    )
