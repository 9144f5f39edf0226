"""A page with one wrong byte is read as what it then says, or not at all."""

from __future__ import annotations

import json
import random
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from ccsync.errors import SourceDrift
from ccsync.records import Record
from ccsync.source.pages import NotJsonError

from .fake_api import DAY, page_body, sample
from .plain_reading import NotReadableError, read_plainly
from .reading import read


def realistic_page() -> bytes:
    """Rows in each shape that the API is known to have used, on one page."""
    rows = [
        row
        for name in ("documented.json", "catalogue.json", "odd_rows.json")
        for row in json.loads(sample(name))["data"]
    ]
    return page_body(*rows, next_page="page_ZmljdGl0aW91cw==")


def corrupt(body: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(body))
    # Digits and JSON's own characters do the most damage without breaking the JSON.
    byte = rng.choice([rng.randrange(256), *b'0123456789-.eE"', rng.choice(b"{}[]:,ntf\\ _")])
    match rng.randrange(10):
        case 0:
            return body[:at]
        case 1:
            return body[:at] + body[at + 1 :]
        case 2:
            return body[:at] + bytes([byte]) + body[at:]
        case _:
            return body[:at] + bytes([byte]) + body[at + 1 :]


def shown(record: Record) -> dict[str, Any]:
    """The record as the plain reading gives it."""
    return {
        "date": str(record.date),
        "organization_id": record.organization_id,
        "actor_type": record.actor_type,
        "actor_id": record.actor_id,
        "customer_type": record.customer_type,
        "subscription_type": record.subscription_type,
        "terminal_type": record.terminal_type,
        "is_remote": record.is_remote,
        "sessions": record.sessions,
        "commits": record.commits,
        "pull_requests": record.pull_requests,
        "lines_added": record.lines_added,
        "lines_removed": record.lines_removed,
        "tool_actions": [(one.tool, one.accepted, one.rejected) for one in record.tool_actions],
        "model_usage": [
            {
                "model": one.model,
                "currency": one.currency,
                "cents": one.estimated_cost_minor,
                "cache_creation_tokens": one.cache_creation_tokens,
                "input_tokens": one.input_tokens,
                "output_tokens": one.output_tokens,
                "cache_read_tokens": one.cache_read_tokens,
                "5m": one.cache_creation_5m_tokens,
                "1h": one.cache_creation_1h_tokens,
            }
            for one in record.model_usage
        ],
        "extra": record.extra,
    }


def ours(body: bytes) -> Any:
    try:
        page = read(body)
    except NotJsonError:
        return "no JSON"
    except SourceDrift:
        return "not readable"
    for record in page.records:
        for usage in record.model_usage:
            assert usage.estimated_cost * 100 == usage.estimated_cost_minor
            assert isinstance(usage.estimated_cost, Decimal)
    assert page.rows == len(page.records)
    return [shown(record) for record in page.records], page.has_more, page.next_page


def theirs(body: bytes) -> Any:
    try:
        return read_plainly(body, str(DAY))
    except NotReadableError:
        return "not readable"
    except ValueError:
        return "no JSON"


def test_the_uncorrupted_page_is_read_alike() -> None:
    body = realistic_page()
    assert ours(body) == theirs(body)
    assert len(ours(body)[0]) == 6


@pytest.mark.parametrize("corruptions", [1_500, pytest.param(10_000, marks=pytest.mark.thorough)])
def test_one_wrong_byte_never_makes_a_wrong_or_partial_page(corruptions: int) -> None:
    body = realistic_page()
    rng = random.Random(20261119)  # noqa: S311 - reproducible on purpose
    seen: Counter[str] = Counter()
    for number in range(corruptions):
        damaged = corrupt(body, rng)
        got, meant = ours(damaged), theirs(damaged)
        assert got == meant, f"corruption {number}"
        seen[got if isinstance(got, str) else "read"] += 1
    # The test would say nothing if nearly every page were refused for the same reason.
    assert min(seen[kind] for kind in ("read", "no JSON", "not readable")) > corruptions / 50


def test_a_lone_surrogate_is_refused() -> None:
    # `json` lets it through; nothing could write it down afterwards.
    body = realistic_page().replace(b"brand-new-ide", rb"brand-\ud800-ide")
    assert ours(body) == "no JSON"
