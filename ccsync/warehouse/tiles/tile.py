"""What a tile is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import msgspec

from ccsync.warehouse.dialect import Dialect
from ccsync.warehouse.tiles.ranges import Range

Chart: TypeAlias = Literal["table", "bars", "stacked bars", "lines", "pivot table"]
"""What a tile looks best as."""


class Tile(msgspec.Struct, frozen=True):
    """One query of a dashboard, and what to draw of it."""

    name: str
    title: str
    chart: Chart
    about: str
    """What it shows, and what a chart must not do with it."""

    sql: Callable[[Dialect, Range], str]
    """The query, whose rows come in a fixed order."""
