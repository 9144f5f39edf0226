"""Sends one request and takes its whole answer: pacing, sizes, time, proxies, certificates.

Proxies are taken from the environment (`HTTPS_PROXY`, `NO_PROXY`), because companies need them; the
connection through them is encrypted to the API itself. Plain http goes to loopback only, and never
through a proxy, which could read the key. Logins from a netrc file are never used.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote, urlencode

from ccsync import __version__
from ccsync.errors import SettingsError, SourceDrift, SourceError, SourceRefused, SourceUnavailable
from ccsync.runtime import Runtime
from ccsync.settings.model import SourceSettings
from ccsync.source.address import check_base_url
from ccsync.source.answers import Answer, NoAnswerError, Question
from ccsync.source.clock import ClockWatch
from ccsync.source.connection import described, is_lasting, proxy_for, remedy
from ccsync.source.http import httpx
from ccsync.source.pacing import Pacer
from ccsync.source.pages import NotJsonError
from ccsync.source.text import one_line

USER_AGENT = f"ccsync/{__version__} (+https://github.com/ccsync/ccsync)"

MAX_BODY = 64 * 2**20
"""Bytes of one page, decoded. A page of 1,000 rows has about one million."""

_MAX_ERROR_BODY = 2**16
_CODINGS = "gzip, deflate"
"""How bodies may be compressed. httpx would take more, where libraries for more are installed."""

_SLOWEST = 300.0
"""Seconds that one answer may take, however steadily it drips."""

_WEB_PAGES = 5
"""So many web pages in a row, and it is not the API that answers."""

# Plain http checks no certificates; loading the authorities for it would cost 50 ms.
_TRUST_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Sender:
    """The connection to `source.base_url`; safe for threads."""

    def __init__(
        self,
        settings: SourceSettings,
        runtime: Runtime,
        *,
        deadline: float | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Prepare; nothing is sent and no file but `ca_file` is read.

        Raises:
            SettingsError: the address or the CA file cannot be used.
        """
        self._base = check_base_url(settings.base_url)
        self._runtime = runtime
        self.deadline = deadline
        """The moment of `runtime.monotonic` at which the whole run ends."""
        self._pacer = Pacer(runtime, settings.requests_per_minute)
        self._lock = threading.Lock()
        self._web_pages = 0
        self.clock = ClockWatch()
        self.requests = 0
        """Requests sent, the tries that failed included."""
        self.bytes_read = 0
        """Bytes of bodies as they came over the wire."""
        encrypted = self._base.scheme == "https"
        self._proxy = proxy_for(self._base) if encrypted and transport is None else ""
        try:
            self._http = httpx.Client(
                headers={
                    "user-agent": USER_AGENT,
                    "accept": "application/json",
                    "accept-encoding": _CODINGS,
                    "anthropic-version": settings.anthropic_version,
                },
                verify=_trusted(settings.ca_file) if encrypted else _TRUST_NOBODY,
                timeout=httpx.Timeout(30, connect=5),
                follow_redirects=False,
                trust_env=encrypted,
                transport=transport,
            )
        except (ValueError, ImportError) as error:
            raise SettingsError(
                f"source: the proxy in the environment (HTTPS_PROXY) cannot be used: "
                f"{one_line(str(error))}"
            ) from None

    @property
    def host(self) -> str:
        """Name the host (and port) that is asked."""
        return self._base.netloc.decode("ascii")

    def watched_by(self, watch: Callable[[int], None]) -> None:
        """Tell somebody once, with the requests per minute, that pacing makes us wait."""
        self._pacer.watch = watch

    def close(self) -> None:
        """Let go of all connections."""
        self._http.close()

    def send(
        self,
        question: Question,
        headers: Mapping[str, str],
        *,
        secret: str,
        json: bytes | None = None,
    ) -> Answer:
        """Send once.

        Args:
            question: what is asked.
            headers: beside those of every request.
            secret: what is in the request and may not come back in an error.
            json: makes it a POST with this body.

        Raises:
            NoAnswerError: trying again may help.
            SourceRefused: certificates, or a proxy that says no.
            SourceUnavailable: there is no time left for it.
            SourceDrift: the answer is too large.
            Stopped: the process is asked to end.
        """
        self._wait_for_turn(question)
        query = urlencode(dict(question.params), quote_via=quote, safe="")
        prefix = self._base.raw_path.rstrip(b"/")
        target = f"{question.path}?{query}" if query else question.path
        url = self._base.copy_with(raw_path=prefix + target.encode("ascii"))
        with self._lock:
            self.requests += 1
        heard: dict[str, str] = {}
        asked = self._runtime.now()
        method = "GET" if json is None else "POST"
        if json is not None:
            headers = {**headers, "content-type": "application/json"}
        try:
            with self._http.stream(method, url, headers=headers, content=json) as response:
                heard = {name.lower(): value for name, value in response.headers.items()}
                self.clock.heard(heard, asked, self._runtime.now())
                body = self._body(question, response)
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise self._fault(question, error, heard.get("request-id")) from None
        if response.status_code != 200:
            body = body.replace(secret.encode(), b"***")
        return Answer(response.status_code, heard, body)

    def understood(self) -> None:
        """Note that an answer made sense: whatever web pages came before, the API is there."""
        self._web_pages = 0

    def not_json(
        self, question: Question, answer: Answer, error: NotJsonError
    ) -> SourceUnavailable:
        """Give the error for a good status whose body is no JSON."""
        what = f"{question.about}: {self.host} answered 200 with {error} {answer.mark}"
        with self._lock:
            self._web_pages = self._web_pages + 1 if error.web_page else 0
            persistent = self._web_pages >= _WEB_PAGES
        if error.web_page:
            what += ". A proxy, or a wrong source.base_url, is answering in the API's place"
        if persistent:
            return SourceUnavailable(f"{what}; it did so {_WEB_PAGES} times in a row or more")
        return NoAnswerError(what)

    def _wait_for_turn(self, question: Question) -> None:
        self._runtime.stop.check()
        seconds = self._pacer.take()
        if not seconds:
            return
        if self.deadline is not None and self._runtime.monotonic() + seconds > self.deadline:
            raise SourceUnavailable(
                f"{question.about}: not asked, the time of the whole run (sync.deadline) is used up"
            )
        self._runtime.pause(seconds)

    def _body(self, question: Question, response: httpx.Response) -> bytes:
        good = response.status_code == 200
        if not _is_bounded(response.headers.get("content-encoding", "")):
            if not good:
                return b""
            raise SourceDrift(
                f"{question.about}: {self.host} answered with a body compressed in a way that was "
                f"not asked for (content-encoding: "
                f"{one_line(response.headers['content-encoding'])}; at most one of {_CODINGS} is "
                "taken). Does a proxy change the API's answers?"
            )
        latest = self._runtime.monotonic() + _SLOWEST
        chunks: list[bytes] = []
        size = 0
        try:
            for chunk in response.iter_bytes():
                self._runtime.stop.check()
                chunks.append(chunk)
                size += len(chunk)
                if size > MAX_BODY and good:
                    raise SourceDrift(
                        f"{question.about}: {self.host} answered with more than "
                        f"{MAX_BODY // 2**20} MiB, which no page has. Is something else than the "
                        "API answering at source.base_url? Otherwise lower source.page_size"
                    )
                if size > _MAX_ERROR_BODY and not good:
                    break
                if self._runtime.monotonic() > latest:
                    raise NoAnswerError(
                        f"{question.about}: the answer of {self.host} was not complete after "
                        f"{_SLOWEST:.0f} seconds"
                    )
        finally:
            with self._lock:
                self.bytes_read += response.num_bytes_downloaded
        return b"".join(chunks)

    def _fault(self, question: Question, error: Exception, request_id: str | None) -> SourceError:
        """Give a fault of the connection its name."""
        known = f" (request-id {one_line(request_id)})" if request_id else ""
        way = f" through the proxy {self._proxy} (HTTPS_PROXY)" if self._proxy else ""
        what = f"{question.about}: no answer from {self.host}{way}: {described(error)}{known}"
        help_ = remedy(error, now=self._runtime.now(), proxied=bool(self._proxy))
        if help_ and is_lasting(error):
            return SourceRefused(f"{what}. {help_}")
        return NoAnswerError(f"{what}. {help_}" if help_ else what)


def _is_bounded(coding: str) -> bool:
    """Tell whether what one read decodes to is bounded: compressed twice, 3 kB make gigabytes."""
    codings = {one.strip() for one in coding.lower().split(",")} - {"", "identity"}
    return coding.count(",") < 1 and codings <= set(_CODINGS.split(", "))


def _trusted(ca_file: str | None) -> ssl.SSLContext | bool:
    """Give what certificates are checked against; True is the usual authorities."""
    if ca_file is None:
        return True
    try:
        context = ssl.create_default_context(cafile=Path(ca_file).expanduser())
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"source.ca_file: cannot read certificates from {ca_file}: {error.strerror or error}. "
            "Expected is a PEM file"
        ) from None
    # Python 3.13 began to want key identifiers and more, which CAs of companies' proxies often
    # lack. Who signed, until when and for which name is checked as ever.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context
