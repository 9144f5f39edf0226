"""What goes wrong on demand: per operation, before or after it took effect, n times or for good."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from ccsync.testing.bigquery.errors import ApiError

Operation: TypeAlias = str
"""`tabledata.insertAll`, `tables.get`, `jobs.insert`...; "*" stands for every one."""

WhichRows: TypeAlias = Callable[[Mapping[str, Any]], bool]


@dataclass(frozen=True)
class Fault:
    """One way to fail."""

    kind: Literal["answer", "reset", "stall", "truncate"]
    """Answer `status` and `body`; reset the connection; say nothing until released; send half."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json; charset=UTF-8"
    headers: tuple[tuple[str, str], ...] = ()
    patience: float = 30.0
    """Most real seconds of a stall."""


@dataclass
class _Rule:
    operation: Operation
    fault: Fault
    table: str | None
    after_commit: bool
    skip: int
    left: int | None


@dataclass
class _RowRule:
    which: WhichRows | Collection[int]
    reason: str
    message: str
    table: str | None
    left: int | None


@dataclass
class Faults:
    """The faults that wait to happen; safe for threads. The first that fits happens."""

    released: threading.Event = field(default_factory=threading.Event)
    """Set, it ends every stall: the connection is closed without an answer."""

    def __post_init__(self) -> None:
        """Start with none."""
        self._lock = threading.Lock()
        self._rules: list[_Rule] = []
        self._row_rules: list[_RowRule] = []

    def add(
        self,
        operation: Operation,
        fault: Fault,
        *,
        times: int | None = 1,
        after_commit: bool = False,
        table: str | None = None,
        skip: int = 0,
    ) -> None:
        """Let an operation fail.

        Args:
            operation: its name, or "*".
            fault: how; see the functions of this module.
            times: so often; None is until `clear`.
            after_commit: do it first, so that only the answer is lost.
            table: only requests about the table of this name.
            skip: let so many go well before.
        """
        rule = _Rule(operation, fault, table, after_commit, skip, times)
        with self._lock:
            self._rules.append(rule)

    def fail_rows(
        self,
        which: WhichRows | Collection[int],
        reason: str = "backendError",
        message: str = "",
        *,
        times: int | None = 1,
        table: str | None = None,
    ) -> None:
        """Refuse rows of an insertAll by a fault of the service; all others of it are inserted.

        Args:
            which: indexes in the request, or a function of the row as it was sent.
            reason: `backendError`, `timeout`, `internalError`...
            message: for people.
            times: for so many requests with such rows; None is until `clear`.
            table: only for the table of this name.
        """
        with self._lock:
            self._row_rules.append(_RowRule(which, reason, message, table, times))

    def clear(self) -> None:
        """Let nothing fail any more; running stalls go on."""
        with self._lock:
            self._rules.clear()
            self._row_rules.clear()

    def release(self) -> None:
        """End the stalls that run; their clients see a closed connection. Later ones stall anew."""
        with self._lock:
            ended, self.released = self.released, threading.Event()
        ended.set()

    def take(self, operation: Operation, table: str | None) -> tuple[Fault, bool] | None:
        """Give the fault of a request and whether it comes after the commit; counts it."""
        with self._lock:
            for rule in self._rules:
                if rule.operation not in ("*", operation) or rule.table not in (None, table):
                    continue
                if rule.skip > 0:
                    rule.skip -= 1
                    continue
                if rule.left is None or rule.left > 0:
                    rule.left = None if rule.left is None else rule.left - 1
                    return rule.fault, rule.after_commit
        return None

    def take_rows(self, table: str, rows: Mapping[int, Mapping[str, Any]]) -> dict[int, ApiError]:
        """Give the rows to refuse, by index; counts the rules that met any."""
        refused: dict[int, ApiError] = {}
        with self._lock:
            for rule in self._row_rules:
                if rule.table not in (None, table) or rule.left == 0:
                    continue
                met = [index for index, row in rows.items() if _meets(rule.which, index, row)]
                if met and rule.left is not None:
                    rule.left -= 1
                for index in met:
                    refused.setdefault(index, ApiError(500, rule.reason, rule.message))
        return refused


def http(
    code: int,
    reason: str,
    message: str = "",
    *,
    retry_after: float | None = None,
) -> Fault:
    """Answer an error as BigQuery words it, in JSON."""
    body = ApiError(code, reason, message or reason).body()
    return answer(code, json.dumps(body).encode(), retry_after=retry_after)


def page(code: int, title: str = "Server Error") -> Fault:
    """Answer an error page for people, as front ends and proxies do."""
    html = (
        f"<!DOCTYPE html>\n<html lang=en><title>Error {code} ({title})!!1</title>"
        f"<p><b>{code}.</b> <ins>That\u2019s an error.</ins><p>{title}. <ins>That\u2019s all we"
        " know.</ins></html>"
    )
    return Fault("answer", code, html.encode(), "text/html; charset=UTF-8")


def answer(code: int, body: bytes, *, retry_after: float | None = None) -> Fault:
    """Answer any bytes as JSON: wrong ones too, and with status 200 too."""
    headers = () if retry_after is None else (("Retry-After", f"{retry_after:g}"),)
    return Fault("answer", code, body, headers=headers)


def reset() -> Fault:
    """Break the connection off without an answer."""
    return Fault("reset")


def stall(patience: float = 30.0) -> Fault:
    """Say nothing until `Faults.release` or `close`, at most so many real seconds; then hang up."""
    return Fault("stall", patience=patience)


def truncated() -> Fault:
    """Do it, but send only the first half of the answer and hang up."""
    return Fault("truncate")


def unauthorized() -> Fault:
    """Answer 401: the token is not good."""
    return http(
        401,
        "authError",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login"
        " cookie or other valid authentication credential.",
    )


def quota_exceeded() -> Fault:
    """Answer 403 `quotaExceeded`."""
    return http(
        403,
        "quotaExceeded",
        "Quota exceeded: Your project exceeded quota for streaming insert bytes per second.",
    )


def rate_limited() -> Fault:
    """Answer 403 `rateLimitExceeded`."""
    return http(403, "rateLimitExceeded", "Exceeded rate limits: too many requests.")


def service_perimeter(identifier: str = "uniqueid-of-the-denial") -> Fault:
    """Answer 403 as VPC Service Controls do."""
    return http(
        403,
        "policyViolation",
        "VPC Service Controls: Request is prohibited by organization's policy."
        f" vpcServiceControlsUniqueIdentifier: {identifier}.",
    )


def _meets(which: WhichRows | Collection[int], index: int, row: Mapping[str, Any]) -> bool:
    return which(row) if callable(which) else index in which
