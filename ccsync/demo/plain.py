"""Reads the API plainly: urllib and json, page after page, and nothing of ccsync's own.

A proof needs a second reader, so this imports the standard library alone. What it gives is plain as
well: of each record the numbers that are not zero, by name. So another reading of the same day can
be compared, whatever its types and its order.
"""

from __future__ import annotations

import datetime as dt
import json
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from decimal import Context, Decimal, Inexact
from typing import Any, TypeAlias

Who: TypeAlias = tuple[object, ...]
"""The dimensions that tell one record of a day from another."""

Numbers: TypeAlias = Mapping[tuple[str, ...], Decimal]
"""Of one record, by name: sessions; tool, NAME, accepted; model, NAME, CURRENCY, output; ..."""

PlainDay: TypeAlias = Mapping[Who, Numbers]

_EXACT = Context(prec=100, traps=[Inexact])

_TOKENS = ("input", "output", "cache_read", "cache_creation")


def ask(base_url: str, key: str, day: dt.date) -> PlainDay:
    """Read a day from an API that speaks the documented shape; rows of one identity are added up.

    Raises:
        OSError: it did not answer, or refused.
    """
    # No proxy: the demo's API is on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    url = f"{base_url}/v1/organizations/usage_report/claude_code"
    headers = {"x-api-key": key, "anthropic-version": "2023-06-01"}
    query = {"starting_at": day.isoformat(), "limit": "1000"}
    found: dict[Who, dict[tuple[str, ...], Decimal]] = {}
    while True:
        request = urllib.request.Request(  # noqa: S310 - an address that the demo made itself
            f"{url}?{urllib.parse.urlencode(query)}", headers=headers
        )
        with opener.open(request, timeout=30) as answer:
            page = json.load(answer, parse_float=Decimal)
        for row in page["data"]:
            add(found.setdefault(_who(row), {}), _numbers(row))
        if not page["has_more"]:
            return found
        query["page"] = page["next_page"]


def _who(row: dict[str, Any]) -> Who:
    actor = row["actor"]
    named = actor.get("email_address") or actor.get("api_key_name") or ""
    return (
        *(row["organization_id"], actor["type"], named, row["customer_type"]),
        *(row.get("subscription_type"), row.get("terminal_type"), row.get("is_remote")),
    )


def _numbers(row: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], int | Decimal]]:
    core = row["core_metrics"]
    yield ("sessions",), core["num_sessions"]
    yield ("lines_added",), core["lines_of_code"]["added"]
    yield ("lines_removed",), core["lines_of_code"]["removed"]
    yield ("commits",), core["commits_by_claude_code"]
    yield ("pull_requests",), core["pull_requests_by_claude_code"]
    for tool, decided in row["tool_actions"].items():
        yield ("tool", tool, "accepted"), decided["accepted"]
        yield ("tool", tool, "rejected"), decided["rejected"]
    for model in row["model_breakdown"]:
        name = ("model", model["model"], model["estimated_cost"]["currency"])
        for kind in _TOKENS:
            yield (*name, kind), model["tokens"][kind]
        yield (*name, "cents"), model["estimated_cost"]["amount"]


def add(
    sums: dict[tuple[str, ...], Decimal],
    numbers: Iterable[tuple[tuple[str, ...], int | Decimal]],
) -> None:
    """Add the numbers of one row, exactly; zeros are left out."""
    for name, number in numbers:
        if number:
            sums[name] = _EXACT.add(sums.get(name, Decimal(0)), Decimal(number))
