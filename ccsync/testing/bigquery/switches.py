"""What a test turns on and off: BigQuery's limits and its eventual consistency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass
class Switches:
    """Plain attributes, set at any time; seconds are of the double's own clock if not said."""

    dedup: Literal["on", "off"] = "on"
    """Whether an `insertId` seen in the last minute keeps a row out. Best effort: it may be off."""

    free_tier: bool = False
    """Streaming is refused, as in a project without billing."""

    unknown_seconds: float = 0.0
    """For so long after a table is made insertAll answers 404, although tables.get finds it."""

    lossy_seconds: float = 0.0
    """For so long after that, rows are acknowledged and lost."""

    recreated_seconds: float = 0.0
    """For so long after a table is made anew, rows go to the deleted one: acknowledged and lost."""

    schema_lag_seconds: float = 0.0
    """For so long insertAll does not know of added columns."""

    max_request_bytes: int = 10 * 2**20
    """Of the body of insertAll."""

    too_large: Literal["html", "json"] = "html"
    """How a larger one is refused: a page with 413, or a 400 `badRequest` in JSON."""

    max_rows: int = 50_000
    """In one insertAll."""

    latency: float = 0.0
    """Real seconds that every answer takes."""
