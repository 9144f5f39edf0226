"""A small Prometheus HTTP API on loopback: answers the sink's questions from what a receiver got.

It understands one form of expression, and no other:
`sum by (a, b) (last_over_time({x="y", z=~"w"}[123ms]))`, and `vector(1)`.
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qs

from ccsync.testing.otlp import Point

EXPRESSION = re.compile(r"sum by \(([^)]*)\) \(last_over_time\(\{(.*)\}\[(\d+)ms\]\)\)")
MATCHER = re.compile(r'([\w\\.]+)(=~|=)"((?:[^"\\]|\\.)*)"(?:, |$)')


@dataclass(frozen=True)
class Said:
    """What is answered instead of the truth."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": "application/json"})


@dataclass
class QueryApiDouble:
    """Says what is stored, in the spelling of Prometheus or of VictoriaMetrics."""

    stored: Callable[[], Sequence[Point]]
    names: Literal["underscores", "dots"] = "underscores"
    unit_suffix: bool = True
    says: Said | None = None
    requests: list[tuple[str, dict[str, str]]] = field(
        default_factory=list[tuple[str, dict[str, str]]]
    )
    """Expression and headers of each question."""

    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/prometheus"

    def answer(self, expression: str, at: float) -> dict[str, Any]:
        if expression == "vector(1)":
            return success([{"metric": {}, "value": [at, "1"]}])
        asked = EXPRESSION.fullmatch(expression)
        assert asked, f"a form of expression that nobody agreed on: {expression}"
        by = [name.strip() for name in asked[1].split(",")]
        matchers = MATCHER.findall(asked[2])
        assert "".join(f'{n}{o}"{v}", ' for n, o, v in matchers)[:-2] == asked[2]
        last: dict[Any, tuple[int, float, dict[str, str]]] = {}
        for point in self.stored():
            age = at * 1e9 - point.time_ns
            labels = self.labels(point)
            if not 0 <= age < int(asked[3]) * 1e6 or not all(
                fits(labels, *matcher) for matcher in matchers
            ):
                continue
            key = tuple(sorted(labels.items()))
            if key not in last or last[key][0] <= point.time_ns:
                last[key] = (point.time_ns, float(point.value), labels)
        sums: dict[tuple[tuple[str, str], ...], float] = {}
        for _, value, labels in last.values():
            group = tuple((name, labels[name]) for name in by if name in labels)
            sums[group] = sums.get(group, 0.0) + value
        return success(
            [{"metric": dict(group), "value": [at, repr(value)]} for group, value in sums.items()]
        )

    def labels(self, point: Point) -> dict[str, str]:
        attributes = {name: str(value) for name, value in point.attributes}
        resource = {name: str(value) for name, value in point.resource}
        if self.names == "dots":
            return {"__name__": point.metric, **resource, **attributes}
        name = point.metric.replace(".", "_")
        if self.unit_suffix and not point.unit.startswith("{"):
            name = f"{name}_{point.unit}"
        service = [resource.get("service.namespace"), resource["service.name"]]
        return {
            "__name__": name,
            "job": "/".join(part for part in service if part),
            **{key.replace(".", "_"): value for key, value in attributes.items()},
        }


def success(result: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"status": "success", "data": {"resultType": "vector", "result": result}, **more}


def fits(labels: dict[str, str], name: str, operator: str, value: str) -> bool:
    value = re.sub(r"\\(.)", r"\1", value)
    found = labels.get(name.replace("\\.", "."), "")
    return found == value if operator == "=" else re.fullmatch(value, found) is not None


@contextlib.contextmanager
def serving(double: QueryApiDouble) -> Generator[QueryApiDouble]:
    """Let it answer while the context lasts."""
    failures: list[BaseException] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
            headers = {name.lower(): value for name, value in self.headers.items()}
            double.requests.append((form["query"][0], headers))
            said = double.says
            if said is None and self.path != "/prometheus/api/v1/query":
                said = Said(404, b"404 page not found", {"content-type": "text/plain"})
            if said is None:
                try:
                    truth = double.answer(form["query"][0], float(form["time"][0]))
                except BaseException as error:  # noqa: BLE001 - shown at the end
                    failures.append(error)
                    truth = {"status": "error", "error": str(error)}
                said = Said(200, json.dumps(truth).encode())
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(said.body)))
            self.end_headers()
            self.wfile.write(said.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    double.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield double
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert not failures, failures
