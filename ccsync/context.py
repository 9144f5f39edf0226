"""What the core lends to a sink: the real thing behind `ccsync.sink.SinkContext`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ccsync import logs
from ccsync.errors import SinkUnavailable
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
    ) -> None:
        """Take the parts."""
        self.name = name
        self.run_id = run_id
        self.user_agent = user_agent
        self.now = runtime.now
        self.proceed = proceed
        self.patience = patience

    def retry(self, attempt: Callable[[], T]) -> T:
        """Call until it succeeds or patience is used up."""

        def once() -> T:
            self.proceed()
            return attempt()

        return self.patience.call(
            once, retry_on=SinkUnavailable, pause_of=lambda error: error.retry_after
        )

    def log(self, event: str, **facts: object) -> None:
        """Log one line."""
        log.info(event, sink=self.name, **facts)
