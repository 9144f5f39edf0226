"""`ccsync check`: try everything that a run needs, and write nothing."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

import click
import msgspec

from ccsync.cli.session import Session
from ccsync.delivery import Taker
from ccsync.errors import (
    CcsyncError,
    Exit,
    LeaseLost,
    SourceError,
    SourceUnavailable,
    Stopped,
)
from ccsync.job import Job
from ccsync.plan import DAY
from ccsync.privacy import Privacy
from ccsync.redact import redact
from ccsync.settings.model import Duration, PrivacySettings, Settings, SinkConfig, SourceSettings
from ccsync.signals import handled
from ccsync.sink import Checkable, Finding
from ccsync.snapshot import FetchedDay
from ccsync.source import DayRequest
from ccsync.state.document import decode
from ccsync.state.store import open_state

S = TypeVar("S", SourceSettings, SinkConfig)

_PATIENCE = Duration(10)
"""Longer than the pauses that a busy API asks for as a rule, and short for a person."""

_WHEN_AWAY = (
    "check waits 10 s only, whatever retry_deadline says. If a limit on requests was named, wait a "
    "minute; else see that this machine reaches source.base_url: is the address right, does it "
    "need a proxy (HTTPS_PROXY, NO_PROXY), does a firewall stand in between? If the API itself is "
    "down, wait"
)

_MARKS = {"ok": "ok     ", "warning": "warning", "fault": "FAULT  "}


@click.command()
@click.pass_obj
def check(session: Session) -> None:
    """Try the settings, the key, one past day, the state and each sink; write nothing.

    Says what to do about each fault. Exits 3 when there is one.
    """
    loaded = session.loaded()
    count = len(loaded.settings.sinks)
    click.echo(f"{_MARKS['ok']} settings: {loaded.path}, {count} sink{'s' * (count != 1)}")
    loaded = replace(loaded, settings=_impatient(loaded.settings))
    job = Job(loaded, runtime=session.runtime, run_id=session.run_id, read_only=True)
    faults = 0
    with handled(session.runtime.stop):
        for part, finding in _findings(job):
            click.echo(redact(f"{_MARKS[finding.level]} {part}: {finding.what}"))
            if finding.fix:
                click.echo(redact(f"        do: {finding.fix}"))
            faults += finding.level == "fault"
    if faults:
        sys.exit(Exit.REFUSED)


def _impatient(settings: Settings) -> Settings:
    """Give the settings of somebody who waits for the answer."""

    def shorter(one: S) -> S:
        return msgspec.structs.replace(one, retry_deadline=min(one.retry_deadline, _PATIENCE))

    return msgspec.structs.replace(
        settings,
        source=shorter(settings.source),
        sinks={name: shorter(sink) for name, sink in settings.sinks.items()},
    )


def _findings(job: Job) -> Iterator[tuple[str, Finding]]:
    start, today = job.settings.sync.start.date, job.runtime.now().date()
    if start is not None and start > today:
        yield "settings", Finding("fault", f"sync.start is {start}, which is in the future")
    fetched: list[FetchedDay] = []
    try:
        for finding in _source(job, fetched):
            yield "source", finding
    finally:
        job.source.close()
    source_id = fetched[0].source_id if fetched else None
    yield "state", _state(job.settings.state, job.report.run_id, source_id)
    for taker in job.takers:
        for finding in _sink(taker):
            yield taker.name, finding


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


def _source(job: Job, seen: list[FetchedDay]) -> Iterator[Finding]:
    """Ask who we are, and for one past day, which is added to `seen`."""
    try:
        organization = job.source.organization()
        yield Finding("ok", f"the key belongs to {organization.name} ({organization.id})")
    except SourceError as error:
        # A key may be good for the report and not for this; the day decides.
        yield Finding("warning", f"the API does not say whose key this is: {error}")
    day = job.runtime.now().date() - 2 * DAY
    for _, fetched in job.source.fetch([DayRequest(day)]):
        if isinstance(fetched, SourceError):
            away = isinstance(fetched, SourceUnavailable)
            yield Finding("fault", str(fetched), _WHEN_AWAY if away else "")
        else:
            seen.append(fetched)
            yield from _one_day(fetched)


def _one_day(fetched: FetchedDay) -> Iterator[Finding]:
    counts: dict[str, Counter[str]] = {"customer_type": Counter(), "actor_type": Counter()}
    remote = 0
    for record in fetched.seen_through(Privacy(PrivacySettings())).records():
        counts["customer_type"][record.customer_type or "null"] += 1
        counts["actor_type"][record.actor_type] += 1
        remote += record.is_remote is True
    if not fetched.rows:
        yield Finding(
            "warning",
            f"{fetched.day} holds no rows. That is no error: nobody used Claude Code with this "
            "organization's API that day",
            "if people did, they may use subscriptions of Claude Enterprise or Team, which this "
            "API does not report",
        )
        return
    parts = "; ".join(
        f"{name}: " + ", ".join(f"{value} {count}" for value, count in counter.most_common())
        for name, counter in counts.items()
    )
    yield Finding("ok", f"{fetched.day} holds {fetched.rows:,} rows; {parts}; remote: {remote}")
    if not counts["customer_type"]["subscription"]:
        yield Finding(
            "warning",
            "no row of a subscription. People who use Claude Code with a Claude Enterprise or Team "
            "subscription are usually not in this API",
        )


def _sink(taker: Taker) -> Iterator[Finding]:
    try:
        sink = taker.sink
        if isinstance(sink, Checkable):
            yield from sink.check()
            return
        taker.open()
        if taker.gone is not None:
            yield Finding("fault", taker.gone.reason)
        else:
            yield Finding("ok", "can be opened; this kind of sink has no further check")
    except (Stopped, LeaseLost):
        raise
    except CcsyncError as error:
        yield Finding("fault", str(error))
    except Exception as error:  # noqa: BLE001 - a sink's bug must not hide what the others find
        what = f"a bug in the sink, please report it: {type(error).__name__}: {error}"
        yield Finding("fault", what)
    finally:
        taker.close()
