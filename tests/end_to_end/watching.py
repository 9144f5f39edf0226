"""Runs the command while somebody looks for secrets in all that can be seen of it."""

from __future__ import annotations

import base64
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ccsync.simulator import Request, Simulator
from tests.support.command import Done, Place

# None looks like a key of any known kind: only knowing the value helps.
KEY = "Zq7Recognisable-key/0+1=="
BEARER = "Zq7Recognisable.bearer.token"
HASH_KEY = "Zq7Recognisable hash key"
HEADER = "Zq7Recognisable:header"
SECRETS = (KEY, BEARER, HASH_KEY, HEADER)
PART = "Zq7Recognisable"
"""What each of them has in it."""


def forms(secret: str) -> Iterator[bytes]:
    yield secret.encode()
    yield urllib.parse.quote(secret, safe="").encode()
    yield base64.b64encode(secret.encode())


@dataclass
class Watched:
    """Runs commands, and keeps all that anybody could see of them."""

    place: Place
    api: Simulator
    seen: dict[str, bytes] = field(default_factory=dict[str, bytes])
    number: int = 0
    secrets: set[str] = field(default_factory=lambda: {*SECRETS})
    """What must not be seen; tests may add to it."""
    patience: str = "0.3s"
    """With the API, and with the sink: enough for a second try."""

    def run(self, *arguments: str) -> Done:
        self.number += 1
        name = f"{self.number}: {' '.join(arguments)}"
        self.seen[f"{name}: processes"] = b""
        self.api.on_request = partial(self._look, name)
        done = self.place.run("--log-level", "debug", *arguments)
        self.seen[f"{name}: stdout"] = done.stdout.encode()
        self.seen[f"{name}: stderr"] = done.stderr.encode()
        return done

    def sync(self, *arguments: str) -> Done:
        report = self.place.directory / f"report-{self.number}.json"
        done = self.run("sync", "--report", str(report), *arguments)
        if report.exists():
            self.seen[f"{self.number}: report"] = report.read_bytes()
        return done

    def configure(
        self, source: dict[str, Any] | None = None, sink: dict[str, Any] | None = None
    ) -> None:
        """Write settings with every secret in them; the key comes as `source` says."""
        self.place.configure(
            self.api.base_url,
            {
                "leaky": {
                    "type": "leaky",
                    "retry_deadline": self.patience,
                    **(sink or {}),
                    "headers": {"x-odd-name": "${HEADER}"},
                }
            },
            source={"retry_deadline": self.patience, **(source or {})},
            privacy={"identity": "hash", "hash_key": "${HASH_KEY}"},
        )
        if source and "api_key" not in source:
            text = self.place.settings_file.read_text()
            self.place.write(text.replace("  api_key: ${ANTHROPIC_ADMIN_KEY}\n", ""))

    def assert_clean(self) -> None:
        """Check everything that was seen, and all that lies in the state."""
        files = {str(path): path.read_bytes() for path in self.place.state_files()}
        for where, content in {**self.seen, **files}.items():
            for secret in self.secrets:
                for form in forms(secret):
                    assert form not in content, f"{where} holds {secret!r}:\n{content.decode()}"
            assert PART.encode() not in content, f"{where} holds a part:\n{content.decode()}"

    def _look(self, name: str, _request: Request) -> None:
        """Read the arguments of every process there is, once per command."""
        if self.seen[f"{name}: processes"]:
            return
        for process in Path("/proc").iterdir():
            if process.name.isdigit():
                try:
                    arguments = (process / "cmdline").read_bytes()
                except OSError:
                    continue
                self.seen[f"{name}: processes"] += arguments.replace(b"\0", b" ") + b"\n"


def put_secrets(place: Place) -> None:
    """Put every secret into the environment of a place."""
    place.environment = {
        "ANTHROPIC_ADMIN_KEY": KEY, "BEARER": BEARER, "HASH_KEY": HASH_KEY, "HEADER": HEADER,
    }  # fmt: skip
