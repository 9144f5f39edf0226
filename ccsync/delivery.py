"""One sink during one run: opening it, bringing it a day, and what that means for the ledger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

from ccsync import logs
from ccsync.contained import contained
from ccsync.context import Context
from ccsync.decision import Terms, restates, standing_note, unchanged_line
from ccsync.errors import CcsyncError, Exit, LeaseLost, RecordsRefused, SinkRefused, Stopped
from ccsync.fingerprint import Fingerprint
from ccsync.given_up import GivenUp
from ccsync.plan import Need, Request
from ccsync.privacy import Privacy
from ccsync.redact import redact
from ccsync.report import Kind, Result
from ccsync.retry import Patience
from ccsync.runtime import Runtime
from ccsync.sink import Acknowledgement, Outcome, Sink, SinkConfig, SinkPlugin
from ccsync.snapshot import FetchedDay, Snapshot
from ccsync.state.document import NOTHING, Entry, Line, Note
from ccsync.state.session import StateSession

log = logs.get()


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
        self.gone: GivenUp | None = None
        """Why no more days are tried in this run; None while they are."""
        self.previewed: Snapshot | None = None
        """The first snapshot that a dry run would have delivered."""
        self._config = config
        self._plugin = plugin
        self._state = state
        self._request = request
        self._runtime = runtime
        self._sink: Sink | None = None
        self._before = NOTHING
        """What was kept for the day in hand before its delivery was noted as an attempt."""
        self._context = Context(
            name=name,
            run_id=run_id,
            user_agent=user_agent,
            runtime=runtime,
            patience=Patience(
                runtime, config.retry_deadline, run_deadline=run_deadline, pause=state.pause
            ),
            proceed=state.proceed,
            pause=state.pause,
        )

    @property
    def sink(self) -> Sink:
        """The sink itself; built, not connected. Raises whatever its plugin raises."""
        if self._sink is None:
            with contained():
                self._sink = self._plugin.build(self._config, self._context)
        return self._sink

    def watched_by(self, watch: Callable[[str, float, str], None]) -> None:
        """Tell somebody of each pause before it begins: the sink, the seconds, the reason."""
        self._context.watch = watch

    @property
    def need(self) -> Need:
        """What the plan must know."""
        nothing: Mapping[dt.date, Entry] = {}
        entries = self._state.entries(self.name) if self.tracked else nothing
        return Need(self.fingerprint, self.tracked, entries)

    def open(self) -> None:
        """Connect. If that fails the sink is given up, and nobody else is troubled."""
        try:
            self._context.patience.begin()
            self.fingerprint = self.fingerprint.at(self._context.retry(self.sink.open))
        except (Stopped, LeaseLost):
            raise
        except Exception as error:  # noqa: BLE001 - a sink's bug must not stop the others
            self._give_up(error)

    def begin(self, day: dt.date) -> None:
        """Start the work of a day: it gets the whole patience."""
        self._context.day = day
        self._context.patience.begin()

    def close(self) -> None:
        """Let go of the sink."""
        try:
            if self._sink is not None:
                with contained():
                    self._sink.close()
        except Exception:
            log.exception("sink.close_failed", sink=self.name)

    def decide(self, fetched: FetchedDay) -> Result | None:
        """Tell what became of the day without a delivery; None if it has to be delivered."""
        if self.gone is not None:
            return self.gone.not_tried(fetched.day)
        if not self.tracked:
            return None
        snapshot = fetched.seen_through(self.privacy)
        entry, terms = self._state.entry(self.name, fetched.day), self._terms()
        self._before = entry
        if (note := standing_note(entry, snapshot, terms)) is not None:
            self._commit(snapshot, note=_seen_again(note, snapshot), urgent=False)
            return self._not_tried_again(snapshot, note)
        if (line := unchanged_line(entry, snapshot, terms)) is not None:
            self._commit(snapshot, line=_seen_again(line, snapshot), urgent=False)
            return self._result(snapshot, Kind.UNCHANGED, left_out=line.left_out)
        return None

    def deliver(self, fetched: FetchedDay) -> Result:
        """Bring the day to the sink, and enter in the ledger what it acknowledged."""
        snapshot = fetched.seen_through(self.privacy)
        if self._request.dry_run:
            self.previewed = self.previewed or snapshot
            return self._result(snapshot, Kind.PREVIEWED)
        self.begin(fetched.day)
        try:
            return self._bring(snapshot)
        except (Stopped, LeaseLost):
            raise
        except RecordsRefused as error:
            self._commit(snapshot, note=self._note(snapshot, "refused", str(error)))
            refused = self.failure(fetched.day, error, Kind.REFUSED)
            return msgspec.structs.replace(refused, needs_force=self.tracked)
        except SinkRefused as error:
            self._give_up(error, after=fetched.day)
            return self.failure(fetched.day, error)
        except Exception as error:  # noqa: BLE001 - a sink's bug must not stop the others
            return self.failure(fetched.day, error)

    def _bring(self, snapshot: Snapshot) -> Result:
        forgotten = (
            self._before.remembered
            and restates(self._before, snapshot, self._terms())
            and self._state.memory(self.name, snapshot.day) is None
        )
        outcome, brought = self._without_refused(snapshot)
        left_out = snapshot.record_count - brought.record_count
        if outcome.kind is Acknowledgement.NOT_YET:
            return self._result(snapshot, Kind.NOT_YET, reason=outcome.reason)
        if outcome.kind is Acknowledgement.TOO_OLD:
            self._commit(snapshot, note=self._note(snapshot, "skipped", outcome.reason))
            reason = f"too old for the destination, which keeps what it shows: {outcome.reason}"
            return self._result(snapshot, Kind.SKIPPED, Exit.DATA_REFUSED, reason)
        self._commit(snapshot, line=self._line(snapshot, left_out))
        if forgotten:
            reason = (
                "tombstones unknown: the day was restated, and what the sink remembered of it is "
                "lost from the state; series that vanished may still be shown. `ccsync verify` "
                "finds them"
            )
            return self._result(snapshot, Kind.DELIVERED, Exit.DATA_REFUSED, reason, left_out)
        reason = f"{left_out} records refused by the destination were left out" if left_out else ""
        return self._result(snapshot, Kind.DELIVERED, Exit.OK, reason, left_out)

    def _without_refused(self, snapshot: Snapshot) -> tuple[Outcome, Snapshot]:
        """Deliver; under `on_rejected: skip` again without the records that were refused."""
        brought = snapshot
        while True:
            try:
                return self._attempt(brought), brought
            except RecordsRefused as error:
                fewer = brought.without(error.records)
                nothing_named = fewer.record_count == brought.record_count
                if self._config.on_rejected == "refuse" or nothing_named:
                    raise
                brought = fewer

    def _attempt(self, snapshot: Snapshot) -> Outcome:
        day = snapshot.day

        def remember(note: bytes) -> None:
            if self.tracked:
                self._state.remember(self.name, day, note)

        def once() -> Outcome:
            # Read each time: what an earlier try remembered counts as well.
            memory = self._state.memory(self.name, day) if self.tracked else None
            return _checked(self.sink.deliver(snapshot, memory, remember))

        return self._context.retry(once)

    def _terms(self) -> Terms:
        resend = self._config.resend or self._plugin.resend
        return Terms(self.fingerprint, self._request, resend, self._runtime.now().date())

    def _line(self, snapshot: Snapshot, left_out: int) -> Line:
        return Line(
            snapshot_id=snapshot.snapshot_id,
            fingerprint=str(self.fingerprint),
            records=snapshot.record_count - left_out,
            settled=snapshot.settled,
            fetched_at=snapshot.fetched_at,
            delivered_at=self._runtime.now(),
            left_out=left_out,
        )

    def _note(
        self, snapshot: Snapshot, outcome: Literal["skipped", "refused"], reason: str
    ) -> Note:
        return Note(
            outcome=outcome,
            snapshot_id=snapshot.snapshot_id,
            fingerprint=str(self.fingerprint),
            settled=snapshot.settled,
            fetched_at=snapshot.fetched_at,
            reason=redact(reason),
            shows_line=outcome == "skipped" and self._before.trusted_line is not None,
        )

    def _commit(
        self,
        snapshot: Snapshot,
        *,
        line: Line | None = None,
        note: Note | None = None,
        urgent: bool = True,
    ) -> None:
        if self.tracked:
            self._state.commit(self.name, snapshot.day, Entry(line=line, note=note), urgent=urgent)

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

    def _not_tried_again(self, snapshot: Snapshot, note: Note) -> Result:
        if note.outcome == "skipped":
            reason = f"still too old for the destination, not tried again: {note.reason}"
            return self._result(snapshot, Kind.SKIPPED, reason=reason)
        reason = f"unchanged since it was refused, not sent again: {note.reason}"
        refused = self._result(snapshot, Kind.REFUSED, Exit.DATA_REFUSED, reason)
        return msgspec.structs.replace(refused, needs_force=True)

    def _give_up(self, error: Exception, after: dt.date | None = None) -> None:
        self.gone = GivenUp(self.failure(after or dt.date.min, error), after)

    def failure(self, day: dt.date, error: Exception, kind: Kind = Kind.FAILED) -> Result:
        """Say what an error of the sink means for a day; a bug is logged."""
        if isinstance(error, CcsyncError):
            # The notes say why no more was tried.
            reason = "; ".join([str(error), *getattr(error, "__notes__", ())])
            return Result(sink=self.name, day=day, kind=kind, reason=reason, exit=Exit(error.exit))
        log.error("sink.bug", sink=self.name, day=str(day), exc_info=error)
        reason = f"a bug in the sink, please report it: {type(error).__name__}: {error}"
        return Result(sink=self.name, day=day, kind=kind, reason=reason, exit=Exit.BUG)


def _checked(answer: object) -> Outcome:
    """Take no sink's word for it that its answer is one."""
    if isinstance(answer, Outcome):
        return answer
    raise TypeError(f"the sink answered {answer!r}, which is no Outcome")


def _seen_again(kept: Any, snapshot: Snapshot) -> Any:
    return msgspec.structs.replace(kept, settled=snapshot.settled, fetched_at=snapshot.fetched_at)
