"""What Cloud Storage answers when it does not give an object, and what to do about it.

Sources: the JSON API's status and error codes, its usage limits (an object is replaced once a
second), and the permissions of its methods. A download's errors are plain text, all others JSON.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from ccsync.errors import StateError, StateRefused, StateUnavailable
from ccsync.redact import redact
from ccsync.state.objects import BusyError, Place

if TYPE_CHECKING:
    import requests

GET = "storage.objects.get"
CREATE = "storage.objects.create"
ROLE = "roles/storage.objectUser"
"""The smallest predefined role that may read, create and replace objects."""

_MOST_WORDS = 300
_NOT_NOW = frozenset(("rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded"))


def read(answer: requests.Response) -> dict[str, Any]:
    """Give an answer's JSON object; empty if it is none."""
    try:
        content: object = json.loads(answer.content)
    except ValueError:
        return {}
    return cast("dict[str, Any]", content) if isinstance(content, dict) else {}


def is_absent(answer: requests.Response) -> bool:
    """Tell whether a 404 says that there is no such object: not the bucket, and not a proxy."""
    words, reason = _words(answer)
    return words.startswith("No such object") or (
        reason == "notFound" and "bucket" not in words.lower()
    )


def is_conflict(answer: requests.Response) -> bool:
    """Tell whether a 412 is about our condition: policies of an organization say 412, too."""
    words, reason = _words(answer)
    return reason == "conditionNotMet" and "constraint" not in words


def error(
    answer: requests.Response, place: Place, permission: str, name: str, account: str
) -> StateError:
    """Say what an answer means that is not the wanted one.

    Args:
        answer: what came.
        place: the bucket, for messages.
        permission: what the request needs.
        name: the object that it was about.
        account: whom we are logged in as; "" if that is unknown.
    """
    status = answer.status_code
    words, reason = _words(answer)
    what = f"the state at {place} cannot be {_done(permission)}"
    said = f"Google says: {words}" if words else f"HTTP {status}, without a word"
    if status in {408, 409, 429} or status >= 500 or reason in _NOT_NOW:
        kind = BusyError if status == 429 or reason == "rateLimitExceeded" else StateUnavailable
        return kind(f"{what} just now ({name}): {said} (HTTP {status})")
    if not reason and _is_page(answer):
        return StateRefused(
            f"{what}: what came is no answer of Cloud Storage (HTTP {status}, a web page). A proxy "
            "may answer in its place: see HTTPS_PROXY and NO_PROXY"
        )
    match status:
        case 401:
            return StateRefused(
                f"{what}: Google accepts no such login ({said}). See that its account was not "
                "deleted or disabled, and that a proxy does not take the login away"
            )
        case 403 if reason == "retentionPolicyNotMet" or "retention" in words:
            return StateRefused(
                f"{what}: {said}. ccsync replaces its objects, so the bucket may have no retention "
                "policy and its objects no hold: name another bucket in state:"
            )
        case 403:
            return StateRefused(
                f"{what}: {_permission(permission)} is missing on the bucket {place.bucket}, or "
                f"something forbids it ({said}). {_grant(place, account)}"
            )
        case 404:
            return StateRefused(
                f"{what}: there is no bucket {place.bucket} ({said}). See that state: names the "
                f"right one, or make it: gcloud storage buckets create gs://{place.bucket} "
                "--uniform-bucket-level-access"
            )
        case 200:
            return StateUnavailable(f"{what}: the answer for {name} is not one of Cloud Storage")
        case _:
            return StateRefused(f"{what}: {said} (HTTP {status}, {name})")


def no_answer(
    error: requests.RequestException, place: Place, permission: str, name: str, url: str
) -> StateError:
    """Say what it means that nothing was answered."""
    import requests

    what = f"the state at {place} cannot be {_done(permission)}"
    if isinstance(error, requests.exceptions.SSLError):
        return StateRefused(
            f"{what}: no trusted connection to {url}: {_short(str(error))}. Where a proxy has "
            "certificates of its own, let REQUESTS_CA_BUNDLE name a file with its CA"
        )
    kinds = {
        requests.ConnectTimeout: "no connection in time",
        requests.ReadTimeout: "no answer in time",
        requests.exceptions.ProxyError: "the proxy of HTTPS_PROXY does not connect",
    }
    why = next((words for kind, words in kinds.items() if isinstance(error, kind)), "")
    why = why or f"the connection failed ({_short(str(error))})"
    return StateUnavailable(f"{what} just now ({name}), at {url}: {why}")


def _done(permission: str) -> str:
    return "read" if permission == GET else "written"


def _permission(permission: str) -> str:
    if permission == CREATE:
        return f"the permission {CREATE}, or storage.objects.delete to replace an object,"
    return f"the permission {permission} (and storage.objects.list, to tell what is not there)"


def _grant(place: Place, account: str) -> str:
    member = f"serviceAccount:{account}" if account.endswith("gserviceaccount.com") else "MEMBER"
    return (
        f"Grant the role: gcloud storage buckets add-iam-policy-binding gs://{place.bucket} "
        f"--member={member} --role={ROLE}; a new grant takes minutes to work"
    )


def _words(answer: requests.Response) -> tuple[str, str]:
    """Give message and reason of an error; a text has no reason."""
    found = read(answer).get("error")
    if isinstance(found, dict):
        named = cast("dict[str, Any]", found)
        try:
            reason = str(named["errors"][0]["reason"])
        except (LookupError, TypeError):
            reason = "unknown"
        return _short(str(named.get("message", ""))), reason
    if _is_page(answer):
        return "", ""
    return _short(answer.text), ""


def _is_page(answer: requests.Response) -> bool:
    return answer.content.lstrip()[:1] == b"<"


def _short(text: str) -> str:
    words = redact(" ".join(text.split())).rstrip(".")
    return words if len(words) <= _MOST_WORDS else f"{words[:_MOST_WORDS]}..."
