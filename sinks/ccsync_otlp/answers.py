"""What destinations mean by their words, and what a user can do about it. Pure.

The words are those of Prometheus 3, Mimir, Elastic, M3 (Chronosphere), Google Cloud Monitoring and
of the vendors that name an age; a Collector passes on the words of the backend behind it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from ccsync_otlp.transport import Response

Complaint: TypeAlias = Literal["too_old", "future", "duplicate", "too_large", "temporality"]

_WORDS: dict[Complaint, re.Pattern[str]] = {
    "too_large": re.compile(
        r"(?:message|body|payload|request|entity|content)\b[^.]{0,40}?\b(?:too large|larger than"
        r"|too big|exceeds (?:the )?(?:max|limit|size))|larger than max",
        re.IGNORECASE,
    ),
    "temporality": re.compile(
        r"temporality|UNSUPPORTED_METRIC_TYPE|delta (?:metrics?|sums?) (?:is|are) not",
        re.IGNORECASE,
    ),
    "duplicate": re.compile(
        r"duplicate[- ](?:sample|timestamp)|duplicate sample for timestamp"
        r"|another sample with the same timestamp|new[- ]value[- ]for[- ]timestamp",
        re.IGNORECASE,
    ),
    "too_old": re.compile(
        r"too[- ]old|out[- ]of[- ]bounds|out[- ]of[- ]order|too (?:far|long) in the past"
        r"|too late|more recent timestamp|must be written in order"
        r"|(?:timestamps?|samples?|points?|data|is|are|was|were) older than"
        r"|in the past\b.{0,40}\b(?:not|cannot)|cannot be written more than"
        r"|outside (?:of )?(?:the )?(?:ranges? of currently writable|retention|allowed|accepted)"
        r"|(?:beyond|past|exceed\w*|outside)\b[^.]{0,30}\bretention"
        r"|timestamps? (?:is |are )?out of range",
        re.IGNORECASE,
    ),
    "future": re.compile(r"(?:in[- ](?:the[- ])?future|newer than)", re.IGNORECASE),
}
_LOST = re.compile(r"err-mimir-|\b(?:was|were|been|are|is) (?:rejected|dropped|discarded)\b")
_PERMANENT = re.compile(r"\bpermanent error\b", re.IGNORECASE)


def complaint(text: str) -> Complaint | None:
    """Say what a destination complains about, if it is something that we know.

    Prometheus calls points of a far future "out of bounds", too; ours never are.
    """
    return next((kind for kind, words in _WORDS.items() if words.search(text)), None)


def is_too_old(text: str) -> bool:
    """Tell whether the destination calls points too old for it, whatever else it says."""
    return _WORDS["too_old"].search(text) is not None


def speaks_of_loss(text: str) -> bool:
    """Tell whether a message that comes with "0 rejected" means points left out (older Mimir)."""
    return complaint(text) is not None or _LOST.search(text) is not None


def is_permanent(text: str) -> bool:
    """Tell whether a server error will come again with each try (a Collector says so)."""
    return complaint(text) is not None or _PERMANENT.search(text) is not None


_WORDLESS = re.compile(r"responded with HTTP Status Code 4\d\d(?!.*Message=)", re.IGNORECASE)


def is_wordless(text: str) -> bool:
    """Tell whether a Collector passes on a refusal without the words of the backend behind it.

    Its HTTP exporter drops plain text, which is what Prometheus answers with.
    """
    return complaint(text) is None and _WORDLESS.search(text) is not None


_PATHS = {
    "prometheus": "/api/v1/otlp/v1/metrics, and Prometheus has to be started with "
    "--web.enable-otlp-receiver",
    "mimir": "/otlp/v1/metrics",
    "grafana-cloud": "/otlp/v1/metrics",
    "victoriametrics": "/opentelemetry/v1/metrics",
    "elastic": "/_otlp/v1/metrics",
    "dynatrace": "/api/v2/otlp/v1/metrics",
}
"""The path of the receiver, where it is not /v1/metrics."""

_OBSERVED = "set point_time: observed, which stamps points with the present and names the day"
_TOO_OLD = {
    "otlp": "the backend behind the receiver takes no points of that day; the sink's README says "
    "which setting of which backend allows them",
    "prometheus": "set storage.tsdb.out_of_order_time_window to the days that you sync plus two",
    "mimir": "set out_of_order_time_window of the tenant to the days that you sync plus two",
    "grafana-cloud": "ask its support to raise out_of_order_time_window (2h unless changed) to the "
    f"days that you sync plus two, or {_OBSERVED}",
    "victoriametrics": "raise -retentionPeriod above the days that you sync",
    "datadog": "enable Historical Metrics for the prefix claude_code.daily. before the first sync",
    "newrelic": f"it takes points of the last 48 hours; {_OBSERVED}",
    "elastic": "raise index.look_back_time of the data stream, before it is created",
}

_BY_STATUS = {
    "HTTP 403": "the key lacks a permission, is of another region, or something in between (a "
    "proxy, a firewall) refuses",
    "HTTP 405": "nothing takes metrics at this address; check the path of `endpoint`",
    "HTTP 407": "the proxy wants a login: put it into HTTPS_PROXY, or the host into NO_PROXY",
    "HTTP 415": "this is no receiver of OTLP over http/protobuf; check `endpoint` and `protocol`",
    "gRPC PERMISSION_DENIED": "the key lacks a permission, or is of another region",
    "gRPC UNIMPLEMENTED": "no metrics service answers there; OTLP over grpc usually has the port "
    "4317, over http 4318: check `endpoint` and `protocol`, and the receiver's metrics pipeline",
}


def advice(response: Response, preset: str, *, missing: Sequence[str] = ()) -> str:
    """Say what to do about an answer; "" when nothing but trying again helps.

    Args:
        response: the answer.
        preset: the sink's preset.
        missing: headers that the preset wants and the settings do not have.
    """
    if response.kind == "accepted":
        return ""
    if response.kind == "too_large":
        return "lower max_request_bytes, or raise the receiver's limit"
    match complaint(response.text) if response.kind in ("partial", "bad_request") else None:
        case "too_old":
            return _TOO_OLD.get(preset, _OBSERVED)
        case "future":
            return "its clock or ours is wrong: points are never stamped later than now"
        case "duplicate":
            return "it holds another value for the same moment: is a second ccsync writing there?"
        case "temporality":
            return "it takes no sums with delta temporality; set kind: gauge"
        case _:
            pass
    if response.kind in ("partial", "bad_request") and is_wordless(response.text):
        return (
            "a Collector passes on no words of a backend that answers in plain text, as Prometheus "
            "does: look into that backend's log. Points that are too old for it are the usual "
            "cause; its window allows them (README of the sink), then sync with --from and --to"
        )
    if response.kind in ("partial", "bad_request"):
        return "its words above say what it does not take; its log may say more"
    return _about_the_way(response, preset, missing)


def _about_the_way(response: Response, preset: str, missing: Sequence[str]) -> str:
    """Advise on answers that are about address, login and connection."""
    if response.status in ("HTTP 401", "HTTP 403", "gRPC UNAUTHENTICATED") and missing:
        return f"add to headers: {', '.join(missing)}"
    if response.status in ("HTTP 401", "gRPC UNAUTHENTICATED"):
        return "the login is missing, wrong or expired; check `headers`"
    if response.status in ("HTTP 404", "HTTP 405"):
        return f"check the path of `endpoint`; it should end in {_PATHS.get(preset, '/v1/metrics')}"
    if response.status.startswith("HTTP 3"):
        return "set `endpoint` to the address that answers by itself; redirects are not followed"
    if response.status.startswith("HTTP 2"):
        path = _PATHS.get(preset, "/v1/metrics")
        return f"something else than a receiver answers; `endpoint` should end in {path}"
    if response.kind == "unavailable" and response.status == "no answer":
        return "check that the receiver runs, `endpoint`, and proxies (HTTPS_PROXY, NO_PROXY)"
    return _BY_STATUS.get(response.status, "")
