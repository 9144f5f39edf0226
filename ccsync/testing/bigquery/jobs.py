"""jobs.query, jobs.insert, jobs.get, jobs.getQueryResults, jobs.cancel, and uploads of load jobs.

Where BigQuery answers a wrong query: jobs.query and a dry run with an HTTP error; jobs.insert with
200 and a job that has an `errorResult`; jobs.getQueryResults of that job with the HTTP error again.
"""

from __future__ import annotations

import functools
import json
import threading
from collections.abc import Mapping
from typing import Any, TypeAlias

from ccsync.testing.bigquery.access import Access
from ccsync.testing.bigquery.catalog import Catalog
from ccsync.testing.bigquery.clock import Clock
from ccsync.testing.bigquery.errors import ApiError, already_exists, invalid, not_found
from ccsync.testing.bigquery.job import Job, Work
from ccsync.testing.bigquery.loads import Loads, destination
from ccsync.testing.bigquery.queries import Queries
from ccsync.testing.bigquery.resources import part
from ccsync.testing.bigquery.responses import Asked, dry_job, dry_response, response
from ccsync.testing.bigquery.results import timestamps
from ccsync.testing.bigquery.storage import Key, Storage
from ccsync.testing.bigquery.uploads import Uploads, header, job_of, multipart

Answer: TypeAlias = tuple[int, dict[str, str], bytes]
"""Status, headers and body."""

_CREATE = "bigquery.jobs.create"
_JSON = {"Content-Type": "application/json; charset=UTF-8"}
_EVERYWHERE = ("US", "EU")
"""Locations that a request for a job may leave out."""


class Jobs:
    """The jobs of all projects; safe for threads."""

    def __init__(self, storage: Storage, catalog: Catalog, clock: Clock, access: Access) -> None:
        """Run jobs over the tables of a catalog."""
        self._catalog = catalog
        self._clock = clock
        self._access = access
        self._queries = Queries(storage, catalog, clock, access)
        self._loads = Loads(storage, catalog, clock, access)
        self._uploads = Uploads()
        self._lock = threading.RLock()
        self._jobs: dict[tuple[str, str], Job] = {}
        self._requests: dict[tuple[str, str], Job] = {}
        self._failures: list[ApiError] = []
        self._count = 0
        self.polls = 0
        """How often a new job is RUNNING when it is asked for, before it does its work and ends."""

    def count_bytes(self, yes: bool) -> None:
        """Say whether queries tell what they scanned: half of the double's time."""
        self._queries.counts_bytes = yes

    def keep_running(self, polls: int) -> None:
        """Let every job from now on be RUNNING so many times; 0 ends them at once again."""
        self.polls = polls

    def fail_next(self, error: ApiError, *, times: int = 1) -> None:
        """Let the next jobs end with an error and do nothing.

        Args:
            error: such as `ApiError(503, "backendError", "...")`; the status is that of
                getQueryResults and jobs.query.
            times: how many jobs.
        """
        with self._lock:
            self._failures += [error] * times

    def succeed(self) -> None:
        """Let no further job fail on demand."""
        with self._lock:
            self._failures.clear()

    def finish(self) -> None:
        """End every job that is RUNNING."""
        for job in self.all():
            job.finish()

    def all(self) -> list[Job]:
        """Give the jobs so far, in the order they were made."""
        with self._lock:
            return list(self._jobs.values())

    def handle(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes,
    ) -> Answer:
        """Answer a request; `path` begins with /bigquery/v2/ or /upload/bigquery/v2/."""
        try:
            answer = self._answer(method, path, query, headers, body)
        except ApiError as error:
            return error.status, dict(_JSON), json.dumps(error.body()).encode()
        return (
            answer if isinstance(answer, tuple) else (200, dict(_JSON), json.dumps(answer).encode())
        )

    def _answer(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes,
    ) -> dict[str, Any] | Answer:
        front, _, rest = path.partition("/bigquery/v2/projects/")
        project, kind, *more = [*rest.strip("/").split("/"), ""][:4]
        match (front, method, kind, [one for one in more if one]):
            case ("/upload", _, "jobs", []):
                return self._upload(method, project, query, headers, body)
            case ("", "POST", "queries", []):
                return self._query(project, job_of(body))
            case ("", "GET", "queries", [name]):
                return self._results(self._job(project, name, query), query)
            case ("", "POST", "jobs", []):
                return self._insert(project, job_of(body), None)
            case ("", "GET", "jobs", [name]):
                job = self._job(project, name, query)
                job.ask()
                return job.resource()
            case ("", "POST", "jobs", [name, "cancel"]):
                job = self._job(project, name, query)
                job.cancel()
                return {"kind": "bigquery#jobCancelResponse", "job": job.resource()}
            case _:
                raise ApiError(501, "notImplemented", f"this double knows no {method} {path}")

    def _query(self, project: str, asked: dict[str, Any]) -> dict[str, Any]:
        self._access.require(_CREATE, project)
        form = timestamps(asked.get("formatOptions") or {})
        query = self._asked(project, asked, asked.get("location"))
        if asked.get("dryRun"):
            return dry_response(query, self._queries.run(query(dry_run=True)))
        request = (project, str(asked.get("requestId") or ""))
        with self._lock:
            job = self._requests.get(request)
            if job is None:
                configuration = {"jobType": "QUERY", "query": {"query": query.text}}
                job = self._register(project, "", query.location, configuration, self._work(query))
                if request[1]:
                    self._requests[request] = job
        job.begin()
        return response("bigquery#queryResponse", job, asked, form)

    def _results(self, job: Job, asked: Mapping[str, str]) -> dict[str, Any]:
        options = {
            name.partition(".")[2]: value
            for name, value in asked.items()
            if name.startswith("formatOptions.")
        }
        if "query" not in job.configuration:
            raise invalid(f"Cannot get query results of a job that is no query: {job.name}")
        job.ask()
        return response("bigquery#getQueryResultsResponse", job, asked, timestamps(options))

    def _upload(
        self,
        method: str,
        project: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes,
    ) -> dict[str, Any] | Answer:
        match (method, query.get("uploadType")):
            case ("POST", "multipart"):
                job, media = multipart(header(headers, "content-type"), body)
                return self._insert(project, job, media)
            case ("POST", "resumable"):
                self._access.require(_CREATE, project)
                name = self._uploads.begin(body)
                address = (
                    f"http://{header(headers, 'host')}/upload/bigquery/v2/projects/{project}/jobs"
                    f"?uploadType=resumable&upload_id={name}"
                )
                return 200, {**_JSON, "Location": address, "X-GUploader-UploadID": name}, b"{}"
            case ("PUT", "resumable"):
                piece = header(headers, "content-range")
                got = self._uploads.put(query.get("upload_id", ""), piece, body)
                if isinstance(got, int):
                    return 308, {"Range": f"bytes=0-{got - 1}"} if got else {}, b""
                return self._insert(project, *got)
            case _:
                raise invalid(f"Invalid upload: {method} with uploadType {query.get('uploadType')}")

    def _insert(self, project: str, asked: dict[str, Any], media: bytes | None) -> dict[str, Any]:
        self._access.require(_CREATE, project)
        configuration = part(asked, "configuration")
        reference = part(asked, "jobReference")
        if "query" in configuration:
            query = self._asked(project, configuration["query"], reference.get("location"))
            kind, where, work = "QUERY", query.location, self._work(query)
            if configuration.get("dryRun"):
                return dry_job(query, self._queries.run(query(dry_run=True)), asked)
        elif "load" in configuration:
            load = part(configuration, "load")
            if media is None:
                raise ApiError(501, "notImplemented", "this double loads nothing of Cloud Storage")
            kind, where = "LOAD", reference.get("location") or self._location(destination(load)[0])
            work = functools.partial(self._loads.run, load, media)
        else:
            raise ApiError(501, "notImplemented", "this double runs query and load jobs only")
        done = {**configuration, "jobType": kind}
        job = self._register(project, reference.get("jobId") or "", where, done, work)
        job.begin()
        return job.resource()

    def _register(
        self, project: str, name: str, where: str, configuration: dict[str, Any], work: Work
    ) -> Job:
        with self._lock:
            if not name:
                self._count += 1
                name = f"job_{self._count:08d}"
            if (project, name) in self._jobs:
                raise already_exists(f"Job {project}:{where}.{name}")
            error = self._failures.pop(0) if self._failures else None
            job = Job(project, name, where, configuration, work, self._clock, self.polls, error)
            self._jobs[project, name] = job
            return job

    def _asked(self, project: str, said: Mapping[str, Any], location: str | None) -> Asked:
        """Read a query of a request; where it names no location, it runs where its data is."""
        where = location or self._queries.where(
            str(said.get("query") or ""), project, said.get("defaultDataset") or {}
        )
        return Asked(project, said, where)

    def _work(self, query: Asked) -> Work:
        return lambda: self._queries.run(query())

    def _job(self, project: str, name: str, query: Mapping[str, str]) -> Job:
        with self._lock:
            job = self._jobs.get((project, name))
        where = query.get("location")
        there = job is not None and (
            job.location.upper() == where.upper() if where else job.location in _EVERYWHERE
        )
        if job is None or not there:
            raise not_found(f"Job {project}:{where + '.' if where else ''}{name}")
        return job

    def _location(self, key: Key) -> str:
        try:
            return str(self._catalog.dataset(key[:2])["location"])
        except ApiError:
            return "US"
