"""What any program must do at least: fetch pages with httpx, decode and encode rows with msgspec.

    python -m tests.benchmarks.bare BASE_URL KEY FIRST_DAY DAYS > rows.jsonl

No retries, no identities, no ledger, no privacy, no unknown fields, money as it comes.
"""

from __future__ import annotations

import datetime as dt
import sys
from decimal import Decimal

import httpx
import msgspec


class Actor(msgspec.Struct):
    """Who."""

    type: str
    email_address: str | None = None
    api_key_name: str | None = None


class Lines(msgspec.Struct):
    """Lines of code."""

    added: int
    removed: int


class Core(msgspec.Struct):
    """Counts."""

    num_sessions: int
    lines_of_code: Lines
    commits_by_claude_code: int
    pull_requests_by_claude_code: int


class Decisions(msgspec.Struct):
    """Of one tool."""

    accepted: int
    rejected: int


class Tokens(msgspec.Struct):
    """Of one model."""

    input: int
    output: int
    cache_read: int
    cache_creation: int


class Cost(msgspec.Struct):
    """Of one model."""

    amount: Decimal
    currency: str


class Model(msgspec.Struct):
    """One model."""

    model: str
    tokens: Tokens
    estimated_cost: Cost


class Row(msgspec.Struct):
    """One row."""

    date: str
    actor: Actor
    organization_id: str
    customer_type: str
    core_metrics: Core
    tool_actions: dict[str, Decisions]
    model_breakdown: list[Model]
    subscription_type: str | None = None
    terminal_type: str | None = None
    is_remote: bool | None = None


class Page(msgspec.Struct):
    """One page."""

    data: list[Row]
    has_more: bool
    next_page: str | None


def main() -> None:
    """Fetch and print."""
    base_url, key, first, days = sys.argv[1:5]
    decoder, encoder = msgspec.json.Decoder(Page), msgspec.json.Encoder()
    with httpx.Client(
        base_url=base_url, headers={"x-api-key": key, "anthropic-version": "2023-06-01"}
    ) as client:
        for number in range(int(days)):
            day = dt.date.fromisoformat(first) + dt.timedelta(days=number)
            query = {"starting_at": str(day), "limit": "1000"}
            while True:
                answer = client.get("/v1/organizations/usage_report/claude_code", params=query)
                answer.raise_for_status()
                page = decoder.decode(answer.content)
                sys.stdout.buffer.write(encoder.encode_lines(page.data))
                if not page.has_more or page.next_page is None:
                    break
                query["page"] = page.next_page


if __name__ == "__main__":
    main()
