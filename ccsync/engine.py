"""The run: plan, fetch each day once, bring it to every sink that needs it, keep the ledger.

What is promised, and where it is kept:

- A day is whole or absent: `Source.fetch` gives complete days only.
- The ledger never runs ahead of a destination: a line is entered after the sink acknowledged.
- Nor behind: before a sink is sent a revision, the attempt is noted.
- One party's trouble is its own: a day that fails stops no other day, a sink no other sink.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Generator, Sequence
from typing import Protocol

from ccsync.delivery import Taker
from ccsync.errors import (
    CcsyncError,
    DaysLeased,
    Exit,
    SourceDrift,
    SourceError,
    SourceNotYet,
    SourceRefused,
    Stopped,
)
from ccsync.plan import PlannedDay, Request, make_plan, only_the_window
from ccsync.report import Kind, Report, Result, Watcher
from ccsync.runtime import Runtime
from ccsync.settings.model import SyncSettings
from ccsync.snapshot import FetchedDay
from ccsync.source import DayRefusedError, DayRequest
from ccsync.state.session import StateSession


class DaySource(Protocol):
    """Where days come from."""

    def fetch(
        self, requests: Sequence[DayRequest]
    ) -> Generator[tuple[DayRequest, FetchedDay | SourceError], None, None]:
        """Give the days in the order asked for; each is whole, or an error."""
        ...


def sync(
    *,
    source: DaySource,
    takers: Sequence[Taker],
    state: StateSession,
    rules: SyncSettings,
    request: Request,
    runtime: Runtime,
    run_deadline: float,
    report: Report,
    watcher: Watcher,
) -> Report:
    """Make every sink show what the API says now, for every day in the plan.

    Raises nothing that a user, the API or a destination can cause: the report says it.
    `run_deadline` is a moment of `runtime.monotonic()`.
    """

    def note(result: Result) -> None:
        report.add(result)
        watcher.result(result)

    plan: Sequence[PlannedDay] = ()
    with _ends_the_run(report), state, contextlib.ExitStack() as stack:
        for taker in takers:
            stack.callback(taker.close)
            taker.watched_by(watcher.waiting)
            if not request.dry_run:
                taker.open()

        now = runtime.now()
        start = state.start_day(rules.start, now.date())
        needs = {taker.name: taker.need for taker in takers}
        plan = make_plan(now=now, rules=rules, start=start, request=request, sinks=needs)
        report.remarks += only_the_window(
            now=now,
            rules=rules,
            start=start,
            request=request,
            sinks=needs,
            state_keeps=state.keeps,
        )
        if request.shard is not None and not plan:
            report.remarks.append(f"shard {request.shard} holds none of the days that are wanted")
        gone = {taker.name for taker in takers if taker.gone}
        tried = {day.day: day for day in plan if not gone.issuperset(day.sinks)}
        leased = state.lease(tried)
        report.days = sorted(leased)
        watcher.planned([tried[day] for day in report.days])

        asked = [DayRequest(day, _known(state, tried[day])) for day in report.days]
        with contextlib.closing(source.fetch(asked)) as arrivals:
            for wanted, fetched in arrivals:
                state.proceed()
                here = [taker for taker in takers if taker.name in tried[wanted.day].sinks]
                if isinstance(fetched, SourceRefused) and not isinstance(fetched, DayRefusedError):
                    raise fetched  # no other day would fare better
                if isinstance(fetched, SourceError):
                    for taker in here:
                        note(_not_fetched(taker, wanted.day, fetched))
                    continue
                state.bind(fetched.source_id)
                report.saw(fetched)
                watcher.fetched(fetched.day, fetched.rows)

                due: list[Taker] = []
                for taker in here:
                    known = taker.decide(fetched)
                    if known is None:
                        due.append(taker)
                    else:
                        note(known)
                noted = [taker.name for taker in due if _is_noted(state, taker, fetched.day)]
                state.attempt(noted, fetched.day, fetched.fetched_at)
                for taker in due:
                    note(taker.deliver(fetched))
                del fetched  # or two days would be in memory while the next one is awaited

                if all(taker.gone for taker in takers) or runtime.monotonic() >= run_deadline:
                    break

    for planned in plan:
        for taker in takers:
            if taker.name in planned.sinks and not report.has(taker.name, planned.day):
                note(_not_tried(taker, planned.day, report, rules))
    report.ended_at = runtime.now()
    return report


@contextlib.contextmanager
def _ends_the_run(report: Report) -> Generator[None, None, None]:
    """Take what ends a run before its time into the report; a bug is not taken, and goes on."""
    try:
        yield
    except CcsyncError as error:
        before = _wish_to_stop(error)
        if before is not None:
            # The wish to stop came first; what then went wrong is told, but does not hide it.
            before.args = (f"{before}; then {error}",)
            report.error = before
        else:
            report.error = error


def _wish_to_stop(error: CcsyncError) -> Stopped | None:
    """Give the wish to stop that was being honoured when this error came up."""
    if isinstance(error, Stopped):
        return None
    before = error.__context__
    while before is not None and not isinstance(before, Stopped):
        before = before.__context__
    return before


def _known(state: StateSession, planned: PlannedDay) -> dt.datetime | None:
    """Give the latest revision of a day that any sink is known to have; the next must be later."""
    times = [state.entry(name, planned.day).fetched_at for name in planned.sinks]
    return max((time for time in times if time is not None), default=None)


def _is_noted(state: StateSession, taker: Taker, day: dt.date) -> bool:
    """Tell whether an attempt has to be noted.

    Also of a sink that is not tracked any more: its line would be believed as soon as it is tracked
    again, whatever was delivered in between.
    """
    entry = state.entry(taker.name, day)
    return taker.tracked or entry.trusted_line is not None or entry.standing_note is not None


def _not_fetched(taker: Taker, day: dt.date, error: SourceError) -> Result:
    if taker.gone is not None:
        return taker.gone.not_tried(day)
    kind = Kind.FAILED
    if isinstance(error, SourceNotYet):
        kind = Kind.NOT_YET
    elif isinstance(error, SourceDrift):
        kind = Kind.REFUSED
    reason = str(error).removeprefix(f"{day}: ")
    return Result(sink=taker.name, day=day, kind=kind, reason=reason, exit=Exit(error.exit))


def _not_tried(taker: Taker, day: dt.date, report: Report, rules: SyncSettings) -> Result:
    """Say of a planned day why nothing was tried."""
    if taker.gone is not None:
        return taker.gone.not_tried(day)
    if report.error is not None:
        left = isinstance(report.error, DaysLeased)
        kind = Kind.LEFT if left else Kind.NOT_TRIED
        return Result(sink=taker.name, day=day, kind=kind, exit=Exit(report.error.exit))
    if day not in report.days:
        return Result(sink=taker.name, day=day, kind=Kind.LEFT)
    return Result(
        sink=taker.name,
        day=day,
        kind=Kind.NOT_TRIED,
        reason=f"sync.deadline ({rules.deadline}) was reached before it; the next run goes on",
        exit=Exit.UNAVAILABLE,
    )
