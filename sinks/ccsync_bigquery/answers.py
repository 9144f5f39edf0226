"""What BigQuery's answers mean: one table from status, reason and words to a reaction. Pure.

Reasons are those of BigQuery's error table, which HTTP errors and failed jobs share. The same
reason stands for different things (`quotaExceeded` for a daily quota and for one per second), so
words are looked at, too. The first rule that fits counts.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import html
import math
import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

import msgspec

from ccsync_bigquery.permissions import TABLES_GET_DATA

Kind: TypeAlias = Literal[
    "unavailable",
    "too_large",
    "missing_table",
    "missing_dataset",
    "missing_job",
    "exists",
    "forbidden",
    "free_tier",
    "quota",
    "streaming_buffer",
    "invalid",
    "login",
]

_MOST_WORDS = 400
"""Characters of an answer that a message repeats."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a request or a job that did not succeed."""

    kind: Kind
    status: int | None = None
    """HTTP's; None for a failed job, and when there was no answer."""

    reason: str = ""
    """BigQuery's word for it, such as `accessDenied`."""

    text: str = ""
    """BigQuery's own words, on one line."""

    retry_after: float | None = None
    """The pause in seconds that it asked for."""

    advice: str = ""
    """What to do, with the places {place}, {dataset}, {project} and {billing} to be filled in."""

    permission: str | None = None
    """The permission that is missing, when it says which."""

    @property
    def said(self) -> str:
        """Who said what, for messages."""
        if self.status is None and not self.reason:
            return f"BigQuery gave no answer: {self.text}"
        code = " ".join(filter(None, [str(self.status or ""), self.reason]))
        return f"BigQuery answered {code}: {self.text or 'nothing more'}"


class _Rule(NamedTuple):
    """Fits when everything that it names fits."""

    kind: Kind
    advice: str = ""
    statuses: tuple[int, ...] = ()
    reasons: tuple[str, ...] = ()
    words: str = ""

    def fits(self, status: int | None, reason: str, text: str) -> bool:
        return (
            (not self.statuses or status in self.statuses)
            and (not self.reasons or reason in self.reasons)
            and (not self.words or re.search(self.words, text, re.IGNORECASE) is not None)
        )


_INIT = "Run `ccsync bigquery init`, which makes what is missing of {place}"
_PERIMETER = (
    "A VPC service perimeter forbids it: give the identifier above to whoever manages it, and have "
    "the API bigquery.googleapis.com allowed from here, for {billing} and {project}"
)
_FREE_TIER = (
    "Projects without billing (the sandbox) cannot stream: set `mode: load`, which is free of "
    "charge, or link a billing account to {project}"
)
_BILLING = "Link a billing account to {billing} and {project}: Google Cloud console, Billing"
_ENABLE = (
    "Run `gcloud services enable bigquery.googleapis.com --project={billing}`, and wait a few "
    "minutes if that was done just now"
)
_SCOPES = (
    "The login may not use BigQuery at all: its OAuth scopes lack "
    "https://www.googleapis.com/auth/cloud-platform (on a node or VM: set its access scopes, or "
    "use Workload Identity)"
)
_LOCATION = (
    "Jobs run where the dataset is: see its location with `bq show {project}:{dataset}`; a dataset "
    "cannot be moved"
)
_PROJECT = "See that `dataset` and `billing_project` name projects by their id, not by their name"
_QUOTA = (
    "It is used up, for as long as it lasts (most are by day): see which one, and ask for more, on "
    "the page IAM & Admin > Quotas & System Limits of the Google Cloud console, project {billing}"
)
_LOGIN = (
    "The login was not accepted: `ccsync check` says which one is used; make it anew "
    "(`gcloud auth application-default login`, a new key file, or the identity of the pod), and "
    "see that this machine's clock is right"
)
_ENDPOINT = "That is not how BigQuery answers: see `endpoint`, and proxies on the way"
_PARTITION_FILTER = (
    "The table wants each query to name days; turn that off with `require_partition_filter: false` "
    "and `ccsync bigquery init --upgrade`"
)
_SMALLER = "Lower `batch_bytes` and `batch_rows`"

_TABLE: tuple[_Rule, ...] = (
    # Words that say more than the reason they come with.
    _Rule("forbidden", _PERIMETER, words=r"vpcServiceControlsUniqueIdentifier|VPC Service Control"),
    _Rule("free_tier", _FREE_TIER, words=r"streaming insert is not allowed in the free tier"),
    _Rule("free_tier", _BILLING, words=r"free tier|billing has not been enabled"),
    _Rule("forbidden", _BILLING, reasons=("billingNotEnabled",)),
    _Rule("forbidden", _BILLING, (403,), words=r"billing (?:is|to be) (?:disabled|enabled)"),
    _Rule("forbidden", _ENABLE, words=r"API has not been used in project|API .{0,40}is disabled"),
    _Rule("forbidden", _ENABLE, reasons=("accessNotConfigured", "SERVICE_DISABLED")),
    _Rule("forbidden", _SCOPES, (403,), words=r"insufficient authentication scopes"),
    _Rule("too_large", _SMALLER, (413,)),
    _Rule(
        "too_large", _SMALLER, words=r"payload size exceeds|too many rows|request .{0,30}too large"
    ),
    _Rule("streaming_buffer", words=r"would affect rows in the streaming buffer"),
    _Rule("unavailable", words=r"could not serialize access|due to concurrent update"),
    _Rule("invalid", _PARTITION_FILTER, words=r"cannot query over table .{1,300} without a filter"),
    # A quota that comes back by itself within patience, and one that does not.
    _Rule("unavailable", reasons=("rateLimitExceeded", "userRateLimitExceeded")),
    _Rule("unavailable", reasons=("jobRateLimitExceeded",)),
    _Rule(
        "unavailable",
        reasons=("quotaExceeded",),
        words=r"per (?:100 )?(?:second|minute)|concurrent|pending|too many .{0,60}operations",
    ),
    _Rule("quota", _QUOTA, reasons=("quotaExceeded", "usageQuotaExceeded", "dailyLimitExceeded")),
    _Rule("unavailable", statuses=(408, 412, 425, 429, 499)),
    # Something is not there, or there already.
    _Rule("missing_dataset", _LOCATION, words=r"not found: dataset .{1,2000} in location"),
    _Rule("missing_job", statuses=(404,), words=r"not found: job"),
    _Rule(
        "missing_dataset",
        _PROJECT,
        words=r"not found: project|unknown project|project .{0,80}not exist",
    ),
    _Rule("missing_dataset", _INIT, words=r"not found: dataset"),
    _Rule("missing_table", _INIT, (404,), ("notFound",)),
    _Rule("missing_table", _INIT, reasons=("notFound",), words=r"\btable\b"),
    _Rule("invalid", _ENDPOINT, (404, 405)),
    _Rule("unavailable", statuses=(409,), reasons=("aborted", "conflict", "operationInProgress")),
    _Rule("exists", statuses=(409,)),
    _Rule("exists", reasons=("duplicate", "alreadyExists")),
    # BigQuery's own trouble. Failed jobs have these reasons with status 400, or with none.
    _Rule("unavailable", reasons=("backendError", "internalError", "timeout", "tableUnavailable")),
    _Rule("unavailable", reasons=("jobBackendError", "jobInternalError", "resourceInUse")),
    _Rule("unavailable", statuses=(500, 502, 503, 504)),
    # Somebody has to change something.
    _Rule("login", _LOGIN, (401,)),
    _Rule("forbidden", "Let the proxy of the environment (HTTPS_PROXY) know us", (407,)),
    _Rule("invalid", _LOCATION, words=r"different locations|does not support location|in location"),
    _Rule("forbidden", reasons=("accessDenied", "forbidden", "insufficientPermissions", "blocked")),
    _Rule("forbidden", statuses=(403,)),
    _Rule("invalid", _ENDPOINT, statuses=tuple(range(300, 400))),
    _Rule("invalid"),
)


def classify(
    status: int | None, reason: str, message: str, *, retry_after: float | None = None
) -> Answer:
    """Say what an answer means.

    Args:
        status: HTTP's; None for a failed job.
        reason: BigQuery's, of the first error; "" when the answer has none.
        message: what it said; may be a web page of something in between.
        retry_after: the pause in seconds that it asked for.
    """
    text = one_line(message)
    rule = next(rule for rule in _TABLE if rule.fits(status, reason, text))
    return Answer(
        kind=rule.kind,
        status=status,
        reason=reason,
        text=text,
        retry_after=retry_after,
        advice=rule.advice,
        permission=permission_in(text) if rule.kind == "forbidden" and not rule.advice else None,
    )


def of_job(error: Mapping[str, Any]) -> Answer:
    """Say what `status.errorResult` of a failed job means."""
    return classify(None, str(error.get("reason") or ""), str(error.get("message") or ""))


def no_answer(why: str) -> Answer:
    """Say that the outcome of a request is unknown."""
    return Answer(kind="unavailable", text=one_line(why))


def permission_in(text: str) -> str | None:
    """Find the name of the permission that an answer complains about."""
    if re.search(r"permission to query table", text, re.IGNORECASE):
        return TABLES_GET_DATA
    found = re.search(r"\bbigquery\.(?:datasets|tables|jobs|rowAccessPolicies)\.[a-zA-Z]+", text)
    return found[0] if found else None


def one_line(text: str) -> str:
    """Make words fit for a message: a web page becomes its title, and all of it one line."""
    if re.match(r"\s*(?:<!doctype|<html|<\?xml)", text, re.IGNORECASE):
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
        text = f"a web page, {html.unescape(title[1]).strip()!r}" if title else "a web page"
    text = " ".join(text.split()).rstrip(".")
    return text if len(text) <= _MOST_WORDS else f"{text[:_MOST_WORDS]}..."


def pause_asked_for(header: str | None, now: dt.datetime) -> float | None:
    """Read a `Retry-After` header: seconds, or a date."""
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            moment = email.utils.parsedate_to_datetime(header)
        except ValueError:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=dt.UTC)
        seconds = (moment - now).total_seconds()
    return seconds if math.isfinite(seconds) and seconds >= 0 else None
