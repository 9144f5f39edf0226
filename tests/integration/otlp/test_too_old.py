"""Prometheus as it comes refuses old days; once its setting is right they are delivered."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.otlp.five_days import FiveDays
from tests.support.backends import prometheus

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]


def test_old_days_are_skipped_until_prometheus_takes_them(usage: FiveDays, tmp_path: Path) -> None:
    place, days = usage.place, usage.days
    with prometheus(tmp_path / "prometheus", out_of_order=None) as backend:
        usage.configure(backend.endpoint, preset="prometheus")
        done = place.sync()
        assert done.exit == 4, done
        assert done.days("skipped") == days
        assert "storage.tsdb.out_of_order_time_window" in done.problems
        assert all(not backend.day(day) for day in days)
        status = place.run("status")
        assert str(days[0]) in status.stdout + status.stderr, "skipped days are listed"

        backend.allow_old("60d")
        again = place.sync("--from", str(days[0]), "--to", str(days[-1]))
        assert again.exit == 0, again
        assert again.days("delivered") == days
        usage.assert_shown(backend)
        assert place.sync().exit == 0
