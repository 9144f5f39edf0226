"""The API server's errors: objects of kind Status, worded as it words them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ccsync.simulator.exchange import Answer

RESOURCE = "configmaps"


class Refusal(Exception):
    """A request that is answered with a Status."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        *,
        name: str = "",
        causes: tuple[tuple[str, str, str], ...] = (),
        retry_after: int | None = None,
    ) -> None:
        """Take what the Status says; causes are (reason, message, field)."""
        super().__init__(message)
        details: dict[str, Any] = {"name": name} if name else {}
        if name or code == 403:
            details["kind"] = "ConfigMap" if causes else RESOURCE
        if causes:
            details["causes"] = [
                {"reason": why, "message": said, "field": where} for why, said, where in causes
            ]
        if retry_after is not None:
            details["retryAfterSeconds"] = retry_after
        self.code = code
        self.retry_after = retry_after
        self.status: Mapping[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
            "reason": reason,
            **({"details": details} if details else {}),
            "code": code,
        }

    @property
    def answer(self) -> Answer:
        """The Status as it is sent."""
        headers = () if self.retry_after is None else (("retry-after", str(self.retry_after)),)
        return Answer(self.code, msgspec.json.encode(self.status), headers)


def bad_request(message: str) -> Refusal:
    """The request cannot be read."""
    return Refusal(400, "BadRequest", message)


def unauthorized() -> Refusal:
    """Nobody knows the token; not a word more is said."""
    return Refusal(401, "Unauthorized", "Unauthorized")


def forbidden(user: str, verb: str, namespace: str, name: str) -> Refusal:
    """RBAC allows no such thing."""
    what = f'{RESOURCE} "{name}"' if name else RESOURCE
    return Refusal(
        403,
        "Forbidden",
        f'{what} is forbidden: User "{user}" cannot {verb} resource "{RESOURCE}" in API group "" '
        f'in the namespace "{namespace}"',
        name=name,
    )


def not_found(name: str) -> Refusal:
    """There is none of that name."""
    return Refusal(404, "NotFound", f'{RESOURCE} "{name}" not found', name=name)


def no_such_path() -> Refusal:
    """There is no such resource."""
    return Refusal(404, "NotFound", "the server could not find the requested resource")


def conflict(name: str) -> Refusal:
    """The version named is not the newest."""
    return _conflict(
        name,
        "the object has been modified; please apply your changes to the latest version and "
        "try again",
    )


def another_object(namespace: str, name: str, wanted: str, found: str) -> Refusal:
    """The object was made anew: it has another uid."""
    return _conflict(
        name,
        f"StorageError: invalid object, Code: 4, Key: /registry/{RESOURCE}/{namespace}/{name}, "
        "ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: "
        f"{wanted}, UID in object meta: {found}",
    )


def invalid(name: str, *faults: tuple[str, str, str, str]) -> Refusal:
    """It does not take the object; faults are (field, kind of fault, value shown, detail)."""
    words = [
        f"{field}: {kind}: {value + ': ' if value else ''}{detail}"
        for field, kind, value, detail in faults
    ]
    text = words[0] if len(words) == 1 else f"[{', '.join(words)}]"
    return Refusal(
        422,
        "Invalid",
        f'ConfigMap "{name}" is invalid: {text}',
        name=name,
        causes=tuple(
            (f"FieldValue{kind.title().replace(' ', '')}", f"{kind}: {detail}", field)
            for field, kind, _, detail in faults
        ),
    )


def _conflict(name: str, why: str) -> Refusal:
    return Refusal(
        409,
        "Conflict",
        f'Operation cannot be fulfilled on {RESOURCE} "{name}": {why}',
        name=name,
    )


def too_large_request(limit: int) -> Refusal:
    """The body is longer than any may be."""
    return Refusal(413, "RequestEntityTooLarge", f"Request entity too large: limit is {limit}")


def unsupported_media_type() -> Refusal:
    """The body is announced as something that is not JSON."""
    return Refusal(
        415,
        "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types include: "
        "application/json, application/yaml, application/vnd.kubernetes.protobuf",
    )


def throttled(seconds: int) -> Refusal:
    """Too much is asked of it."""
    return Refusal(
        429,
        "TooManyRequests",
        "The apiserver is currently throttling requests, please try again later.",
        retry_after=seconds,
    )


def unavailable() -> Refusal:
    """It is there and cannot."""
    return Refusal(
        503, "ServiceUnavailable", "the server is currently unable to handle the request"
    )
