"""What shaped a delivery. When it differs from the ledger's, every day is delivered again."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from ccsync.privacy import Privacy
from ccsync.sink import SinkConfig, SinkPlugin

_LENGTH = 12


class Fingerprint(msgspec.Struct, frozen=True):
    """Two hashes: of the settings that shape the output, and of the destination's identity."""

    shape: str
    destination: str | None = None
    """None while the destination was not asked (a dry run): then only the shape is compared."""

    @classmethod
    def of(cls, plugin: SinkPlugin[Any], config: SinkConfig, privacy: Privacy) -> Fingerprint:
        """Take what the settings say."""
        # Whether refused records are left out shapes what is shown as well.
        shape = [
            privacy.shape,
            plugin.output_version,
            plugin.shape(config),
            config.on_rejected,
        ]
        return cls(_digest(msgspec.json.encode(shape, order="deterministic")))

    def at(self, identity: str) -> Fingerprint:
        """Add the destination, as `Sink.open` named it."""
        return Fingerprint(self.shape, _digest(identity.encode()))

    def matches(self, kept: str) -> bool:
        """Compare with what a ledger line keeps."""
        if self.destination is None:
            return kept.partition(".")[0] == self.shape
        return kept == str(self)

    def __str__(self) -> str:
        """Write it for a ledger line."""
        return f"{self.shape}.{self.destination or ''}"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_LENGTH]
