from __future__ import annotations

import json
import socket
import threading
import time
import urllib.parse
from typing import Any

import pytest
import requests
from google.api_core.exceptions import (
    BadGateway,
    Forbidden,
    GoogleAPICallError,
    ServiceUnavailable,
    TooManyRequests,
)

from ccsync.testing.bigquery import (
    BigQueryDouble,
    Fault,
    answer,
    http,
    page,
    quota_exceeded,
    rate_limited,
    reset,
    service_perimeter,
    stall,
    truncated,
    unauthorized,
)
from tests.unit.testing.bigquery.conftest import NO_RETRY, TABLE

ROW = {"date": "2026-11-20", "actor": "a"}
INSERT_ALL = "tabledata.insertAll"


def insert(client: Any, table: str = TABLE, timeout: float = 10) -> None:
    assert client.insert_rows_json(table, [ROW], retry=NO_RETRY, timeout=timeout) == []


@pytest.mark.parametrize("after_commit", [False, True])
def test_a_request_fails_before_or_after_it_took_effect(
    double: BigQueryDouble, client: Any, after_commit: bool
) -> None:
    double.faults.add(INSERT_ALL, http(503, "backendError"), after_commit=after_commit)
    with pytest.raises(ServiceUnavailable, match="backendError") as error:
        insert(client)
    errors: Any = error.value.errors  # pyright: ignore
    assert errors[0]["reason"] == "backendError"
    assert len(double.rows("usage.raw")) == (1 if after_commit else 0)
    assert double.requests[-1].status == 503
    insert(client)


def test_faults_come_n_times_after_a_while_for_a_table_or_for_good(
    double: BigQueryDouble, client: Any
) -> None:
    double.faults.add(INSERT_ALL, http(429, "rateLimitExceeded"), times=2, skip=1, table="raw")
    insert(client)
    insert(client, "my-project.usage.days")
    for _ in range(2):
        with pytest.raises(TooManyRequests):
            insert(client)
    insert(client)

    double.faults.add("*", http(500, "internalError"), times=None)
    for _ in range(3):
        with pytest.raises(GoogleAPICallError, match="internalError"):
            client.get_dataset("usage", retry=NO_RETRY)
    double.faults.clear()
    client.get_dataset("usage")


def test_the_official_client_tries_again_by_itself(double: BigQueryDouble, client: Any) -> None:
    double.faults.add("tables.get", http(503, "backendError"))
    assert client.get_table(TABLE).table_id == "raw"
    assert [request.status for request in double.requests] == [503, 200]


@pytest.mark.parametrize(
    ("fault", "kind", "message"),
    [
        (quota_exceeded(), Forbidden, "Quota exceeded"),
        (rate_limited(), Forbidden, "Exceeded rate limits"),
        (service_perimeter("abc"), Forbidden, "vpcServiceControlsUniqueIdentifier: abc"),
        (page(502, "Bad Gateway"), BadGateway, "Bad Gateway"),
    ],
)
def test_bigquerys_own_refusals(
    double: BigQueryDouble, client: Any, fault: Fault, kind: type[Exception], message: str
) -> None:
    double.faults.add(INSERT_ALL, fault)
    with pytest.raises(kind, match=message):
        insert(client)
    assert double.rows("usage.raw") == []


def test_a_bad_token_is_said(double: BigQueryDouble) -> None:
    # Not with the official client: anonymous credentials cannot be refreshed, and it says that.
    double.faults.add("datasets.list", unauthorized())
    answered = requests.get(f"{double.url}/bigquery/v2/projects/my-project/datasets", timeout=10)
    assert answered.status_code == 401
    assert answered.json()["error"]["errors"][0]["reason"] == "authError"
    assert answered.json()["error"]["status"] == "UNAUTHENTICATED"


def test_headers_of_a_fault_are_sent(double: BigQueryDouble) -> None:
    double.faults.add("tables.get", http(503, "backendError", retry_after=7))
    path = "/bigquery/v2/projects/my-project/datasets/usage/tables/raw"
    answered = requests.get(double.url + path, timeout=10)
    assert answered.headers["Retry-After"] == "7"
    assert answered.json()["error"]["errors"][0]["reason"] == "backendError"


def test_a_wrong_body_is_sent_as_it_is(double: BigQueryDouble, client: Any) -> None:
    double.faults.add(INSERT_ALL, answer(200, b"<html>welcome</html>"))
    with pytest.raises(json.JSONDecodeError):
        insert(client)
    double.faults.add(INSERT_ALL, answer(200, b'{"kind": "else"}'), after_commit=True)
    insert(client)
    assert len(double.rows("usage.raw")) == 1


@pytest.mark.parametrize("after_commit", [False, True])
def test_a_reset_is_a_reset(double: BigQueryDouble, client: Any, after_commit: bool) -> None:
    double.faults.add(INSERT_ALL, reset(), after_commit=after_commit)
    with pytest.raises(requests.exceptions.ConnectionError):
        insert(client)
    assert len(double.rows("usage.raw")) == (1 if after_commit else 0)
    assert double.requests[-1].status is None


def test_a_reset_is_one_on_the_wire(double: BigQueryDouble) -> None:
    double.faults.add("*", reset())
    port = urllib.parse.urlsplit(double.url).port
    with socket.create_connection(("127.0.0.1", port or 0), timeout=10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            connection.recv(1000)


def test_a_truncated_answer_comes_after_the_commit(double: BigQueryDouble, client: Any) -> None:
    double.faults.add(INSERT_ALL, truncated())
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        insert(client)
    assert len(double.rows("usage.raw")) == 1
    insert(client)


def test_a_stall_outlasts_the_clients_patience(double: BigQueryDouble, client: Any) -> None:
    double.faults.add(INSERT_ALL, stall(), after_commit=True)
    with pytest.raises(requests.exceptions.ReadTimeout):
        insert(client, timeout=0.1)
    assert len(double.rows("usage.raw")) == 1
    double.faults.release()
    insert(client)


def test_a_stall_ends_when_it_is_released(double: BigQueryDouble, client: Any) -> None:
    double.faults.add(INSERT_ALL, stall())

    def release() -> None:
        while not double.requests:
            time.sleep(0.01)
        double.faults.release()

    releasing = threading.Thread(target=release)
    releasing.start()
    with pytest.raises(requests.exceptions.ConnectionError):
        insert(client)
    releasing.join()


def test_closing_ends_a_stall() -> None:
    double = BigQueryDouble()
    double.start()
    double.faults.add("*", stall(patience=60))
    port = urllib.parse.urlsplit(double.url).port
    with socket.create_connection(("127.0.0.1", port or 0), timeout=10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        while not double.requests:
            time.sleep(0.01)
        started = time.monotonic()
        double.close()
        assert time.monotonic() - started < 10
        assert connection.recv(1000) == b""


def test_every_answer_can_take_a_while(double: BigQueryDouble, client: Any) -> None:
    double.switches.latency = 0.05
    started = time.monotonic()
    client.get_table(TABLE)
    assert time.monotonic() - started >= 0.05
