"""Real receivers of OTLP metrics for tests: Prometheus, VictoriaMetrics, and a Collector.

Days are read back by the rule that the sink's README gives to everybody: of each series the last
value in the day, `last_over_time(x[1d])` at the midnight that ends it. These programs live by the
real clock, and take neither points of the future nor very old ones.
"""

from __future__ import annotations

import datetime as dt
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeAlias

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

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))

_ALL = '{__name__=~"claude_code.+"}'

Labels: TypeAlias = dict[str, str]


class Sample(NamedTuple):
    """One stored value."""

    time_ms: int
    value: float


class Shows(Protocol):
    """What shows metrics by day."""

    def day(self, day: dt.date) -> dict[Series, int | float]:
        """Give what is shown for a day by the names that were sent."""
        ...


class Backend(Shows, Protocol):
    """What keeps metrics and answers queries; shows zeros, too."""

    endpoint: str
    """Of OTLP over HTTP, complete."""

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
        """Give an answer in JSON; None for an empty one."""
        return self._call(path, urllib.parse.urlencode(parameters), None)

    def show(self) -> None:
        """Have it show at once what it took."""

    def post(self, path: str) -> None:
        """Ask for something to be done."""
        self._call(path, "", b"")

    def _call(self, path: str, query: str, body: bytes | None) -> Any:
        request = urllib.request.Request(f"{self.address}{path}?{query}", data=body)  # noqa: S310
        try:
            with _DIRECT.open(request, timeout=20) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            with error:
                raise AssertionError(f"{path}: {error}: {error.read()!r}") from None
        return json.loads(text) if text.strip() else None

    def is_ready(self) -> bool:
        """Tell whether it answers queries."""
        try:
            return bool(self.ask("vector(1)", dt.datetime.now(dt.UTC).date()))
        except (OSError, AssertionError):
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

    def __init__(self, port: int, settings: Path) -> None:
        super().__init__(port)
        self._settings = settings

    def configure(self, out_of_order: str | None) -> None:
        """Write its settings."""
        window = f"out_of_order_time_window: {out_of_order}" if out_of_order else ""
        self._settings.write_text(
            "global: {scrape_interval: 1s}\n"
            f"storage: {{tsdb: {{{window}}}}}\n"
            "scrape_configs:\n"
            f"  - {{job_name: self, static_configs: [{{targets: ['{self.address[7:]}']}}]}}\n"
        )

    def allow_old(self, window: str) -> None:
        """Let it take points that are so much older than its newest, from now on."""
        self.configure(window)
        self.post("/-/reload")

    def series(self, labels: Labels) -> Series:
        rest = dict(labels)
        metric, job = rest.pop("__name__"), rest.pop("job")
        attributes = tuple(sorted((LABELS.get(name, name), text) for name, text in rest.items()))
        return Series(UNDERSCORED[metric], attributes, (("service.name", job),), ("", ""))

    def is_ready(self) -> bool:
        now = dt.datetime.now(dt.UTC).timestamp()
        try:
            found = self.get("/api/v1/query", query="up", time=f"{now:.0f}")["data"]["result"]
        except (OSError, AssertionError):
            return False
        return bool(found)


class VictoriaMetrics(_Queried):
    ingest = "/opentelemetry/v1/metrics"

    def show(self) -> None:
        # A second later without this.
        self.get("/internal/force_flush")

    def get(self, path: str, **parameters: str) -> Any:
        if path.startswith("/api/"):
            self.show()
        return super().get(path, **parameters)

    def series(self, labels: Labels) -> Series:
        rest = dict(labels)
        metric, service = rest.pop("__name__"), rest.pop("service.name")
        scope = rest.pop("scope.name", "")
        attributes = tuple(sorted(rest.items()))
        return Series(metric, attributes, (("service.name", service),), (scope, ""))


@contextmanager
def prometheus(directory: Path, *, out_of_order: str | None = "60d") -> Generator[Prometheus]:
    """Run Prometheus with nothing in it but samples of itself."""
    executable = program("prometheus")
    directory.mkdir(parents=True, exist_ok=True)
    settings = directory / "prometheus.yml"

    def command(ports: Sequence[int]) -> list[str | Path]:
        Prometheus(ports[0], settings).configure(out_of_order)
        return [
            executable,
            f"--config.file={settings}",
            f"--storage.tsdb.path={directory / 'data'}",
            "--storage.tsdb.retention.time=1y",
            f"--web.listen-address=127.0.0.1:{ports[0]}",
            "--web.enable-lifecycle",
            "--web.enable-otlp-receiver",
        ]

    with running(
        command,
        ports=1,
        log=directory / "prometheus.log",
        ready=lambda ports: Prometheus(ports[0], settings).is_ready(),
    ) as (port,):
        yield Prometheus(port, settings)


@contextmanager
def victoriametrics(directory: Path, *, dedup: str = "0s") -> Generator[VictoriaMetrics]:
    """Run VictoriaMetrics with nothing in it; `dedup` keeps one sample in so much time."""
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
            f"-dedup.minScrapeInterval={dedup}",
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
def collector(directory: Path, backend: str, *, queue: bool = False) -> Generator[Collector]:
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
