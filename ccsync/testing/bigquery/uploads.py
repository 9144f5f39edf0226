"""Bodies of load jobs: configuration and lines in one request, or lines in pieces.

Source: "Uploading media" of the REST reference (multipart, resumable) as the official client uses
it: `uploadType=multipart` for small files, `resumable` for what it may have to try again.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from ccsync.testing.bigquery.errors import ApiError, invalid, not_found

_BOUNDARY = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)
_RANGE = re.compile(r"bytes (?:\*|(\d+)-(\d+))/(?:\*|(\d+))")


@dataclass
class _Session:
    job: dict[str, Any]
    received: bytearray = field(default_factory=bytearray, repr=False)


class Uploads:
    """The resumable uploads that are under way; safe for threads."""

    def __init__(self) -> None:
        """Start with none."""
        self._lock = threading.Lock()
        self._sessions: dict[str, _Session] = {}
        self._count = 0

    def begin(self, body: bytes) -> str:
        """Begin one with the job's resource; gives its id.

        Raises:
            ApiError: 400, no JSON.
        """
        job = job_of(body)
        with self._lock:
            self._count += 1
            name = f"upload-{self._count}"
            self._sessions[name] = _Session(job)
            return name

    def put(self, name: str, said: str, body: bytes) -> tuple[dict[str, Any], bytes] | int:
        """Take a piece.

        Args:
            name: of the upload.
            said: the request's Content-Range, "" for all at once.
            body: the piece.

        Returns:
            The job's resource and its lines when all is there, else how many bytes are.

        Raises:
            ApiError: 404, no such upload, or an upload that is complete; 400, a piece that does
                not follow the one before.
        """
        with self._lock:
            session = self._sessions.get(name)
            if session is None:
                raise not_found(f"Upload {name}")
            found = _RANGE.fullmatch(said)
            if said and found is None:
                raise invalid(f"Failed to parse Content-Range header: {said}")
            first, total = (found[1], found[3]) if found is not None else ("0", str(len(body)))
            if first is not None:
                if int(first) > len(session.received):
                    raise invalid(f"Invalid request: a piece from {first} on leaves a gap")
                session.received[int(first) :] = body
            if total is None or len(session.received) < int(total):
                return len(session.received)
            del self._sessions[name]
            return session.job, bytes(session.received)


def multipart(content_type: str, body: bytes) -> tuple[dict[str, Any], bytes]:
    """Read a multipart/related body: the job's resource and its lines.

    Raises:
        ApiError: 400, it is none.
    """
    boundary = _BOUNDARY.search(content_type)
    parts = body.split(b"--" + boundary[1].encode()) if boundary is not None else []
    if len(parts) != 4:
        raise ApiError(400, "badContent", "Multipart must have exactly two parts.")
    resource, media = (part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n") for part in parts[1:3])
    return job_of(resource), media


def job_of(body: bytes) -> dict[str, Any]:
    """Read a job's resource.

    Raises:
        ApiError: 400, no JSON object.
    """
    try:
        job: Any = json.loads(body)
    except ValueError:
        job = None
    if not isinstance(job, dict):
        raise ApiError(400, "parseError", "Invalid JSON payload received.")
    return cast("dict[str, Any]", job)


def header(headers: Mapping[str, str], name: str) -> str:
    """Give a header by its lower-case name, "" when it is not there."""
    return next((value for key, value in headers.items() if key.lower() == name), "")
