"""How BigQuery says no: a status, a reason and a message, as one JSON body."""

from __future__ import annotations

from typing import Any

_STATUS_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    412: "FAILED_PRECONDITION",
    413: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


class ApiError(Exception):
    """A request that is refused; both halves of the double raise it, the server answers it."""

    def __init__(self, status: int, reason: str, message: str, location: str = "") -> None:
        """Say no.

        Args:
            status: of the HTTP answer.
            reason: BigQuery's word for it: `invalid`, `notFound`, `accessDenied`...
            message: for people.
            location: the field or parameter that is at fault, "" when there is none.
        """
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.message = message
        self.location = location

    def proto(self) -> dict[str, str]:
        """Give the error as it stands in lists of errors, a job's `errorResult` among them."""
        said = {"reason": self.reason, "message": self.message}
        return {**said, "location": self.location} if self.location else said

    def body(self) -> dict[str, Any]:
        """Give the body of the HTTP answer."""
        detail: dict[str, str] = {"domain": "global", **self.proto()}
        if self.location:
            detail["locationType"] = "parameter"
        error: dict[str, Any] = {"code": self.status, "message": self.message, "errors": [detail]}
        if self.status in _STATUS_NAMES:
            error["status"] = _STATUS_NAMES[self.status]
        return {"error": error}


def invalid(message: str, location: str = "") -> ApiError:
    """Refuse a request that makes no sense."""
    return ApiError(400, "invalid", message, location)


def not_found(what: str) -> ApiError:
    """Say that something is not there; `what` is "Table p:d.t" or "Dataset p:d"."""
    return ApiError(404, "notFound", f"Not found: {what}")


def already_exists(what: str) -> ApiError:
    """Say that something is there already; `what` is "Table p:d.t" or "Job p:US.id"."""
    return ApiError(409, "duplicate", f"Already Exists: {what}")
