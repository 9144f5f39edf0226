"""The HTTP session for Cloud Storage. Imports Google's libraries: import it where it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import requests
from google.auth.credentials import AnonymousCredentials
from google.auth.transport.requests import AuthorizedSession, Request

from ccsync import USER_AGENT

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

TIMEOUTS = (5.0, 30.0)
"""Seconds for a connection to come about, and without a byte of an answer."""


def connect(credentials: Credentials | None) -> requests.Session:
    """Make a session that logs in by these credentials; None: it does not, at an emulator.

    Raises:
        GoogleAuthError: a client certificate of the environment cannot be used.
    """
    session = _Session(credentials)
    if credentials is not None:
        cast("Any", session).configure_mtls_channel()
    return session


class _Session(AuthorizedSession):
    """Sends each request once, to where it was meant for, and does not wait for ever."""

    def __init__(self, credentials: Credentials | None) -> None:
        outside = credentials is not None
        self._tokens = requests.Session()
        super().__init__(  # type: ignore[no-untyped-call]
            credentials or cast("Any", AnonymousCredentials)(),
            # Without a login there is none to be made anew.
            max_refresh_attempts=1 if outside else 0,
            auth_request=Request(self._tokens),
        )
        self.headers["user-agent"] = USER_AGENT
        for session in (self, self._tokens):
            # Proxies of the environment are for the world outside. With an `auth` of its own, a
            # session does not look for logins in netrc files, which would replace ours.
            session.trust_env = outside
            session.auth = _no_login

    def request(  # type: ignore[override]
        self, method: str, url: str, *args: Any, **options: Any
    ) -> requests.Response:
        """Send with our timeouts."""
        options["timeout"] = TIMEOUTS
        response: requests.Response = cast("Any", super()).request(method, url, *args, **options)
        return response

    def close(self) -> None:
        """Let go of both connections: to the storage, and to where tokens are."""
        self._tokens.close()
        cast("Any", super()).close()


def _no_login(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
