"""What usage says: read it back from JSON lines, sum it up, show it. Asks no API, keeps no state.

    JSON lines --`lines.read`--> records --`summing.summarize`--> Summary --`tables.render`--> rich

`summarize` takes records from anywhere else as well.
"""

from __future__ import annotations

from ccsync.insights.lines import NewestLines, UnreadableLinesError, read
from ccsync.insights.summary import Summary
from ccsync.insights.summing import summarize

__all__ = ["NewestLines", "Summary", "UnreadableLinesError", "read", "summarize"]
