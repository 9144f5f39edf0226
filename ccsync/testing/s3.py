"""A double of S3: one bucket in one region, path style, objects that are read and replaced whole.

    with S3Double() as storage:
        os.environ |= storage.environ
        ...s3://state/prefix...

Conditions (If-Match, If-None-Match: 412, 404), permissions (403), regions and what is missing (404)
are answered as AWS does. A request has to be signed with our access key for the bucket's region;
of the signature itself only its form is looked at. Only what `s3://` states need.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Literal
from xml.sax.saxutils import escape

from ccsync.simulator.exchange import Answer
from ccsync.testing.buckets import BucketDouble, Call, Fault, Stored

__all__ = ["Fault", "S3Double"]

_SIGNED = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/\d{8}/([^/]*)/s3/aws4_request, "
    r"SignedHeaders=([a-z0-9;-]+), Signature=[0-9a-f]{64}"
)


class _RefusalError(Exception):
    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class S3Double(BucketDouble):
    """One bucket. Permissions to deny: s3:GetObject, s3:PutObject and s3:ListBucket."""

    region = "eu-west-1"
    key_id = "AKIAIOSFODNN7EXAMPLE"
    secret = "a-secret-of-nobody"  # noqa: S105
    session_token: str = ""
    """Needed with each request if it is not empty; an expired one is another."""

    concurrent = False
    """Whether somebody else is just writing: conditional writes are then told to try again."""

    @property
    def environ(self) -> Mapping[str, str]:
        """What a client needs in its environment."""
        return {
            "AWS_ENDPOINT_URL": self.address,
            "AWS_REGION": self.region,
            "AWS_ACCESS_KEY_ID": self.key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret,
        }

    def __enter__(self) -> S3Double:
        """Give the double."""
        return self

    def _version(self, number: int, content: bytes) -> str:  # noqa: ARG002
        return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'

    def _refused(self, kind: Literal["throttled", "unavailable"]) -> Answer:
        if kind == "throttled":
            return _error(_RefusalError(503, "SlowDown", "Please reduce your request rate."))
        return _error(_RefusalError(500, "InternalError", "We encountered an internal error."))

    def _served(self, call: Call) -> Answer:
        name = "/".join(call.path[1:])
        try:
            self._enter(call)
            match call.method:
                case "GET":
                    return self._download(name)
                case "PUT":
                    return self._upload(call, name)
                case _:
                    return _error(_RefusalError(405, "MethodNotAllowed", "not allowed here"))
        except _RefusalError as refusal:
            return _error(refusal)

    def _enter(self, call: Call) -> None:
        signed = _SIGNED.fullmatch(call.headers.get("authorization", ""))
        if signed is None:
            raise _RefusalError(403, "AccessDenied", "Access Denied")
        key_id, region, headers = signed.groups()
        if key_id != self.key_id:
            message = "The AWS Access Key Id you provided does not exist in our records."
            raise _RefusalError(403, "InvalidAccessKeyId", message)
        if call.headers.get("x-amz-security-token", "") != self.session_token:
            raise _RefusalError(400, "ExpiredToken", "The provided token has expired.")
        if region != self.region:
            message = f"The authorization header is malformed; the region '{region}' is wrong; "
            message += f"expecting '{self.region}'"
            raise _RefusalError(400, "AuthorizationHeaderMalformed", message)
        if call.path[0] != self.bucket:
            raise _RefusalError(404, "NoSuchBucket", "The specified bucket does not exist")
        conditions = {"if-match", "if-none-match"} & set(call.headers)
        digest = hashlib.sha256(call.body).hexdigest()
        if conditions - set(headers.split(";")) or (
            call.headers.get("x-amz-content-sha256") != digest
        ):
            message = "The request signature we calculated does not match the one you provided."
            raise _RefusalError(403, "SignatureDoesNotMatch", message)

    def _require(self, permission: str, name: str) -> None:
        if permission in self.denied:
            raise _RefusalError(
                403,
                "AccessDenied",
                f"User: arn:aws:iam::111122223333:user/ccsync is not authorized to perform: "
                f'{permission} on resource: "arn:aws:s3:::{self.bucket}/{name}" because no '
                f"identity-based policy allows the {permission} action",
            )

    def _download(self, name: str) -> Answer:
        self._require("s3:GetObject", name)
        found = self.objects.get(name)
        if found is None:
            self._require("s3:ListBucket", name)
            raise _RefusalError(404, "NoSuchKey", "The specified key does not exist.")
        modified = ("last-modified", "Sun, 22 Nov 2026 12:00:00 GMT")
        headers = (("etag", found.version), modified, *found.metadata.items())
        return Answer(200, found.content, headers)

    def _upload(self, call: Call, name: str) -> Answer:
        self._require("s3:PutObject", name)
        self._compare(call, self.objects.get(name))
        metadata = {
            key: value for key, value in call.headers.items() if key.startswith("x-amz-meta-")
        }
        made = self._store(name, call.body, **metadata)
        return Answer(200, b"", (("etag", made.version),))

    def _compare(self, call: Call, found: Stored | None) -> None:
        absent, expected = call.headers.get("if-none-match"), call.headers.get("if-match")
        if self.ignores_conditions or (absent is None and expected is None):
            return
        if self.concurrent:
            message = "The conditional request cannot succeed due to a conflicting operation."
            raise _RefusalError(409, "ConditionalRequestConflict", message)
        if absent not in {None, "*"}:
            raise _RefusalError(501, "NotImplemented", "A header you provided is not implemented")
        if expected is not None and found is None:
            raise _RefusalError(404, "NoSuchKey", "The specified key does not exist.")
        if (absent and found is not None) or (
            expected is not None and found is not None and expected != found.version
        ):
            message = "At least one of the pre-conditions you specified did not hold"
            raise _RefusalError(412, "PreconditionFailed", message)


def _error(refusal: _RefusalError) -> Answer:
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{refusal.code}</Code><Message>{escape(refusal.message)}</Message>"
        "<RequestId>0A1B2C3D4E5F6071</RequestId></Error>"
    )
    return Answer(refusal.status, body.encode(), content_type="application/xml")
