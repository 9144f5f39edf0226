"""How the bytes of an answer are read: to their end, not for ever, and the connection is kept."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

import pytest

from ccsync.errors import SinkUnavailable
from ccsync.settings.model import Duration
from ccsync.testing.contract.context import ContractContext
from ccsync_bigquery.client import connect
from ccsync_bigquery.service import Service
from ccsync_bigquery.settings import BigQueryConfig

BODY = b'{"insertErrors": []}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
LENGTH = HEAD + b"Content-Length: %d\r\n\r\n"
CHUNKS = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@contextmanager
def answered(answer: Callable[[socket.socket], None]) -> Generator[tuple[Service, list[int]]]:
    """Give a door to what answers each request of a connection so, and counts connections."""
    met: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)

        def serve() -> None:
            try:
                while True:
                    connection, _ = server.accept()
                    met.append(1)
                    with connection:
                        while connection.recv(65536):
                            answer(connection)
            except OSError:  # the test is over
                pass

        thread = threading.Thread(target=serve)
        thread.start()
        config = BigQueryConfig(
            type="bigquery",
            dataset="my-project.usage",
            endpoint=f"http://127.0.0.1:{server.getsockname()[1]}",
            timeout=Duration(0.3),
        )
        service = connect(config, ContractContext(), {})
        try:
            yield service, met
        finally:
            service.close()
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.parametrize("begin", [LENGTH % 99_999, CHUNKS], ids=["length", "chunks"])
def test_an_answer_that_drips_for_ever_is_left(begin: bytes) -> None:
    """Each drip comes well before `timeout`, so that alone would wait as long as they come."""
    drip = b" " if begin != CHUNKS else b"1\r\n \r\n"

    def answer(connection: socket.socket) -> None:
        connection.sendall(begin)
        for _ in range(100):
            connection.sendall(drip)
            time.sleep(0.05)

    with answered(answer) as (service, _):
        began = time.monotonic()
        with pytest.raises(SinkUnavailable, match=r"in time \(`timeout`\)"):
            service.insert_all("usage_raw", b'{"rows":[]}')
        assert time.monotonic() - began < 3


def test_the_connection_is_used_again() -> None:
    with answered(lambda one: one.sendall(LENGTH % len(BODY) + BODY)) as (service, met):
        for _ in range(3):
            assert service.insert_all("usage_raw", b'{"rows":[]}') == []
        assert len(met) == 1


def test_an_answer_in_chunks_that_breaks_off_is_told_as_such() -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(CHUNKS + b"14\r\n" + BODY + b"\r\n")
        connection.shutdown(socket.SHUT_RDWR)

    with (
        answered(answer) as (service, _),
        pytest.raises(SinkUnavailable, match="the answer broke off"),
    ):
        service.insert_all("usage_raw", b'{"rows":[]}')
