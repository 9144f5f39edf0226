"""Claude Code usage into JSON lines with requests and json: the careful kind of script.

    python script.py BASE_URL FIRST LAST PLACE        (the Admin key is in PEER_KEY)

Each day is two files, `core/DAY.jsonl` and `models/DAY.jsonl`, which appear when the day is
complete and are replaced when it is fetched again. The next run begins three days before the
newest day.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

LOOKBACK = dt.timedelta(days=3)
DAY = dt.timedelta(days=1)


def pages(session: requests.Session, base_url: str, day: dt.date) -> Iterator[list[dict[str, Any]]]:
    """Fetch a day, page by page."""
    query = {"starting_at": str(day), "limit": "1000"}
    while True:
        answer = session.get(
            f"{base_url}/v1/organizations/usage_report/claude_code", params=query, timeout=30
        )
        answer.raise_for_status()
        page = answer.json()
        yield page["data"]
        if not page["has_more"]:
            return
        query["page"] = page["next_page"]


def write_row(row: dict[str, Any], core: Any, models: Any) -> None:
    """Write a row to both tables."""
    actor, counts = row["actor"], row["core_metrics"]
    dimensions = {
        "date": row["date"][:10],
        "organization_id": row["organization_id"],
        "actor_type": actor["type"],
        "actor_id": actor.get("email_address") or actor.get("api_key_name") or "",
        "customer_type": row.get("customer_type"),
        "subscription_type": row.get("subscription_type"),
        "terminal_type": row.get("terminal_type"),
        "is_remote": row.get("is_remote"),
    }
    line = {
        **dimensions,
        "sessions": counts["num_sessions"],
        "lines_added": counts["lines_of_code"]["added"],
        "lines_removed": counts["lines_of_code"]["removed"],
        "commits": counts["commits_by_claude_code"],
        "pull_requests": counts["pull_requests_by_claude_code"],
        "tool_actions": row["tool_actions"],
    }
    core.write(json.dumps(line) + "\n")
    for model in row["model_breakdown"]:
        tokens, cost = model["tokens"], model["estimated_cost"]
        line = {
            **dimensions,
            "model": model["model"],
            "input_tokens": tokens["input"],
            "output_tokens": tokens["output"],
            "cache_read_tokens": tokens["cache_read"],
            "cache_creation_tokens": tokens["cache_creation"],
            "currency": cost["currency"],
            "cents": cost["amount"],
        }
        models.write(json.dumps(line) + "\n")


def main() -> None:
    """Fetch the days that are due."""
    base_url, first, last = sys.argv[1:4]
    place, begin, end = Path(sys.argv[4]), dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    note = place / "newest"
    if note.exists():
        begin = max(begin, dt.date.fromisoformat(note.read_text()) - LOOKBACK)
    for table in ("core", "models"):
        (place / table).mkdir(exist_ok=True)
    session = requests.Session()
    session.headers.update({"x-api-key": os.environ["PEER_KEY"], "anthropic-version": "2023-06-01"})
    retry = Retry(total=5, backoff_factor=1, status_forcelist=(429, 500, 502, 503, 504, 529))
    session.mount("http://", HTTPAdapter(max_retries=retry))
    day = begin
    while day <= end:
        unfinished = [place / table / "unfinished" for table in ("core", "models")]
        with unfinished[0].open("w") as core, unfinished[1].open("w") as models:
            for rows in pages(session, base_url, day):
                for row in rows:
                    write_row(row, core, models)
        for file in unfinished:
            file.replace(file.with_name(f"{day}.jsonl"))
        note.write_text(str(day))
        day += DAY


if __name__ == "__main__":
    main()
