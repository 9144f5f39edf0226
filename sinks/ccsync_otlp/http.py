"""Requests over HTTP, through the official exporter, without its encoder and its retries.

The official `OTLPMetricExporter` gets our own `requests.Session` by its public argument, and
nothing to encode: its encoder costs ten times as much as ours, drops points of equal resources
and gauges' start times, and its answers hide what was rejected. For each request the session is
loaded with a prepared body, the exporter exports empty metrics, and the session sends the prepared
body in the place of the empty one. Address, TLS files, protocol headers and the time allowed stay
the exporter's; what it would add from the environment is left out, as `endpoint` has decided that.

The exporter tries again by itself, six times and more, and takes a redirect or a web page for
success. Neither can happen here: the session keeps the real outcome for us and always tells the
exporter that all is well; and a body is sent at most once, because the session forgets it before.
"""

from __future__ import annotations

import datetime as dt
import gzip
import threading
import time
from collections.abc import Callable
from typing import Any

import msgspec
import requests
import requests.adapters
import urllib3.exceptions
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics.export import MetricsData
from urllib3.util.ssl_ import create_urllib3_context

from ccsync_otlp import classify
from ccsync_otlp.address import is_loopback
from ccsync_otlp.endpoint import Endpoint
from ccsync_otlp.faults import of_requests
from ccsync_otlp.tls import lenient
from ccsync_otlp.transport import NO_ANSWER, Response, cleaned

_MOST_READ = 64 * 1024
"""Bytes of an answer that are looked at."""

_SPARE = 0.5
"""Seconds beyond the timeout in which a request may give up by itself, with a better reason."""

_CHUNK = 512
_EMPTY = MetricsData(resource_metrics=[])
_PROTOCOL_HEADERS = ("content-type", "content-encoding")


class HttpTransport:
    """Sends to one address; keeps its connection."""

    def __init__(
        self, endpoint: Endpoint, *, user_agent: str, now: Callable[[], dt.datetime]
    ) -> None:
        """Prepare; connects to nothing."""
        self._endpoint = endpoint
        self._secrets = endpoint.secrets()
        self._gzip = endpoint.compression == "gzip"
        self._user_agent = user_agent
        self._now = now
        self._closed = False
        self._start()

    def _start(self) -> None:
        endpoint = self._endpoint
        self._session = _Session(endpoint, self._user_agent, self._now)
        self._exporter = OTLPMetricExporter(
            endpoint=endpoint.url.reveal(),
            certificate_file=endpoint.ca_file,
            client_certificate_file=endpoint.certificate_file,
            client_key_file=endpoint.key_file,
            timeout=endpoint.timeout,
            compression=Compression.Gzip if self._gzip else Compression.NoCompression,
            session=self._session,
        )
        # A key in the environment must not be paired with a certificate of the settings.
        certificate = endpoint.certificate_file
        pair = (certificate, endpoint.key_file) if certificate and endpoint.key_file else None
        self._session.cert = pair or certificate

    def send(self, body: bytes) -> Response:
        """Try exactly once to hand over an encoded ExportMetricsServiceRequest.

        Raises:
            RuntimeError: the transport is closed, or the installed exporter does not work as the
                one that this was written for.
        """
        session, exporter = self._session, self._exporter
        session.load(gzip.compress(body, 6, mtime=0) if self._gzip else body)

        def work() -> None:
            try:
                exporter.export(_EMPTY)  # pyright: ignore[reportUnknownMemberType]
            except Exception as error:  # noqa: BLE001 - raised below
                session.fail(error)

        # A thread that can be left: a timeout of sockets counts anew with each byte, and name
        # servers know none.
        thread = threading.Thread(target=work, name="ccsync-otlp", daemon=True)
        thread.start()
        thread.join(self._endpoint.timeout + _SPARE)
        if thread.is_alive():
            session.close()
            self._start()
            return _unfinished(self._endpoint)
        response = session.outcome()
        text = cleaned(response.text, self._secrets)
        return msgspec.structs.replace(response, text=text)

    def close(self) -> None:
        """Let go of the connection. Safe twice."""
        if not self._closed:
            self._closed = True
            self._exporter.shutdown()  # pyright: ignore[reportUnknownMemberType]


class _Session(requests.Session):
    """Sends what it was loaded with, once, and keeps what came of it."""

    def __init__(self, endpoint: Endpoint, user_agent: str, now: Callable[[], dt.datetime]) -> None:
        super().__init__()
        self._endpoint = endpoint
        self._now = now
        self._own_headers = {name: one.reveal() for name, one in endpoint.headers.items()}
        self._own_headers.setdefault("user-agent", user_agent)
        self._body: bytes | None = None
        self._outcome: Response | Exception | None = None
        self.mount("https://", _Adapter())
        # Proxies of the environment are for the world outside. With an `auth` of its own, a
        # session does not look for logins in netrc files, which would replace our headers.
        self.trust_env = not is_loopback(endpoint.host)
        self.auth = _no_login

    def load(self, body: bytes) -> None:
        """Take the body of the next request."""
        self._body, self._outcome = body, None

    def fail(self, error: Exception) -> None:
        """Take what kept the exporter from asking."""
        self._outcome = error

    def outcome(self) -> Response:
        """Give what came of it.

        Raises:
            RuntimeError: nothing did.
            Exception: a bug, which the exporter would have swallowed.
        """
        outcome, self._body, self._outcome = self._outcome, None, None
        if outcome is None:
            raise RuntimeError(
                "nothing was sent: the transport is closed, or the installed version of "
                "opentelemetry-exporter-otlp-proto-http skips what older ones send"
            )
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def request(
        self, method: str | bytes, url: str | bytes, *_: Any, **options: Any
    ) -> requests.Response:
        """Send the loaded body in place of the exporter's; calm the exporter in any case."""
        body, self._body = self._body, None
        if body is not None:
            try:
                self._outcome = self._send(method, url, body, options)
            except Exception as error:  # noqa: BLE001 - the exporter would not raise it
                self._outcome = error
        calm = requests.Response()
        calm.status_code = 200
        return calm

    def _send(
        self, method: str | bytes, url: str | bytes, body: bytes, options: dict[str, Any]
    ) -> Response:
        given: dict[str, str] = options.get("headers") or {}
        kept = {name.lower(): value for name, value in given.items()}
        headers = {name: kept[name] for name in _PROTOCOL_HEADERS if name in kept}
        timeout = float(options.get("timeout") or self._endpoint.timeout)
        latest = time.monotonic() + timeout
        try:
            with super().request(
                method,
                url,
                data=body,
                headers={**headers, **self._own_headers},
                timeout=timeout,
                allow_redirects=False,
                stream=True,
                # Said here, or REQUESTS_CA_BUNDLE would win over the settings.
                verify=self.verify if isinstance(self.verify, str) else None,
            ) as answer:
                said = {name.lower(): value for name, value in answer.headers.items()}
                content = _beginning(answer, latest)
                if answer.ok and time.monotonic() > latest:
                    # What is missing may say that points were rejected.
                    return _unfinished(self._endpoint)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            return of_requests(error, self._endpoint)
        return classify.of_http(answer.status_code, said, content, self._now())


class _Adapter(requests.adapters.HTTPAdapter):
    """Checks certificates as the other connections of ccsync do."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, ssl_context=lenient(create_urllib3_context()), **options)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        context = lenient(create_urllib3_context())
        return super().proxy_manager_for(proxy, ssl_context=context, **options)


def _beginning(answer: requests.Response, latest: float) -> bytes:
    """Read an answer, but neither without end nor for ever."""
    content = b""
    for chunk in answer.iter_content(_CHUNK):
        content += chunk
        if len(content) > _MOST_READ or time.monotonic() > latest:
            break
    return content


def _unfinished(endpoint: Endpoint) -> Response:
    seconds = f"no whole answer came within {endpoint.timeout:g} seconds"
    return Response("unavailable", NO_ANSWER, f"{endpoint.place} gave no answer: {seconds}")


def _no_login(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
