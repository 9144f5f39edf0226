"""The list of dashboards over the usage."""

from __future__ import annotations

from ccsync_otlp.dashboards.costs import COSTS
from ccsync_otlp.dashboards.overview import OVERVIEW

BOARDS = (OVERVIEW, COSTS)
"""A board about the runs themselves is not here: it has other metrics (`ccsync.telemetry`)."""
