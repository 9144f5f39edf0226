"""The section `heartbeat:`: whom to tell that runs go on, and how."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from ccsync.secret import Secret
from ccsync.settings.duration import Duration

Signal: TypeAlias = Literal["start", "success", "failure"]


class HeartbeatSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A monitor that expects to hear of each run, and raises an alarm when it hears nothing.

    It is told as healthchecks.io wants it: URL/start when a run has its days, URL after success,
    URL/fail after a failure.
    """

    url: Annotated[
        Secret | None,
        Meta(
            description=(
                "Address of the monitor's check. A secret: who knows it can report a success. "
                "Plain http only to loopback. Exactly one of url and url_file."
            ),
        ),
    ] = None
    url_file: Annotated[
        str | None, Meta(description="File that holds the address; read at each run.")
    ] = None
    signals: Annotated[
        tuple[Signal, ...],
        Meta(
            min_length=1,
            description="What is told; success alone for monitors that know no other address.",
        ),
    ] = ("start", "success", "failure")
    method: Annotated[
        Literal["POST", "GET"],
        Meta(description="POST carries exit code, run id and counts; some monitors take GET only."),
    ] = "POST"
    timeout: Annotated[
        Duration,
        Meta(description="Of one request; a request that gets no answer is made once more."),
    ] = Duration(5)

    def __post_init__(self) -> None:
        """Check rules across fields."""
        if (self.url is None) == (self.url_file is None):
            found = "none is" if self.url is None else "both are"
            raise ValueError(f"exactly one of url and url_file is needed; {found} set")
        if self.url is not None:
            try:
                prove_address(self.url.reveal())
            except ValueError as error:
                raise ValueError(f"url: {error}") from None
        if not 0 < self.timeout <= 30:
            raise ValueError("timeout: expected more than 0s, and at most 30s")


def prove_address(url: str) -> None:
    """Find out whether signals may be sent to an address.

    Raises:
        ValueError: with a message for the user that does not show the address.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    blank = any(not "!" <= character <= "~" for character in url)
    if parts.scheme not in ("http", "https") or not host or port == 0 or blank:
        raise ValueError("expected an address such as https://monitor.example/some-secret-name")
    if parts.fragment:
        raise ValueError("expected an address without #")
    if parts.scheme == "http":
        from ccsync.source.address import is_loopback

        if not is_loopback(host):
            raise ValueError(
                "plain http would show this secret to everybody on the way; use https (http is "
                "taken for loopback addresses only)"
            )
