"""A double of Cloud Storage's JSON API: one bucket, objects that are read and replaced whole.

    with GcsDouble() as storage:
        os.environ["STORAGE_EMULATOR_HOST"] = storage.address      # no login is used then
        ...gs://state/prefix...

Generations, their conditions (412), permissions (401, 403) and what is missing (404) are answered
as Google does; a download's errors are plain text, all others JSON. Only what `gs://` states need.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Literal

from ccsync.simulator.exchange import Answer
from ccsync.testing.buckets import BucketDouble, Call, Fault, Stored

__all__ = ["Fault", "GcsDouble"]

_FIRST_GENERATION = 1_763_800_000_000_000
_RATE = "The object {} exceeded the rate limit for object mutation operations (create, update, "
_CONDITION = "At least one of the pre-conditions you specified did not hold."


class _RefusalError(Exception):
    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status, self.reason, self.message = status, reason, message


class GcsDouble(BucketDouble):
    """One bucket. Permissions to deny: storage.objects.get, .list, .create and .delete."""

    account = "ccsync@my-project.iam.gserviceaccount.com"
    token: str | None = None
    """The bearer token that is valid; None: nobody has to log in."""

    policy: str = ""
    """What a policy of the organization says against writing, if it does."""

    def __enter__(self) -> GcsDouble:
        """Give the double."""
        return self

    def _version(self, number: int, content: bytes) -> str:  # noqa: ARG002
        return str(_FIRST_GENERATION + number)

    def _refused(self, kind: Literal["throttled", "unavailable"]) -> Answer:
        if kind == "throttled":
            message = _RATE.format(f"{self.bucket}/ledger") + "and delete)."
            return _json_error(_RefusalError(429, "rateLimitExceeded", message))
        return _json_error(_RefusalError(503, "backendError", "We encountered an internal error."))

    def _served(self, call: Call) -> Answer:
        try:
            match (call.method, call.path):
                case ("GET", ("storage", "v1", "b", bucket, "o", name)):
                    try:
                        self._enter(call, bucket)
                        return self._download(call, name)
                    except _RefusalError as refusal:
                        return _text_error(refusal)
                case ("POST", ("upload", "storage", "v1", "b", bucket, "o")):
                    self._enter(call, bucket)
                    return self._upload(call)
                case _:
                    return _json_error(_RefusalError(404, "notFound", "Not Found"))
        except _RefusalError as refusal:
            return _json_error(refusal)

    def _enter(self, call: Call, bucket: str) -> None:
        if self.token and call.headers.get("authorization") != f"Bearer {self.token}":
            raise _RefusalError(401, "authError", "Invalid Credentials")
        if bucket != self.bucket:
            raise _RefusalError(404, "notFound", "The specified bucket does not exist.")

    def _require(self, permission: str) -> None:
        if permission in self.denied:
            raise _RefusalError(
                403,
                "forbidden",
                f"{self.account} does not have {permission} access to the Google Cloud Storage "
                f"object. Permission '{permission}' denied on resource (or it may not exist).",
            )

    def _download(self, call: Call, name: str) -> Answer:
        if call.query.get("alt") != "media":
            raise _RefusalError(501, "notImplemented", "only alt=media is known here")
        self._require("storage.objects.get")
        found = self.objects.get(name)
        if found is None:
            self._require("storage.objects.list")
            raise _RefusalError(404, "notFound", f"No such object: {self.bucket}/{name}")
        return Answer(
            200,
            found.content,
            (
                ("x-goog-generation", found.version),
                ("x-goog-metageneration", "1"),
                ("x-goog-hash", f"crc32c=AAAAAA==,md5={_md5(found.content)}"),
            ),
            content_type="application/octet-stream",
        )

    def _upload(self, call: Call) -> Answer:
        name = call.query.get("name", "")
        if call.query.get("uploadType") != "media" or not name:
            raise _RefusalError(400, "required", "Required parameter: name, uploadType=media")
        self._require("storage.objects.create")
        found = self.objects.get(name)
        if found is not None:
            self._require("storage.objects.delete")
        if self.policy:
            raise _RefusalError(412, "conditionNotMet", self.policy)
        self._compare(call.query.get("ifGenerationMatch"), found)
        made = self._store(name, call.body)
        said = {
            "kind": "storage#object",
            "name": name,
            "bucket": self.bucket,
            "generation": made.version,
            "metageneration": "1",
            "size": str(len(made.content)),
            "md5Hash": _md5(made.content),
        }
        return Answer(200, json.dumps(said).encode())

    def _compare(self, expected: str | None, found: Stored | None) -> None:
        if expected is None or self.ignores_conditions:
            return
        if not expected.isdigit():
            raise _RefusalError(400, "invalid", f"Invalid value for: {expected} is not an integer")
        if expected != (found.version if found is not None else "0"):
            raise _RefusalError(412, "conditionNotMet", _CONDITION)


def _md5(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


def _text_error(refusal: _RefusalError) -> Answer:
    return Answer(refusal.status, refusal.message.encode(), content_type="text/html; charset=UTF-8")


def _json_error(refusal: _RefusalError) -> Answer:
    listed = [{"message": refusal.message, "domain": "global", "reason": refusal.reason}]
    error = {"code": refusal.status, "message": refusal.message, "errors": listed}
    return Answer(refusal.status, json.dumps({"error": error}).encode())
