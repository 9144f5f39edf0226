"""Where a request goes: into the log, past the faults, to the half of the double that knows it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

from ccsync.testing.bigquery.errors import ApiError, invalid
from ccsync.testing.bigquery.exchange import INSERT_ALL, Call, Log, Reply, refusing
from ccsync.testing.bigquery.faults import Fault, Faults, page
from ccsync.testing.bigquery.routes import UNKNOWN, Route, route
from ccsync.testing.bigquery.switches import Switches

Handler: TypeAlias = Callable[[Route, Call], Reply]


class Desk:
    """Answers requests; safe for threads."""

    def __init__(
        self, handlers: Mapping[str, Handler], log: Log, faults: Faults, switches: Switches
    ) -> None:
        """Start.

        Args:
            handlers: by the first word of an operation (`tables`, `jobs`), or by all of it.
            log: what came and what it was answered.
            faults: what is to go wrong.
            switches: limits and latency.
        """
        self._handlers = handlers
        self._log = log
        self._faults = faults
        self._switches = switches
        self.closing = threading.Event()
        self.failures: list[BaseException] = []

    def receive(self, call: Call, path: str) -> Reply:
        """Answer a request; `path` is as it came, with the query."""
        asked = route(call)
        number = self._log.add(asked.operation, call, path=path, table=asked.table)
        reply = self._decide(asked, call)
        if self._switches.latency:
            self.closing.wait(self._switches.latency)
        if reply.ending in ("whole", "half"):
            self._log.answered(number, reply.status)
        return reply

    def _decide(self, asked: Route, call: Call) -> Reply:
        taken = self._faults.take(asked.operation, asked.table)
        if taken is None:
            return self._run(asked, call)
        fault, after_commit = taken
        if fault.kind == "truncate":
            return replace(self._run(asked, call), ending="half")
        if after_commit:
            self._run(asked, call)
        return self._failed(fault)

    def _run(self, asked: Route, call: Call) -> Reply:
        if asked.operation == INSERT_ALL and len(call.body) > self._switches.max_request_bytes:
            return self._too_large()
        handler = self._handlers.get(asked.operation) or self._handlers.get(
            asked.operation.partition(".")[0]
        )
        try:
            if asked.operation == UNKNOWN or handler is None:
                return refusing(ApiError(404, "notFound", "Not Found: no such method"))
            return handler(asked, call)
        except ApiError as error:
            return refusing(error)
        except Exception as error:  # noqa: BLE001 - kept, and raised when the double is closed
            # No status that clients try again: that would take them minutes.
            self.failures.append(error)
            return refusing(invalid(f"the double itself failed: {error!r}"))

    def _failed(self, fault: Fault) -> Reply:
        match fault.kind:
            case "reset":
                return Reply(0, ending="reset")
            case "stall":
                released = self._faults.released
                if not self.closing.is_set():
                    released.wait(fault.patience)
                return Reply(0, ending="none")
            case _:
                return _answered(fault)

    def _too_large(self) -> Reply:
        if self._switches.too_large == "html":
            return _answered(page(413, "Request Entity Too Large"))
        most = self._switches.max_request_bytes
        sorry = f"Request payload size exceeds the limit: {most} bytes."
        return refusing(ApiError(400, "badRequest", sorry))


def _answered(fault: Fault) -> Reply:
    return Reply(fault.status, fault.body, (("Content-Type", fault.content_type), *fault.headers))
