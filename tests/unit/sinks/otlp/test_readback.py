"""Reading back over the Prometheus HTTP API: what is asked, and what answers mean."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import socket
import threading
import time
from collections.abc import Generator
from contextlib import ExitStack
from decimal import Decimal
from typing import Any, Literal

import pytest

from ccsync.errors import SinkError, SinkRefused, SinkUnavailable
from ccsync.secret import Secret
from ccsync.sink import Sink, SinkContext, Unverifiable, Verifiable
from ccsync.snapshot import Snapshot
from ccsync.testing import a_record, a_snapshot
from ccsync.testing.builders import DAY, FETCHED_AT, ORGANIZATION
from ccsync.testing.contract.context import ContractContext, Deliverer
from ccsync.testing.otlp import OtlpReceiver
from ccsync.verify import differences, totals_of
from ccsync_otlp.build import build
from ccsync_otlp.catalogue import COST, LINES, SESSIONS
from ccsync_otlp.presets import PRESETS
from ccsync_otlp.promql import Asked, Reading
from ccsync_otlp.queries import QueryApi
from ccsync_otlp.readback import ReadableOtlpSink
from ccsync_otlp.settings import OtlpConfig, ReadbackSettings
from tests.support.query_api import QueryApiDouble, Said, serving, success

KEY = "a-key-of-the-query-api"


class Backend:
    """A receiver, and the query API over what it has."""

    def __init__(self, receiver: OtlpReceiver, queries: QueryApiDouble) -> None:
        self.receiver = receiver
        self.queries = queries
        self.settings: dict[str, Any] = {"preset": "prometheus"}
        self.memory: dict[Any, bytes] = {}

    def build(self, context: SinkContext) -> Sink:
        readback = ReadbackSettings(url=self.queries.url, headers={"X-Query-Key": Secret(KEY)})
        config = OtlpConfig(
            type="otlp", endpoint=self.receiver.endpoint, readback=readback, **self.settings
        )
        return build(config, context, {})

    def deliver(self, snapshot: Snapshot) -> None:
        deliverer = Deliverer(self.build)
        deliverer.memory = self.memory
        deliverer(snapshot)

    def compare(self, snapshot: Snapshot) -> list[str]:
        with ExitStack() as stack:
            sink = self.build(ContractContext())
            stack.callback(sink.close)
            assert isinstance(sink, Verifiable)
            sink.open()
            shown = sink.totals(snapshot.source_id, snapshot.day)
        return list(differences(shown, totals_of(snapshot, shown.organization_id)))


@pytest.fixture
def backend(receiver: OtlpReceiver) -> Generator[Backend]:
    with serving(QueryApiDouble(lambda: receiver.stored)) as queries:
        yield Backend(receiver, queries)


def a_day(*people: str, minutes: int = 0, sessions: int = 3, **fields: Any) -> Snapshot:
    records = [
        a_record(f"{name}@northwind.example", sessions=sessions, **fields) for name in people
    ]
    return a_snapshot(records, fetched_at=FETCHED_AT + dt.timedelta(minutes=minutes))


def test_what_was_delivered_is_what_is_shown(backend: Backend) -> None:
    backend.deliver(a_day("mira", "juno", "ann"))
    assert backend.compare(a_day("mira", "juno", "ann")) == []
    backend.deliver(a_day("mira", "juno", minutes=5, sessions=2))
    assert backend.compare(a_day("mira", "juno", sessions=2)) == [], "tombstones read as nothing"
    headers = backend.queries.requests[0][1]
    assert headers["x-query-key"] == KEY
    assert headers["user-agent"].startswith("ccsync/")


def test_an_empty_day_is_equal_to_nothing(backend: Backend) -> None:
    assert backend.compare(a_day()) == []


def test_what_is_lost_or_changed_is_a_difference(backend: Backend) -> None:
    backend.deliver(a_day("mira"))
    found = backend.compare(a_day("mira", "juno"))
    assert "sessions: shows 3, the API says 6" in found
    assert "estimated_cost: shows 3.9375 USD, the API says 7.875 USD" in found
    assert not [line for line in found if line.startswith("records")]


def test_ghosts_are_found(backend: Backend) -> None:
    """Series of other dimensions whose tombstones were lost with the state."""
    backend.deliver(a_day("mira"))
    backend.memory.clear()
    backend.settings["dimensions"] = ("organization", "model")
    backend.deliver(a_day("mira", minutes=5))
    assert "sessions: shows 6, the API says 3" in backend.compare(a_day("mira"))


def test_another_service_is_another_destination(backend: Backend) -> None:
    backend.deliver(a_day("mira"))
    backend.settings["service_name"] = "second"
    assert "sessions: shows 0, the API says 3" in backend.compare(a_day("mira"))


def test_rows_of_another_organization_are_left_out_on_both_sides(backend: Backend) -> None:
    theirs = a_record("guest@contoso.example", organization_id="another-organization")
    both = a_snapshot([a_record(), theirs])
    backend.deliver(both)
    assert backend.compare(both) == []
    assert totals_of(both, ORGANIZATION).records == 1


def test_without_the_organization_everything_counts(backend: Backend) -> None:
    backend.settings["dimensions"] = ("model", "tool")
    both = a_snapshot([a_record(), a_record("guest@contoso.example", organization_id="another")])
    backend.deliver(both)
    assert backend.compare(both) == []


def test_sums_of_doubles_are_equal_when_they_are_close(backend: Backend) -> None:
    cents = [Decimal("0.1"), Decimal("0.2"), Decimal("33.333"), Decimal("1e-4")]
    records = [
        a_record(f"person-{number}@northwind.example", cost_minor=cents[number % 4] * (number + 1))
        for number in range(200)
    ]
    day = a_snapshot(records)
    backend.deliver(day)
    assert backend.compare(day) == []
    less = a_snapshot(
        [*records[:-1], a_record("person-199@northwind.example", cost_minor=Decimal(0))]
    )
    assert backend.compare(less), "a hundredth of a cent is a difference"


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        (Said(401, b"who are you?"), SinkRefused, "HTTP 401: who are you?. check readback.headers"),
        (
            Said(404, b"404 page not found"),
            SinkRefused,
            "check readback.url: /api/v1/query is added",
        ),
        (Said(302, b"", {"location": "/login"}), SinkRefused, "a redirect, which is not followed"),
        (
            Said(200, b"<html>log in", {"content-type": "text/html; charset=utf-8"}),
            SinkRefused,
            "text/html, not an answer of a Prometheus HTTP API",
        ),
        (
            Said(
                422,
                b'{"status":"error","errorType":"execution","error":"query processing would load '
                b'too many samples into memory in query execution"}',
            ),
            SinkRefused,
            "too many samples into memory in query execution. Raise the limit that it names",
        ),
        (Said(400, b'{"status":"error","error":"parse error"}'), SinkRefused, "HTTP 400: parse"),
        (Said(503, b"no store"), SinkUnavailable, "HTTP 503: no store"),
        (Said(429, b"", {"retry-after": "1"}), SinkUnavailable, "HTTP 429: without a word"),
        (
            Said(200, json.dumps(success([], warnings=["store-2 is down"])).encode()),
            SinkUnavailable,
            "may be partial: store-2 is down. Nothing was compared",
        ),
        (
            Said(200, json.dumps(success([], isPartial=True)).encode()),
            SinkUnavailable,
            "some of its parts did not answer",
        ),
        (
            Said(200, b'{"status":"success","data":{"resultType":"matrix","result":[]}}'),
            SinkRefused,
            "a matrix: a vector was asked for",
        ),
        (Said(200, b'{"status":"error","error":"odd"}'), SinkRefused, "error: odd"),
        (
            Said(200, json.dumps(success([{"metric": {}, "value": [1, "NaN"]}])).encode()),
            SinkRefused,
            "not a number",
        ),
        (
            Said(200, json.dumps(success([{"metric": {}, "value": [1, "2.5"]}])).encode()),
            SinkRefused,
            "the sum of claude_code.daily.session.count is 2.5",
        ),
        (
            Said(200, b'{"status":"success","data":{"resultType":"vector","result":[{}]}}'),
            SinkRefused,
            "cannot be read",
        ),
        (Said(401, f"no such key: {KEY}".encode()), SinkRefused, "no such key: ***"),
    ],
)
def test_each_fault_is_explained(
    backend: Backend, said: Said, error: type[SinkError], words: str
) -> None:
    backend.queries.says = said
    with pytest.raises(error) as caught:
        backend.compare(a_day("mira"))
    assert words in str(caught.value)
    assert "/prometheus/api/v1/query" in str(caught.value) or "2.5" in words
    assert KEY not in str(caught.value)


def test_who_is_not_there(backend: Backend) -> None:
    backend.queries.port = 9
    with pytest.raises(SinkUnavailable, match=r"no answer: .*Connection refused"):
        backend.compare(a_day("mira"))


def test_check_asks_the_query_api_too(backend: Backend) -> None:
    def levels() -> dict[str, str]:
        sink = backend.build(ContractContext())
        assert isinstance(sink, ReadableOtlpSink)
        try:
            return {one.what: one.level for one in sink.check()}
        finally:
            sink.close()

    assert levels()[f"`ccsync verify` can read back from {backend.queries.url}"] == "ok"
    backend.queries.says = Said(401, b"")
    assert [
        (what, level) for what, level in levels().items() if level != "ok" and "HTTP 401" in what
    ] == [
        (
            f"cannot be read back: {backend.queries.url}/api/v1/query: HTTP 401: without a word. "
            "check readback.headers: the login is missing, wrong, or may not read",
            "warning",
        )
    ]


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"preset": "datadog"}, "the preset datadog has no way to read back; prometheus, mimir"),
        ({"preset": "prometheus"}, "set `readback: {url: ...}`"),
        (
            {
                "preset": "victoriametrics",
                "kind": "delta",
                "readback": ReadbackSettings(url="http://x"),
            },
            "sums with delta temporality",
        ),
    ],
)
def test_who_cannot_be_read_back_says_why(settings: dict[str, Any], reason: str) -> None:
    sink = build(OtlpConfig(type="otlp", endpoint="http://x", **settings), ContractContext(), {})
    assert not isinstance(sink, Verifiable)
    assert isinstance(sink, Unverifiable)
    assert reason in sink.unverifiable()


def test_every_preset_that_can_be_read_has_a_reading() -> None:
    assert {name for name, one in PRESETS.items() if one.readback == "prometheus"} == {
        "prometheus",
        "mimir",
        "grafana-cloud",
        "victoriametrics",
    }


def reading(names: Literal["underscores", "dots"], *, observed: bool = False) -> Reading:
    return Reading(
        names=names, service_name="ccsync", service_namespace='a "team"', observed=observed
    )


def test_an_answer_that_drips_is_given_up() -> None:
    stop = threading.Event()

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n")
            with contextlib.suppress(OSError):
                for _ in range(100):
                    if stop.wait(0.05):
                        break
                    connection.sendall(b" ")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        api = QueryApi(url, {}, ca_file=None, user_agent="ccsync/1.2", timeout=0.3)
        began = time.monotonic()
        with pytest.raises(SinkUnavailable, match=r"no whole answer came within 0\.3 seconds"):
            api.ask(Asked("vector(1)", 1.0))
        assert time.monotonic() - began < 3
        api.close()
        stop.set()
        thread.join()


LATER = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
END = dt.datetime(2026, 11, 20, tzinfo=dt.UTC).timestamp()


def test_questions_as_prometheus_spells_them() -> None:
    asked = reading("underscores").ask(COST, DAY, "org-1", LATER)
    assert asked.expression == (
        "sum by (__name__, currency) (last_over_time({"
        '__name__=~"claude_code_daily_cost_usage(_USD)?", job="a \\"team\\"/ccsync", '
        'organization_id="org-1"}[86400000ms]))'
    )
    assert asked.at == END


def test_questions_as_victoriametrics_spells_them() -> None:
    asked = reading("dots").ask(LINES, DAY, "org-1", LATER)
    assert asked.expression == (
        "sum by (__name__, type) (last_over_time({"
        '__name__="claude_code.daily.lines_of_code.count", service\\.name="ccsync", '
        'service\\.namespace="a \\"team\\"", organization\\.id="org-1"}[86400000ms]))'
    )
    assert asked.at == END


def test_of_the_running_day_no_more_is_asked_than_there_can_be() -> None:
    asked = reading("dots").ask(SESSIONS, LATER.date(), None, LATER)
    assert asked.at == (LATER + dt.timedelta(minutes=5)).timestamp()
    assert "[43500000ms]" in asked.expression


def test_points_of_the_present_are_found_by_their_day() -> None:
    asked = reading("underscores", observed=True).ask(SESSIONS, DAY, None, LATER)
    assert ', day="2026-11-19"}' in asked.expression
    assert asked.at == (LATER + dt.timedelta(minutes=5)).timestamp()
    assert f"[{(3 * 24 + 12) * 3_600_000 + 300_000}ms]" in asked.expression
