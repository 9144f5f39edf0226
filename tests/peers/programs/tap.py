"""Claude Code usage as a Singer tap, as a careful author of taps would write it.

    python tap.py --config FILE [--state FILE]

Partitions are days. Days come in order, so one bookmark is enough for all of them and the state may
be written in the middle of a run; the next run begins three days before it. Each page is fetched
once and feeds both streams: a child stream would make the SDK sync once per row, and two streams
of their own would fetch everything twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from singer_sdk import RESTStream, Stream, Tap
from singer_sdk import typing as th
from singer_sdk.authenticators import APIKeyAuthenticator
from singer_sdk.pagination import JSONPathPaginator

LOOKBACK = dt.timedelta(days=3)
DAY = dt.timedelta(days=1)

Row = dict[str, Any]

DIMENSIONS = (
    th.Property("date", th.DateType, required=True),
    th.Property("organization_id", th.StringType),
    th.Property("actor_type", th.StringType),
    th.Property("actor_id", th.StringType),
    th.Property("customer_type", th.StringType),
    th.Property("subscription_type", th.StringType),
    th.Property("terminal_type", th.StringType),
    th.Property("is_remote", th.BooleanType),
)
KEY = tuple(one.name for one in DIMENSIONS)
TOOL = th.ObjectType(
    th.Property("accepted", th.IntegerType), th.Property("rejected", th.IntegerType)
)


def dimensions(row: Row) -> Row:
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


class Models(Stream):
    """One row per record and model, written while the other stream reads."""

    name = "models"
    primary_keys = (*KEY, "model", "currency")
    replication_key = "date"
    is_sorted = True
    schema = th.PropertiesList(
        *DIMENSIONS,
        th.Property("model", th.StringType, required=True),
        th.Property("input_tokens", th.IntegerType),
        th.Property("output_tokens", th.IntegerType),
        th.Property("cache_read_tokens", th.IntegerType),
        th.Property("cache_creation_tokens", th.IntegerType),
        th.Property("currency", th.StringType, required=True),
        th.Property("cents", th.NumberType),
    ).to_dict()

    def get_records(self, context: Mapping[str, Any] | None) -> Iterable[Row]:
        """Give nothing: all has been written by then."""
        del context
        return ()

    def begin(self) -> None:
        """Announce the table before its first row."""
        self._write_schema_message()

    def write(self, row: Row) -> None:
        """Write the models of one row."""
        for model in row["model_breakdown"]:
            tokens, cost = model["tokens"], model["estimated_cost"]
            self._write_record_message(
                {
                    **dimensions(row),
                    "model": model["model"],
                    "input_tokens": tokens["input"],
                    "output_tokens": tokens["output"],
                    "cache_read_tokens": tokens["cache_read"],
                    "cache_creation_tokens": tokens["cache_creation"],
                    "currency": cost["currency"],
                    "cents": cost["amount"],
                }
            )


class Core(RESTStream):
    """One row per record."""

    name = "core"
    path = "/v1/organizations/usage_report/claude_code"
    records_jsonpath = "$.data[*]"
    primary_keys = KEY
    replication_key = "date"
    state_partitioning_keys = ()
    is_sorted = True
    schema = th.PropertiesList(
        *DIMENSIONS,
        th.Property("sessions", th.IntegerType),
        th.Property("lines_added", th.IntegerType),
        th.Property("lines_removed", th.IntegerType),
        th.Property("commits", th.IntegerType),
        th.Property("pull_requests", th.IntegerType),
        th.Property("tool_actions", th.ObjectType(additional_properties=TOOL)),
    ).to_dict()

    models: Models

    @property
    def url_base(self) -> str:
        """The API."""
        return self.config["base_url"]

    @property
    def authenticator(self) -> APIKeyAuthenticator:
        """The Admin key."""
        return APIKeyAuthenticator(key="x-api-key", value=self.config["key"], location="header")

    @property
    def http_headers(self) -> dict[str, str]:
        """What the API asks for."""
        return {"anthropic-version": "2023-06-01"}

    @cached_property
    def partitions(self) -> list[Row]:
        """The days that are due."""
        day = dt.date.fromisoformat(self.config["first"])
        if newest := self.stream_state.get("replication_key_value"):
            day = max(day, dt.date.fromisoformat(newest[:10]) - LOOKBACK)
        count = (dt.date.fromisoformat(self.config["last"]) - day).days + 1
        return [{"day": str(day + number * DAY)} for number in range(count)]

    def get_new_paginator(self) -> JSONPathPaginator:
        """Follow the cursor."""
        return JSONPathPaginator("$.next_page")

    def get_url_params(self, context: Mapping[str, Any] | None, next_page_token: Any) -> Row:
        """Ask for one page of one day."""
        query = {"starting_at": context["day"], "limit": 1000}
        return {**query, "page": next_page_token} if next_page_token else query

    def get_records(self, context: Mapping[str, Any] | None) -> Iterable[Row]:
        """Write the models of each row, and give the row."""
        for row in super().get_records(context):
            self.models.write(row)
            counts = row["core_metrics"]
            yield {
                **dimensions(row),
                "sessions": counts["num_sessions"],
                "lines_added": counts["lines_of_code"]["added"],
                "lines_removed": counts["lines_of_code"]["removed"],
                "commits": counts["commits_by_claude_code"],
                "pull_requests": counts["pull_requests_by_claude_code"],
                "tool_actions": row["tool_actions"],
            }

    def sync(self, context: Mapping[str, Any] | None = None) -> None:
        """Announce both tables, then read."""
        self.models.begin()
        super().sync(context)


class TapClaudeCode(Tap):
    """The tap."""

    name = "tap-claude-code"
    config_jsonschema = th.PropertiesList(
        th.Property("base_url", th.StringType, required=True),
        th.Property("key", th.StringType, required=True, secret=True),
        th.Property("first", th.DateType, required=True),
        th.Property("last", th.DateType, required=True),
    ).to_dict()

    def discover_streams(self) -> list[Stream]:
        """Give the two streams; the first one reads for both."""
        core, models = Core(self), Models(self)
        core.models = models
        return [core, models]


if __name__ == "__main__":
    TapClaudeCode.cli()
