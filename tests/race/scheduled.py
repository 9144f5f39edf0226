"""ccsync as a schedule runs it: on a story's last day, with its ordinary window.

Peers are told how far to read. ccsync looks at the clock, so it gets one that stands in the story;
naming the days with `--from` and `--to` would read more than a schedule does, and would hide what
the window forgets.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.peers.contestant import Work
from tests.peers.ours import Ccsync
from tests.race.clock import shift

_CLOCK = Path(__file__).resolve().parents[1] / "support" / "clock"

_SETTINGS = """\
version: 1
source:
  base_url: {base_url}
  api_key: ${{ANTHROPIC_ADMIN_KEY}}
  requests_per_minute: 0
  retry_deadline: {retry_deadline}
sync:
  start: {start}
state: file://{state}
sinks:
  out: {sink}
"""


@dataclass(frozen=True)
class Scheduled(Ccsync):
    """`ccsync sync`, at noon of the last day and later."""

    retry_deadline: str = "20s"
    """Shorter than the bound of a run, as it is shorter than a job's deadline elsewhere."""

    def sink(self, work: Work) -> str:
        """Give the sink's settings."""
        return "{type: stdout, track: true}"

    def command(self, work: Work) -> Sequence[str]:
        """Write the settings, and give the command."""
        settings = work.place / "ccsync.yaml"
        settings.write_text(
            _SETTINGS.format(
                base_url=work.base_url,
                start=work.first,
                state=work.place / "state",
                retry_deadline=self.retry_deadline,
                sink=self.sink(work),
            ),
            "utf-8",
        )
        return (str(Path(sys.executable).with_name("ccsync")), "--config", str(settings), "sync")

    def environment(self, work: Work) -> Mapping[str, str]:
        """Give the variables, the story's clock among them; it goes on from run to run."""
        return {
            **super().environment(work),
            "PYTHONPATH": str(_CLOCK),
            "CCSYNC_TEST_SHIFT": repr(shift(work.last).total_seconds()),
        }
