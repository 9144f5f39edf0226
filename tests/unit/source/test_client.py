from __future__ import annotations

import gzip
import re
import ssl
from collections.abc import Generator
from pathlib import Path
from typing import Any, cast

import httpx
import msgspec
import pytest

import ccsync
from ccsync.errors import SettingsError, SourceDrift, SourceRefused, SourceUnavailable, Stopped
from ccsync.secret import Secret
from ccsync.source.answers import Answer, NoAnswerError, Question
from ccsync.source.client import ApiClient
from ccsync.source.pages import read_json
from ccsync.testing import FakeRuntime
from tests.support.answering import Said, serving
from tests.support.certificates import make_old_authority

from .fake_api import DAY, KEY, FakeApi, a_row, bad, good, sample, settings

QUESTION = Question(
    "/v1/organizations/usage_report/claude_code",
    about="2026-11-19",
    params={"starting_at": str(DAY), "limit": 1000},
)


class Anything(msgspec.Struct):
    """Any JSON object."""


def client(api: FakeApi, runtime: FakeRuntime | None = None, **changes: Any) -> ApiClient:
    return ApiClient(
        settings(**changes), runtime or FakeRuntime(), transport=httpx.MockTransport(api)
    )


def get(asking: ApiClient, question: Question = QUESTION) -> Answer:
    _, answer = asking.get(question, lambda body: read_json(body, Anything, what="the test"))
    return answer


def test_what_is_sent() -> None:
    api = FakeApi().script(good())
    get(client(api, base_url="https://api.example/some/prefix/", anthropic_version="2026-10-21"))
    (request,) = api.requests
    assert request.method == "GET"
    assert str(request.url) == (
        "https://api.example/some/prefix/v1/organizations/usage_report/claude_code"
        "?starting_at=2026-11-19&limit=1000"
    )
    headers = request.headers
    assert headers["x-api-key"] == KEY
    assert (
        headers["user-agent"] == f"ccsync/{ccsync.__version__} (+https://github.com/ccsync/ccsync)"
    )
    assert headers["anthropic-version"] == "2026-10-21"
    assert headers["accept"] == "application/json"
    assert headers["accept-encoding"] == "gzip, deflate"
    assert "authorization" not in headers


def test_the_cursor_is_percent_encoded_and_otherwise_left_alone() -> None:
    api = FakeApi().script(good())
    cursor = "page_a+b/c==&limit=1 é#?"
    get(client(api), Question("/p", about="x", params={"starting_at": str(DAY), "page": cursor}))
    (request,) = api.requests
    assert request.url.params["page"] == cursor
    assert b"page_a%2Bb%2Fc%3D%3D%26limit%3D1%20%C3%A9%23%3F" in request.url.raw_path


def test_counters() -> None:
    api = FakeApi().script(good(a_row()), bad(500))
    asking = client(api)
    get(asking)
    with pytest.raises(NoAnswerError):
        get(asking)
    assert asking.sender.requests == 2
    assert asking.sender.bytes_read > 500


def test_gzip() -> None:
    body = gzip.compress(b'{"data": []}')
    headers = {"content-encoding": "gzip"}
    api = FakeApi().script(lambda _: httpx.Response(200, headers=headers, content=body))
    assert get(client(api)).body == b'{"data": []}'


@pytest.mark.parametrize("coding", ["gzip, gzip", "deflate,gzip", "br", "zstd", "aws-chunked"])
def test_a_body_that_one_read_could_make_endless_is_not_decoded(coding: str) -> None:
    body = gzip.compress(gzip.compress(b'{"data": []}'))
    api = FakeApi()
    for status in (200, 503):
        headers = {"content-encoding": coding}
        stream = httpx.ByteStream(body)
        api.script(httpx.Response(status, headers=headers, stream=stream))
        with pytest.raises(SourceDrift if status == 200 else NoAnswerError) as caught:
            get(client(api))
        said = str(caught.value)
        assert said.startswith("2026-11-19: ")
        assert (f"content-encoding: {coding}" in said) == (status == 200)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (httpx.ConnectError("Connection refused"), "Connection refused"),
        (httpx.ConnectTimeout(""), "no connection within 5 seconds"),
        (httpx.ReadTimeout(""), "nothing came for 30 seconds"),
        (httpx.PoolTimeout(""), "nothing came for 30 seconds"),
        (httpx.ReadError(""), "ReadError"),
        (httpx.RemoteProtocolError("peer closed"), "the connection was dropped (peer closed)"),
        (httpx.ProxyError("502 Bad Gateway"), "the proxy answered 502 Bad Gateway"),
        (httpx.ConnectError("[SSL: WRONG_VERSION_NUMBER]"), "does not speak https"),
        (httpx.DecodingError("incorrect header check"), "the compressed body is garbled"),
    ],
)
def test_faults_of_the_connection_are_tried_again(fault: Exception, said: str) -> None:
    with pytest.raises(NoAnswerError) as caught:
        get(client(FakeApi().script(fault)))
    assert str(caught.value).startswith("2026-11-19: no answer from api.example: ")
    assert said in str(caught.value)


def test_a_certificate_that_is_not_trusted_is_refused() -> None:
    fault = httpx.ConnectError("certificate verify failed")
    fault.__cause__ = ssl.SSLCertVerificationError("self-signed certificate")
    with pytest.raises(SourceRefused, match=r"source\.ca_file"):
        get(client(FakeApi().script(fault)))


class Endless(httpx.SyncByteStream):
    def __init__(self, runtime: FakeRuntime, seconds: float, signal: int = 0) -> None:
        self.runtime, self.seconds, self.signal = runtime, seconds, signal
        self.chunks = 0

    def __iter__(self) -> Generator[bytes]:
        while True:
            self.chunks += 1
            self.runtime.advance(self.seconds)
            if self.signal:
                self.runtime.stop.request(self.signal)
            yield b"x" * 2**20


def endless(stream: Endless, status: int = 200) -> FakeApi:
    return FakeApi().script(lambda _: httpx.Response(status, stream=stream))


def test_garbage_does_not_fill_the_memory() -> None:
    runtime = FakeRuntime()
    stream = Endless(runtime, 0)
    with pytest.raises(SourceDrift, match="more than 64 MiB"):
        get(client(endless(stream), runtime))
    assert stream.chunks == 65


def test_an_endless_error_is_cut_off() -> None:
    runtime = FakeRuntime()
    stream = Endless(runtime, 0)
    with pytest.raises(NoAnswerError, match="answered 502"):
        get(client(endless(stream, 502), runtime))
    assert stream.chunks == 1


def test_an_answer_may_not_drip_forever() -> None:
    runtime = FakeRuntime()
    with pytest.raises(NoAnswerError, match="not complete after 300 seconds"):
        get(client(endless(Endless(runtime, 29)), runtime))
    assert runtime.elapsed < 1000 + 400


def test_a_stop_is_honoured_within_an_answer() -> None:
    runtime = FakeRuntime()
    stream = Endless(runtime, 0, signal=15)
    with pytest.raises(Stopped):
        get(client(endless(stream), runtime))
    assert stream.chunks == 1


def test_no_request_after_a_stop() -> None:
    runtime = FakeRuntime()
    runtime.stop.request(15)
    api = FakeApi().script(good())
    with pytest.raises(Stopped):
        get(client(api, runtime))
    assert api.requests == []


@pytest.mark.parametrize("body", [b"", b'{"data": [', b"nothing", b"\xff\xfe\x00"])
def test_what_is_no_json_is_tried_again(body: bytes) -> None:
    asking = client(FakeApi().script(good(body=body)))
    for _ in range(20):
        with pytest.raises(
            NoAnswerError, match=r"no JSON, or not all of it .*\(request-id req_good"
        ):
            get(asking)


def test_a_web_page_is_tried_again_but_not_forever() -> None:
    api = FakeApi().script(good(body=sample("error_502.html")))
    asking = client(api)
    for _ in range(4):
        with pytest.raises(NoAnswerError, match=r"a web page .* wrong source\.base_url"):
            get(asking)
    for _ in range(2):
        with pytest.raises(SourceUnavailable, match="5 times in a row") as caught:
            get(asking)
        assert type(caught.value) is SourceUnavailable
    api.script(good())
    get(asking)
    api.script(good(body=sample("error_502.html")))
    with pytest.raises(NoAnswerError):
        get(asking)


def test_what_is_read_wrongly_names_the_request() -> None:
    with pytest.raises(SourceDrift, match=r"\(request-id req_good\)"):
        get(client(FakeApi().script(good(body=b"[]"))))


def test_pacing_waits_but_not_beyond_the_run() -> None:
    runtime = FakeRuntime()
    asking = ApiClient(
        settings(requests_per_minute=6),
        runtime,
        deadline=runtime.monotonic() + 15,
        transport=httpx.MockTransport(FakeApi().script(good())),
    )
    for _ in range(6):
        get(asking)
    assert runtime.pauses == [10]
    with pytest.raises(SourceUnavailable, match=r"2026-11-19: not asked.*sync\.deadline"):
        get(asking)
    assert runtime.pauses == [10]


def test_a_refused_token_is_read_again_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("old")

    def answer(request: httpx.Request) -> httpx.Response:
        file.write_text("new")
        return good() if request.headers["authorization"] == "Bearer new" else bad(401)

    api = FakeApi().script(answer)
    get(client(api, api_key=None, bearer_token_file=str(file)))
    assert [request.headers["authorization"] for request in api.requests] == [
        "Bearer old",
        "Bearer new",
    ]


def test_a_token_that_stays_refused_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("old")
    api = FakeApi().script(bad(401))
    with pytest.raises(SourceRefused):
        get(client(api, api_key=None, bearer_token_file=str(file)))
    assert len(api.requests) == 1


def test_an_answer_that_quotes_the_key_does_not_show_it() -> None:
    shapeless = "a-key-of-no-known-shape"
    body = b'{"error": {"message": "unknown key %s"}}' % shapeless.encode()
    asking = client(FakeApi().script(bad(401, body)), api_key=Secret(shapeless))
    with pytest.raises(SourceRefused) as caught:
        get(asking)
    assert shapeless not in str(caught.value)
    assert "unknown key ***" in str(caught.value)


def test_a_redirect_is_not_followed() -> None:
    api = FakeApi().script(bad(307, location="https://evil.example/"))
    with pytest.raises(SourceRefused, match=r"evil\.example"):
        get(client(api))
    assert len(api.requests) == 1


def test_plain_http_goes_through_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    asking = ApiClient(settings(base_url="http://127.0.0.1:9"), FakeRuntime())
    assert not proxies(asking)
    asking.close()
    asking = ApiClient(settings(), FakeRuntime())
    assert proxies(asking)
    asking.close()


def proxies(asking: ApiClient) -> bool:
    mounts = cast("dict[object, object]", vars(vars(asking.sender)["_http"])["_mounts"])
    return any(transport is not None for transport in mounts.values())


def test_a_proxy_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "ftp://user:hidden@proxy.example")
    with pytest.raises(SettingsError, match=re.escape("(HTTPS_PROXY) cannot be used")) as caught:
        ApiClient(settings(), FakeRuntime())
    assert "hidden" not in str(caught.value)


def test_the_ca_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"source\.ca_file: cannot read .*No such file"):
        client(FakeApi(), ca_file=str(tmp_path / "missing.pem"))
    (tmp_path / "bad.pem").write_text("no certificate")
    with pytest.raises(SettingsError, match=r"source\.ca_file: .*PEM"):
        client(FakeApi(), ca_file=str(tmp_path / "bad.pem"))


def test_a_ca_file_without_key_identifiers(tmp_path: Path) -> None:
    """As companies' proxies have it; from 3.13 on, Python takes none of these if not told to."""
    authority, pair = make_old_authority(tmp_path, "IP:127.0.0.1")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pair.certificate, pair.key)
    with serving(Said(), tls) as server:
        asking = ApiClient(settings(base_url=server.url, ca_file=str(authority)), FakeRuntime())
        assert get(asking).status == 200
        asking.close()
