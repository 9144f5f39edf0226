"""What is outside the container: the API, a receiver, settings, a volume with the state."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ccsync.simulator import SIMULATED_KEY, ScriptedOrganization, Simulator
from ccsync.state.document import Ledger, decode
from ccsync.testing.otlp import AppendStore, OtlpReceiver
from tests.integration.otlp.truth import shown, some_rows, truth
from tests.support.command import Done, Json
from tests.support.containers import Container, Image, Mount

DAY = dt.timedelta(days=1)
COUNT = 5
VOLUME = "/var/lib/ccsync"
RECEIVER_KEY = "Zq7Recognisable-receiver-key"
SETTINGS = "/etc/ccsync/ccsync.yaml"
TERMINATION_LOG = "/dev/termination-log"


@dataclass
class Outside:
    """Runs the image against the simulated API, by the real clock: a container has no other."""

    image: Image
    directory: Path
    api: Simulator
    organization: ScriptedOrganization
    receiver: OtlpReceiver
    environment: dict[str, str] = field(
        default_factory=lambda: {
            "ANTHROPIC_ADMIN_KEY": SIMULATED_KEY,
            "RECEIVER_KEY": RECEIVER_KEY,
        }
    )
    days: list[dt.date] = field(init=False)
    """With usage, oldest first; the newest is yesterday."""

    def __post_init__(self) -> None:
        today = dt.datetime.now(dt.UTC).date()
        self.days = [today - number * DAY for number in range(COUNT, 0, -1)]
        # Docker and kubelet make volumes for anybody; the command makes its directory its own.
        self.volume.mkdir()
        self.volume.chmod(0o777)
        self.termination_log.touch()
        self.termination_log.chmod(0o666)

    @property
    def volume(self) -> Path:
        return self.directory / "volume"

    @property
    def termination_log(self) -> Path:
        return self.directory / "termination-log"

    @property
    def mounts(self) -> list[Mount]:
        return [
            Mount(self.directory / "ccsync.yaml", SETTINGS),
            Mount(self.volume, VOLUME, writable=True),
            Mount(self.termination_log, TERMINATION_LOG, writable=True),
        ]

    def put_days(self) -> None:
        """Let people have worked on each day."""
        for day in self.days:
            self.organization.put(day, some_rows(day, self.organization.organization_id))

    @property
    def metrics(self) -> Json:
        """Settings of a sink that sends to the receiver."""
        return {
            "type": "otlp",
            "endpoint": self.receiver.base_url,
            "headers": {"x-api-key": "${RECEIVER_KEY}"},
            "timeout": "5s",
            "retry_deadline": "2s",
        }

    def configure(self, sinks: dict[str, Json] | None = None, **sections: Any) -> None:
        """Write the settings file; `sections` add to, or replace, what stands here."""
        settings: Json = {
            "version": 1,
            "source": {
                "base_url": self.api.base_url,
                "api_key": "${ANTHROPIC_ADMIN_KEY}",
                "requests_per_minute": 0,
                "retry_deadline": "2s",
            },
            "sync": {"start": f"{COUNT}d", "include_today": False},
            "state": f"file://{VOLUME}/state",
            "sinks": sinks or {"metrics": self.metrics},
        }
        for name, section in sections.items():
            both = isinstance(section, dict) and isinstance(settings.get(name), dict)
            settings[name] = {**settings[name], **section} if both else section
        path = self.directory / "ccsync.yaml"
        path.write_text(yaml.safe_dump(settings, sort_keys=False), "utf-8")
        path.chmod(0o644)

    def start(self, *arguments: str, **how: Any) -> Container:
        """Start the command in a container, with the settings."""
        options: dict[str, Any] = {"mounts": self.mounts, "environment": self.environment, **how}
        return self.image.start("--config", SETTINGS, *arguments, **options)

    def run(self, *arguments: str, **how: Any) -> Done:
        """Run the command in a container to its end."""
        with self.start(*arguments, **how) as container:
            return container.wait()

    def sync(self, *arguments: str, **how: Any) -> Done:
        """Run `ccsync sync` with a report where kubelet looks for one."""
        return self.run("sync", "--report", TERMINATION_LOG, *arguments, **how)

    @property
    def ledger(self) -> Ledger:
        """What the state keeps, read by the user who may."""
        path = f"{VOLUME}/state/ledger.json"
        done = self.image.run(path, mounts=self.mounts, entrypoint="cat")
        assert done.exit == 0, done
        return decode(done.stdout.encode(), path)

    @property
    def acknowledged(self) -> list[dt.date]:
        """The days that the ledger says the receiver shows."""
        entries = self.ledger.sinks["metrics"]
        return sorted(day for day, entry in entries.items() if entry.line is not None)

    def assert_true(self, *days: dt.date) -> None:
        """Check that what is shown is what the API says."""
        store = AppendStore(self.receiver.stored)
        for day in days or self.days:
            found = {cell: value for cell, value in shown(store.day(day)).items() if value}
            assert found == truth(self.organization, day), day
