"""Faults: effects on demand, each matched to requests."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import dataclass

from ccsync.simulator.contract import REPORT_PATH
from ccsync.simulator.effects import Effect
from ccsync.simulator.exchange import Answer, Request


@dataclass(frozen=True, slots=True)
class Match:
    """Which requests a fault is for; all that is given must hold."""

    day: dt.date | None = None
    page: int | None = None
    """Page of its day, from 1."""

    with_cursor: bool | None = None
    """Only requests with a `page` parameter, or only those without."""

    path: str | None = REPORT_PATH
    """Only this path; None means any."""

    nth: int = 1
    """The first matching request that is hit, from 1."""

    times: int | None = 1
    """How many requests are hit; None means all from the nth on."""

    def __post_init__(self) -> None:
        """Check the counts.

        Raises:
            ValueError: one of them is below 1.
        """
        for name in ("page", "nth", "times"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name} is {value}; expected 1 or more")

    def fits(self, request: Request) -> bool:
        """Whether a request is of the kind meant, counts aside."""
        return (
            self.path in (None, request.path)
            and self.day in (None, request.day)
            and self.page in (None, request.page)
            and self.with_cursor in (None, "page" in request.query)
        )


class Fault:
    """An effect, the requests it is for, and how often it came into play."""

    def __init__(self, effect: Effect, match: Match, name: str) -> None:
        """Take the parts; the name is for reports."""
        self.effect = effect
        self.match = match
        self.name = name
        self.seen = 0
        """Requests that fitted."""
        self.hit = 0
        """Requests that were spoilt."""

    @property
    def due(self) -> bool:
        """Whether it would spoil the request just seen."""
        times = self.match.times
        return self.seen >= self.match.nth and (times is None or self.hit < times)

    @property
    def spent(self) -> bool:
        """Whether it will never spoil another request."""
        return self.match.times is not None and self.hit >= self.match.times


class Faults:
    """The faults of a simulated API, in the order in which they were added.

    A request is spoilt by one fault only, the first that is due; the others wait. So two faults
    for the same requests follow each other.
    """

    def __init__(self) -> None:
        """Start without any."""
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(
        self,
        effect: Effect,
        match: Match | None = None,
        *,
        day: dt.date | None = None,
        page: int | None = None,
        with_cursor: bool | None = None,
        path: str | None = REPORT_PATH,
        nth: int = 1,
        times: int | None = 1,
        name: str = "",
    ) -> Fault:
        """Add an effect from `ccsync.simulator.effects`; the other arguments are those of `Match`.

        Raises:
            ValueError: a count is below 1.
        """
        if match is None:
            match = Match(day, page, with_cursor, path, nth, times)
        fault = Fault(effect, match, name)
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._faults.clear()

    def all(self) -> tuple[Fault, ...]:
        """Give all of them, spent ones too."""
        with self._lock:
            return tuple(self._faults)

    def spoil(self, request: Request, answer: Answer) -> Answer:
        """Let the first fault that is due have its way with an answer."""
        chosen: Fault | None = None
        with self._lock:
            for fault in self._faults:
                if not fault.match.fits(request):
                    continue
                fault.seen += 1
                if chosen is None and fault.due:
                    fault.hit += 1
                    chosen = fault
        return answer if chosen is None else chosen.effect(request, answer)
