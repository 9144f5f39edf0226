"""The correct plugin of the model sinks."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from ccsync.secret import Secret
from ccsync.sink import Sink, SinkConfig, SinkContext, SinkPlugin


class ModelConfig(SinkConfig, frozen=True, kw_only=True):
    """Settings of `type: model`."""

    token: Annotated[Secret, Meta(description="Lets us in.")]


def build(config: SinkConfig, context: SinkContext) -> Sink:
    raise AssertionError("the contract builds these sinks over a destination of its own")


PLUGIN = SinkPlugin[ModelConfig](
    config=ModelConfig,
    build=build,
    summary="a model of a sink",
    example="  # A model.\n  {name}:\n    type: model\n    token: ${MODEL_TOKEN}\n",
)
