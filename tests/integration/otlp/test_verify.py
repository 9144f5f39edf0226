"""`ccsync check` and `ccsync verify` with real backends, before and after a tampering."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.integration.otlp.five_days import FiveDays
from tests.integration.otlp.truth import some_rows
from tests.support.backends import Prometheus, VictoriaMetrics, prometheus, victoriametrics
from tests.support.command import Done

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

SHAPES: list[dict[str, Any]] = [
    {},
    {"service_name": "nightly", "service_namespace": 'a "team"'},
    {"dimensions": ["model", "organization"], "service_name": "without-people"},
    {"point_time": "observed", "service_name": "at-present"},
]


def verified(
    usage: FiveDays, backend: Prometheus | VictoriaMetrics, *arguments: str, soon: bool = True
) -> Done:
    """Read back; some backends show a moment later what they took, or sooner when asked."""
    backend.show()
    done = usage.place.run("verify", *arguments)
    latest = time.monotonic() + 20
    while (done.exit == 0) != soon and time.monotonic() < latest:
        time.sleep(0.5)
        backend.show()
        done = usage.place.run("verify", *arguments)
    return done


def read_back(usage: FiveDays, backend: Prometheus | VictoriaMetrics, preset: str) -> None:
    readback = {"url": backend.address}
    first, last = str(usage.days[0]), str(usage.days[-1])
    for shape in SHAPES:
        usage.configure(backend.endpoint, preset=preset, readback=readback, **shape)

        done = usage.place.run("check")
        assert done.exit == 0, done
        assert "takes an empty request" in done.stdout
        assert f"`ccsync verify` can read back from {backend.address}" in done.stdout
        assert "each a series of its own" in done.stdout

        done = usage.place.sync("--from", first)
        assert done.exit == 0, done
        done = verified(usage, backend, "--from", first, "--to", last)
        assert done.exit == 0, done
        assert len(done.stdout.splitlines()) == len(usage.days)

    day = usage.days[2]
    rows = some_rows(day, usage.organization.organization_id)
    usage.organization.put(day, rows[:-1])
    done = verified(usage, backend, "--from", first, soon=False)
    assert done.exit == 6, done
    assert all(line.startswith(str(day)) for line in done.stdout.splitlines() if "shows" in line)
    assert usage.place.sync("--from", first).exit == 0
    assert verified(usage, backend, "--from", first).exit == 0, "what vanished is zero now"


def test_prometheus(usage: FiveDays, tmp_path: Path) -> None:
    with prometheus(tmp_path / "prometheus", out_of_order="30d") as backend:
        read_back(usage, backend, "prometheus")


def test_victoriametrics(usage: FiveDays, tmp_path: Path) -> None:
    with victoriametrics(tmp_path / "victoriametrics") as backend:
        read_back(usage, backend, "victoriametrics")
