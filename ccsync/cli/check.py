"""`ccsync check`: try everything that a run needs, and write nothing."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

import click
import msgspec

from ccsync.cli import terminal
from ccsync.cli.probe import Probe
from ccsync.cli.session import Session
from ccsync.delivery import Taker
from ccsync.errors import CcsyncError, Exit, LeaseLost, Stopped
from ccsync.job import Job
from ccsync.redact import redact
from ccsync.settings.load import Loaded
from ccsync.settings.model import CREDENTIALS, Duration, Settings, SinkConfig, SourceSettings
from ccsync.signals import handled
from ccsync.sink import Checkable, Estimating, Finding
from ccsync.state.document import decode
from ccsync.state.store import open_state

S = TypeVar("S", SourceSettings, SinkConfig)

_PATIENCE = Duration(10)
"""Longer than the pauses that a busy API asks for as a rule, and short for a person."""

_WORDS = {"ok": "ok     ", "warning": "warning", "fault": "FAULT  "}
_MARKS = {
    "ok": ("\N{CHECK MARK}", "green"),
    "warning": ("!", "yellow"),
    "fault": ("\N{BALLOT X}", "red"),
}
_WIDEST = 110
"""Longer lines are hard to read, however wide the terminal is."""


@click.command()
@click.pass_obj
def check(session: Session) -> None:
    """Try the settings, the key, one past day, the state and each sink; write nothing.

    Says what to do about each fault. Exits 3 when there is one.
    """
    loaded = session.loaded()
    count = len(loaded.settings.sinks)
    levels: Counter[str] = Counter()
    _show("settings", Finding("ok", f"{loaded.path}, {count} sink{'s' * (count != 1)}"))
    patience = loaded.settings.source.retry_deadline
    hurried = f"check waits {_PATIENCE} only, a run {patience}" if patience > _PATIENCE else ""
    loaded = replace(loaded, settings=_impatient(loaded.settings))
    job = Job(loaded, runtime=session.runtime, run_id=session.run_id, read_only=True)
    with handled(session.runtime.stop):
        for part, finding in _findings(job, loaded, hurried):
            _show(part, finding)
            levels[finding.level] += 1
    _show_end(levels["fault"], levels["warning"])
    if levels["fault"]:
        sys.exit(Exit.REFUSED)


def _show(part: str, finding: Finding) -> None:
    what, fix = redact(finding.what), redact(finding.fix)
    mark, colour = _MARKS[finding.level]
    if not terminal.is_terminal() or not terminal.can_show(mark):
        terminal.show(f"{_WORDS[finding.level]} {part}: {what}")
        if fix:
            terminal.show(f"        do: {fix}")
        return
    # Wrapped before it is coloured: colours have no width.
    text = terminal.hanging(what, f"{mark} {part:<12} ", widest=_WIDEST)
    body = text[len(mark) :]
    terminal.show(click.style(mark, fg=colour, bold=True) + body)
    if fix:
        terminal.show(terminal.hanging(fix, f"{'':<15}\N{RIGHTWARDS ARROW} ", widest=_WIDEST))


def _show_end(faults: int, warnings: int) -> None:
    def counted(count: int, word: str) -> str:
        return f"{count or 'no'} {word}{'s' * (count != 1)}"

    if not faults and not warnings:
        terminal.show(click.style("all well", fg="green", bold=True))
        return
    colour = "red" if faults else "yellow"
    text = f"{counted(faults, 'fault')}, {counted(warnings, 'warning')}"
    terminal.show(click.style(text, fg=colour, bold=True))


def _impatient(settings: Settings) -> Settings:
    """Give the settings of somebody who waits for the answer."""

    def shorter(one: S) -> S:
        return msgspec.structs.replace(one, retry_deadline=min(one.retry_deadline, _PATIENCE))

    return msgspec.structs.replace(
        settings,
        source=shorter(settings.source),
        sinks={name: shorter(sink) for name, sink in settings.sinks.items()},
    )


def _findings(job: Job, loaded: Loaded, hurried: str) -> Iterator[tuple[str, Finding]]:
    probe = Probe(job.source, job.runtime, variable=_variable(loaded), hurried=hurried)
    try:
        yield from probe.findings()
        yield "state", _state(job.settings.state, job.report.run_id, probe.source_id)
        for taker in job.takers:
            for finding in _sink(taker, probe):
                yield taker.name, finding
    finally:
        job.source.close()


def _variable(loaded: Loaded) -> str:
    """Give how the settings write the credential, if it comes from a variable."""
    written = (loaded.environment.get(("source", name)) for name in CREDENTIALS)
    return next((one for one in written if one), "")


def _state(url: str | None, run_id: str, source_id: str | None) -> Finding:
    try:
        store = open_state(url)
        try:
            store.begin(run_id)
            ledger = decode(store.load()[0], store.where)
        finally:
            store.close()
    except CcsyncError as error:
        return Finding("fault", str(error))
    if source_id is not None and ledger.source_id not in {None, source_id}:
        return Finding(
            "fault",
            f"{store.where} belongs to organization {ledger.source_id}, the key to {source_id}",
            "use the other key, or give this organization a state: of its own",
        )
    lines = sum(len(days) for days in ledger.sinks.values())
    if not store.keeps:
        return Finding(
            "warning",
            "none: nothing is kept, so each run delivers the lookback window and nothing older",
            "set state: to a place that lasts if destinations are to be kept true",
        )
    return Finding("ok", f"{store.where} can be read and written; {lines} days in the ledger")


def _sink(taker: Taker, probe: Probe) -> Iterator[Finding]:
    try:
        sink = taker.sink
        if isinstance(sink, Checkable):
            yield from sink.check()
        else:
            yield _opened(taker)
        if isinstance(sink, Estimating) and (day := probe.working_day()) is not None:
            yield from sink.estimate(day.seen_through(taker.privacy))
    except (Stopped, LeaseLost):
        raise
    except CcsyncError as error:
        yield Finding("fault", str(error))
    except Exception as error:  # noqa: BLE001 - a sink's bug must not hide what the others find
        what = f"a bug in the sink, please report it: {type(error).__name__}: {error}"
        yield Finding("fault", what)
    finally:
        taker.close()


def _opened(taker: Taker) -> Finding:
    taker.open()
    if taker.gone is not None:
        return Finding("fault", taker.gone.reason)
    return Finding("ok", "can be opened; this kind of sink has no further check")
