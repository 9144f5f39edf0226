"""The bare loop as a contestant: what it prints is read back from its standard output."""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from tests.benchmarks.truth import shown_by
from tests.peers.contestant import Shown, Work


class BareLoop:
    """`tests/benchmarks/bare.py`: the least work that anybody has to do."""

    def __init__(self) -> None:
        """Take the versions of what it uses."""
        httpx, msgspec_ = (importlib.metadata.version(name) for name in ("httpx", "msgspec"))
        self.name = f"bare loop, httpx {httpx} + msgspec {msgspec_}"

    def absent(self) -> str | None:
        """It needs nothing that ccsync does not need."""
        return None

    def command(self, work: Work) -> Sequence[str]:
        """Give the command."""
        days = str((work.last - work.first).days + 1)
        where = [work.base_url, work.key, str(work.first), days]
        return [sys.executable, "-m", "tests.benchmarks.bare", *where]

    def environment(self, work: Work) -> Mapping[str, str]:
        """It reads none."""
        return {}

    def shown(self, work: Work) -> Shown:
        """Read its rows, which are the API's own."""
        return shown_by(_rows(work))


def _rows(work: Work) -> Iterator[dict[str, Any]]:
    decode = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal).decode
    with (work.place / "stdout").open("rb") as lines:
        for line in lines:
            yield decode(line)
