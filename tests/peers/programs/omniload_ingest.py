"""omniload's own ingestion of Claude Code usage into DuckDB, from another address.

    python omniload_ingest.py BASE_URL FIRST PLACE        (the Admin key is in PEER_KEY)

No end is given: omniload 0.21.1 stores nothing of a day that is named as the end. Its pipelines
directory is kept between runs.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

from omniload import run_ingest
from omniload.source.anthropic import helpers


def ask(base_url: str) -> None:
    """Let omniload's client ask this address.

    It sends `ending_at`, which the API does not document, and it leaves `limit` out when it follows
    a cursor. The API may refuse both, as the simulated one does. Whether it does is not known, so
    omniload gets the benefit of the doubt: only documented requests are sent.
    """
    original, get = helpers.AnthropicClient.__init__, helpers.AnthropicClient.get

    def init(client: Any, api_key: str) -> None:
        original(client, api_key)
        client.base_url = f"{base_url}/v1"

    def documented(client: Any, path: str, params: dict[str, Any] | None = None) -> Any:
        kept = {name: value for name, value in (params or {}).items() if name != "ending_at"}
        return get(client, path, {"limit": 100, **kept})

    helpers.AnthropicClient.__init__ = init
    helpers.AnthropicClient.get = documented


def main() -> None:
    """Ingest what omniload thinks is due."""
    base_url, first, place = sys.argv[1:]
    ask(base_url)
    run_ingest(
        source_uri=f"anthropic://?api_key={quote(os.environ['PEER_KEY'])}",
        source_table="claude_code_usage",
        dest_uri=f"duckdb:///{Path(place, 'warehouse.duckdb').absolute()}",
        dest_table="usage.claude_code_usage",
        interval_start=dt.datetime.fromisoformat(first).replace(tzinfo=dt.UTC),
        pipelines_dir=str(Path(place, "pipelines")),
        progress="log",
    )


if __name__ == "__main__":
    main()
