"""One sink during one run: whether it needs a snapshot, and bringing it there.

The sink says what it did; here it is decided what that means for the ledger and for the report.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
import structlog

from ccsync.errors import (
    CcsyncError,
    Exit,
    LeaseLost,
    RecordsRefused,
    SinkRefused,
    SinkUnavailable,
    Stopped,
)
from ccsync.fingerprint import Fingerprint
from ccsync.plan import Need, Request
from ccsync.privacy import Privacy
from ccsync.report import Kind, Result
from ccsync.retry import Patience
from ccsync.runtime import Runtime
from ccsync.sink import Acknowledgement, Outcome, Sink, SinkConfig, SinkPlugin
from ccsync.snapshot import FetchedDay, Snapshot
from ccsync.state.document import Entry, Line, Note
from ccsync.state.session import StateSession

log = structlog.get_logger("ccsync.sink")

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


class Taker:
    """A sink that takes part in this run."""

    def __init__(
        self,
        *,
        name: str,
        config: SinkConfig,
        plugin: SinkPlugin[Any],
        privacy: Privacy,
        state: StateSession,
        request: Request,
        runtime: Runtime,
        run_id: str,
        user_agent: str,
        run_deadline: float | None,
    ) -> None:
        """Take the settings; the sink is built when it is first needed."""
        self.name = name
        self.privacy = privacy
        tracked = plugin.tracked if config.track is None else config.track
        self.tracked = tracked and state.keeps
        self.fingerprint = Fingerprint.of(plugin, config, privacy)
        self._config = config
        self._resend = config.resend or plugin.resend
        self._state = state
        self._request = request
        self._runtime = runtime
        self._context = Context(
            name=name,
            run_id=run_id,
            user_agent=user_agent,
            runtime=runtime,
            patience=Patience(
                runtime, config.retry_deadline, run_deadline=run_deadline, pause=state.pause
            ),
            proceed=state.proceed,
        )
        self.gone: Result | None = None
        """Why no more days are tried in this run; None while they are."""
        self.previewed: Snapshot | None = None
        """The first snapshot that a dry run would have delivered."""
        self._build = plugin.build
        self._sink: Sink | None = None

    @property
    def sink(self) -> Sink:
        """The sink itself; built, not connected. Raises whatever its plugin raises."""
        if self._sink is None:
            self._sink = self._build(self._config, self._context)
        return self._sink

    @property
    def need(self) -> Need:
        """What the plan must know."""
        entries = self._state.entries(self.name) if self.tracked else {}
        return Need(self.fingerprint, self.tracked, entries)

    def open(self) -> None:
        """Connect. If that fails the sink is given up, and nobody else is troubled."""
        try:
            self._context.patience.begin()
            self.fingerprint = self.fingerprint.at(self._context.retry(self.sink.open))
        except (Stopped, LeaseLost):
            raise
        except Exception as error:  # noqa: BLE001 - a sink's bug must not stop the others
            self.give_up(error)

    def close(self) -> None:
        """Let go of the sink."""
        try:
            if self._sink is not None:
                self._sink.close()
        except Exception:
            log.exception("sink.close_failed", sink=self.name)

    def give_up(self, error: Exception) -> None:
        """Try no more days in this run."""
        self.gone = self._failure(dt.date.min, error)

    def is_outdated(self, day: dt.date) -> bool:
        """Tell whether the line of a day was shaped otherwise than a delivery would be now."""
        line = self._state.entry(self.name, day).trusted_line
        return line is not None and not self.fingerprint.matches(line.fingerprint)

    def decide(self, fetched: FetchedDay) -> Result | None:
        """Tell what became of the day without a delivery; None if it has to be delivered."""
        if self.gone is not None:
            return msgspec.structs.replace(self.gone, day=fetched.day)
        if not self.tracked:
            return None
        snapshot = fetched.seen_through(self.privacy)
        entry = self._state.entry(self.name, fetched.day)
        note = entry.standing_note
        if note is not None and self._same(note, snapshot) and not self._asked_again(note):
            self._commit(snapshot.day, note=_seen_again(note, snapshot))
            return _standing(self.name, snapshot, note)
        line = entry.trusted_line
        if line is not None and self._same(line, snapshot) and not self._due_again(line, snapshot):
            self._commit(snapshot.day, line=_seen_again(line, snapshot))
            return Result(
                sink=self.name, day=snapshot.day, kind=Kind.UNCHANGED, records=line.records
            )
        return None

    def deliver(self, fetched: FetchedDay) -> Result:
        """Bring the day to the sink, and enter in the ledger what it acknowledged."""
        snapshot = fetched.seen_through(self.privacy)
        if self._request.dry_run:
            self.previewed = self.previewed or snapshot
            return Result(
                sink=self.name, day=fetched.day, kind=Kind.PREVIEWED, records=snapshot.record_count
            )
        try:
            self._context.patience.begin()
            return self._bring(snapshot)
        except (Stopped, LeaseLost):
            raise
        except RecordsRefused as error:
            self._note(snapshot, "refused", str(error))
            return self._failure(fetched.day, error, Kind.REFUSED)
        except SinkRefused as error:
            self.give_up(error)
            return self._failure(fetched.day, error)
        except Exception as error:  # noqa: BLE001 - a sink's bug must not stop the others
            return self._failure(fetched.day, error)

    def _bring(self, snapshot: Snapshot) -> Result:
        entry = self._state.entry(self.name, snapshot.day)
        memory = self._state.memory(self.name, snapshot.day) if self.tracked else None
        forgotten = entry.remembered and memory is None and self._restates(entry, snapshot)
        brought = snapshot
        while True:
            try:
                outcome = self._attempt(brought)
                break
            except RecordsRefused as error:
                fewer = brought.without(error.records)
                if self._config.on_rejected == "refuse" or not error.records:
                    raise
                if fewer.record_count == brought.record_count:
                    raise
                brought = fewer
        if outcome.kind is Acknowledgement.NOT_YET:
            return self._result(snapshot, Kind.NOT_YET, reason=outcome.reason)
        if outcome.kind is Acknowledgement.TOO_OLD:
            self._note(snapshot, "skipped", outcome.reason)
            reason = f"too old for the destination, which keeps what it shows: {outcome.reason}"
            return self._result(snapshot, Kind.SKIPPED, Exit.DATA_REFUSED, reason)
        left_out = snapshot.record_count - brought.record_count
        self._commit(snapshot.day, line=self._line(snapshot, left_out))
        if forgotten:
            return self._result(
                snapshot,
                Kind.DELIVERED,
                Exit.DATA_REFUSED,
                "tombstones unknown: the day was restated, and what the sink remembered of it is "
                "lost from the state; series that vanished may still be shown. `ccsync verify` "
                "finds them",
            )
        reason = f"{left_out} records refused by the destination were left out" if left_out else ""
        return self._result(snapshot, Kind.DELIVERED, Exit.OK, reason, left_out)

    def _attempt(self, snapshot: Snapshot) -> Outcome:
        day = snapshot.day

        def remember(note: bytes) -> None:
            self._state.remember(self.name, day, note)

        def once() -> Outcome:
            # What an earlier attempt of this run remembered counts as well.
            memory = self._state.memory(self.name, day)
            outcome: object = self.sink.deliver(snapshot, memory, remember)
            if not isinstance(outcome, Outcome):
                raise TypeError(f"the sink answered {outcome!r}, which is no Outcome")
            return outcome

        return self._context.retry(once)

    def _same(self, kept: Line | Note, snapshot: Snapshot) -> bool:
        return kept.snapshot_id == snapshot.snapshot_id and self.fingerprint.matches(
            kept.fingerprint
        )

    def _restates(self, entry: Entry, snapshot: Snapshot) -> bool:
        line = entry.trusted_line
        return line is None or not self._same(line, snapshot)

    def _asked_again(self, note: Note) -> bool:
        return self._request.force or (note.outcome == "skipped" and self._request.is_range)

    def _due_again(self, line: Line, snapshot: Snapshot) -> bool:
        if self._request.force:
            return True
        if snapshot.settled or self._resend == "never":
            return False
        return self._resend == "always" or line.delivered_at.date() < self._runtime.now().date()

    def _line(self, snapshot: Snapshot, left_out: int) -> Line:
        return Line(
            snapshot_id=snapshot.snapshot_id,
            fingerprint=str(self.fingerprint),
            records=snapshot.record_count,
            settled=snapshot.settled,
            fetched_at=snapshot.fetched_at,
            delivered_at=self._runtime.now(),
            left_out=left_out,
        )

    def _note(self, snapshot: Snapshot, outcome: str, reason: str) -> None:
        note = Note(
            outcome="skipped" if outcome == "skipped" else "refused",
            snapshot_id=snapshot.snapshot_id,
            fingerprint=str(self.fingerprint),
            settled=snapshot.settled,
            fetched_at=snapshot.fetched_at,
            reason=reason,
        )
        self._commit(snapshot.day, note=note)

    def _commit(self, day: dt.date, *, line: Line | None = None, note: Note | None = None) -> None:
        if self.tracked:
            self._state.commit(self.name, day, Entry(line=line, note=note))

    def _result(
        self,
        snapshot: Snapshot,
        kind: Kind,
        exit_code: Exit = Exit.OK,
        reason: str = "",
        left_out: int = 0,
    ) -> Result:
        return Result(
            sink=self.name,
            day=snapshot.day,
            kind=kind,
            records=snapshot.record_count - left_out,
            reason=reason,
            exit=exit_code,
            left_out=left_out,
            merged=snapshot.merged,
        )

    def _failure(self, day: dt.date, error: Exception, kind: Kind = Kind.FAILED) -> Result:
        if isinstance(error, CcsyncError):
            return Result(
                sink=self.name, day=day, kind=kind, reason=str(error), exit=Exit(error.exit)
            )
        log.error("sink.bug", sink=self.name, day=str(day), exc_info=error)
        return Result(
            sink=self.name,
            day=day,
            kind=kind,
            reason=f"a bug in the sink, please report it: {type(error).__name__}: {error}",
            exit=Exit.BUG,
        )


def _seen_again(kept: Any, snapshot: Snapshot) -> Any:
    return msgspec.structs.replace(kept, settled=snapshot.settled, fetched_at=snapshot.fetched_at)


def _standing(sink: str, snapshot: Snapshot, note: Note) -> Result:
    if note.outcome == "skipped":
        return Result(
            sink=sink,
            day=snapshot.day,
            kind=Kind.SKIPPED,
            reason=f"still too old for the destination, not tried again: {note.reason}",
        )
    return Result(
        sink=sink,
        day=snapshot.day,
        kind=Kind.REFUSED,
        reason=f"unchanged since it was refused, not sent again: {note.reason}",
        exit=Exit.DATA_REFUSED,
    )
