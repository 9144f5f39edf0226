"""Real receivers of OTLP metrics for tests: Prometheus, VictoriaMetrics, and a Collector.

Days are read back by the rule that the sink's README gives to everybody: of each series the last
value in the day, `last_over_time(x[1d])` at the midnight that ends it. These programs live by the
real clock, and take neither points of the future nor very old ones.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeAlias

import httpx

from ccsync.testing.otlp import Series
from tests.support.programs import listens, program, running

COLLECTOR_SETTINGS = Path(__file__).parents[2] / "config" / "otel-collector.yaml"

# As the sink's README documents them: written down here once more, by hand.
METRICS = (
    "claude_code.daily.session.count",
    "claude_code.daily.lines_of_code.count",
    "claude_code.daily.commit.count",
    "claude_code.daily.pull_request.count",
    "claude_code.daily.code_edit_tool.decision",
    "claude_code.daily.token.usage",
    "claude_code.daily.cost.usage",
)
UNDERSCORED = {
    **{name.replace(".", "_"): name for name in METRICS[:-1]},
    "claude_code_daily_cost_usage_USD": METRICS[-1],
}
LABELS = {
    name.replace(".", "_"): name
    for name in ("organization.id", "actor.type", "user.email", "api_key.name", "terminal.type")
}

_ALL = '{__name__=~"claude_code.+"}'

Labels: TypeAlias = dict[str, str]


class Sample(NamedTuple):
    """One stored value."""

    time_ms: int
    value: float


class Backend(Protocol):
    """What keeps metrics and answers queries."""

    endpoint: str
    """Of OTLP over HTTP, complete."""

    def day(self, day: dt.date) -> dict[Series, int | float]:
        """Give what it shows for a day by the names that were sent; zeros too."""
        ...

    def labels(self, day: dt.date) -> list[Labels]:
        """Give the labels of the series that have a value in a day, as they are over there."""
        ...

    def samples(self, day: dt.date) -> dict[Series, list[Sample]]:
        """Give all stored values of a day, oldest first."""
        ...


class _Queried:
    """Asks a Prometheus HTTP API."""

    ingest: str

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.endpoint = self.address + self.ingest

    def ask(self, query: str, at: dt.date) -> list[dict[str, Any]]:
        """Give the answer to a query at the midnight that begins a day."""
        moment = dt.datetime.combine(at, dt.time(), dt.UTC).timestamp()
        found: list[dict[str, Any]] = self.get(
            "/api/v1/query", query=query, time=f"{moment:.0f}", nocache="1"
        )["data"]["result"]
        return found

    def get(self, path: str, **parameters: str) -> Any:
        """Give an answer in JSON."""
        answer = httpx.get(self.address + path, params=parameters, timeout=20, trust_env=False)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def is_ready(self) -> bool:
        """Tell whether it answers queries."""
        try:
            return bool(self.ask("vector(1)", dt.datetime.now(dt.UTC).date()))
        except (httpx.TransportError, AssertionError):
            return False

    def day(self, day: dt.date) -> dict[Series, int | float]:
        return {
            self.series(one["metric"]): float(one["value"][1])
            for one in self.ask(f"last_over_time({_ALL}[1d])", day + dt.timedelta(days=1))
        }

    def labels(self, day: dt.date) -> list[Labels]:
        found = self.ask(f"last_over_time({_ALL}[1d])", day + dt.timedelta(days=1))
        return [one["metric"] for one in found]

    def samples(self, day: dt.date) -> dict[Series, list[Sample]]:
        return {
            self.series(one["metric"]): [
                Sample(round(moment * 1000), float(value)) for moment, value in one["values"]
            ]
            for one in self.ask(f"{_ALL}[1d]", day + dt.timedelta(days=1))
        }

    def series(self, labels: Labels) -> Series:
        """Say a series by the names that were sent."""
        raise NotImplementedError


class Prometheus(_Queried):
    """Scrapes itself, as it does everywhere: a day is old only beside newer samples."""

    ingest = "/api/v1/otlp/v1/metrics"

    def series(self, labels: Labels) -> Series:
        rest = dict(labels)
        metric, job = rest.pop("__name__"), rest.pop("job")
        attributes = tuple(sorted((LABELS.get(name, name), text) for name, text in rest.items()))
        return Series(UNDERSCORED[metric], attributes, (("service.name", job),), ("", ""))

    def is_ready(self) -> bool:
        now = dt.datetime.now(dt.UTC).timestamp()
        try:
            found = self.get("/api/v1/query", query="up", time=f"{now:.0f}")["data"]["result"]
        except (httpx.TransportError, AssertionError):
            return False
        return bool(found)


class VictoriaMetrics(_Queried):
    ingest = "/opentelemetry/v1/metrics"

    def ask(self, query: str, at: dt.date) -> list[dict[str, Any]]:
        # What has come is shown a second later unless somebody asks for it.
        httpx.get(f"{self.address}/internal/force_flush", timeout=20, trust_env=False)
        return super().ask(query, at)

    def series(self, labels: Labels) -> Series:
        rest = dict(labels)
        metric, service = rest.pop("__name__"), rest.pop("service.name")
        scope = rest.pop("scope.name", "")
        attributes = tuple(sorted(rest.items()))
        return Series(metric, attributes, (("service.name", service),), (scope, ""))


@contextmanager
def prometheus(directory: Path, *, out_of_order: str | None = "60d") -> Iterator[Prometheus]:
    """Run Prometheus with nothing in it but samples of itself."""
    executable = program("prometheus")
    directory.mkdir(parents=True, exist_ok=True)
    settings = directory / "prometheus.yml"

    def command(ports: Sequence[int]) -> list[str | Path]:
        address = f"127.0.0.1:{ports[0]}"
        window = f"out_of_order_time_window: {out_of_order}" if out_of_order else ""
        settings.write_text(
            "global: {scrape_interval: 1s}\n"
            f"storage: {{tsdb: {{{window}}}}}\n"
            "scrape_configs:\n"
            f"  - {{job_name: self, static_configs: [{{targets: ['{address}']}}]}}\n"
        )
        return [
            executable,
            f"--config.file={settings}",
            f"--storage.tsdb.path={directory / 'data'}",
            "--storage.tsdb.retention.time=1y",
            f"--web.listen-address={address}",
            "--web.enable-otlp-receiver",
        ]

    with running(
        command,
        ports=1,
        log=directory / "prometheus.log",
        ready=lambda ports: Prometheus(ports[0]).is_ready(),
    ) as (port,):
        yield Prometheus(port)


@contextmanager
def victoriametrics(directory: Path) -> Iterator[VictoriaMetrics]:
    """Run VictoriaMetrics with nothing in it."""
    executable = program("victoriametrics")
    directory.mkdir(parents=True, exist_ok=True)

    def command(ports: Sequence[int]) -> list[str | Path]:
        return [
            executable,
            f"-storageDataPath={directory / 'data'}",
            f"-httpListenAddr=127.0.0.1:{ports[0]}",
            "-retentionPeriod=1y",
            "-search.latencyOffset=0s",
            "-search.disableCache",
        ]

    with running(
        command,
        ports=1,
        log=directory / "victoriametrics.log",
        ready=lambda ports: VictoriaMetrics(ports[0]).is_ready(),
    ) as (port,):
        yield VictoriaMetrics(port)


class Collector(NamedTuple):
    """A running Collector."""

    http: str
    """Endpoint of OTLP over HTTP, without a path."""

    grpc: str


@contextmanager
def collector(directory: Path, backend: str, *, queue: bool = False) -> Iterator[Collector]:
    """Run a Collector by config/otel-collector.yaml.

    Args:
        directory: for its settings and its log.
        backend: address to deliver to, to which it adds /v1/metrics.
        queue: leave the exporter its usual queue and retries, against the file's advice.
    """
    executable = program("otelcol")
    directory.mkdir(parents=True, exist_ok=True)
    settings = directory / "collector.yaml"

    def command(ports: Sequence[int]) -> list[str | Path]:
        text = COLLECTOR_SETTINGS.read_text("utf-8")
        changes = {
            "127.0.0.1:4318": f"127.0.0.1:{ports[0]}",
            "127.0.0.1:4317": f"127.0.0.1:{ports[1]}",
            "http://backend.example:9090/api/v1/otlp": backend,
        }
        if queue:
            changes |= {
                "    sending_queue: {enabled: false}\n": "",
                "    retry_on_failure: {enabled: false}\n": "",
            }
        for old, new in changes.items():
            assert text.count(old) == 1, f"{old} in {COLLECTOR_SETTINGS.name}"
            text = text.replace(old, new)
        settings.write_text(text)
        # Its metrics about itself would want a port that is not free.
        quiet = "yaml:service::telemetry::metrics::level: none"
        return [executable, f"--config={settings}", f"--config={quiet}"]

    with running(
        command,
        ports=2,
        log=directory / "collector.log",
        ready=lambda ports: all(map(listens, ports)),
    ) as (http, grpc):
        yield Collector(f"http://127.0.0.1:{http}", f"http://127.0.0.1:{grpc}")
