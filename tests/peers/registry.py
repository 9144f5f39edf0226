"""All the programs that take part."""

from __future__ import annotations

from tests.peers.contestant import Contestant
from tests.peers.engine_airbyte import Airbyte
from tests.peers.engine_omniload import Omniload
from tests.peers.engine_singer import Singer
from tests.peers.engines_dlt import Dlt, DltAppend, DltDays
from tests.peers.ours import Ccsync
from tests.peers.script import Script


def contestants() -> list[Contestant]:
    """Give those that keep a destination right when they are run again, ccsync first."""
    return [Ccsync(), Dlt(), DltDays(), Singer(), Airbyte(), Omniload(), Script()]


def speed_only() -> list[Contestant]:
    """Give those whose destination only grows: fair to time, unfair to ask for restatements."""
    return [DltAppend()]
