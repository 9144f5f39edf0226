"""What `ccsync check` finds out about a receiver: it is sent a request without a single point."""

from __future__ import annotations

from collections.abc import Iterator

from ccsync.errors import SinkRefused, SinkUnavailable
from ccsync.sink import Finding, SinkContext
from ccsync_otlp import answers
from ccsync_otlp.endpoint import Endpoint
from ccsync_otlp.presets import Preset
from ccsync_otlp.transport import NO_ANSWER, Response, Transport

EMPTY = b""
"""An ExportMetricsServiceRequest without metrics, encoded."""

_BUSY = "it is there, but not able to take anything just now: wait, or look into its log"
_WORDS = "the words above are the receiver's own; its log may say more"


def about_settings(
    preset: Preset, endpoint: Endpoint, *, missing: tuple[str, ...]
) -> Iterator[Finding]:
    """Say what the settings mean, before anything is sent.

    Args:
        preset: with the overrides of the settings.
        endpoint: where requests go.
        missing: headers that the preset wants and the settings lack.
    """
    if preset.proven:
        yield Finding("ok", f"preset {preset.name}: {preset.summary}")
    else:
        yield Finding(
            "warning",
            f"preset {preset.name} ({preset.summary}) is experimental: it follows the vendor's "
            "documentation, and was never tried against the real thing",
            "compare the first days with what the API says, before anybody relies on them",
        )
    if preset.prerequisite:
        yield Finding("ok", f"cannot be checked from here: {preset.prerequisite}")
    yield from endpoint.notes
    for header in preset.headers:
        if header.name in missing:
            yield Finding(
                "warning",
                f"{preset.name} wants the header {header.name}, and the settings have none",
                f"add it to `headers`: {header.purpose}; unless something on the way adds it",
            )


def probe(
    transport: Transport,
    context: SinkContext,
    preset: Preset,
    endpoint: Endpoint,
    *,
    missing: tuple[str, ...],
) -> Finding:
    """Send an empty request, and say what was answered. No usage data is written."""
    response = _answer(transport, context)
    said = f"{endpoint.address}: {response.status}" + (
        f": {response.text}" if response.text else ""
    )
    advice = answers.advice(response, preset.name, missing=missing)
    match response.kind:
        case "accepted":
            how = f"{endpoint.protocol}, compression {endpoint.compression}"
            words = f"; it said: {response.text}" if response.text else ""
            what = f"{endpoint.address} takes an empty request ({how}, {response.status}){words}"
            return Finding("ok", what)
        case "bad_request" | "partial" | "too_large":
            return Finding(
                "warning",
                f"{said}. That is its answer to a request without points, which some receivers "
                "do not take",
                "see whether `ccsync sync` with one day (--from, --to) works",
            )
        case "unavailable":
            return Finding("fault", said, advice or _BUSY)
        case "refused":
            return Finding("fault", said, advice or _fix(response))


def _fix(response: Response) -> str:
    return "mend what is named" if response.status == NO_ANSWER else _WORDS


def _answer(transport: Transport, context: SinkContext) -> Response:
    """Ask until the receiver made up its mind; who does not answer at all is asked once."""
    last: Response | None = None

    def once() -> Response:
        nonlocal last
        last = transport.send(EMPTY)
        if last.kind == "unavailable" and last.status != NO_ANSWER:
            raise SinkUnavailable(last.status, retry_after=last.retry_after)
        return last

    try:
        return context.retry(once)
    except SinkUnavailable:
        if last is None:
            raise
        return last


def about_files(error: SinkRefused) -> Finding:
    """Say that nothing could be sent, because of our own certificates."""
    return Finding("fault", str(error), "name a PEM file that this user may read")
