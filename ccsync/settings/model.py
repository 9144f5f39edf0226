"""The core's settings, as a user writes them. Docstrings of fields appear in the JSON Schema."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from ccsync.secret import Secret
from ccsync.settings.duration import Duration as Duration
from ccsync.settings.federation import FEDERATION_VARIABLES as FEDERATION_VARIABLES
from ccsync.settings.federation import FederationSettings as FederationSettings
from ccsync.settings.heartbeat import HeartbeatSettings as HeartbeatSettings
from ccsync.settings.telemetry import TelemetrySettings as TelemetrySettings

Resend: TypeAlias = Literal["never", "daily", "always"]
OnBad: TypeAlias = Literal["refuse", "skip"]


class Start(msgspec.Struct, frozen=True):
    """The first day to keep true: a date, or so many days before the first run."""

    date: dt.date | None = None
    days: int | None = None

    @classmethod
    def parse(cls, text: str) -> Start:
        """Read `30d` or `2026-01-31`.

        Raises:
            ValueError: with a message for the user.
        """
        if found := re.fullmatch(r"(\d{1,5})d", text.strip()):
            return cls(days=int(found[1]))
        try:
            return cls(date=dt.date.fromisoformat(text.strip()))
        except ValueError:
            raise ValueError("expected a date such as 2026-01-31, or days such as 30d") from None

    def __str__(self) -> str:
        """Write it as a user would."""
        return f"{self.days}d" if self.days is not None else str(self.date)

    __repr__ = __str__


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mapping in the YAML file: unknown names are faults."""


CREDENTIALS = ("api_key", "api_key_file", "bearer_token", "bearer_token_file", "federation")
"""The settings of `source` of which exactly one says who asks."""


class SourceSettings(_Section, frozen=True, kw_only=True):
    """Where the usage comes from, and how patiently to ask."""

    api_key: Annotated[
        Secret | None,
        Meta(
            description=(
                "Admin API key, or a key of a principal with admin rights that is not bound "
                "to a workspace. Exactly one of api_key, api_key_file, bearer_token, "
                "bearer_token_file and federation."
            ),
        ),
    ] = None
    api_key_file: Annotated[
        str | None, Meta(description="File that holds the key; read at each run.")
    ] = None
    bearer_token: Annotated[
        Secret | None, Meta(description="OAuth token with the scope org:admin.")
    ] = None
    bearer_token_file: Annotated[
        str | None,
        Meta(description="File that holds the OAuth token; read again when the API refuses it."),
    ] = None
    federation: Annotated[
        FederationSettings | None,
        Meta(
            description=(
                "No key at all: workload identity federation, as in a pod with a projected service "
                "account token. {} takes everything from the environment."
            ),
        ),
    ] = None
    base_url: Annotated[
        str,
        Meta(
            description=(
                "Address of the API. The key is sent to this host only; plain http only to "
                "loopback."
            ),
        ),
    ] = "https://api.anthropic.com"
    ca_file: Annotated[
        str | None,
        Meta(description="PEM file with the authorities to trust instead of the system's."),
    ] = None
    organization_id: Annotated[
        str | None,
        Meta(
            description=(
                "The organization you expect. Used when the API does not say; a different "
                "answer is refused."
            ),
        ),
    ] = None
    anthropic_version: Annotated[
        str,
        Meta(description="Value of the anthropic-version header.", pattern=r"^\d{4}-\d{2}-\d{2}$"),
    ] = "2023-06-01"
    page_size: Annotated[
        int, Meta(ge=1, le=1000, description="Rows asked for per request (limit).")
    ] = 1000
    max_pages: Annotated[
        int, Meta(ge=1, description="More pages than this for one day are an error, not a loop.")
    ] = 10000
    concurrency: Annotated[
        int, Meta(ge=1, le=16, description="Days fetched ahead at the same time.")
    ] = 2
    requests_per_minute: Annotated[
        int, Meta(ge=0, description="Pacing of requests; 0 turns it off.")
    ] = 60
    retry_deadline: Annotated[
        Duration, Meta(description="Patience with one day's fetch, pauses included.")
    ] = Duration(600)
    on_bad_row: Annotated[
        OnBad,
        Meta(
            description=(
                "A row that cannot be read refuses its day for all sinks (refuse), or is left "
                "out and reported (skip)."
            ),
        ),
    ] = "refuse"

    def __post_init__(self) -> None:
        """Check rules across fields."""
        given = [name for name in CREDENTIALS if getattr(self, name) is not None]
        if len(given) != 1:
            what = "none is set" if not given else "set are " + ", ".join(given)
            raise ValueError(
                f"exactly one of {', '.join(CREDENTIALS[:-1])} and {CREDENTIALS[-1]} is needed; "
                f"{what}"
            )


class SyncSettings(_Section, frozen=True, kw_only=True):
    """Which days a run looks at."""

    start: Annotated[
        Start,
        Meta(description="First day to keep true: a date, or Nd for N days before the first run."),
    ] = Start(days=30)
    lookback_days: Annotated[
        int,
        Meta(
            ge=1,
            le=366,
            description="Days before today that every run looks at; not below settle_after_days.",
        ),
    ] = 3
    include_today: Annotated[
        bool, Meta(description="Whether the running day is synced too, from 01:00 UTC on.")
    ] = True
    settle_after_days: Annotated[
        int,
        Meta(
            ge=1,
            le=366,
            description="From this age on, in days, the API is not expected to change a day.",
        ),
    ] = 3
    deadline: Annotated[Duration, Meta(description="Bound on a whole run.")] = Duration(3000)

    def __post_init__(self) -> None:
        """Check rules across fields."""
        if self.lookback_days < self.settle_after_days:
            raise ValueError(
                f"lookback_days ({self.lookback_days}) must not be below settle_after_days "
                f"({self.settle_after_days}): days would fall out of the window while they can "
                "still change"
            )


class PrivacySettings(_Section, frozen=True, kw_only=True):
    """What sinks may learn about people and API keys."""

    identity: Annotated[
        Literal["email", "hash", "drop"],
        Meta(
            description=(
                "email: as the API says; hash: HMAC-SHA256 of the lower-cased value under "
                "hash_key; drop: people are added together."
            ),
        ),
    ] = "email"
    hash_key: Annotated[
        Secret | None,
        Meta(description="Key of the hash, at least 16 characters. Changing it renames everybody."),
    ] = None

    def __post_init__(self) -> None:
        """Check rules across fields."""
        if self.identity == "hash" and self.hash_key is None:
            raise ValueError(
                "identity: hash needs hash_key; make one with `openssl rand -hex 32`, keep it, and "
                "write hash_key: ${CCSYNC_HASH_KEY} here"
            )
        if self.hash_key is not None and len(self.hash_key.reveal()) < 16:
            raise ValueError(
                "hash_key is shorter than 16 characters: e-mail addresses could be guessed back "
                "from it"
            )


class SinkConfig(_Section, frozen=True, kw_only=True):
    """Base of every sink's settings: what the core does for each sink."""

    type: Annotated[str, Meta(description="The kind of sink; `ccsync sinks` lists them.")]
    privacy: Annotated[
        PrivacySettings | None, Meta(description="Overrides the privacy section for this sink.")
    ] = None
    track: Annotated[
        bool | None,
        Meta(
            description=(
                "Whether a ledger is kept. Without one the sink gets the lookback window each run."
            ),
        ),
    ] = None
    resend: Annotated[
        Resend | None, Meta(description="Whether open days are delivered again although unchanged.")
    ] = None
    retry_deadline: Annotated[
        Duration, Meta(description="Patience with one day's delivery, pauses included.")
    ] = Duration(600)
    on_rejected: Annotated[
        OnBad,
        Meta(
            description=(
                "Records that the destination will never take refuse their day (refuse), or "
                "are left out and reported (skip)."
            ),
        ),
    ] = "refuse"


class Settings(_Section, frozen=True, kw_only=True):
    """A whole settings file, except the sinks, whose settings their plugins describe."""

    version: Annotated[Literal[1], Meta(description="Version of this file format.")]
    source: SourceSettings
    sinks: Annotated[
        dict[str, SinkConfig],
        Meta(min_length=1, description="Destinations by name; the name is the ledger's."),
    ]
    sync: SyncSettings = SyncSettings()
    privacy: PrivacySettings = PrivacySettings()
    state: Annotated[
        str | None,
        Meta(
            description=(
                "Where ledger and memory live: file:///path, kubernetes://configmap/NAME, "
                "gs://bucket/prefix, s3://bucket/prefix, or none. Default: the XDG state directory."
            ),
        ),
    ] = None
    telemetry: Annotated[
        TelemetrySettings | None,
        Meta(
            description=(
                "Numbers about each run, sent over OTLP when it ends; needs the extra otlp. Off "
                "unless this section is there; {} turns it on with the variables OTEL_EXPORTER_..."
            ),
        ),
    ] = None
    heartbeat: Annotated[
        HeartbeatSettings | None,
        Meta(
            description=(
                "A monitor that hears of each `ccsync sync` over the whole window, and raises an "
                "alarm when it hears nothing; not of named days, shards and dry runs. Off unless "
                "this section is there."
            ),
        ),
    ] = None
