"""Queries as requests ask for them, and what jobs.query and jobs.getQueryResults answer.

Source: the REST types `QueryRequest`, `QueryResponse` and `GetQueryResultsResponse`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ccsync.testing.bigquery.errors import ApiError
from ccsync.testing.bigquery.job import Job, query_statistics
from ccsync.testing.bigquery.outcome import Outcome
from ccsync.testing.bigquery.parameters import Parameters
from ccsync.testing.bigquery.queries import Query
from ccsync.testing.bigquery.resources import copied
from ccsync.testing.bigquery.results import Timestamps, page
from ccsync.testing.bigquery.sql import invalid_query

_UNKNOWN = ("destinationTable", "tableDefinitions", "userDefinedFunctionResources", "clustering")
"""What a query may be asked to do besides, and what would be wrong to leave out in silence."""


@dataclass(frozen=True)
class Asked:
    """A query in a request; it is read, and may be refused, when it is called."""

    project: str
    said: Mapping[str, Any] = field(repr=False)
    """A `QueryRequest`, or `configuration.query` of a job."""

    location: str

    @property
    def text(self) -> str:
        """The SQL."""
        return str(self.said.get("query") or "")

    def __call__(self, *, dry_run: bool = False) -> Query:
        """Give the query.

        Raises:
            ApiError: 400, legacy SQL or a wrong parameter; 501, what this double does not do.
        """
        said = self.said
        if said.get("useLegacySql", True):
            raise invalid_query("this double knows no legacy SQL: set useLegacySql to false")
        for name in _UNKNOWN:
            if said.get(name):
                raise ApiError(501, "notImplemented", f"this double knows no {name} of a query")
        parameters = Parameters(said.get("queryParameters") or (), said.get("parameterMode") or "")
        default = said.get("defaultDataset")
        return Query(self.text, self.project, parameters, default, self.location, dry_run)


def response(kind: str, job: Job, asked: Mapping[str, Any], form: Timestamps) -> dict[str, Any]:
    """Answer with a page of a query's result, or say that it is not complete.

    Args:
        kind: of the answer.
        job: a query.
        asked: `maxResults`, `pageToken` and `startIndex` of the request.
        form: how points in time are written.

    Raises:
        ApiError: the job failed.
    """
    said: dict[str, Any] = {
        "kind": kind,
        "etag": f"results-{job.name}",
        "jobReference": job.reference(),
        "jobComplete": job.done,
    }
    if job.error is not None:
        raise job.error
    if not isinstance(job.outcome, Outcome):
        return said
    outcome = job.outcome
    said |= {"totalBytesProcessed": str(outcome.bytes), "cacheHit": False}
    if outcome.affected is not None:
        said["numDmlAffectedRows"] = str(outcome.affected)
        said["dmlStats"] = query_statistics(outcome)["dmlStats"]
    if outcome.fields is None:
        return said
    said["schema"] = {"fields": outcome.fields}
    return said | page(outcome.fields, outcome.rows, asked, form)


def dry_response(asked: Asked, outcome: Outcome) -> dict[str, Any]:
    """Answer jobs.query of a dry run: the schema and the bytes it would process."""
    return {
        "kind": "bigquery#queryResponse",
        "schema": {"fields": outcome.fields or []},
        "jobReference": {"projectId": asked.project, "location": asked.location},
        "totalBytesProcessed": str(outcome.bytes),
        "jobComplete": True,
        "cacheHit": False,
    }


def dry_job(asked: Asked, outcome: Outcome, job: Mapping[str, Any]) -> dict[str, Any]:
    """Answer jobs.insert of a dry run; such a job is not kept."""
    reference = {**job.get("jobReference", {}), "projectId": asked.project}
    statistics = query_statistics(outcome)
    if outcome.fields is not None:
        statistics["schema"] = {"fields": outcome.fields}
    return {
        "kind": "bigquery#job",
        "jobReference": {**reference, "location": asked.location},
        "configuration": {**copied(job["configuration"]), "jobType": "QUERY"},
        "status": {"state": "DONE"},
        "statistics": {"totalBytesProcessed": str(outcome.bytes), "query": statistics},
    }
