from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ccsync.testing.otlp import OtlpReceiver
from ccsync_otlp.endpoint import resolve
from ccsync_otlp.settings import OtlpConfig
from ccsync_otlp.transport import Transport, connect
from tests.support.certificates import Pair, make_certificate

NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)

Open = Callable[..., Transport]


@pytest.fixture
def open_transport() -> Iterator[Open]:
    """Opens transports by settings, and closes them in the end."""
    opened: list[Transport] = []

    def open_one(environ: dict[str, str] | None = None, **settings: Any) -> Transport:
        values: dict[str, Any] = {"type": "otlp", "timeout": 5.0, **settings}
        config = OtlpConfig(**values)
        endpoint = resolve(config, environ or {})
        opened.append(connect(endpoint, user_agent="ccsync/1.2 (+url)", now=lambda: NOW))
        return opened[-1]

    yield open_one
    for transport in opened:
        transport.close()


@pytest.fixture
def receiver() -> Iterator[OtlpReceiver]:
    with OtlpReceiver(protocols=("http", "grpc")) as running:
        yield running


@pytest.fixture(scope="session")
def server_pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    folder = tmp_path_factory.mktemp("server")
    return make_certificate(folder, "server", "IP:127.0.0.1", "DNS:localhost")


@pytest.fixture(scope="session")
def other_pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return make_certificate(tmp_path_factory.mktemp("other"), "other", "DNS:other.example")
