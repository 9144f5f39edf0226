"""What obstore's errors mean, and what to do about them.

An error of obstore is a long text with the whole answer in it, and sometimes the request: of that
only the status, and S3's own code and message are passed on.
"""

from __future__ import annotations

import re

from ccsync.errors import StateError, StateRefused, StateUnavailable
from ccsync.redact import redact
from ccsync.state.objects import Place

_MOST_WORDS = 300
_NOT_NOW = frozenset(
    ("ConditionalRequestConflict", "OperationAborted", "RequestTimeout", "SlowDown", "Throttling")
)
_WRONG_LOGIN = frozenset(
    (
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidToken",
        "SignatureDoesNotMatch",
        "TokenRefreshRequired",
    )
)
_OTHER_REGION = frozenset(
    (
        "AuthorizationHeaderMalformed",
        "IllegalLocationConstraintException",
        "PermanentRedirect",
        "TemporaryRedirect",
    )
)
_UNREAD = "Failed to read token file"
_METADATA = "/latest/"
_ASKED = re.compile(r"Error performing (\w+) (\S+) in ")


def meaning(
    error: Exception, place: Place, permission: str, key: str, region: str, endpoint: str
) -> StateError | None:
    """Say what an error means; None for those that are answers: it is not there, or was changed.

    Args:
        error: what obstore raised.
        place: the bucket, for messages.
        permission: what the request needs.
        key: the object that it was about.
        region: that we sign for.
        endpoint: that of the environment, "" for that of AWS.
    """
    from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError

    if not isinstance(error, BaseError | FileNotFoundError | OSError | ValueError):
        return None
    text = str(error)
    status, code, words = _read(text)
    what = f"the state at {place} cannot be {_done(permission)}"
    said = f"the storage says: {code}: {words}".rstrip(": ")
    if _is_about_login(text):
        return _no_login(what, status, said if code else "", text)
    if code in _NOT_NOW or status in {408, 409, 429, 500, 502, 503, 504}:
        return StateUnavailable(f"{what} just now ({key}): {said} (HTTP {status})")
    if code == "NoSuchBucket":
        return StateRefused(
            f"{what}: there is no bucket {place.bucket}{_at(endpoint)}. See that state: names the "
            f"right one, or make it: aws s3api create-bucket --bucket {place.bucket}"
        )
    if _is_other_region(status, code, text):
        return _other_region(what, place, region, words, text)
    if isinstance(error, AlreadyExistsError | PreconditionError):
        return None
    if isinstance(error, FileNotFoundError):
        # Whoever answers 404 without S3's words is no S3: a proxy, a wrong endpoint.
        return None if code == "NoSuchKey" else _foreign(what, status, endpoint)
    if code in _WRONG_LOGIN or status == 401:
        return StateRefused(
            f"{what}: the login is not accepted ({said or 'HTTP 401'}). See AWS_ACCESS_KEY_ID, "
            "AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN"
        )
    if code == "RequestTimeTooSkewed":
        return StateRefused(f"{what}: this machine's clock is wrong ({said}); set it")
    if status == 403:
        return _forbidden(what, place, permission, said if code else "HTTP 403")
    if code == "NotImplemented" or status == 501:
        return StateRefused(
            f"{what}: the storage{_at(endpoint)} does not know conditional writes ({said}). Update "
            "it to a version that knows If-Match and If-None-Match, or name another place"
        )
    if status is not None:
        return _foreign(what, status, endpoint) if not code else _other(what, status, said)
    return _nothing(what, key, text, endpoint)


def _read(text: str) -> tuple[int | None, str, str]:
    """Give status, code and message of an answer, as far as there are any."""
    status = re.search(r"status code: (\d{3})|Client error with status (\d{3})", text)
    code = re.search(r"<Code>([\w.]{1,80})</Code>", text)
    words = re.search(r"<Message>([^<]*)</Message>", text)
    message = redact(" ".join(words[1].split())).rstrip(".") if words else ""
    if len(message) > _MOST_WORDS:
        message = f"{message[:_MOST_WORDS]}..."
    number = int(status[1] or status[2]) if status else None
    return number, code[1] if code else "", message


def _is_about_login(text: str) -> bool:
    """Tell whether the request was for a login: to STS, to a metadata server, to an agent."""
    asked = _ASKED.search(text)
    if asked is None:
        return _UNREAD in text
    method, url = asked.groups()
    # All of ours are GET and PUT; the login's are not shown, or have these paths.
    return method == "POST" or _METADATA in url or url.endswith("credentials")


def _no_login(what: str, status: int | None, said: str, text: str) -> StateError:
    how = (
        "In EKS give the pod's service account a role (IRSA or Pod Identity); elsewhere set "
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; ~/.aws is not read"
    )
    asked = _ASKED.search(text)
    if asked is None:
        return StateRefused(
            f"{what}: the file of AWS_WEB_IDENTITY_TOKEN_FILE cannot be read. Mount a projected "
            "service account token there"
        )
    if status is None and _METADATA in asked[2]:
        return StateRefused(
            f"{what}: there is no login for S3: neither in the environment, nor a metadata server. "
            + how
        )
    if status is None or status >= 500 or status == 429:
        why = said or (f"HTTP {status}" if status else "whoever gives it does not answer")
        return StateUnavailable(f"{what} just now: there is no login yet ({why})")
    return StateRefused(f"{what}: AWS gives no login ({said or f'HTTP {status}'}). {how}")


def _is_other_region(status: int | None, code: str, text: str) -> bool:
    return code in _OTHER_REGION or status in {301, 307} or "redirect without LOCATION" in text


def _other_region(what: str, place: Place, region: str, words: str, text: str) -> StateError:
    expected = re.search(r"expecting &?(?:apos;|#39;)?['\"]?([a-z]{2}(?:-[a-z]+)+-\d)", text)
    right = expected[1] if expected else "REGION"
    return StateRefused(
        f"{what}: the bucket {place.bucket} is in another region than {region!r}"
        + (f" ({words})" if words else "")
        + f". Set AWS_REGION={right}; aws s3api get-bucket-location --bucket {place.bucket} "
        "says which it is"
    )


def _forbidden(what: str, place: Place, permission: str, said: str) -> StateError:
    also = " (and s3:ListBucket on the bucket, without which nobody is told what is not there)"
    within = f"{place.prefix}/*" if place.prefix else "*"
    return StateRefused(
        f"{what}: {permission} is missing{also if permission == 's3:GetObject' else ''}, or "
        f"something forbids it ({said}). Allow s3:GetObject and s3:PutObject on "
        f"arn:aws:s3:::{place.bucket}/{within}, and s3:ListBucket on arn:aws:s3:::{place.bucket}"
    )


def _foreign(what: str, status: int | None, endpoint: str) -> StateError:
    return StateRefused(
        f"{what}: what came is no answer of S3 (HTTP {status}){_at(endpoint)}. See that the "
        "endpoint is right, and that no proxy answers in its place (HTTPS_PROXY, NO_PROXY)"
    )


def _other(what: str, status: int, said: str) -> StateError:
    return StateRefused(f"{what}: {said} (HTTP {status})")


def _nothing(what: str, key: str, text: str, endpoint: str) -> StateError:
    if "certificate" in text.lower():
        return StateRefused(
            f"{what}: no trusted connection{_at(endpoint)}. Where a proxy or the storage has "
            "certificates of its own, let SSL_CERT_FILE name a file with their CA"
        )
    if "URL scheme is not allowed" in text:
        return StateRefused(f"{what}: plain http is not allowed{_at(endpoint)}")
    why = "no answer in time" if "timed out" in text.lower() else "no answer"
    return StateUnavailable(f"{what} just now ({key}){_at(endpoint)}: {why}")


def _at(endpoint: str) -> str:
    return f" at {endpoint}" if endpoint else ""


def _done(permission: str) -> str:
    return "read" if permission == "s3:GetObject" else "written"
