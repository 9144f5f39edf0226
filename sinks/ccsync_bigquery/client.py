"""Makes the official client: with our login, address and timeouts. Connects to nothing yet."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

import requests
import urllib3.exceptions
from google.api_core.client_info import ClientInfo
from google.auth.credentials import AnonymousCredentials
from google.auth.transport.requests import AuthorizedSession, Request
from google.cloud import bigquery

from ccsync.adc import Adc
from ccsync.sink import SinkContext
from ccsync_bigquery import endpoint
from ccsync_bigquery.endpoint import Endpoint
from ccsync_bigquery.failures import ForeignAnswerError
from ccsync_bigquery.service import CONNECT_TIMEOUT, Service
from ccsync_bigquery.settings import BigQueryConfig

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

_PIECE = 65_536
"""Most bytes of an answer that are taken at once."""


def connect(
    config: BigQueryConfig, context: SinkContext, environ: Mapping[str, str] = os.environ
) -> Service:
    """Make the door to the dataset of the settings. It logs in at its first use.

    Raises:
        SettingsError: settings and environment name no usable address.
    """
    to = endpoint.resolve(config, environ)
    billing = config.billing_project or config.place.project
    adc = None
    if not to.anonymous:
        adc = Adc(
            impersonate=config.impersonate_service_account,
            clock=lambda: context.now().timestamp(),
        )

    def make_client() -> bigquery.Client:
        return make(
            to,
            adc.login().credentials if adc is not None else cast("Any", AnonymousCredentials)(),
            billing=billing,
            user_agent=context.user_agent,
            timeout=float(config.timeout),
        )

    return Service(
        place=config.place,
        context=context,
        make_client=make_client,
        adc=adc,
        address=f"{to.url} ({to.given_by})" if to.given_by else "",
        billing=billing,
        timeout=float(config.timeout),
    )


def make(
    to: Endpoint, credentials: Credentials, *, billing: str, user_agent: str, timeout: float
) -> bigquery.Client:
    """Make the official client.

    Args:
        to: the address; always given to the client, which would look for another one otherwise.
        credentials: of the login.
        billing: the project that jobs are billed to.
        user_agent: ours; the client's libraries are named after it.
        timeout: seconds that a request may be without an answer.

    Raises:
        GoogleAuthError: a client certificate of the environment cannot be used.
    """
    session = _Session(credentials, timeout=timeout, outside=not to.anonymous)
    if not to.anonymous:
        cast("Any", session).configure_mtls_channel()
    return bigquery.Client(
        project=billing,
        credentials=credentials,
        client_info=cast("Any", ClientInfo)(user_agent=user_agent),
        client_options={"api_endpoint": to.url},
        _http=session,
    )


class _Session(AuthorizedSession):
    """Sends each request once, to where it was meant for, and does not wait for ever."""

    def __init__(self, credentials: Credentials, *, timeout: float, outside: bool) -> None:
        tokens = requests.Session()
        super().__init__(  # type: ignore[no-untyped-call]
            credentials,
            # Without a login there is none to be made anew.
            max_refresh_attempts=1 if outside else 0,
            auth_request=Request(tokens),
        )
        self._timeouts = (CONNECT_TIMEOUT, timeout)
        # What follows a redirect would take rows to where nobody meant them to go.
        self.max_redirects = 0
        for session in (self, tokens):
            # Proxies of the environment are for the world outside. With an `auth` of its own, a
            # session does not look for logins in netrc files, which would replace ours.
            session.trust_env = outside
            session.auth = _no_login
            session.hooks["response"].append(self._read)

    def request(  # type: ignore[override]
        self, method: str, url: str, *args: Any, **options: Any
    ) -> requests.Response:
        """Send with our timeouts, whatever the caller thinks of them: the client's are endless."""
        options["timeout"] = self._timeouts
        parent = cast("Any", super())
        response: requests.Response = parent.request(method, url, *args, **options)
        ForeignAnswerError.look(response)
        return response

    def _read(self, response: requests.Response, *_args: object, **_options: object) -> None:
        """Read an answer to its end. It may come in drips: each is in time, and all must be.

        Called before `requests` would read it, which waits for each drip anew.

        Raises:
            requests.RequestException: as `requests` does; ReadTimeout when there is no end.
        """
        read1 = getattr(response.raw, "read1", None)
        if read1 is None:  # an old urllib3
            return
        content: bytes | None = None
        try:
            content = _whole(read1, time.monotonic() + self._timeouts[1])
        except urllib3.exceptions.ProtocolError as error:
            raise requests.exceptions.ChunkedEncodingError(error) from error
        except urllib3.exceptions.DecodeError as error:
            raise requests.exceptions.ContentDecodingError(error) from error
        except urllib3.exceptions.HTTPError as error:
            raise requests.exceptions.ConnectionError(error) from error
        finally:
            if content is None:  # else the connection is good for the next request
                response.close()
        known = cast("Any", response)
        known._content, known._content_consumed = content, True


def _whole(read1: Callable[..., bytes], latest: float) -> bytes:
    content = bytearray()
    while piece := read1(_PIECE, decode_content=True):
        content += piece
        if time.monotonic() > latest:
            raise requests.exceptions.ReadTimeout("the answer does not end")
    return bytes(content)


def _no_login(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
