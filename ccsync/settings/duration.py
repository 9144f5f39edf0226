"""A span of time as settings write it."""

from __future__ import annotations

import re

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Duration(float):
    """Seconds, written as a number with a unit: `45s`, `10m`, `26h`, `2d`."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Duration:
        """Read `10m`.

        Raises:
            ValueError: with a message for the user.
        """
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd])", text.strip())
        if not found:
            raise ValueError("expected a duration such as 45s, 10m, 26h or 2d")
        return cls(float(found[1]) * _UNITS[found[2]])

    def __str__(self) -> str:
        """Write it as a user would."""
        for unit, seconds in reversed(_UNITS.items()):
            if self >= seconds and self % seconds == 0:
                return f"{self / seconds:.0f}{unit}"
        return f"{float(self):g}s"

    __repr__ = __str__
