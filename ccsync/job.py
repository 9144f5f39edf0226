"""From loaded settings to the parts of a run: source, state, takers."""

from __future__ import annotations

import datetime as dt
import os
import socket
from collections.abc import Iterator, Mapping, Sequence

from ccsync import USER_AGENT, __version__
from ccsync.delivery import Taker
from ccsync.engine import sync
from ccsync.errors import SettingsError
from ccsync.plan import Request
from ccsync.privacy import Privacy
from ccsync.report import Report, Watcher
from ccsync.runtime import Runtime
from ccsync.settings.load import Loaded, effective_privacy
from ccsync.shard import INDEX, Shard
from ccsync.source import Source
from ccsync.state.session import StateSession
from ccsync.state.store import open_state


def holder_name(
    run_id: str, *, environ: Mapping[str, str] = os.environ, shard: Shard | None = None
) -> str:
    """Name who holds a lease.

    `CCSYNC_HOLDER` where something starts a run again under another process id and should be its
    heir at once (a Kubernetes Job); in an Indexed Job `JOB_NAME` does as well, if the pod is told
    it. Else the machine, the process and what tells this run from others: containers on a host's
    network, and those of some serverless platforms, all have one host name and process id 1, and
    a run that lives has no heirs. The pods of an Indexed Job, and shards, run side by side:
    none is another's heir, so their numbers are part of the name.
    """
    index = environ.get(INDEX, "")
    # Without an index JOB_NAME proves nothing: CI systems set it, too.
    name = environ.get("CCSYNC_HOLDER") or (environ.get("JOB_NAME") if index else "")
    if not name:
        name = f"{socket.gethostname()}/{os.getpid()}/{run_id.rpartition('-')[2]}"
    elif index and not name.endswith(f"/{index}"):
        name = f"{name}/{index}"
    return name if shard is None else f"{name} (shard {shard})"


class Job:
    """Everything that one run needs, put together; nothing is connected yet."""

    def __init__(
        self,
        loaded: Loaded,
        *,
        runtime: Runtime,
        run_id: str,
        request: Request | None = None,
        only: Sequence[str] = (),
        read_only: bool = False,
        report: Report | None = None,
    ) -> None:
        """Take the settings; `only` names the sinks that take part, all of them if it is empty.

        What becomes of the run goes into `report`, so that who gave it has it after a crash, too.

        Raises:
            SettingsError: a sink was named that is not in the settings, or the state is not known.
        """
        settings = loaded.settings
        unknown = [name for name in only if name not in settings.sinks]
        if unknown:
            raise SettingsError(
                f"--sink {unknown[0]}: no such sink in {loaded.path}; there are "
                + ", ".join(sorted(settings.sinks))
            )
        self.settings = settings
        self.runtime = runtime
        self.request = request or Request()
        self.report = report or Report(run_id, __version__, runtime.now())
        self.run_deadline = runtime.monotonic() + settings.sync.deadline
        self.state = StateSession(
            open_state(settings.state),
            runtime,
            run_id=run_id,
            holder=holder_name(run_id, shard=self.request.shard),
            read_only=read_only or self.request.dry_run,
        )
        self.source = Source(
            settings.source,
            runtime,
            settle_after_days=settings.sync.settle_after_days,
            deadline=self.run_deadline,
            while_waiting=self.state.proceed,
        )
        policies: dict[str, Privacy] = {}
        self.takers: list[Taker] = []
        for name, config in settings.sinks.items():
            if only and name not in only:
                continue
            policy = Privacy(effective_privacy(settings, name))
            # Sinks under equal policies share one object, and so the work of applying it.
            policy = policies.setdefault(policy.shape, policy)
            taker = Taker(
                name=name,
                config=config,
                plugin=loaded.plugins[name],
                privacy=policy,
                state=self.state,
                request=self.request,
                runtime=runtime,
                run_id=run_id,
                user_agent=USER_AGENT,
                run_deadline=self.run_deadline,
            )
            self.takers.append(taker)
        self.report.sinks = [taker.name for taker in self.takers]

    def run(self, watcher: Watcher) -> Report:
        """Do the job; the report says what became of it."""
        self.source.watched_by(watcher.paced)
        try:
            return sync(
                source=self.source,
                takers=self.takers,
                state=self.state,
                rules=self.settings.sync,
                request=self.request,
                runtime=self.runtime,
                run_deadline=self.run_deadline,
                report=self.report,
                watcher=watcher,
            )
        finally:
            self.report.requests = self.source.stats.requests
            self.report.acknowledged = dict(self._acknowledged())
            self.source.close()

    def _acknowledged(self) -> Iterator[tuple[str, dt.datetime]]:
        """Give the newest fetch that each tracked sink has acknowledged, in this run or before."""
        for taker in self.takers:
            if taker.tracked:
                entries = taker.need.entries
                days = {*entries, *self.report.days}
                lines = [self.state.entry(taker.name, day).line for day in days]
                known = [line.fetched_at for line in lines if line is not None]
                if known:
                    yield taker.name, max(known)
