"""What the core lends to a sink: the real thing behind `ccsync.sink.SinkContext`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TypeVar

from ccsync import logs
from ccsync.contained import contained
from ccsync.errors import SinkUnavailable, Stopped
from ccsync.redact import redact
from ccsync.retry import Patience
from ccsync.runtime import Runtime

log = logs.get()

T = TypeVar("T")


class Context:
    """What the core lends to a sink: see `ccsync.sink.SinkContext`."""

    def __init__(
        self,
        *,
        name: str,
        run_id: str,
        user_agent: str,
        runtime: Runtime,
        patience: Patience,
        proceed: Callable[[], None],
        pause: Callable[[float], None] | None = None,
    ) -> None:
        """Take the parts; `pause` renews a lease where there is one."""
        self.name = name
        self.run_id = run_id
        self.user_agent = user_agent
        self.now = runtime.now
        self.proceed = proceed
        self._pause = pause or runtime.pause
        self.patience = patience
        self.day: dt.date | None = None
        """The day that is delivered; None while the sink is opened."""
        self.watch: Callable[[str, float, str], None] | None = None
        """Hears of each pause: the sink, the seconds, the reason."""
        self._waits_because = ""

    def pause(self, seconds: float) -> None:
        """Wait that long, renewing the lease meanwhile."""
        self._pause(seconds)

    def retry(self, attempt: Callable[[], T]) -> T:
        """Call until it succeeds or patience is used up; each pause is told before it begins."""

        def once() -> T:
            self.proceed()
            self._waits_because = ""
            with contained():
                return attempt()

        try:
            return self.patience.call(
                once,
                retry_on=SinkUnavailable,
                pause_of=lambda error: error.retry_after,
                before_pause=self._tell,
            )
        except Stopped as stopped:
            if self._waits_because:
                # Whoever lost patience and stopped the run wants to know what it waited for.
                why = f"{stopped} while {self.name} was unavailable: {self._waits_because}"
                stopped.args = (why,)
                self._waits_because = ""
            raise

    def _tell(self, error: SinkUnavailable, seconds: float) -> None:
        reason = self._waits_because = redact(str(error))
        facts: dict[str, object] = {"sink": self.name}
        if self.day is not None:
            facts["day"] = self.day
        log.info("sink.retry", **facts, reason=reason, next_try_in=round(seconds, 1))
        if self.watch is not None:
            self.watch(self.name, seconds, reason)

    def log(self, event: str, **facts: object) -> None:
        """Log one line."""
        log.info(event, sink=self.name, **facts)
