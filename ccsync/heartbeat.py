"""Tells a monitor that runs go on, so that it can raise an alarm when they do not.

It hears of a run that has its days (URL/start), of its success (URL) and of its failure (URL/fail).
Of a run that was stopped, or that left all days to another run, it hears nothing at the end: such
a run proves nothing, and somebody is to try again. If nobody does, the silence raises the alarm.

Whatever goes wrong here is a warning in the log. It costs a run no time while it works, a bounded
time at its end, and none when the process is asked to end.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from ccsync import USER_AGENT, logs, redact
from ccsync.errors import Exit
from ccsync.plan import PlannedDay
from ccsync.report import Report, Result, Watcher
from ccsync.runtime import Runtime
from ccsync.settings.heartbeat import HeartbeatSettings, Signal, prove_address

if TYPE_CHECKING:
    import httpx

log = logs.get()

PAUSE = 1.0
"""Seconds between the two tries of a signal."""

_GLANCE = 0.05
"""Seconds between two looks at whether the process is asked to end."""

_LONGEST = 4096
"""Bytes of a file that holds an address."""

_PATHS: dict[Signal, str] = {"start": "/start", "success": "", "failure": "/fail"}

_SILENT = frozenset((Exit.LEASED, Exit.SIGINT, Exit.SIGTERM))
"""Ends of a run of which nothing is told."""


def signal_of(code: int) -> Signal | None:
    """Say what the monitor hears of a run that ended with this exit code; None: nothing."""
    if code in _SILENT:
        return None
    return "success" if code == Exit.OK else "failure"


class Heartbeat:
    """One run's signals, sent one after the other by a thread that nobody has to wait for."""

    def __init__(self, settings: HeartbeatSettings, runtime: Runtime, run_id: str) -> None:
        """Take the settings; nothing is sent or read yet."""
        self._settings = settings
        self._runtime = runtime
        self._run_id = run_id
        self._waiting: queue.SimpleQueue[tuple[Signal, str] | None] = queue.SimpleQueue()
        self._said: list[tuple[Signal, str | None]] = []
        self._ending = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Tell that a run has its days; the run goes on meanwhile."""
        self._send("start", f"run {self._run_id} has begun\n")

    def end(self, report: Report) -> None:
        """Tell how the run ended; at most for the time of two tries, and not after a wish to stop.

        What could not be sent is logged; nothing is raised.
        """
        self._ending = True
        signal = signal_of(report.exit)
        if signal is not None and not self._runtime.stop.requested:
            self._send(signal, story(report))
        if self._thread is None:
            return
        self._waiting.put(None)
        waits = round((2 * self._settings.timeout + PAUSE + 1) / _GLANCE)
        while waits and self._thread.is_alive() and not self._runtime.stop.requested:
            self._thread.join(_GLANCE)
            waits -= 1
        self._log(signal)

    def watching(self, watcher: Watcher) -> Watcher:
        """Give a watcher that also starts this heartbeat, once the run has its days."""
        return _Starting(watcher, self)

    def _log(self, last: Signal | None) -> None:
        """Log what became of the signals; `last` is the one that may still be on its way."""
        said = dict(self._said)
        if last in self._settings.signals and last not in said:
            asked = self._runtime.stop.requested
            said[last] = "the process was asked to end" if asked else "no answer in time"
        for signal, reason in said.items():
            if reason is None:
                log.debug("heartbeat.sent", signal=signal)
            else:
                log.warning("heartbeat.not_sent", signal=signal, reason=reason)

    def _send(self, signal: Signal, body: str) -> None:
        if signal not in self._settings.signals:
            return
        self._waiting.put((signal, body))
        if self._thread is None:
            # A daemon: name servers and slow answers know no timeout, and must not hold us up.
            self._thread = threading.Thread(target=self._work, name="ccsync-heartbeat", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while (item := self._waiting.get()) is not None:
            signal, body = item
            try:
                reason = self._try_twice(signal, body)
            except Exception as error:  # noqa: BLE001 - a heartbeat must not fail a run
                reason = f"{type(error).__name__}: {error}"
            self._said.append((signal, None if reason is None else redact.redact(reason)))

    def _try_twice(self, signal: Signal, body: str) -> str | None:
        try:
            url = address(self._settings)
        except ValueError as error:
            return str(error)
        reason, passing = self._try(url, signal, body)
        # A late start is worth less than a prompt end.
        if not passing or (signal == "start" and self._ending):
            return reason
        self._runtime.pause(PAUSE)
        reason, _ = self._try(url, signal, body)
        return reason

    def _try(self, url: SplitResult, signal: Signal, body: str) -> tuple[str | None, bool]:
        """Send once; say why it failed, None if it did not, and whether that may pass."""
        from ccsync.source.http import httpx

        path = url.path.rstrip("/") + _PATHS[signal]
        whole = url._replace(path=path or url.path).geturl()
        content = body.encode() if self._settings.method == "POST" else None
        headers = {"User-Agent": USER_AGENT}
        if content is not None:
            headers["Content-Type"] = "text/plain; charset=utf-8"
        try:
            with (
                httpx.Client(timeout=self._settings.timeout, follow_redirects=False) as client,
                client.stream(
                    self._settings.method, whole, content=content, headers=headers
                ) as answer,
            ):
                return _complaint(answer), answer.status_code >= 500 or answer.status_code == 429
        except httpx.TimeoutException:
            return f"no answer within {self._settings.timeout}", True
        except (httpx.TransportError, OSError) as error:
            return f"no connection: {error}", True


class _Starting:
    """Hands everything on, and starts the heartbeat when the run has its days."""

    def __init__(self, watcher: Watcher, heartbeat: Heartbeat) -> None:
        self._heartbeat = heartbeat
        self._watcher = watcher
        self.fetched = watcher.fetched
        self.paced = watcher.paced
        self.waiting = watcher.waiting

    def planned(self, plan: Iterable[PlannedDay]) -> None:
        self._heartbeat.start()
        self._watcher.planned(plan)

    def result(self, result: Result) -> None:
        self._watcher.result(result)


def story(report: Report) -> str:
    """Say how a run ended: numbers and names of sinks, but no reason, which may name a person."""
    from ccsync.report_json import MEANINGS

    code = Exit(report.exit)
    seconds = (report.ended_at - report.started_at).total_seconds()
    lines = [f"exit {int(code)}: {MEANINGS[code]}", f"run {report.run_id}, {seconds:.1f} s"]
    for sink, counts in sorted(report.counts.items()):
        kinds = sorted(counts.items(), key=lambda one: one[0].value)
        lines.append(f"{sink}: " + ", ".join(f"{count} {kind.value}" for kind, count in kinds))
    return "\n".join(lines[:100]) + "\n"


def address(settings: HeartbeatSettings) -> SplitResult:
    """Give the monitor's address; it is masked in every text from here on.

    Raises:
        ValueError: the file that holds it cannot be read, or holds no address. It is not shown.
    """
    if settings.url is not None:
        text = settings.url.reveal()
    else:
        path = Path(settings.url_file or "")
        try:
            with path.open("rb") as file:
                text = file.read(_LONGEST).decode("utf-8", "replace").strip()
            prove_address(text)
        except OSError as error:
            raise ValueError(
                f"heartbeat.url_file: cannot read {path}: {error.strerror}. Is the secret mounted, "
                "and readable for this user?"
            ) from None
        except ValueError as error:
            raise ValueError(f"heartbeat.url_file: {path}: {error}") from None
    parts = urlsplit(text)
    # Libraries log addresses in parts, and with /start behind them.
    for secret in (text, parts._replace(query="").geturl(), parts.path.rstrip("/"), parts.query):
        redact.register(secret)
    return parts


def _complaint(answer: httpx.Response) -> str | None:
    """Say why an answer is no acknowledgement; None if it is one."""
    if answer.is_success:
        # healthchecks.io says so with status 200, when the check is not there or too many signals
        # came.
        start = next(answer.iter_bytes(64), b"")
        return (
            f"the monitor said {start.decode('utf-8', 'replace')!r}" if b"OK (" in start else None
        )
    if answer.is_redirect:
        return f"HTTP {answer.status_code}, a redirect, is not followed: name the address behind it"
    return f"HTTP {answer.status_code}"
