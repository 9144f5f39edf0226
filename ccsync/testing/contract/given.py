"""Everything that the author of a sink gives to the contract, in one place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from typing import Any, ClassVar, TypeAlias

import pytest

from ccsync.records import Record
from ccsync.sink import Sink, SinkConfig, SinkContext, SinkPlugin
from ccsync.snapshot import Snapshot

Build: TypeAlias = Callable[[SinkContext], Sink]
"""Makes a new sink over one and the same destination, each time it is called."""

Shown: TypeAlias = Callable[[str, dt.date], Collection[Any]]
"""Reads what the destination shows for (source id, day)."""

Trouble: TypeAlias = Callable[[], AbstractContextManager[None]]
"""Makes a context; while it is entered the destination is in trouble."""


class Given:
    """What the contract has to be told about a sink. Override what the sink needs."""

    # ------------------------------------------------------------------------------- required

    plugin: ClassVar[SinkPlugin[Any]]
    """What the entry point names."""

    @pytest.fixture
    def config(self) -> SinkConfig:
        """Give the sink's settings. Not needed by an author who overrides `build`."""
        pytest.fail("override the fixture `config`, or `build`", pytrace=False)

    @pytest.fixture
    def shown(self) -> Shown:
        """Give a function that reads, without the sink, what is shown for (source id, day).

        It gives the records; where a destination keeps something else, it gives that (as values
        that msgspec can encode), and `expected` is overridden too.
        """
        pytest.fail("override the fixture `shown`", pytrace=False)

    # ------------------------------------------------- what the destination is, if not the usual

    atomic: ClassVar[bool] = True
    """False where a destination may show a half-written day until the next run."""

    shows_empty_days: ClassVar[bool] = True
    """False where a day that became empty cannot be shown (a stream)."""

    last_write_wins: ClassVar[bool] = False
    """True where a destination keeps what came last and cannot be asked what it has: a run that
    was overtaken without knowing is then kept off by its lost lease alone."""

    day_size: ClassVar[int] = 25
    """Records in a day. Choose it, or the sink's batch size, so that a day takes some requests."""

    def expected(self, snapshot: Snapshot) -> Collection[Any]:
        """Give what `shown` has to find once the snapshot was delivered."""
        return list(snapshot.records())

    @pytest.fixture
    def build(self, config: SinkConfig) -> Build:
        """Give a function that makes a new sink over one and the same destination."""

        def built(context: SinkContext) -> Sink:
            return self.plugin.build(config, context)

        return built

    # ------------------------------------------------------- optional: lets more promises be tested

    @pytest.fixture
    def outage(self) -> Trouble:
        """Give a function whose context takes the destination down, for open connections too."""
        pytest.skip("no fixture `outage`: not tested what happens when the destination is down")

    @pytest.fixture
    def refusal(self) -> Trouble:
        """Give a function whose context makes the destination refuse us: login, permission."""
        pytest.skip("no fixture `refusal`: not tested what happens when the destination says no")

    @pytest.fixture
    def recreate(self) -> Callable[[], None]:
        """Give a function that destroys the destination and makes it anew under the same name."""
        pytest.skip("no fixture `recreate`: not tested that a new destination is noticed")

    @pytest.fixture
    def poison(self) -> Record:
        """Give a record of the day `ccsync.testing.builders.DAY` that the destination refuses."""
        pytest.skip("no fixture `poison`: not tested how a refused record is reported")

    @pytest.fixture
    def requests(self) -> Callable[[], int]:
        """Give a function that counts the requests which the destination has seen so far."""
        pytest.skip("no fixture `requests`: not tested that each one asks whether to proceed")

    @pytest.fixture
    def secrets(self) -> Collection[str]:
        """Give the secrets that are in the settings."""
        pytest.skip("no fixture `secrets`: not tested that the sink keeps them to itself")
