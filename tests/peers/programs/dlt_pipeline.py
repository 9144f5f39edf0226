"""Claude Code usage into two tables with dlt, as a careful user of dlt would write it.

    python dlt_pipeline.py MODE BASE_URL FIRST LAST PLACE        (the Admin key is in PEER_KEY)

MODE is `merge` or `days` (both DuckDB) or `append` (files of JSON lines). One resource fetches each
page once; two transformers make the tables from it. The newest day loaded is kept in the pipeline's
state, and the next run begins three days before it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import dlt
from dlt.sources.helpers import requests

LOOKBACK = dt.timedelta(days=3)
DAY = dt.timedelta(days=1)

TEXT = {"data_type": "text", "nullable": True}
COUNT = {"data_type": "bigint"}
IDENTITY_COLUMNS = {
    "record_id": {"data_type": "text"},
    "date": {"data_type": "date"},
    "organization_id": TEXT,
    "actor_type": TEXT,
    "actor_id": TEXT,
    "customer_type": TEXT,
    "subscription_type": TEXT,
    "terminal_type": TEXT,
    "is_remote": {"data_type": "bool", "nullable": True},
}
CORE_COLUMNS = {
    **IDENTITY_COLUMNS,
    **dict.fromkeys(("sessions", "lines_added", "lines_removed"), COUNT),
    **dict.fromkeys(("commits", "pull_requests"), COUNT),
    "tool_actions": {"data_type": "json"},
}
MODEL_COLUMNS = {
    **IDENTITY_COLUMNS,
    "model": {"data_type": "text"},
    **dict.fromkeys(("input_tokens", "output_tokens"), COUNT),
    **dict.fromkeys(("cache_read_tokens", "cache_creation_tokens"), COUNT),
    "currency": TEXT,
    # Whole and fractional cents come mixed: without a type, dlt would make two columns of them.
    "cents": {"data_type": "decimal"},
}

# A plain merge replaces rows of the same key. Replacing whole days also drops rows that vanished.
DISPOSITIONS: dict[str, dict[str, Any]] = {
    "merge": {"write_disposition": "merge", "primary_key": "record_id"},
    "days": {
        "write_disposition": {"disposition": "merge", "strategy": "delete-insert"},
        "merge_key": "date",
    },
    "append": {"write_disposition": "append"},
}


def identity(row: dict[str, Any]) -> dict[str, Any]:
    """Give the eight dimensions of a row."""
    actor = row["actor"]
    return {
        "date": row["date"][:10],
        "organization_id": row["organization_id"],
        "actor_type": actor["type"],
        "actor_id": actor.get("email_address") or actor.get("api_key_name") or "",
        "customer_type": row.get("customer_type"),
        "subscription_type": row.get("subscription_type"),
        "terminal_type": row.get("terminal_type"),
        "is_remote": row.get("is_remote"),
    }


def key_of(*parts: object) -> str:
    """Make one key of all dimensions: a merge on columns that may be null never matches."""
    return hashlib.md5(json.dumps(parts).encode(), usedforsecurity=False).hexdigest()


def pages(base_url: str, key: str, day: dt.date) -> Iterator[list[dict[str, Any]]]:
    """Fetch a day, page by page, with the retries of dlt's own HTTP client."""
    query = {"starting_at": str(day), "limit": "1000"}
    while True:
        answer = requests.get(
            f"{base_url}/v1/organizations/usage_report/claude_code",
            params=query,
            headers={"x-api-key": key, "anthropic-version": "2023-06-01"},
        )
        answer.raise_for_status()
        page = json.loads(answer.content, parse_float=Decimal)
        yield page["data"]
        if not page["has_more"]:
            return
        query["page"] = page["next_page"]


@dlt.source(name="claude_code", max_table_nesting=0)
def claude_code(mode: str, base_url: str, key: str, first: dt.date, last: dt.date) -> Any:
    """Give the two tables."""
    disposition = DISPOSITIONS[mode]

    @dlt.resource(name="usage", selected=False)
    def usage() -> Iterator[list[dict[str, Any]]]:
        state = dlt.current.resource_state()
        newest = state.get("newest")
        day = max(first, dt.date.fromisoformat(newest) - LOOKBACK) if newest else first
        while day <= last:
            yield from pages(base_url, key, day)
            day += DAY
        state["newest"] = str(last)

    @dlt.transformer(data_from=usage, name="core", columns=CORE_COLUMNS, **disposition)
    def core(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
        made = []
        for row in rows:
            dimensions, counts = identity(row), row["core_metrics"]
            made.append(
                {
                    "record_id": key_of(*dimensions.values()),
                    **dimensions,
                    "sessions": counts["num_sessions"],
                    "lines_added": counts["lines_of_code"]["added"],
                    "lines_removed": counts["lines_of_code"]["removed"],
                    "commits": counts["commits_by_claude_code"],
                    "pull_requests": counts["pull_requests_by_claude_code"],
                    "tool_actions": row["tool_actions"],
                }
            )
        yield made

    @dlt.transformer(data_from=usage, name="models", columns=MODEL_COLUMNS, **disposition)
    def models(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
        made = []
        for row in rows:
            dimensions = identity(row)
            for model in row["model_breakdown"]:
                tokens, cost = model["tokens"], model["estimated_cost"]
                made.append(
                    {
                        "record_id": key_of(*dimensions.values(), model["model"], cost["currency"]),
                        **dimensions,
                        "model": model["model"],
                        "input_tokens": tokens["input"],
                        "output_tokens": tokens["output"],
                        "cache_read_tokens": tokens["cache_read"],
                        "cache_creation_tokens": tokens["cache_creation"],
                        "currency": cost["currency"],
                        "cents": Decimal(cost["amount"]),
                    }
                )
        yield made

    return usage, core, models


def main() -> None:
    """Load what is pending from a run that was cut short, then what is new."""
    mode, base_url, first, last, place = sys.argv[1:]
    if mode == "append":
        destination: Any = dlt.destinations.filesystem(Path(place, "files").absolute().as_uri())
        file_format = "jsonl"
    else:
        destination = dlt.destinations.duckdb(str(Path(place, "warehouse.duckdb")))
        file_format = "parquet"
    pipeline = dlt.pipeline(
        "claude_code",
        destination=destination,
        dataset_name="usage",
        pipelines_dir=str(Path(place, "pipelines")),
    )
    if pipeline.has_pending_data:
        pipeline.run()
    source = claude_code(
        mode,
        base_url,
        os.environ["PEER_KEY"],
        dt.date.fromisoformat(first),
        dt.date.fromisoformat(last),
    )
    pipeline.run(source, loader_file_format=file_format)


if __name__ == "__main__":
    main()
