"""Airbyte's low-code CDK: a declarative manifest, as its connector builder would make it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.peers import environments
from tests.peers.contestant import Core, Identity, Model, Shown, Work
from tests.peers.reading import Json, api_row, json_lines, shown, without_half_a_line

_SCHEMA: Json = {"type": "object", "additionalProperties": True, "properties": {}}

_RETRIEVER: Json = {
    "type": "SimpleRetriever",
    "requester": {
        "type": "HttpRequester",
        "url_base": "{{ config['base_url'] }}",
        "path": "/v1/organizations/usage_report/claude_code",
        "http_method": "GET",
        "authenticator": {
            "type": "ApiKeyAuthenticator",
            "api_token": "{{ config['key'] }}",
            "inject_into": {
                "type": "RequestOption",
                "inject_into": "header",
                "field_name": "x-api-key",
            },
        },
        "request_headers": {"anthropic-version": "2023-06-01"},
        "error_handler": {
            "type": "DefaultErrorHandler",
            "backoff_strategies": [
                {"type": "WaitTimeFromHeader", "header": "retry-after"},
                {"type": "ExponentialBackoffStrategy", "factor": 1},
            ],
        },
    },
    "record_selector": {
        "type": "RecordSelector",
        "extractor": {"type": "DpathExtractor", "field_path": ["data"]},
    },
    "paginator": {
        "type": "DefaultPaginator",
        "page_size_option": {
            "type": "RequestOption",
            "inject_into": "request_parameter",
            "field_name": "limit",
        },
        "page_token_option": {
            "type": "RequestOption",
            "inject_into": "request_parameter",
            "field_name": "page",
        },
        "pagination_strategy": {
            "type": "CursorPagination",
            "page_size": 1000,
            "cursor_value": "{{ response.get('next_page') }}",
            "stop_condition": "{{ not response.get('has_more') }}",
        },
    },
}
_DAYS: Json = {
    "type": "DatetimeBasedCursor",
    "cursor_field": "date",
    "cursor_datetime_formats": ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"],
    "datetime_format": "%Y-%m-%d",
    "start_datetime": {
        "type": "MinMaxDatetime",
        "datetime": "{{ config['first'] }}",
        "datetime_format": "%Y-%m-%d",
    },
    # With a granularity of a day the end itself is not read, so the end is a day later.
    "end_datetime": {
        "type": "MinMaxDatetime",
        "datetime": "{{ config['end'] }}",
        "datetime_format": "%Y-%m-%d",
    },
    "step": "P1D",
    "cursor_granularity": "P1D",
    "lookback_window": "P3D",
    "start_time_option": {
        "type": "RequestOption",
        "inject_into": "request_parameter",
        "field_name": "starting_at",
    },
}
_MANIFEST: Json = {
    "version": "7.39.1",
    "type": "DeclarativeSource",
    "check": {"type": "CheckStream", "stream_names": ["claude_code"]},
    "streams": [
        {
            "type": "DeclarativeStream",
            "name": "claude_code",
            "retriever": _RETRIEVER,
            "incremental_sync": _DAYS,
            "schema_loader": {"type": "InlineSchemaLoader", "schema": _SCHEMA},
        }
    ],
    "concurrency_level": {"type": "ConcurrencyLevel", "default_concurrency": 2},
    "spec": {
        "type": "Spec",
        "connection_specification": {"type": "object", "additionalProperties": True},
    },
}
_CATALOG: Json = {
    "streams": [
        {
            "stream": {
                "name": "claude_code",
                "json_schema": _SCHEMA,
                "supported_sync_modes": ["full_refresh", "incremental"],
                "source_defined_cursor": True,
                "default_cursor_field": ["date"],
            },
            "sync_mode": "incremental",
            "destination_sync_mode": "append",
            "cursor_field": ["date"],
        }
    ]
}


@dataclass(frozen=True)
class Airbyte:
    """Nested records on standard output; of each key the newest one counts.

    Airbyte takes no nested field into a primary key, and actor type and id are nested. Adding them
    to every row would cost it time, so both the key and the models are read out of the record, as a
    model in SQL on Airbyte's table would. A second stream would fetch everything twice.
    """

    name: str = "airbyte-cdk 7.39.1, Airbyte messages deduplicated"

    def absent(self) -> str | None:
        """Say why it cannot run here, or None."""
        return environments.absent("airbyte")

    def command(self, work: Work) -> Sequence[str]:
        """Write manifest, settings, catalog and state, and give the command."""
        settings: Json = {
            "__injected_declarative_manifest": _MANIFEST,
            "base_url": work.base_url,
            "key": work.key,
            "first": str(work.first),
            "end": str(work.last + dt.timedelta(days=1)),
        }
        files: dict[str, Any] = {"config": settings, "catalog": _CATALOG}
        without_half_a_line(work.place / "stdout")
        for message in json_lines(work.place / "stdout"):
            if message["type"] == "STATE":
                files["state"] = [message["state"]]
        command = [environments.command("airbyte", "source-declarative-manifest"), "read"]
        for name, content in files.items():
            path = work.place / f"{name}.json"
            path.write_text(json.dumps(content, default=float), "utf-8")
            command += [f"--{name}", str(path)]
        return command

    def environment(self, work: Work) -> Mapping[str, str]:
        """Give the variables that the command needs."""
        return environments.variables(work.place / "home")

    def shown(self, work: Work) -> Shown:
        """Keep the newest record of each identity."""
        newest: dict[Identity, tuple[Core, list[Model]]] = {}
        for message in json_lines(work.place / "stdout"):
            if message["type"] == "RECORD":
                row = api_row(message["record"]["data"])
                newest[row[0].identity] = row
        return shown(newest.values())
