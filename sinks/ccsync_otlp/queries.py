"""Asks a Prometheus HTTP API (Prometheus, Mimir, Grafana Cloud, VictoriaMetrics) and reads answers.

https://prometheus.io/docs/prometheus/latest/querying/api/ is the specification.
"""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

import httpx
import msgspec

from ccsync.errors import SinkRefused, SinkUnavailable
from ccsync.secret import Secret
from ccsync_otlp.address import is_loopback
from ccsync_otlp.promql import Asked, Sample
from ccsync_otlp.tls import lenient, meaning_of
from ccsync_otlp.transport import cleaned

TIMEOUT = 60.0
"""Seconds that a query may take: it looks at every series of a day."""

_PATH = "/api/v1/query"
_CHECK_URL = f"check readback.url: {_PATH} is added to it"
_TOO_MUCH = re.compile(r"too many|exceed|maximum|max(?:imum)? |limit", re.IGNORECASE)


class _Line(msgspec.Struct):
    value: tuple[float, str]
    metric: dict[str, str] = {}


class _Data(msgspec.Struct, rename="camel"):
    result_type: str
    result: msgspec.Raw


class _Answer(msgspec.Struct, rename="camel"):
    status: str
    data: _Data | None = None
    error: str = ""
    error_type: str = ""
    warnings: list[str] | None = None
    is_partial: bool = False
    """VictoriaMetrics: some of its storage nodes did not answer."""


class QueryApi:
    """One query API."""

    def __init__(
        self,
        url: str,
        headers: Mapping[str, Secret],
        *,
        ca_file: str | None,
        user_agent: str,
        timeout: float = TIMEOUT,
    ) -> None:
        """Prepare; connects to nothing.

        Args:
            url: the address that /api/v1/query is added to.
            headers: of each request.
            ca_file: authorities to trust beside the system's.
            user_agent: as `ccsync/VERSION (+url)`.
            timeout: of a query, in seconds.

        Raises:
            SinkRefused: the file cannot be used.
        """
        self.url = url.strip().rstrip("/") + _PATH
        self._timeout = timeout
        self._secrets = [one.reveal() for one in headers.values()]
        parts = httpx.URL(self.url)
        # Plain http checks no certificates; loading the authorities for it would cost 40 ms.
        trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if parts.scheme == "https":
            trust = lenient(ssl.create_default_context())
            try:
                if ca_file is not None:
                    trust.load_verify_locations(ca_file)
            except (OSError, ssl.SSLError) as error:
                why = f"tls.ca_file: {ca_file} cannot be used: {error}"
                raise SinkRefused(self._said("not asked", why)) from None
        self._client = httpx.Client(
            headers={
                "user-agent": user_agent,
                "accept": "application/json",
                # What was sent a moment ago has to be in the answer.
                "cache-control": "no-store",
                **{name: one.reveal() for name, one in headers.items()},
            },
            timeout=timeout,
            verify=trust,
            # Proxies of the environment are for the world outside.
            trust_env=not is_loopback(parts.host),
        )

    def close(self) -> None:
        """Let go of the connection. Safe twice."""
        self._client.close()

    def ask(self, asked: Asked) -> list[Sample]:
        """Ask once.

        Raises:
            SinkUnavailable: no answer, or a part of one.
            SinkRefused: asking again will not help.
        """
        form = {"query": asked.expression, "time": f"{asked.at:.3f}", "nocache": "1"}
        try:
            response = self._asked(form)
        except httpx.HTTPError as error:
            if (meaning := meaning_of(str(error))) is not None:
                raise SinkRefused(self._said("no answer", meaning)) from None
            what = str(error) or type(error).__name__
            raise SinkUnavailable(self._said("no answer", what)) from None
        except httpx.InvalidURL as error:
            raise SinkRefused(self._said("no answer", f"{error}. {_CHECK_URL}")) from None
        return self._samples(self._checked(response))

    def _asked(self, form: Mapping[str, str]) -> httpx.Response:
        """Ask, and read the answer: it may come in drips, of which each is in time."""
        latest = time.monotonic() + self._timeout
        content = bytearray()
        with self._client.stream("POST", self.url, data=form) as response:
            for piece in response.iter_raw():
                content += piece
                if time.monotonic() > latest:
                    raise httpx.ReadTimeout(
                        f"no whole answer came within {self._timeout:g} seconds"
                    )
        status, headers = response.status_code, response.headers
        return httpx.Response(status, headers=headers, content=bytes(content))

    def _checked(self, response: httpx.Response) -> _Answer:
        status, name = response.status_code, f"HTTP {response.status_code}"
        if 300 <= status < 400:
            raise SinkRefused(self._said(name, f"a redirect, which is not followed. {_CHECK_URL}"))
        if status in (401, 403):
            fix = "check readback.headers: the login is missing, wrong, or may not read"
            raise SinkRefused(self._said(name, f"{_words(response)}. {fix}"))
        if status in (404, 405):
            raise SinkRefused(self._said(name, f"no query API answers there. {_CHECK_URL}"))
        if status == 429 or (status >= 500 and status != 501):
            pause = response.headers.get("retry-after", "")
            raise SinkUnavailable(
                self._said(name, _words(response)),
                retry_after=float(pause) if re.fullmatch(r"\d{1,6}", pause) else None,
            )
        if status != 200:
            words = _words(response)
            fix = ""
            if _TOO_MUCH.search(words):
                fix = ". Raise the limit that it names (of samples or series of a query)"
            raise SinkRefused(self._said(name, words + fix))
        try:
            return msgspec.json.decode(response.content, type=_Answer)
        except (msgspec.DecodeError, UnicodeDecodeError):
            kind = response.headers.get("content-type", "unknown content").partition(";")[0]
            raise SinkRefused(
                self._said(name, f"{kind}, not an answer of a Prometheus HTTP API. {_CHECK_URL}")
            ) from None

    def _samples(self, answer: _Answer) -> list[Sample]:
        if answer.status != "success" or answer.data is None:
            raise SinkRefused(self._said(answer.status, answer.error or "an answer without data"))
        if answer.warnings or answer.is_partial:
            why = "; ".join(answer.warnings or ["some of its parts did not answer"])
            raise SinkUnavailable(
                self._said("an answer that may be partial", f"{why}. Nothing was compared")
            )
        if answer.data.result_type != "vector":
            kind = answer.data.result_type
            raise SinkRefused(self._said(f"a {kind}", f"a vector was asked for. {_CHECK_URL}"))
        try:
            lines = msgspec.json.decode(answer.data.result, type=list[_Line])
            samples = [Sample(line.metric, Decimal(line.value[1])) for line in lines]
        except (msgspec.DecodeError, InvalidOperation):
            raise SinkRefused(self._said("an answer", "that cannot be read")) from None
        if not all(one.value.is_finite() for one in samples):
            raise SinkRefused(self._said("a sum", "that is not a number; who else writes there?"))
        return samples

    def _said(self, status: str, text: str) -> str:
        return cleaned(f"{self.url}: {status}: {text}", self._secrets)


def _words(response: httpx.Response) -> str:
    """Give the message of an error, which is JSON, unless something in between speaks."""
    try:
        answer = msgspec.json.decode(response.content, type=_Answer)
    except (msgspec.DecodeError, UnicodeDecodeError):
        kind = response.headers.get("content-type", "")
        return "a web page" if "html" in kind else response.text[:500].strip() or "without a word"
    return answer.error or answer.error_type or "without a word"
