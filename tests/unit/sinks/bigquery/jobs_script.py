"""The official client on a script: what each request is answered with, and what was asked."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import parse_qs, urlsplit

import requests
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from requests.adapters import BaseAdapter

from ccsync.testing.contract.context import ContractContext
from ccsync_bigquery.jobs import Jobs
from ccsync_bigquery.names import Place
from ccsync_bigquery.service import Service

PLACE = Place("my-project", "usage")
URL = "http://127.0.0.1:1"


class Asked(NamedTuple):
    """One request."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Said(NamedTuple):
    """One answer."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = {}


Answer: TypeAlias = Said | Exception | Callable[[Asked], Said]


def refusal(status: int, reason: str, message: str = "no") -> Said:
    error = {"code": status, "message": message, "errors": [{"reason": reason, "message": message}]}
    return Said({"error": error}, status)


class Script(BaseAdapter):
    """Gives the next answer of those for a request's kind; the last of them again and again."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Asked] = []
        self.answers: dict[str, list[Answer]] = {}

    def on(self, kind: str, *answers: Answer) -> None:
        self.answers[kind] = list(answers)

    def of(self, kind: str) -> list[Asked]:
        return [one for one in self.asked if kind_of(one) == kind]

    def send(
        self, request: requests.PreparedRequest, *_args: Any, **_options: Any
    ) -> requests.Response:
        parts = urlsplit(str(request.url))
        body = request.body or b""
        asked = Asked(
            str(request.method),
            parts.path,
            parse_qs(parts.query),
            dict(request.headers),
            body.encode() if isinstance(body, str) else body,
        )
        self.asked.append(asked)
        kind = kind_of(asked)
        assert kind in self.answers, f"nobody said what to answer to {kind}"
        waiting = self.answers[kind]
        answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if isinstance(answer, Exception):
            raise answer
        said = answer if isinstance(answer, Said) else answer(asked)
        response = requests.Response()
        response.status_code = said.status
        response.headers.update({"content-type": "application/json", **said.headers})
        response.raw = io.BytesIO(json.dumps(said.body).encode())
        response.request = request
        response.url = str(request.url)
        return response

    def close(self) -> None:
        pass


def kind_of(asked: Asked) -> str:
    """Name the method of the API."""
    path = asked.path
    if path.startswith("/upload/"):
        return "upload.begin" if asked.method == "POST" else "upload.send"
    if "/queries" in path:
        return "jobs.query" if asked.method == "POST" else "jobs.getQueryResults"
    if "/jobs" in path:
        return "jobs.insert" if asked.method == "POST" else "jobs.get"
    return "tables.get" if "/tables/" in path else "datasets.get"


class Bench:
    """Jobs on a script."""

    def __init__(self, *, location: str | None = "EU") -> None:
        self.script = Script()
        self.context = ContractContext()
        self.service = Service(
            place=PLACE,
            context=self.context,
            make_client=self._client,
            billing="my-billing",
            location=location,
        )
        self.jobs = Jobs(self.service, self.context)

    @property
    def pauses(self) -> list[float]:
        return self.context._runtime.pauses  # pyright: ignore[reportPrivateUsage]

    def _client(self) -> bigquery.Client:
        session = requests.Session()
        session.mount("http://", self.script)
        anonymous: Any = AnonymousCredentials
        return bigquery.Client(
            project="my-billing",
            credentials=anonymous(),
            client_options={"api_endpoint": URL},
            _http=session,
        )


_REFERENCE = {"projectId": "my-billing", "jobId": "the-job", "location": "EU"}


def job(state: str = "DONE", kind: str = "load", **status: Any) -> Said:
    """Make an answer of `jobs.get`."""
    configuration: dict[str, Any] = {"jobType": kind.upper(), kind: {}}
    if kind == "query":
        configuration["query"]["query"] = "DELETE"
    else:
        configuration["load"]["destinationTable"] = {
            "projectId": PLACE.project,
            "datasetId": PLACE.dataset,
            "tableId": "usage_raw",
        }
    return Said(
        {
            "jobReference": _REFERENCE,
            "configuration": configuration,
            "status": {"state": state, **status},
        }
    )


def failed(reason: str, message: str, *details: str, kind: str = "load") -> Said:
    """Make an answer of `jobs.get` for a job that failed."""
    errors = [{"reason": reason, "message": one} for one in (details or (message,))]
    return job("DONE", kind, errorResult={"reason": reason, "message": message}, errors=errors)


def rows(columns: Mapping[str, str], *values: tuple[Any, ...], **more: Any) -> Said:
    """Make an answer of a query that is done."""
    fields = [{"name": name, "type": kind, "mode": "NULLABLE"} for name, kind in columns.items()]
    return Said(
        {
            "jobComplete": True,
            "jobReference": _REFERENCE,
            "schema": {"fields": fields},
            "totalRows": str(len(values)),
            "rows": [{"f": [{"v": value} for value in row]} for row in values],
            **more,
        }
    )


NOT_YET = Said({"jobComplete": False, "jobReference": _REFERENCE})
