"""`ccsync sync`: the job."""

from __future__ import annotations

import contextlib
import datetime as dt
import gc
import itertools
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ccsync import __version__
from ccsync import shard as shards
from ccsync.cli.days import to_day
from ccsync.cli.progress import BarWatcher, LogWatcher, print_summary, problem_lines, remark_lines
from ccsync.cli.report_file import report_file
from ccsync.cli.session import Session
from ccsync.contained import contained
from ccsync.errors import CcsyncError, LeaseLost, SettingsError, Stopped
from ccsync.job import Job
from ccsync.plan import Request, make_plan
from ccsync.report import Report
from ccsync.signals import handled

if TYPE_CHECKING:
    from ccsync.heartbeat import Heartbeat

_PREVIEW_LINES = 3


@click.command()
@click.option(
    "--from",
    "first",
    metavar="DAY",
    callback=to_day,
    help="First day (YYYY-MM-DD, or 30d for 30 days ago), inclusive; replaces the window.",
)
@click.option(
    "--to",
    "last",
    metavar="DAY",
    callback=to_day,
    help="Last day, inclusive; the newest if left out.",
)
@click.option("--sink", "only", multiple=True, metavar="NAME", help="Only this sink; repeatable.")
@click.option("--dry-run", is_flag=True, help="Fetch and show; deliver and note nothing.")
@click.option("--force", is_flag=True, help="Deliver days although they are unchanged.")
@click.option(
    "--shard",
    "shard_text",
    metavar="I/N",
    help=(
        "Every N-th day only: shard I of N, counted from 0 (0/8 to 7/8), for N processes side by "
        "side. auto, the default where CCSYNC_SHARDS is set: I from JOB_COMPLETION_INDEX, N from "
        "CCSYNC_SHARDS."
    ),
)
@click.option(
    "--report",
    "report_path",
    metavar="FILE",
    help=(
        "Write a JSON report here, at most 4,096 bytes. Default: /dev/termination-log in a "
        "Kubernetes pod, else none."
    ),
)
@click.pass_obj
def sync(
    session: Session,
    first: dt.date | None,
    last: dt.date | None,
    only: Sequence[str],
    dry_run: bool,
    force: bool,
    shard_text: str | None,
    report_path: str | None,
) -> None:
    """Make every sink show what the API says now.

    Looks at the last days and today, at every day since sync.start that a sink lacks, and at days
    that were still open when they were fetched. Safe to run twice, and to kill.
    """
    with handled(session.runtime.stop):
        file = report_file(
            report_path,
            session.environ,
            session.termination_log,
            settings=_settings_file(session),
        )
        report = Report(session.run_id, __version__, session.runtime.now())
        request: Request | None = None
        heartbeat: Heartbeat | None = None
        try:
            shard = shards.choose(shard_text, session.environ)
            report.shard = None if shard is None else str(shard)
            request = Request(first=first, last=last, shard=shard, force=force, dry_run=dry_run)
            heartbeat = _heartbeat(session, request)
            session.runtime.stop.check()
            run_job(session, request, only, report=report, heartbeat=heartbeat)
        except CcsyncError as error:
            report.end(session.runtime.now(), error)
            raise
        except Exception as error:
            words = f"unexpected error: {type(error).__name__}: {error}"
            report.end(session.runtime.now(), CcsyncError(words))
            raise
        finally:
            try:
                if file is not None:
                    file.write(report)
            finally:
                if heartbeat is not None:
                    heartbeat.end(report)
                if request is not None and request.is_usual:
                    _send_telemetry(session, report)
    if report.exit:
        sys.exit(report.exit)


def _settings_file(session: Session) -> Path | None:
    """Say which file holds the settings, if there is one; what is wrong is said when it is read."""
    try:
        path = session.settings_file()
    except SettingsError:
        return None
    return path if path.exists() else None


def _heartbeat(session: Session, request: Request) -> Heartbeat | None:
    """Give the heartbeat of a usual run, if somebody listens."""
    settings = session.loaded().settings.heartbeat
    if settings is None or not request.is_usual:
        return None
    from ccsync.heartbeat import Heartbeat

    return Heartbeat(settings, session.runtime, session.run_id)


def run_job(
    session: Session,
    request: Request,
    only: Sequence[str] = (),
    *,
    for_people: bool = False,
    report: Report | None = None,
    heartbeat: Heartbeat | None = None,
) -> Report:
    """Run, showing what happens: to people on a terminal, or if `for_people`; else in the log.

    `report` takes what becomes of it, and `heartbeat` hears of its start.
    """
    # Records hold no cycles, and there are millions: looking for cycles among them, as often as
    # Python does by default, takes a fifth of the time.
    gc.freeze()
    gc.set_threshold(200_000, 20, 20)
    log = session.log
    loaded = session.loaded()
    rules, now = loaded.settings.sync, session.runtime.now()
    # A plan for nobody: days that cannot be asked for are refused before anything is touched.
    make_plan(now=now, rules=rules, start=rules.start.date or now.date(), request=request, sinks={})
    job = Job(
        loaded,
        runtime=session.runtime,
        run_id=session.run_id,
        request=request,
        only=only,
        report=report,
    )
    kinds = {loaded.settings.sinks[taker.name].type for taker in job.takers}
    on_terminal = sys.stderr.isatty() and session.log_format != "json"
    # A bar and the lines of the stdout sink would write over each other.
    with_bar = on_terminal and not ("stdout" in kinds and sys.stdout.isatty())
    with contextlib.ExitStack() as stack:
        stack.enter_context(handled(session.runtime.stop))
        watcher = stack.enter_context(BarWatcher()) if with_bar else LogWatcher(log)
        report = job.run(watcher if heartbeat is None else heartbeat.watching(watcher))
    clock = job.source.clock
    if clock.is_worth_a_word and clock.refusal() is None:
        log.warning("clock.wrong", reason=f"{clock.difference}. {clock.fix}")
    if request.dry_run:
        _preview(job)
    if for_people or on_terminal:
        print_summary(report)
    else:
        _log_end(log, report)
    return report


def _send_telemetry(session: Session, report: Report) -> None:
    """Say how the run went, if somebody wants to know; that it fails is worth a line only."""
    try:
        settings = session.loaded().settings.telemetry
    except CcsyncError:
        return  # they are what ended the run
    if settings is None:
        return
    from ccsync.telemetry import points
    from ccsync.telemetry_export import send

    try:
        with handled(session.runtime.stop):
            reason = send(points(report, session.runtime.now()), settings)
    except Stopped:
        reason = "the process was asked to end meanwhile"
    if reason is not None:
        session.log.warning("telemetry.not_sent", reason=reason)


def _log_end(log: object, report: Report) -> None:
    facts: dict[str, object] = {
        "exit": int(report.exit),
        "days": len(report.days),
        "rows": report.rows,
        "requests": report.requests,
        "seconds": round((report.ended_at - report.started_at).total_seconds(), 3),
        **({} if report.shard is None else {"shard": report.shard}),
        "sinks": {
            sink: {kind.value: count for kind, count in counts.items()}
            for sink, counts in report.counts.items()
        },
    }
    problems = problem_lines(report)
    if problems:
        facts["problems"] = problems[:20]
    if remarks := remark_lines(report):
        facts["remarks"] = remarks[:20]
    getattr(log, "error" if report.exit else "info")("run.finished", **facts)


def _preview(job: Job) -> None:
    from ccsync.sink import Previewable

    for taker in job.takers:
        snapshot = taker.previewed
        if snapshot is None:
            continue
        try:
            if not isinstance(taker.sink, Previewable):
                continue
            with contained():
                shown = list(itertools.islice(taker.sink.preview(snapshot), _PREVIEW_LINES))
        except (Stopped, LeaseLost):
            raise
        except Exception as error:  # noqa: BLE001 - a sink's bug must not hide the others' days
            job.report.replace(taker.failure(snapshot.day, error))
            continue
        heading = f"{taker.name} would get, of {snapshot.day} ({snapshot.record_count} records):"
        click.echo(heading, err=True)
        for line in shown:
            click.echo(line)
