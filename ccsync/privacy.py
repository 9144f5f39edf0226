"""What sinks may learn about people and API keys; applied before any sink sees a record."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

import msgspec

from ccsync.records import Record
from ccsync.settings.model import PrivacySettings

_HASH_CHARACTERS = 16
"""64 bits: no collision to fear among the people of any organization, short enough to read."""


class Privacy:
    """One privacy policy, ready to be applied to records."""

    def __init__(self, settings: PrivacySettings) -> None:
        """Take the settings."""
        self.identity = settings.identity
        self._key = b""
        self._known: dict[str, str] = {}
        if settings.identity == "hash" and settings.hash_key is not None:
            self._key = settings.hash_key.reveal().encode()

    @property
    def shape(self) -> str:
        """Names the policy without its key, for the fingerprint and for comparing policies."""
        if self.identity != "hash":
            return self.identity
        return f"hash:{self._hash('ccsync key check')}"

    @property
    def apply(self) -> Callable[[Record], Record] | None:
        """Give the function that rewrites a record; None when records pass as they are.

        Records that are equal in identity afterwards have to be added together again.
        """
        return {"email": None, "hash": self._hashed, "drop": self._dropped}[self.identity]

    def _hashed(self, record: Record) -> Record:
        actor_id = record.actor_id
        if actor_id:
            known = self._known.get(actor_id)
            if known is None:
                known = self._known[actor_id] = self._hash(actor_id.lower())
            actor_id = known
        return msgspec.structs.replace(record, actor_id=actor_id, extra=None)

    @staticmethod
    def _dropped(record: Record) -> Record:
        return msgspec.structs.replace(record, actor_id="", extra=None)

    def _hash(self, value: str) -> str:
        digest = hmac.digest(self._key, value.encode(), hashlib.sha256)
        return digest.hex()[:_HASH_CHARACTERS]
