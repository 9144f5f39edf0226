"""Sends the requests of one delivery, and finds out what exactly a destination refuses.

A receiver may refuse a whole request for one point. Then the request is sent again in halves, and
the refused half again, until single actors are left: they are named, and the rest is there. That
costs nothing but requests, for points that are sent twice are the same points.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ccsync.errors import CcsyncError, SinkRefused, SinkUnavailable
from ccsync.sink import SinkContext
from ccsync_otlp import answers, wire
from ccsync_otlp.attributes import Attributes
from ccsync_otlp.memory import Shown, shown_by, union
from ccsync_otlp.plan import Delivery, Service
from ccsync_otlp.presets import Preset
from ccsync_otlp.series import Values
from ccsync_otlp.transport import Response, Transport
from ccsync_otlp.wire import Body

_MOST_EXTRA = 100
"""Requests of one delivery that are spent on finding out what is refused. Enough for some actors;
under `on_rejected: skip` the next delivery, without those, finds the next ones."""

_MOST_IN_VAIN = 20
"""The same, as long as nothing at all is taken."""

_SHORTEST_VALUE = 4
"""Shorter attribute values are not hidden in a destination's words: they would be everywhere."""


class TooOldError(Exception):
    """The destination calls the day's points too old."""

    def __init__(self, reason: str, *, torn: bool) -> None:
        """Say why, and whether it took some of them nevertheless."""
        super().__init__(reason)
        self.torn = torn


class PointsRefusedError(Exception):
    """The destination will never take some points."""

    def __init__(self, reason: str, refused: Shown) -> None:
        """Say why, and which points."""
        super().__init__(reason)
        self.refused = refused


class Sender:
    """Sends to one destination, as one preset wants it."""

    def __init__(
        self,
        transport: Transport,
        context: SinkContext,
        preset: Preset,
        *,
        address: str,
        missing: tuple[str, ...] = (),
        service: Service,
    ) -> None:
        """Take the parts.

        Args:
            transport: to the destination.
            context: what the core lends.
            preset: with the overrides of the settings.
            address: names the destination in messages.
            missing: headers that the preset wants and the settings lack; for messages.
            service: of the resource.
        """
        self._transport = transport
        self._context = context
        self._preset = preset
        self._address = address
        self._missing = missing
        self._service = service

    def send(self, delivery: Delivery) -> bool:
        """Hand over everything; returning means that every point of the day was acknowledged.

        Returns:
            Whether the leftovers are zero, too: the destination may call those too old.

        Raises:
            TooOldError: the destination calls the day too old.
            PointsRefusedError: it will never take some of the points; it has the others.
            SinkUnavailable: the outcome is unknown.
            SinkRefused: it will not take anything until someone changes something.
        """
        _Attempt(self, delivery, self._service).run()
        zeroed = True
        for service, shown, stamp in delivery.leftovers:
            zeros = msgspec.structs.replace(delivery, values={}, tombstones=shown, stamp=stamp)
            try:
                _Attempt(self, zeros, service).run()
            except TooOldError as error:
                # Whoever takes no points of the day has, as a rule, never taken those either.
                self._context.log("otlp.leftovers_not_zeroed", reason=str(error))
                zeroed = False
            except PointsRefusedError as error:
                # None of the day's own points: those were all taken.
                reason = f"{error} (zeros for series of the former settings)"
                raise PointsRefusedError(reason, {}) from error
        return zeroed

    def bodies(
        self,
        delivery: Delivery,
        values: Values,
        gone: Shown,
        *,
        service: Service,
        max_points: int,
    ) -> Iterator[Body]:
        """Encode some of a delivery."""
        return wire.bodies(
            values,
            gone,
            stamp=delivery.stamp,
            kind=self._preset.kind,
            service_name=service.name,
            service_namespace=service.namespace,
            max_bytes=self._preset.max_bytes,
            max_points=max_points,
        )

    @property
    def max_points(self) -> int:
        """Points of one request."""
        return self._preset.max_points

    def hand_over(self, body: Body) -> Response:
        """Send one request until the destination has made up its mind, or patience ends."""

        def once() -> Response:
            response = self._transport.send(body.content)
            if response.kind == "unavailable":
                raise SinkUnavailable(self.words(response), retry_after=response.retry_after)
            return response

        response = self._context.retry(once)
        if response.kind == "refused":
            raise SinkRefused(self.words(response))
        if response.kind == "accepted" and response.text:
            self._context.log("otlp.warned", status=response.status, words=response.text)
        return response

    def words(self, response: Response, hide: set[Attributes] | None = None) -> str:
        """Say what happened, where, why and what to do; without the values of attributes."""
        text = response.text
        for _, value in sorted({pair for base in hide or () for pair in base}):
            if len(value) >= _SHORTEST_VALUE:
                text = text.replace(value, "...")
        advice = answers.advice(response, self._preset.name, missing=self._missing)
        left_out = f", {response.rejected:,} points rejected" if response.rejected else ""
        said = f"{self._address}: {response.status}{left_out}" + (f": {text}" if text else "")
        return f"{said}. {advice[:1].upper()}{advice[1:]}" if advice else said


class _Attempt:
    """One delivery on its way."""

    def __init__(self, sender: Sender, delivery: Delivery, service: Service) -> None:
        self._sender = sender
        self._delivery = delivery
        self._service = service
        self._extra = 0
        self._taken = 0
        self._too_large: int | None = None
        """Bytes of the smallest request that was too large."""
        self._refused: Shown = {}
        self._not_looked_for = 0
        """Points of requests that were refused when `_MOST_EXTRA` was used up."""
        self._answer: Response | None = None

    def run(self) -> None:
        delivery = self._delivery
        for body in self._bodies(delivery.values, delivery.tombstones, self._sender.max_points):
            self._bring(body)
            if self._extra >= self._most_extra and not self._taken:
                break  # nothing at all is taken: no more need be tried
        if self._answer is not None:
            raise self._refusal(self._answer)

    @property
    def _most_extra(self) -> int:
        return _MOST_EXTRA if self._taken else _MOST_IN_VAIN

    def _bring(self, body: Body) -> None:
        """Send a body; if it is refused, send it in smaller ones."""
        if self._too_large is not None and len(body.content) >= self._too_large and body.points > 1:
            self._bring_halves(body)
            return
        response = self._sender.hand_over(body)
        if response.kind == "accepted":
            self._taken += body.points
            return
        if answers.is_too_old(response.text):
            torn = bool(self._taken) or 0 < response.rejected < body.points
            raise TooOldError(self._sender.words(response, set(body.bases)), torn=torn)
        if response.kind == "too_large" and body.points > 1:
            # Known once, this costs nothing more, so it is no part of the search.
            self._too_large = len(body.content)
            self._bring_halves(body)
            return
        if _is_found(body, response):
            self._answer = self._answer or response
            values, gone = wire.content_of(body, self._delivery.values, self._delivery.tombstones)
            self._refused = union(self._refused, union(shown_by(values), gone))
        elif self._extra >= self._most_extra:
            self._answer = self._answer or response
            self._not_looked_for += body.points
        else:
            self._bring_halves(body, cost=1)

    def _bring_halves(self, body: Body, *, cost: int = 0) -> None:
        values, gone = wire.content_of(body, self._delivery.values, self._delivery.tombstones)
        half = max(1, body.points // 2)
        for smaller in self._bodies(values, gone, half):
            self._extra += cost
            self._bring(smaller)

    def _bodies(self, values: Values, gone: Shown, max_points: int) -> Iterator[Body]:
        return self._sender.bodies(
            self._delivery, values, gone, service=self._service, max_points=max_points
        )

    def _refusal(self, response: Response) -> CcsyncError | PointsRefusedError | TooOldError:
        everyone = len(self._delivery.values.keys() | self._delivery.tombstones.keys())
        reason = self._sender.words(response, set(self._refused))
        if not self._taken and everyone > 1:
            if answers.is_wordless(response.text):
                # It may be this day's age alone: the others have to be tried.
                return TooOldError(reason, torn=False)
            return SinkRefused(f"not one point of the day was taken: {reason}")
        if self._not_looked_for:
            reason += (
                f" It refused further requests, with {self._not_looked_for:,} points, in which "
                "nobody was looked for: there are too many"
            )
        return PointsRefusedError(reason, self._refused)


def _is_found(body: Body, response: Response) -> bool:
    """Tell whether all that is in a refused body is refused, so that halves need not be tried."""
    if body.points == 1:
        return True
    if len(body.bases) > 1:
        return False
    # What is wrong with one of an actor's points is, as a rule, wrong with all of them.
    return response.kind == "bad_request" or response.rejected >= body.points
