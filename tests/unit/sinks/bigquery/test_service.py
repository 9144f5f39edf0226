"""The one door: each way of failing becomes the error that says the reaction."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from google.auth import exceptions
from google.auth.credentials import Credentials

from ccsync.adc import Adc
from ccsync.errors import SinkError, SinkRefused, SinkUnavailable
from ccsync.testing.contract.context import ContractContext
from ccsync_bigquery.answers import of_job
from ccsync_bigquery.client import make
from ccsync_bigquery.endpoint import Endpoint
from ccsync_bigquery.names import Place
from ccsync_bigquery.service import (
    ExistsError,
    ForbiddenError,
    MissingTableError,
    Service,
    TooLargeError,
)
from tests.support.answering import Answering, Heard, Said, as_json, serving
from tests.support.certificates import make_certificate

PLACE = Place("my-project", "usage")
BODY = b'{"rows": [{"json": {"date": "2026-11-20"}}]}'
TABLE = {
    "tableReference": {"projectId": "my-project", "datasetId": "usage", "tableId": "usage_raw"}
}

Open = Callable[..., Service]


def api_error(status: int, reason: str, message: str, **headers: str) -> Said:
    error = {
        "code": status,
        "message": message,
        "errors": [{"message": message, "domain": "global", "reason": reason}],
    }
    return as_json({"error": error}, status, **headers)


class Anybody(Credentials):
    """A login that is good, or raises what it is told to."""

    def __init__(self, error: Exception | None = None) -> None:
        cast("Any", super()).__init__()
        self.error = error
        self.token = "t"  # noqa: S105 - of nobody

    def refresh(self, request: object) -> None:
        if self.error is not None:
            raise self.error

    def before_request(self, request: object, method: str, url: str, headers: object) -> None:
        self.refresh(request)


@pytest.fixture
def open_service() -> Iterator[Open]:
    """Opens services, and closes them in the end."""
    opened: list[Service] = []

    def open_one(
        url: str, *, timeout: float = 5.0, error: Exception | None = None, adc: Adc | None = None
    ) -> Service:
        to = Endpoint(url, anonymous=True, given_by="endpoint")

        def make_client() -> Any:
            login = Anybody(error)
            return make(to, login, billing="my-project", user_agent="ccsync/1", timeout=timeout)

        opened.append(
            Service(place=PLACE, context=ContractContext(), make_client=make_client, adc=adc)
        )
        return opened[-1]

    yield open_one
    for service in opened:
        service.close()


def test_the_bytes_go_as_they_are(open_service: Open) -> None:
    with serving(as_json({"kind": "bigquery#tableDataInsertAllResponse"})) as server:
        assert open_service(server.url).insert_all("usage_raw", BODY) == []
    (heard,) = server.heard
    assert heard.body == BODY
    assert heard.method == "POST"
    path = "/bigquery/v2/projects/my-project/datasets/usage/tables/usage_raw/insertAll"
    assert heard.path.partition("?")[0] == path
    assert heard.headers["content-type"] == "application/json"


def test_errors_of_rows_are_given_as_they_are(open_service: Open) -> None:
    refused = [{"index": 0, "errors": [{"reason": "invalid", "location": "date"}]}]
    with serving(as_json({"insertErrors": refused})) as server:
        assert open_service(server.url).insert_all("usage_raw", BODY) == refused


PAGE = b"<!DOCTYPE html><html><title>502 Server Error</title></html>"
HTML = {"Content-Type": "text/html"}

SILENCES = [
    (Said(ending="reset"), "the connection was dropped"),
    (Said(ending="none"), "the connection was dropped"),
    (Said(ending="stall"), "nothing came in time"),
    (Said(body=b'{"kind": "bigquery#tableData"}', ending="half"), "broke off"),
    (Said(body=b"<html>captive portal</html>", headers=HTML), "not JSON"),
    (Said(body=b""), "not what BigQuery answers"),
    (Said(body=b"[]"), "not what BigQuery answers"),
    (as_json({"insertErrors": "none"}), "not what BigQuery answers"),
    (as_json({"insertErrors": ["none"]}), "not what BigQuery answers"),
    (Said(body=b"xx", headers={"Content-Encoding": "gzip"}), "cannot be unpacked"),
    (Said(502, PAGE, HTML), "502 Server Error"),
    (Said(500, b'"oops"'), "500"),
    (Said(500, b'[{"error": "busy"}]'), "500"),
    (Said(503, b'{"error": ["busy"]}'), "503"),
    (Said(503, b'{"error": "busy"}'), "503"),
    (api_error(503, "backendError", "Try again"), "503 backendError: Try again"),
    (api_error(403, "rateLimitExceeded", "Too fast"), "rateLimitExceeded"),
]


@pytest.mark.parametrize(("said", "words"), SILENCES)
def test_what_may_go_away_is_unavailable_after_one_try(
    open_service: Open, said: Said, words: str
) -> None:
    with serving(said) as server:
        service = open_service(server.url, timeout=0.3)
        with pytest.raises(SinkUnavailable, match=words) as caught:
            service.insert_all("usage_raw", BODY)
    assert len(server.heard) == 1
    assert str(caught.value).startswith("my-project.usage.usage_raw: could not stream rows: ")


def test_nobody_there_is_unavailable(open_service: Open) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        service = open_service(f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(SinkUnavailable, match=r"connection was refused\. It was asked at 127"):
            service.locate()


def test_the_pause_that_it_asks_for_is_kept(open_service: Open) -> None:
    with (
        serving(api_error(429, "rateLimitExceeded", "Slow down", Retry_After="17")) as server,
        pytest.raises(SinkUnavailable) as caught,
    ):
        open_service(server.url).insert_all("usage_raw", BODY)
    assert caught.value.retry_after == 17.0


REFUSALS: list[tuple[Said, type[SinkError]]] = [
    (Said(413, b"<html><title>Too Large</title></html>", HTML), TooLargeError),
    (api_error(400, "badRequest", "Request payload size exceeds the limit: 1"), TooLargeError),
    (api_error(409, "duplicate", "Already Exists: Job p:j"), ExistsError),
    (api_error(403, "accessDenied", "Permission bigquery.tables.x denied"), ForbiddenError),
    (api_error(400, "invalid", "Bad"), SinkRefused),
    (api_error(401, "authError", "Invalid Credentials"), SinkRefused),
]


@pytest.mark.parametrize(("said", "expected"), REFUSALS)
def test_what_will_not_go_away_is_refused(
    open_service: Open, said: Said, expected: type[SinkError]
) -> None:
    with serving(said) as server, pytest.raises(expected):
        open_service(server.url).insert_all("usage_raw", BODY)
    assert len(server.heard) == 1


def test_a_refusal_without_a_name_gets_the_permission_of_streaming(open_service: Open) -> None:
    with (
        serving(api_error(403, "accessDenied", "Access Denied")) as server,
        pytest.raises(ForbiddenError) as caught,
    ):
        open_service(server.url).insert_all("usage_raw", BODY)
    assert caught.value.permission == "bigquery.tables.updateData"


NO_TABLE = api_error(404, "notFound", "Not found: Table my-project:usage.usage_raw")
NO_DATASET = api_error(404, "notFound", "Not found: Dataset my-project:usage")


def by_method(insert: Said, get: Said) -> Answering:
    def answer(heard: Heard) -> Said:
        return insert if heard.method == "POST" else get

    return answer


def test_a_table_that_streaming_does_not_know_yet_may_be_tried_again(open_service: Open) -> None:
    with (
        serving(by_method(NO_TABLE, as_json(TABLE))) as server,
        pytest.raises(SinkUnavailable, match="streaming does not know it yet") as caught,
    ):
        open_service(server.url).insert_all("usage_raw", BODY)
    assert [heard.method for heard in server.heard] == ["POST", "GET"]
    assert isinstance(caught.value.__cause__, MissingTableError)


@pytest.mark.parametrize("missing", [NO_TABLE, NO_DATASET], ids=["table", "dataset"])
def test_a_table_that_is_not_there_is_to_be_made(open_service: Open, missing: Said) -> None:
    with (
        serving(missing) as server,
        pytest.raises(MissingTableError, match="Run `ccsync bigquery init`"),
    ):
        open_service(server.url).insert_all("usage_raw", BODY)


def test_without_the_right_to_look_the_lack_of_it_is_told(open_service: Open) -> None:
    denied = api_error(403, "accessDenied", "Access Denied")
    with serving(by_method(NO_TABLE, denied)) as server, pytest.raises(ForbiddenError) as caught:
        open_service(server.url).insert_all("usage_raw", BODY)
    assert caught.value.permission == "bigquery.tables.get"


def test_a_table_is_looked_for(open_service: Open) -> None:
    with serving(as_json(TABLE)) as server:
        service = open_service(server.url)
        assert service.has_table("usage_raw")
        server.answer = by_method(NO_TABLE, NO_TABLE)
        assert not service.has_table("usage_raw")


def test_the_location_is_kept(open_service: Open) -> None:
    found = {"datasetReference": {"projectId": "my-project", "datasetId": "usage"}}
    with serving(as_json({**found, "location": "EU"})) as server:
        service = open_service(server.url)
        assert service.location is None
        assert service.locate() == "EU"
        assert service.location == "EU"


def test_four_threads_stream_at_once(open_service: Open) -> None:
    meeting = threading.Barrier(4, timeout=10)

    def answer(heard: Heard) -> Said:
        meeting.wait()
        number = json.loads(heard.body)["number"]
        return as_json({"insertErrors": [{"index": number}]})

    found: dict[int, list[dict[str, Any]]] = {}
    with serving(answer) as server:
        service = open_service(server.url)

        def stream(number: int) -> None:
            body = json.dumps({"number": number}).encode()
            found[number] = service.insert_all("usage_raw", body)

        threads = [threading.Thread(target=stream, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == {n: [{"index": n}] for n in range(4)}


def google_error(kind: type[Exception], words: str) -> Exception:
    return cast("Exception", cast("Any", kind)(words))


LOGINS: list[tuple[Exception, type[SinkError], str]] = [
    (
        google_error(exceptions.RefreshError, "invalid_grant: account not found"),
        SinkRefused,
        "account not found",
    ),
    (
        google_error(exceptions.TransportError, "connection reset"),
        SinkUnavailable,
        "no token could be asked for",
    ),
]


@pytest.mark.parametrize(("error", "expected", "words"), LOGINS, ids=["refresh", "transport"])
def test_a_login_that_ends_in_the_middle(
    open_service: Open,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    error: Exception,
    expected: type[SinkError],
    words: str,
) -> None:
    key = tmp_path / "key.json"
    key.write_text('{"type": "service_account"}', "utf-8")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key))
    with serving(as_json({})) as server:
        service = open_service(server.url, error=error, adc=Adc())
        with pytest.raises(expected, match=words):
            service.insert_all("usage_raw", BODY)
    assert server.heard == []


def test_an_untrusted_certificate_is_refused(open_service: Open, tmp_path: Path) -> None:
    pair = make_certificate(tmp_path, "server", "IP:127.0.0.1")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pair.certificate, pair.key)
    with (
        serving(as_json({}), tls) as server,
        pytest.raises(SinkRefused, match="REQUESTS_CA_BUNDLE"),
    ):
        open_service(server.url).insert_all("usage_raw", BODY)


def test_tls_to_who_does_not_speak_it_is_refused(open_service: Open) -> None:
    with serving(as_json({})) as server:
        service = open_service(server.url.replace("http:", "https:"))
        with pytest.raises(SinkRefused, match="does not speak TLS"):
            service.insert_all("usage_raw", BODY)


def test_a_bug_stays_a_bug(open_service: Open) -> None:
    service = open_service("http://127.0.0.1:1")
    with pytest.raises(ZeroDivisionError):
        service.call("divide", lambda: 1 / 0)


def test_the_error_of_a_failed_job_is_made_alike(open_service: Open) -> None:
    service = open_service("http://127.0.0.1:1")
    answer = of_job({"reason": "backendError", "message": "Try again"})
    error = service.error(answer, "load rows", table="sync_days")
    assert isinstance(error, SinkUnavailable)
    assert str(error).startswith("my-project.usage.sync_days: could not load rows: ")
