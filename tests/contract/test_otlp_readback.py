"""The promises of a sink that can be read back, kept over a Prometheus HTTP API."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, ClassVar, Literal

import pytest

from ccsync.secret import Secret
from ccsync.testing.contract.optional import OptionalPromises
from ccsync.testing.otlp import AppendStore, FirstWinsStore, OtlpReceiver
from ccsync_otlp import OtlpConfig
from ccsync_otlp.settings import ReadbackSettings
from tests.contract.test_otlp import KEY, OtlpContract
from tests.support.query_api import QueryApiDouble, serving

# Everything else is promised, and tested, of the sink without a way back.
_REST = {
    name: None
    for name in dir(OtlpContract)
    if name.startswith("test_") and name not in vars(OptionalPromises)
}


class _Readable(OtlpContract):
    preset: ClassVar[Literal["prometheus", "victoriametrics"]]
    names: ClassVar[Literal["underscores", "dots"]]
    unit_suffix: ClassVar[bool] = True

    @pytest.fixture
    def queries(self, receiver: OtlpReceiver) -> Generator[QueryApiDouble]:
        double = QueryApiDouble(lambda: receiver.stored, self.names, self.unit_suffix)
        with serving(double) as running:
            yield running

    @pytest.fixture
    def config(self, receiver: OtlpReceiver, queries: QueryApiDouble) -> OtlpConfig:
        return OtlpConfig(
            type="otlp",
            preset=self.preset,
            endpoint=receiver.endpoint,
            headers={"x-api-key": Secret(KEY)},
            max_request_points=30,
            readback=ReadbackSettings(url=queries.url),
            **self.options,
        )


def _only_optional(contract: type[_Readable]) -> type[_Readable]:
    for name in _REST:
        setattr(contract, name, None)
    return contract


@_only_optional
class TestPrometheus(_Readable):
    preset = "prometheus"
    names = "underscores"
    store = FirstWinsStore


@_only_optional
class TestWithoutUnits(_Readable):
    """Mimir, unless it is told to add them."""

    preset = "prometheus"
    names = "underscores"
    unit_suffix = False
    options: ClassVar[dict[str, Any]] = {"service_name": "usage", "service_namespace": "a team"}


@_only_optional
class TestVictoriaMetrics(_Readable):
    preset = "victoriametrics"
    names = "dots"
    store = AppendStore


@_only_optional
class TestObserved(_Readable):
    """Points of the present, with the day as an attribute."""

    preset = "prometheus"
    names = "underscores"
    options: ClassVar[dict[str, Any]] = {"point_time": "observed", "service_namespace": "n"}

    # What is shown has the attribute `day`, which the contract's own view does not expect.
    def expected(self, snapshot: Any) -> Any:
        return [
            [name, sorted([*map(list, pairs), ["day", str(snapshot.day)]]), value]
            for name, pairs, value in super().expected(snapshot)
        ]
