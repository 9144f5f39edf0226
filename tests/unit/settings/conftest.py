"""Two sink plugins that exist here only, and a way to load a text with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

from ccsync import redact
from ccsync.errors import SettingsError
from ccsync.secret import Secret
from ccsync.settings.load import Loaded, load
from ccsync.settings.model import Duration, SinkConfig
from ccsync.sink import Sink, SinkContext, SinkPlugin


class Auth(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to log in."""

    user: str
    password: Secret


class TableConfig(SinkConfig, frozen=True, kw_only=True):
    """Settings of `type: table`."""

    table: Annotated[str, Meta(pattern=r"^\w+\.\w+$", description="Name of the table.")]
    mode: Literal["stream", "load"] = "stream"
    batch: Annotated[int, Meta(ge=1, le=500)] | Literal["auto"] = "auto"
    timeout: Duration | None = None
    headers: dict[str, Secret] = msgspec.field(default_factory=dict[str, Secret])
    dimensions: Annotated[tuple[str, ...], Meta(max_length=3)] = ()
    auth: Auth | None = None
    compress: bool = True

    def __post_init__(self) -> None:
        if self.table.startswith("forbidden."):
            raise ValueError(f"{self.table} is not allowed")


class PlainConfig(SinkConfig, frozen=True, kw_only=True):
    """Settings of `type: plain`."""


def _build(_config: Any, _context: SinkContext) -> Sink:
    raise AssertionError("these plugins are never built")


def plugin(config: type[SinkConfig]) -> SinkPlugin[Any]:
    return SinkPlugin(config=config, build=_build, summary="for tests", example="  {name}:\n")


PLUGINS: dict[str, SinkPlugin[Any]] = {
    "plain": plugin(PlainConfig),
    "table": plugin(TableConfig),
}

GOOD = """\
version: 1
source:
  api_key: ${KEY}
sinks:
  here: {type: plain}
"""

Load = Callable[..., Loaded]
Faults = Callable[..., list[str]]


@pytest.fixture(autouse=True)
def forget_secrets() -> Iterator[None]:
    """What is loaded here is masked everywhere, also in other tests' texts."""
    yield
    redact.forget()


@pytest.fixture
def plugins() -> Mapping[str, SinkPlugin[Any]]:
    return PLUGINS


@pytest.fixture
def good() -> str:
    return GOOD


@pytest.fixture
def load_text(tmp_path: Path) -> Load:
    def run(text: str, **environ: str) -> Loaded:
        path = tmp_path / "ccsync.yaml"
        path.write_text(text)
        return load(path, PLUGINS, {"KEY": "sk-ant-test-key", **environ})

    return run


@pytest.fixture
def faults_of(load_text: Load) -> Faults:
    """Give the faults of a text, without the file's folder."""

    def run(text: str, **environ: str) -> list[str]:
        with pytest.raises(SettingsError) as caught:
            load_text(text, **environ)
        assert all("/ccsync.yaml:" in fault for fault in caught.value.faults)
        return [fault.partition("/ccsync.yaml:")[2] for fault in caught.value.faults]

    return run
