"""A destination in memory, and the real sink that sends there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ccsync.context import Context
from ccsync.retry import Patience
from ccsync.testing import FakeRuntime
from ccsync.testing.otlp import OverwriteStore, Point, points_of
from ccsync_otlp.build import build
from ccsync_otlp.settings import PresetName
from ccsync_otlp.sink import OtlpSink
from ccsync_otlp.transport import Response
from tests.support.otlp_world import settings

Decide = Callable[[Sequence[Point], bytes], Response]

TAKEN = Response("accepted", "HTTP 200")


class Destination:
    """Takes requests as a function decides; keeps the points of those that it accepts."""

    def __init__(self, decide: Decide = lambda _points, _body: TAKEN) -> None:
        self.decide = decide
        self.store = OverwriteStore()
        self.points: list[Point] = []
        """All that were accepted."""
        self.answers: list[Response] = []

    def send(self, body: bytes) -> Response:
        points = points_of(body)
        answer = self.decide(points, body)
        self.answers.append(answer)
        if answer.kind == "accepted":
            self.points += points
            self.store.add(points)
        return answer

    def close(self) -> None:
        pass

    def people(self) -> set[object]:
        """Tell whose points there are."""
        return {series.attribute("user.email") for series in self.store.series()}


def a_sink(destination: Destination, preset: PresetName = "otlp", **more: Any) -> OtlpSink:
    """Build the real sink; its requests go to this destination."""
    runtime = FakeRuntime()
    patience = Patience(runtime, 60.0)
    context = Context(
        name="metrics",
        run_id="run",
        user_agent="ccsync/test",
        runtime=runtime,
        patience=patience,
        proceed=lambda: None,
    )
    sink = build(settings(preset, **more), context, {})
    vars(sink)["transport"] = lambda: destination
    return sink
