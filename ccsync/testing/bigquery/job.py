"""One job: its states, and its resource as the REST type `Job` describes it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ccsync.testing.bigquery.clock import Clock
from ccsync.testing.bigquery.errors import ApiError
from ccsync.testing.bigquery.loads import Loaded, LoadFailedError
from ccsync.testing.bigquery.outcome import Outcome
from ccsync.testing.bigquery.resources import copied
from ccsync.testing.bigquery.storage import Key

Work: TypeAlias = Callable[[], "Outcome | Loaded"]

_MEBIBYTE = 2**20
_LEAST_PER_TABLE = 10 * _MEBIBYTE


@dataclass
class Job:
    """One job; what it is to do is done when it ends, and not before."""

    project: str
    name: str
    location: str
    configuration: dict[str, Any] = field(repr=False)
    work: Work = field(repr=False)
    clock: Clock = field(repr=False)
    waits: int = 0
    """How many more times it is RUNNING when it is asked for."""

    fails_with: ApiError | None = None
    """It ends with this and does nothing."""

    outcome: Outcome | Loaded | None = None
    error: ApiError | None = None
    created: int = 0
    ended: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def __post_init__(self) -> None:
        """Note when it was made."""
        self.created = self.clock.milliseconds()

    def begin(self) -> None:
        """Let it run; it ends at once if it does not wait."""
        with self._lock:
            if not self.done and self.waits <= 0:
                self._end()

    @property
    def done(self) -> bool:
        """Whether it has ended, well or not."""
        return self.outcome is not None or self.error is not None

    def ask(self) -> None:
        """Count one look at it; it ends when it has waited long enough."""
        with self._lock:
            if not self.done:
                self.waits -= 1
                if self.waits <= 0:
                    self._end()

    def finish(self) -> None:
        """End it now."""
        with self._lock:
            if not self.done:
                self._end()

    def cancel(self) -> None:
        """End it without doing anything, if it has not ended."""
        with self._lock:
            if not self.done:
                sorry = "Job execution was cancelled: User requested cancellation"
                self.fails_with = ApiError(499, "stopped", sorry)
                self._end()

    def _end(self) -> None:
        self.ended = self.clock.milliseconds()
        if self.fails_with is not None:
            self.error = self.fails_with
            return
        try:
            self.outcome = self.work()
        except ApiError as error:
            self.error = error
        except Exception as error:  # noqa: BLE001 - a client has to be told, and not to try again
            self.error = ApiError(400, "invalidQuery", f"the double itself failed: {error!r}", "q")

    def reference(self) -> dict[str, str]:
        """Give `jobReference`."""
        return {"projectId": self.project, "jobId": self.name, "location": self.location}

    def resource(self) -> dict[str, Any]:
        """Give the whole resource."""
        with self._lock:
            status: dict[str, Any] = {"state": "DONE" if self.done else "RUNNING"}
            if self.error is not None:
                status["errorResult"] = _proto(self.error)
                details = self.error.details if isinstance(self.error, LoadFailedError) else []
                status["errors"] = [_proto(one) for one in (self.error, *details)]
            return {
                "kind": "bigquery#job",
                "etag": f"job-{self.name}-{status['state']}",
                "id": f"{self.project}:{self.location}.{self.name}",
                "jobReference": self.reference(),
                "configuration": copied(self.configuration),
                "status": status,
                "statistics": self._statistics(),
            }

    def _statistics(self) -> dict[str, Any]:
        said: dict[str, Any] = {"creationTime": str(self.created), "startTime": str(self.created)}
        if self.done:
            said["endTime"] = str(self.ended)
        match self.outcome:
            case Outcome():
                said["totalBytesProcessed"] = str(self.outcome.bytes)
                said["query"] = query_statistics(self.outcome)
            case Loaded():
                said["load"] = {
                    "inputFiles": "1",
                    "inputFileBytes": str(self.outcome.bytes),
                    "outputRows": str(self.outcome.rows),
                    "outputBytes": str(self.outcome.bytes),
                    "badRecords": str(self.outcome.bad),
                }
            case None:
                pass
        return said


def query_statistics(outcome: Outcome) -> dict[str, Any]:
    """Give `statistics.query`.

    Billed are at least 10 MB for each table that is read, rounded up to the next MB ("BigQuery
    pricing": on-demand queries).
    """
    least = _LEAST_PER_TABLE * len(outcome.read) if outcome.bytes or outcome.read else 0
    said: dict[str, Any] = {
        "statementType": outcome.statement,
        "totalBytesProcessed": str(outcome.bytes),
        "totalBytesBilled": str(-(-max(least, outcome.bytes) // _MEBIBYTE) * _MEBIBYTE),
        "cacheHit": False,
        "referencedTables": _references(sorted(outcome.read)),
    }
    if outcome.affected is not None:
        said["numDmlAffectedRows"] = str(outcome.affected)
        verb = {"INSERT": "inserted", "UPDATE": "updated"}.get(outcome.statement, "deleted")
        said["dmlStats"] = {f"{verb}RowCount": str(outcome.affected)}
    if outcome.operation:
        said["ddlOperationPerformed"] = outcome.operation
        if outcome.target is not None:
            said["ddlTargetTable"] = _references([outcome.target])[0]
    return said


def _references(keys: Iterable[Key]) -> list[dict[str, str]]:
    return [
        {"projectId": project, "datasetId": dataset, "tableId": table}
        for project, dataset, table in keys
    ]


def _proto(error: ApiError) -> dict[str, str]:
    said = error.proto()
    # In a job's status the query is called by its name, in an HTTP answer by its parameter's.
    return {**said, "location": "query"} if said.get("location") == "q" else said
