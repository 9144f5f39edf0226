"""From an answer, as http or grpc gives it, to a `Response`. No I/O; texts are not yet cleaned."""

from __future__ import annotations

import contextlib
import datetime as dt
import email.utils
import html
import math
import re
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlsplit

import msgspec

from ccsync_otlp.answers import complaint, is_permanent, speaks_of_loss
from ccsync_otlp.transport import Kind, Response

_BAD_REQUEST = frozenset((400, 422))
_TRY_AGAIN = frozenset((408, 425, 429))
_NOT_OFFERED = frozenset((501, 505))
_SAYS_YES = frozenset(("ok", "accepted", "success", "created"))
_SAYS_NO = frozenset(("error", "fail", "failed", "failure", "rejected", "denied"))

_GRPC_REFUSED = frozenset(("UNAUTHENTICATED", "PERMISSION_DENIED", "UNIMPLEMENTED", "NOT_FOUND"))
_GRPC_BAD = frozenset(("INVALID_ARGUMENT", "FAILED_PRECONDITION", "ALREADY_EXISTS"))
_GRPC_PROXIED = re.compile(r"http2? (?:header with )?status:? (\d{3})", re.IGNORECASE)


def of_http(status: int, headers: Mapping[str, str], body: bytes, now: dt.datetime) -> Response:
    """Classify an answer over HTTP.

    Args:
        status: as it came.
        headers: by lower-case name.
        body: decompressed, at least its beginning.
        now: in UTC, for a `Retry-After` that names a moment when no `Date` came along.
    """
    name = f"HTTP {status}"
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    page = content_type == "text/html" or body[:200].lstrip().lower().startswith(
        (b"<!doc", b"<html")
    )
    if 200 <= status < 300:
        return _of_good(name, content_type, body, page=page)
    text = _page_title(body) if page else _error_text(content_type, body)
    if status < 400:
        return Response("refused", name, _redirected(headers.get("location", "")))
    kind: Kind = "refused"
    if status == 413:
        kind = "too_large"
    elif status in _BAD_REQUEST:
        kind = _bad_request(text)
    elif status in _TRY_AGAIN or (status >= 500 and status not in _NOT_OFFERED):
        kind = _bad_request(text) if status == 500 and is_permanent(text) else "unavailable"
    pause = _retry_after(headers, now) if kind == "unavailable" else None
    return Response(kind, name, text, retry_after=pause)


def of_partial_success(status: str, rejected: int, message: str) -> Response:
    """Classify a request that was taken, whole or in part."""
    if rejected > 0 or speaks_of_loss(message):
        return Response("partial", status, message, rejected=max(0, rejected))
    return Response("accepted", status, message)


def of_grpc(code: str, text: str, details: bytes | None) -> Response:
    """Classify an answer over gRPC that is not OK.

    Args:
        code: name of the status code.
        text: what the server, or our own side, says about it.
        details: the metadata `grpc-status-details-bin`, if it came.
    """
    name = f"gRPC {code}"
    proxied = _GRPC_PROXIED.search(text)
    if code in _GRPC_REFUSED or (proxied and 300 <= int(proxied[1]) < 500 and proxied[1] != "429"):
        return Response("refused", name, text)
    if code in _GRPC_BAD or (code != "UNAVAILABLE" and is_permanent(text)):
        return Response(_bad_request(text), name, text)
    return Response("unavailable", name, text, retry_after=_retry_info(details))


def _bad_request(text: str) -> Kind:
    return "too_large" if complaint(text) == "too_large" else "bad_request"


def _of_good(name: str, content_type: str, body: bytes, *, page: bool) -> Response:
    if not body:
        return Response("accepted", name)
    if page:
        title = _page_title(body)
        return Response("refused", name, f"a web page, not an answer of a receiver: {title}")
    if content_type in ("application/json", "text/json") or body[:1] == b"{":
        return _of_json(name, body)
    if content_type.startswith("text/"):
        text = _decoded(body)
        if text.strip().strip(".!").lower() in _SAYS_YES:
            return Response("accepted", name, f"answered {text.strip()!r}, which is not OTLP")
        return Response("refused", name, f"text, not an answer of a receiver: {text}")
    from google.protobuf.message import DecodeError
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
        ExportMetricsServiceResponse,
    )

    try:
        said = ExportMetricsServiceResponse.FromString(body).partial_success
    except DecodeError:
        kind = content_type or "unknown content"
        return Response("refused", name, f"{len(body)} bytes of {kind}, not an OTLP answer")
    return of_partial_success(name, said.rejected_data_points, said.error_message)


def _of_json(name: str, body: bytes) -> Response:
    """Read an answer in JSON, which some vendors give whatever they are sent."""
    try:
        said = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Response("refused", name, f"JSON that cannot be read: {_decoded(body)}")
    if not isinstance(said, dict):
        return Response("refused", name, f"JSON, but not an OTLP answer: {_decoded(body)}")
    fields = cast("dict[str, Any]", said)
    partial = fields.get("partialSuccess", fields.get("partial_success"))
    if isinstance(partial, dict):
        part = cast("dict[str, Any]", partial)
        count = str(part.get("rejectedDataPoints", part.get("rejected_data_points", 0)))
        message = str(part.get("errorMessage", part.get("error_message", "")))
        number = re.fullmatch(r"(\d+)(?:\.0*)?", count)
        return of_partial_success(name, int(number[1]) if number else 0, message)
    if _says_no(fields):
        words = _json_message(fields) or _decoded(body)
        return of_partial_success(name, 0, f"{words} was rejected")
    return Response("accepted", name)


def _says_no(fields: Mapping[str, Any]) -> bool:
    """Tell whether a document contradicts the good status that it came with."""
    if any(fields.get(word) for word in ("error", "errors")):
        return True
    if any(fields.get(word) is False for word in ("ok", "success", "status")):
        return True
    if any(str(fields.get(word, "")).lower() in _SAYS_NO for word in ("status", "result")):
        return True
    codes = [fields.get(word) for word in ("code", "status", "statusCode")]
    # Of booleans, which Python takes for whole numbers, no is said above.
    numbers = [code for code in codes if isinstance(code, int) and not isinstance(code, bool)]
    return any(code != 0 and not 200 <= code < 300 for code in numbers)


def _error_text(content_type: str, body: bytes) -> str:
    if "protobuf" in content_type:
        from google.protobuf.message import DecodeError
        from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]

        try:
            message: str = Status.FromString(body).message
        except DecodeError:
            return f"{len(body)} bytes that cannot be read"
        return message
    text = _decoded(body)
    if content_type.endswith("json"):
        try:
            said = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return text
        if isinstance(said, dict):
            return _json_message(cast("dict[str, Any]", said)) or text
    return text


def _json_message(fields: Mapping[str, Any]) -> str:
    """Find the message in the usual places of an error document."""
    for name in ("message", "error", "errors", "detail", "reason"):
        match fields.get(name):
            case str(text) if text:
                return text
            case {**inner} if inner:
                found = _json_message(cast("dict[str, Any]", inner))
                return found or msgspec.json.encode(inner).decode()
            case [_, *_] as several:
                return msgspec.json.encode(several).decode()
            case _:
                pass
    return ""


def _redirected(location: str) -> str:
    where = ""
    with contextlib.suppress(ValueError):
        target = urlsplit(location)
        if target.hostname:
            where = f" to {target.scheme or 'http'}://{target.hostname}{target.path}"
    return f"a redirect{where}, which was not followed"


def _page_title(body: bytes) -> str:
    text = _decoded(body)
    title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
    shown = title[1] if title else re.sub(r"<[^>]*>", " ", text)
    return html.unescape(" ".join(shown.split()))[:200]


def _decoded(body: bytes) -> str:
    return body.decode("utf-8", "replace")


def _retry_after(headers: Mapping[str, str], now: dt.datetime) -> float | None:
    """Read seconds or a moment; the moment counts from the answer's own `Date`, if it has one."""
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(?:\.\d+)?", value):
        return float(value)
    moment = _http_date(value)
    if moment is None:
        return None
    seconds = (moment - (_http_date(headers.get("date", "")) or now)).total_seconds()
    return max(0.0, seconds)


def _http_date(text: str) -> dt.datetime | None:
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=dt.UTC)


def _retry_info(details: bytes | None) -> float | None:
    """Read the pause out of a `google.rpc.Status`."""
    if not details:
        return None
    from google.protobuf.message import DecodeError
    from google.rpc.error_details_pb2 import RetryInfo  # type: ignore[import-untyped]
    from google.rpc.status_pb2 import Status

    try:
        for packed in Status.FromString(details).details:
            info = RetryInfo()
            if packed.Unpack(info):
                seconds = float(info.retry_delay.ToNanoseconds()) / 1e9
                return seconds if math.isfinite(seconds) and seconds >= 0 else None
    except DecodeError:
        pass
    return None
