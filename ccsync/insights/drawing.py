"""Small drawings made of characters; plain ASCII where the output can take no others."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import Style

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_LEVELS = "▁▂▃▄▅▆▇█"
_ASCII_LEVELS = "_.-=+*%#"
_COLOUR = Style(color="cyan")


class Bar:
    """A bar for a share of something; it gives way when a table gets narrow."""

    def __init__(self, share: Decimal, columns: int) -> None:
        """Take a share, 0 to 1, and the width of 1."""
        self._share = min(max(share, Decimal(0)), Decimal(1))
        self._columns = columns

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw it; whatever is more than nothing is seen."""
        columns = min(self._columns, options.max_width)
        eighths = round(self._share * columns * 8)
        if self._share and not eighths:
            eighths = 1
        if options.ascii_only:
            yield Segment("#" * max(round(eighths / 8), 1 if eighths else 0), _COLOUR)
            return
        whole, rest = divmod(eighths, 8)
        yield Segment("█" * whole + (_EIGHTHS[rest] if rest else ""), _COLOUR)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """Be content with one column."""
        return Measurement(1, self._columns)


class Sparkline:
    """Numbers as one line of small bars, the first at the left; nothing is a gap."""

    def __init__(self, values: Sequence[int | Decimal]) -> None:
        """Take numbers that are not negative."""
        self._values = values

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw the last ones that there is room for."""
        levels = _ASCII_LEVELS if options.ascii_only else _LEVELS
        shown = self._values[-options.max_width :]
        largest = max(shown, default=0)
        text = "".join(
            " " if not value else levels[min(int(value * 8 / largest), 7)] for value in shown
        )
        yield Segment(text, _COLOUR)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """Ask for a column per number."""
        return Measurement(min(len(self._values), 1), max(len(self._values), 1))
