"""Five days of usage, and what a backend shows of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from ccsync.simulator import ScriptedOrganization, Simulator
from tests.integration.otlp.truth import shown, truth
from tests.support.backends import Shows
from tests.support.command import Place


@dataclass
class FiveDays:
    """The five days before today."""

    place: Place
    api: Simulator
    organization: ScriptedOrganization
    days: list[dt.date]
    """Oldest first."""

    def configure(self, endpoint: str, **settings: Any) -> None:
        """Let there be one sink, `metrics`."""
        sink = {"type": "otlp", "endpoint": endpoint, "retry_deadline": "2s", **settings}
        self.place.configure(self.api.base_url, {"metrics": sink})

    def assert_shown(self, backend: Shows) -> None:
        """Check that a backend shows the truth."""
        for day in self.days:
            found = {cell: value for cell, value in shown(backend.day(day)).items() if value}
            assert found == truth(self.organization, day), day
