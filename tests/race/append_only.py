"""A script as many have written it: adds what is newer than its high-water mark to a file.

    python append_only.py BASE_URL FIRST LAST PLACE        (the Admin key is in NAIVE_KEY)

It takes part so that the judge is known to find what is wrong with it: it never looks at a day
twice, skips a day that fails, follows any cursor, and knows two tools and whole cents.
"""

from __future__ import annotations

import datetime as dt
import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

TOOLS = ("edit_tool", "write_tool")


def page(base_url: str, query: dict[str, str]) -> Any:
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{base_url}/v1/organizations/usage_report/claude_code?{urllib.parse.urlencode(query)}",
        headers={"x-api-key": os.environ["NAIVE_KEY"], "anthropic-version": "2023-06-01"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            if error.code != 429:
                raise
            time.sleep(float(error.headers["retry-after"]))
    return page(base_url, query)


def kept(row: Any) -> Any:
    row["tool_actions"] = {
        tool: decided for tool, decided in row["tool_actions"].items() if tool in TOOLS
    }
    for model in row["model_breakdown"]:
        model["estimated_cost"]["amount"] = int(model["estimated_cost"]["amount"])
    return row


def main() -> None:
    base_url, first, last, place = sys.argv[1:]
    mark = Path(place, "mark")
    day = dt.date.fromisoformat(first)
    if mark.exists():
        day = dt.date.fromisoformat(mark.read_text()) + dt.timedelta(days=1)
    while day <= dt.date.fromisoformat(last):
        query = {"starting_at": str(day), "limit": "1000"}
        try:
            while True:
                answer = page(base_url, query)
                with Path(place, "rows.jsonl").open("a") as rows:
                    rows.writelines(json.dumps(kept(row)) + "\n" for row in answer["data"])
                if not answer["has_more"]:
                    break
                query["page"] = answer["next_page"]
        except (OSError, ValueError, http.client.HTTPException) as error:
            sys.stderr.write(f"skipped {day}: {error}\n")
        mark.write_text(str(day))
        day += dt.timedelta(days=1)


if __name__ == "__main__":
    main()
