"""The promises of a sink, kept by the OTLP sink towards the kinds of stores that backends have."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Collection, Generator
from contextlib import contextmanager
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar, Literal

import pytest

from ccsync.records import Record
from ccsync.secret import Secret
from ccsync.snapshot import Snapshot
from ccsync.testing import SinkContract
from ccsync.testing.builders import ORGANIZATION, a_record
from ccsync.testing.contract.given import Build, Shown, Trouble
from ccsync.testing.otlp import (
    AppendStore,
    FirstWinsStore,
    OtlpReceiver,
    OverwriteStore,
    Point,
    status,
)
from ccsync_otlp import PLUGIN, OtlpConfig

KEY = "a-key-of-the-receiver"
POISON = "poison@northwind.example"
TOOLS = {
    "edit_tool": "Edit",
    "multi_edit_tool": "MultiEdit",
    "write_tool": "Write",
    "notebook_edit_tool": "NotebookEdit",
}


@cache
def spelled(text: str) -> str:
    """Control characters cannot be sent, nor can halves of surrogate pairs."""
    return "".join("_" if unicodedata.category(char) in {"Cc", "Cs"} else char for char in text)


class OtlpContract(SinkContract):
    plugin = PLUGIN
    atomic = False
    day_size = 6
    store: ClassVar[type[OverwriteStore | FirstWinsStore | AppendStore]] = AppendStore
    protocol: ClassVar[Literal["http", "grpc"]] = "http"
    options: ClassVar[dict[str, Any]] = {}

    @pytest.fixture
    def receiver(self) -> Generator[OtlpReceiver]:
        with OtlpReceiver(protocols=(self.protocol,)) as receiver:
            yield receiver

    @pytest.fixture
    def config(self, receiver: OtlpReceiver) -> OtlpConfig:
        http = self.protocol == "http"
        return OtlpConfig(
            type="otlp",
            endpoint=receiver.base_url if http else receiver.grpc_endpoint,
            protocol="http/protobuf" if http else "grpc",
            headers={"x-api-key": Secret(KEY)},
            max_request_points=30,
            **self.options,
        )

    @pytest.fixture
    def shown(self, receiver: OtlpReceiver) -> Shown:
        store, seen = self.store(), 0

        def read(source_id: str, day: dt.date) -> Collection[Any]:
            nonlocal seen
            stored = receiver.stored
            store.add(stored[seen:])
            seen = len(stored)
            found: list[Any] = []
            for series, value in store.day(day).items():
                attributes = dict(series.attributes)
                # A backend tells organizations apart, not the credentials that read them.
                organization = str(attributes["organization.id"])
                if organization != source_id and (
                    organization == ORGANIZATION
                    or organization.startswith("00000000-0000-4000-9")
                    or organization.endswith("f")
                ):
                    continue
                found.append([series.metric, sorted(attributes.items()), float(value)])
            return found

        return read

    def expected(self, snapshot: Snapshot) -> Collection[Any]:
        """Write the points out by hand, without the sink's code."""
        sums: dict[tuple[str, tuple[tuple[str, str], ...]], int | Decimal] = {}
        for record in snapshot.records():
            for name, own, value in self._points(record):
                attributes = {**self._base(record), **own}
                pairs = sorted((key, spelled(text)) for key, text in attributes.items())
                key = (f"claude_code.daily.{name}", tuple(pairs))
                sums[key] = sums.get(key, 0) + value
        return [[name, list(pairs), float(value)] for (name, pairs), value in sums.items() if value]

    @staticmethod
    def _base(record: Record) -> dict[str, str]:
        who = {
            "user_actor": "user.email" if "@" in record.actor_id else "user.hash",
            "api_actor": "api_key.name",
        }.get(record.actor_type, "actor.id")
        base = {
            "organization.id": record.organization_id,
            "actor.type": record.actor_type,
            who: record.actor_id,
            "terminal.type": record.terminal_type,
            "customer_type": record.customer_type,
            "subscription_type": record.subscription_type,
            "is_remote": None if record.is_remote is None else str(record.is_remote).lower(),
        }
        return {name: value for name, value in base.items() if value}

    @staticmethod
    def _points(record: Record) -> Generator[tuple[str, dict[str, str], int | Decimal]]:
        yield "session.count", {}, record.sessions
        yield "lines_of_code.count", {"type": "added"}, record.lines_added
        yield "lines_of_code.count", {"type": "removed"}, record.lines_removed
        yield "commit.count", {}, record.commits
        yield "pull_request.count", {}, record.pull_requests
        for action in record.tool_actions:
            tool = {"tool_name": TOOLS.get(action.tool, action.tool)}
            yield "code_edit_tool.decision", {**tool, "decision": "accept"}, action.accepted
            yield "code_edit_tool.decision", {**tool, "decision": "reject"}, action.rejected
        for usage in record.model_usage:
            model = {"model": usage.model}
            yield "token.usage", {**model, "type": "input"}, usage.input_tokens
            yield "token.usage", {**model, "type": "output"}, usage.output_tokens
            yield "token.usage", {**model, "type": "cacheRead"}, usage.cache_read_tokens
            yield "token.usage", {**model, "type": "cacheCreation"}, usage.cache_creation_tokens
            yield "cost.usage", {**model, "currency": usage.currency}, usage.estimated_cost

    @pytest.fixture
    def outage(self, receiver: OtlpReceiver) -> Trouble:
        @contextmanager
        def away() -> Generator[None]:
            receiver.answer_always(status(503, "no backend"))
            yield
            receiver.answer_always(None)

        return away

    @pytest.fixture
    def refusal(self, receiver: OtlpReceiver) -> Trouble:
        @contextmanager
        def refusing() -> Generator[None]:
            receiver.answer_always(status(401, "no such key"))
            yield
            receiver.answer_always(None)

        return refusing

    @pytest.fixture
    def poison(self, receiver: OtlpReceiver) -> Record:
        def bad(point: Point) -> bool:
            return dict(point.series.attributes).get("user.email") == POISON

        receiver.refuse_points(bad, status(400, "a label value is refused"))
        return a_record(POISON, sessions=1)

    @pytest.fixture
    def requests(self, receiver: OtlpReceiver) -> Callable[[], int]:
        return lambda: len(receiver.requests)

    @pytest.fixture
    def secrets(self) -> Collection[str]:
        return [KEY]


class TestHttpGaugeAppended(OtlpContract):
    """VictoriaMetrics, ClickHouse."""


class TestHttpGaugeFirstWins(OtlpContract):
    """Elastic; Prometheus, for samples that are not the newest."""

    store = FirstWinsStore

    @pytest.mark.thorough
    def test_killed_twice_then_vanished(self, build: Build, shown: Shown) -> None:
        super().test_killed_twice_then_vanished(build, shown)


class TestGrpcGauge(OtlpContract):
    store = OverwriteStore
    protocol = "grpc"

    @pytest.mark.thorough
    def test_killed_twice_then_vanished(self, build: Build, shown: Shown) -> None:
        super().test_killed_twice_then_vanished(build, shown)


class TestHttpDelta(OtlpContract):
    """Datadog: the last write of a series and time wins."""

    store = OverwriteStore
    last_write_wins = True
    options: ClassVar[dict[str, Any]] = {"kind": "delta", "point_time": "fixed"}
