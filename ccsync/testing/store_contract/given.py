"""Everything that the author of a state store gives to the contract, in one place."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from typing import TypeAlias

import pytest

from ccsync.state.store import StateStore

Build: TypeAlias = Callable[[], StateStore]
"""Makes a new store over one and the same place, each time it is called: two are two writers."""

Trouble: TypeAlias = Callable[[], AbstractContextManager[None]]
"""Makes a context; while it is entered the place is in trouble."""

Action: TypeAlias = Callable[[StateStore], object]
"""What is done with a new store until it is killed."""

Kill: TypeAlias = Callable[[Action, int], bool]
"""Does something with a new store and has it die at a step, counted from 1.

A step is whatever can be the last thing that is done: a system call, a request before it arrives, a
request before its answer. Tells whether it died before it was over. That the process is gone, or
that the store raised `StateUnavailable` because it will never know, is the same here.
"""


class Given:
    """What the contract has to be told about a store. Override what it can do."""

    # ------------------------------------------------------------------------------- required

    @pytest.fixture
    def build(self) -> Build:
        """Give a function that makes a new store over one and the same place, empty at first."""
        pytest.fail("override the fixture `build`", pytrace=False)

    # ------------------------------------------------------- optional: lets more promises be tested

    @pytest.fixture
    def outage(self) -> Trouble:
        """Give a function whose context makes the place unreachable, for open stores too.

        The stores of `build` must not be patient then: let their pauses take no time.
        """
        pytest.skip("no fixture `outage`: not tested what happens when the place is away")

    @pytest.fixture
    def refusal(self) -> Trouble:
        """Give a function whose context makes the place refuse us: login, permission."""
        pytest.skip("no fixture `refusal`: not tested what happens when the place says no")

    @pytest.fixture
    def garbage(self) -> Callable[[bytes], None]:
        """Give a function that puts these bytes where the document is, past the store."""
        pytest.skip("no fixture `garbage`: not tested that nonsense is refused and left alone")

    @pytest.fixture
    def kill(self) -> Kill:
        """Give a function that kills a store at a step: see `Kill`."""
        pytest.skip("no fixture `kill`: not tested what a killed writer leaves behind")

    @pytest.fixture
    def small(self) -> Build:
        """Give what `build` gives, for a place that holds between 10,000 and 100,000 bytes."""
        pytest.skip("no fixture `small`: not tested what a full place does, if it can be full")

    @pytest.fixture
    def secrets(self) -> Collection[str]:
        """Give the secrets that the store of `build` knows."""
        pytest.skip("no fixture `secrets`: not tested that the store keeps them to itself")
