"""Application Default Credentials, found once, and what errors of google-auth mean."""

from __future__ import annotations

import json
import logging
import os
import threading
import time
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from ccsync.adc.errors import LoginError, LoginRefused, LoginUnavailable
from ccsync.adc.network import trouble_of
from ccsync.adc.ways import UNCHANGED, VARIABLE, Kind, way_found
from ccsync.redact import redact

if TYPE_CHECKING:
    from google.auth.credentials import Credentials
    from google.auth.exceptions import GoogleAuthError

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
PATIENCE = 30.0
"""Seconds from the first try in which a metadata server may be away."""

_MOST_WORDS = 300
_NOTHING = (
    f"there are no credentials for Google Cloud: neither {VARIABLE}, nor a login of gcloud, nor a "
    "metadata server. On your machine run `gcloud auth application-default login`; in GKE give the "
    f"pod's service account an identity (Workload Identity); elsewhere let {VARIABLE} name a "
    "federation file or a key file"
)
_USER = "run `gcloud auth application-default login`"
_POD = (
    "in GKE, Workload Identity has to be on for the cluster and the node pool, and the pod's "
    "service account needs roles of its own, or an annotation that names a service account"
)

# Its warnings are told by our errors; without a handler they would go to stderr as bare lines.
logging.getLogger("google.auth").addHandler(logging.NullHandler())


class Login(NamedTuple):
    """Credentials, and where they come from."""

    credentials: Credentials
    kind: Kind
    way: str
    """For messages, such as `the key file /etc/key.json (GOOGLE_APPLICATION_CREDENTIALS)`."""


class Adc:
    """One login, found once. May be used by several threads at once."""

    def __init__(
        self,
        *,
        scopes: Sequence[str] = (SCOPE,),
        impersonate: str | None = None,
        clock: Callable[[], float] = time.monotonic,
        patience: float = PATIENCE,
    ) -> None:
        """Connects to nothing.

        Args:
            scopes: OAuth scopes that tokens are to have.
            impersonate: e-mail address of a service account to act as.
            clock: seconds that never go back.
            patience: seconds from the first try in which a metadata server may be away.
        """
        self._scopes = list(scopes)
        self._impersonate = impersonate
        self._clock = clock
        self._patience = patience
        self._lock = threading.Lock()
        self._first: float | None = None
        self._login: Login | None = None

    @property
    def account(self) -> str:
        """Whom we are logged in as; "" when unknown, as a pod's is before its first token."""
        if self._login is None:
            return ""
        return self._impersonate or _account(self._login.credentials)

    def login(self) -> Login:
        """Find credentials, the way that Google's libraries do. Gets no token yet.

        Raises:
            LoginUnavailable: there may be some in a few seconds.
            LoginRefused: there are none, or they cannot be used.
        """
        from google.auth.exceptions import GoogleAuthError

        with self._lock:
            if self._login is None:
                self._start()
                try:
                    self._login = self._found()
                except GoogleAuthError as error:
                    raise self.error_of(error) from error
            return self._login

    def error_of(self, error: GoogleAuthError) -> LoginError:
        """Say what an error of google-auth means, from `login` or from a later request."""
        from google.auth import exceptions

        self._start()
        words = _words(error)
        kind, way = (self._login.kind, self._login.way) if self._login else way_found()
        by_source = f"{way}: {words}"
        if isinstance(error, exceptions.DefaultCredentialsError):
            return self._nothing(kind, by_source)
        if words.startswith("Unable to acquire impersonated credentials"):
            return self._impersonation(error, way)
        if kind == "metadata" and isinstance(
            error, exceptions.TransportError | exceptions.RefreshError
        ):
            if self._worked() or self._early():
                return LoginUnavailable(f"the metadata server gave no token: {words}")
            return LoginRefused(f"the metadata server gave no token: {words}; {_POD}")
        if isinstance(error, exceptions.TransportError | exceptions.TimeoutError):
            trouble = trouble_of(error)
            return LoginUnavailable(f"no token could be asked for, by {way}: {trouble or words}")
        if cast("Any", error).retryable:
            return LoginUnavailable(f"no token just now, by {by_source}")
        return LoginRefused(f"Google accepts no login by {by_source}; {_remedy(kind, words)}")

    def _start(self) -> None:
        if self._first is None:
            self._first = self._clock()

    def _early(self) -> bool:
        return self._first is not None and self._clock() - self._first < self._patience

    def _worked(self) -> bool:
        """Tell whether there ever was a token."""
        if self._login is None:
            return False
        return bool(cast("Any", self._login.credentials).token)

    def _found(self) -> Login:
        import google.auth
        import requests
        from google.auth import credentials as plain
        from google.auth.transport.requests import Request

        kind, way = way_found()
        with requests.Session() as session, warnings.catch_warnings():
            # About a user's login without a quota project, and about loading files of any kind.
            warnings.simplefilter("ignore")
            default = cast("Any", google.auth).default
            # Without scopes, or a federation would get a token only to ask for a project's name.
            found, _ = default(request=Request(session))
        scoped = cast("Any", plain).with_scopes_if_required(found, self._scopes)
        if self._impersonate is None:
            return Login(scoped, kind, way)
        from google.auth import impersonated_credentials

        acting: Any = cast("Any", impersonated_credentials).Credentials(
            source_credentials=scoped,
            target_principal=self._impersonate,
            target_scopes=self._scopes,
        )
        return Login(acting, kind, f"{way}, acting as {self._impersonate}")

    def _nothing(self, kind: Kind, by_source: str) -> LoginError:
        if kind != "metadata":
            return LoginRefused(
                f"the login cannot be used, by {by_source}; {UNCHANGED}. Have it made anew, or "
                f"name another one in {VARIABLE}"
            )
        # In a pod it looks like this, too, while the metadata server does not answer yet.
        if self._early() and "KUBERNETES_SERVICE_HOST" in os.environ:
            return LoginUnavailable("there is no metadata server yet")
        return LoginRefused(_NOTHING)

    def _impersonation(self, error: GoogleAuthError, way: str) -> LoginError:
        status, message = _refusal(error)
        who = self._impersonate or "the service account that the file names"
        what = f"may not act as {who}, by {way}: {message or _words(error)}"
        if status is not None and (status == 429 or status >= 500):
            return LoginUnavailable(what)
        if status == 404:
            return LoginRefused(f"{what}; see that the address is right, and the account there")
        if "iamcredentials" in message.lower() and "disabled" in message.lower():
            return LoginRefused(
                f"{what}; run `gcloud services enable iamcredentials.googleapis.com`"
            )
        return LoginRefused(
            f"{what}; who logs in needs roles/iam.serviceAccountTokenCreator on {who}: `gcloud iam "
            f"service-accounts add-iam-policy-binding {who} --member=MEMBER "
            "--role=roles/iam.serviceAccountTokenCreator`, with who logs in for MEMBER, such as "
            "user:you@company.example; a new grant takes minutes to work"
        )


def _account(credentials: object) -> str:
    address = getattr(credentials, "service_account_email", None)
    named = address or getattr(credentials, "account", None)
    return named if isinstance(named, str) and "@" in named else ""


def _words(error: GoogleAuthError) -> str:
    """Give the first argument only: others may be whole answers of the token server."""
    words = " ".join(str(error.args[0] if error.args else type(error).__name__).split())
    words = redact(words).rstrip(".")
    return words if len(words) <= _MOST_WORDS else f"{words[:_MOST_WORDS]}..."


def _refusal(error: GoogleAuthError) -> tuple[int | None, str]:
    """Read the answer of the IAM Credentials API: HTTP's status, and the message."""
    try:
        content: Any = json.loads(str(error.args[1]))
        status, message = int(content["error"]["code"]), str(content["error"]["message"])
    except (IndexError, KeyError, TypeError, ValueError):
        return None, ""
    return status, redact(" ".join(message.split()))[:_MOST_WORDS]


def _remedy(kind: Kind, words: str) -> str:
    if "short-lived" in words or "iat" in words.split():
        return "see that this machine's clock is right"
    match kind:
        case "key":
            return "see that the key was not deleted or disabled, or make a new one"
        case "federation":
            return (
                "see that the identity pool's provider, its audience and its attribute condition "
                "are those of the token"
            )
        case "user":
            return _USER
        case "impersonation" | "metadata" | "other":
            return "make the login anew"
