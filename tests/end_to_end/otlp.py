"""A scene with an OTLP receiver: the settings of the sink, and what its points have to show."""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from ccsync.simulator import ScriptedOrganization
from ccsync.testing.otlp import AppendStore, OtlpReceiver, Point
from tests.end_to_end.scene import NEWEST, Scene
from tests.end_to_end.truth import Json, truth
from tests.support.command import Done

KEY = "Zq7Recognisable-receiver-key"
VARIABLE = "OTLP_RECEIVER_KEY"

LIBRARIES = ("ccsync_otlp.sink", "ccsync_otlp.http")
"""For `Place.imports`."""

Shown: TypeAlias = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def sink(
    receiver: OtlpReceiver, protocol: Literal["http", "grpc"] = "http", **more: Any
) -> dict[str, Any]:
    """Give settings with little patience, a key, and requests so small that a day has some."""
    http = protocol == "http"
    return {
        "type": "otlp",
        "endpoint": receiver.base_url if http else receiver.grpc_endpoint,
        "protocol": "http/protobuf" if http else "grpc",
        "headers": {"x-api-key": f"${{{VARIABLE}}}"},
        "timeout": "0.6s",
        "retry_deadline": "0.2s",
        "max_request_points": 20,
        **more,
    }


@dataclass
class Otlp:
    """A scene with a receiver; the sink that sends there is `metrics`."""

    scene: Scene
    receiver: OtlpReceiver

    def __post_init__(self) -> None:
        self.scene.place.imports = LIBRARIES

    def configure(self, privacy: Json | None = None, **more: Any) -> None:
        """Write settings with the one sink."""
        sections = {"privacy": privacy} if privacy else {}
        self.scene.configure({"metrics": sink(self.receiver, **more)}, **sections)

    def sync(self, *arguments: str, day: dt.date | None = NEWEST) -> Done:
        """Run `ccsync sync`, for one day unless told otherwise; nobody sees the key."""
        days = ("--from", str(day), "--to", str(day)) if day is not None else ()
        self.scene.place.environment[VARIABLE] = KEY
        done = self.scene.sync(*days, *arguments)
        files = [path.read_bytes() for path in self.scene.place.state_files()]
        for text in (done.stdout.encode(), done.stderr.encode(), *files, *map(_unpacked, files)):
            assert KEY.encode() not in text
        return done

    def is_claimed(self, day: dt.date = NEWEST, name: str = "metrics") -> bool:
        """Tell whether the ledger says that the destination shows the day."""
        return self.scene.place.ledger.entry((name, day)).trusted_line is not None

    def shown(self, day: dt.date, receiver: OtlpReceiver | None = None) -> Shown:
        """What a backend that keeps everything shows for a day."""
        found: Shown = {}
        for series, value in AppendStore((receiver or self.receiver).stored).day(day).items():
            key = (series.metric, tuple((name, str(one)) for name, one in series.attributes))
            assert key not in found, f"shown twice, under two names of the service: {key}"
            found[key] = value
        return found

    def assert_true(self, *days: dt.date) -> None:
        """Check that what is shown is what the API says."""
        for day in days or (NEWEST,):
            assert self.shown(day) == points(self.scene.organization, day), day


def of(person: str, point: Point) -> bool:
    """Tell whether a point is of a person."""
    return point.attribute("user.email") == f"{person}@northwind.example"


def points(organization: ScriptedOrganization, day: dt.date) -> Shown:
    """Say a day's rows as points; written out by hand."""
    sums: dict[tuple[str, tuple[tuple[str, str], ...]], int | Decimal] = {}
    for record in truth(organization, day):
        remote = record["is_remote"]
        base = {
            "organization.id": record["organization_id"],
            "actor.type": record["actor_type"],
            "user.email": record["actor_id"],
            "terminal.type": record["terminal_type"],
            "customer_type": record["customer_type"],
            "subscription_type": record["subscription_type"],
            "is_remote": None if remote is None else str(remote).lower(),
        }
        for metric, own, value in _values(record):
            pairs = {**base, **own}.items()
            named = tuple(sorted((name, text) for name, text in pairs if text))
            key = (f"claude_code.daily.{metric}", named)
            sums[key] = sums.get(key, 0) + value
    return {key: float(value) for key, value in sums.items() if value}


def _values(record: Json) -> Iterable[tuple[str, dict[str, str], int | Decimal]]:
    yield "session.count", {}, record["sessions"]
    for kind in ("added", "removed"):
        yield "lines_of_code.count", {"type": kind}, record[f"lines_{kind}"]
    yield "commit.count", {}, record["commits"]
    yield "pull_request.count", {}, record["pull_requests"]
    yield from _decisions(record)
    for usage in record["model_usage"]:
        model = {"model": usage["model"]}
        for field, kind in (
            ("input", "input"),
            ("output", "output"),
            ("cache_read", "cacheRead"),
            ("cache_creation", "cacheCreation"),
        ):
            yield "token.usage", {**model, "type": kind}, usage[f"{field}_tokens"]
        cost = Decimal(usage["estimated_cost"])
        yield "cost.usage", {**model, "currency": usage["currency"]}, cost


def _decisions(record: Json) -> Iterator[tuple[str, dict[str, str], int]]:
    names = {"edit_tool": "Edit", "write_tool": "Write"}
    for action in record["tool_actions"]:
        for field, decision in (("accepted", "accept"), ("rejected", "reject")):
            own = {"tool_name": names[action["tool"]], "decision": decision}
            yield "code_edit_tool.decision", own, action[field]


def _unpacked(note: bytes) -> bytes:
    """Give what is in a note of the sink; other files as they are."""
    head, _, rest = note.partition(b"\n")
    return zlib.decompress(rest) if head.startswith(b"ccsync-otlp ") else note
