"""The content of the ConfigMap: ledger, memory, and what is dropped when it is full. Pure.

    binaryData:
      ledger                       the document, compressed
      memory.SINK.2026-11-19       what a sink remembered of a day, as the sink gave it

All other keys, labels and annotations are somebody else's and stay as they are.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import gzip
import hashlib
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, TypeAlias, cast

LIMIT = 1_000_000
"""Bytes of values. The API server takes 1,048,576, counting values before base64 and no keys."""

LEDGER = "ledger"

NoteKey: TypeAlias = tuple[dt.date, str]
"""A day and a sink's name: in the order in which memory is dropped."""

_MEMORY = re.compile(r"memory\.((?:[A-Za-z0-9-]|_[0-9a-f]{2})+)\.(\d{4}-\d\d-\d\d)")
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-")


class NotOursError(Exception):
    """One of our keys, the text of this error, holds what we did not write."""


class TooLargeError(Exception):
    """It does not fit even without any memory."""

    def __init__(self, ledger: int, foreign: int) -> None:
        """Take the sizes in bytes of the ledger and of keys that are not ours."""
        super().__init__(ledger, foreign)
        self.ledger = ledger
        self.foreign = foreign


@dataclass(frozen=True)
class ConfigMap:
    """The object as it was read, with what it holds of ours taken out. Changes make another one."""

    raw: Mapping[str, Any]
    """The whole object, as the API server gave it."""

    ledger: bytes | None
    """Compressed."""

    memory: Mapping[NoteKey, bytes]
    foreign: int = 0
    """Bytes that keys of others take."""

    dropped: tuple[NoteKey, ...] = field(default=(), compare=False)
    """What this change had to drop, oldest first."""

    @property
    def document(self) -> bytes | None:
        """The ledger document.

        Raises:
            NotOursError: it is not compressed as ours is.
        """
        if self.ledger is None:
            return None
        if not self.ledger:
            raise NotOursError(f"binaryData.{LEDGER}")  # nothing at all is not even compressed
        try:
            return gzip.decompress(self.ledger)
        except (OSError, EOFError, zlib.error):
            raise NotOursError(f"binaryData.{LEDGER}") from None

    @property
    def version(self) -> str:
        """A hash of the document; notes do not change it."""
        document = self.document
        return "" if document is None else version_of(document)

    @property
    def immutable(self) -> bool:
        """Whether it can never be changed."""
        return self.raw.get("immutable") is True

    def with_document(self, document: bytes, limit: int = LIMIT) -> ConfigMap:
        """Replace the document; memory makes room for it.

        Raises:
            TooLargeError: there is no memory left to drop.
        """
        return self._fitted(_packed(document), dict(self.memory), None, limit)

    def with_note(self, sink: str, day: dt.date, note: bytes, limit: int = LIMIT) -> ConfigMap:
        """Replace a note; older ones make room for it, and newer ones after that.

        If it does not fit even alone it is dropped as well, and with it what was remembered of
        that day before, which says less than what is about to be sent.

        Raises:
            TooLargeError: it is too large without any note.
        """
        key = (day, sink)
        memory = {**self.memory, key: note}
        if len(self.ledger or b"") + self.foreign + len(note) > limit:
            del memory[key]  # before others are dropped in vain
            left = self._fitted(self.ledger, memory, None, limit)
            return replace(left, dropped=(*left.dropped, key))
        return self._fitted(self.ledger, memory, key, limit)

    def encoded(self) -> dict[str, Any]:
        """Give the object to be sent."""
        binary = {key: one for key, one in _part(self.raw, "binaryData").items() if not _ours(key)}
        if self.ledger is not None:
            binary[LEDGER] = base64.b64encode(self.ledger).decode()
        for (day, sink), note in sorted(self.memory.items()):
            binary[_memory_key(sink, day)] = base64.b64encode(note).decode()
        return {**self.raw, "binaryData": binary}

    def _fitted(
        self, ledger: bytes | None, memory: dict[NoteKey, bytes], keep: NoteKey | None, limit: int
    ) -> ConfigMap:
        total = len(ledger or b"") + self.foreign + sum(map(len, memory.values()))
        dropped: list[NoteKey] = []
        for key in sorted(memory, key=lambda key: (key == keep, key)):
            if total <= limit:
                break
            total -= len(memory.pop(key))
            dropped.append(key)
        if total > limit:
            raise TooLargeError(len(ledger or b""), self.foreign)
        return ConfigMap(self.raw, ledger, memory, self.foreign, tuple(dropped))


def read(raw: Mapping[str, Any]) -> ConfigMap:
    """Take our part out of an object.

    Raises:
        NotOursError: a key that should be ours holds something else.
    """
    ledger: bytes | None = None
    memory: dict[NoteKey, bytes] = {}
    data = _part(raw, "data")
    foreign = sum(len(str(value).encode()) for value in data.values())
    for key in data:
        if _ours(key):
            raise NotOursError(f"data.{key}")
    for key, value in _part(raw, "binaryData").items():
        try:
            content = base64.b64decode(cast("str", value or ""), validate=True)
        except (binascii.Error, ValueError, TypeError):
            raise NotOursError(f"binaryData.{key}") from None
        if key == LEDGER:
            ledger = content
        elif (named := _named(key)) is not None:
            memory[named] = content
        else:
            foreign += len(content)
    return ConfigMap(raw, ledger, memory, foreign)


def version_of(document: bytes) -> str:
    """Name a document by its content."""
    return hashlib.sha256(document).hexdigest()


def _packed(document: bytes) -> bytes:
    return gzip.compress(document, 6, mtime=0)


def _part(raw: Mapping[str, Any], name: str) -> dict[str, Any]:
    part = raw.get(name)
    return cast("dict[str, Any]", part) if isinstance(part, dict) else {}


def _ours(key: str) -> bool:
    return key == LEDGER or _named(key) is not None


def _memory_key(sink: str, day: dt.date) -> str:
    # Keys are of [-._a-zA-Z0-9], at most 253: a sink's name of 63 characters takes 189 at worst.
    name = "".join(chr(one) if one in _PLAIN else f"_{one:02x}" for one in sink.encode())
    return f"memory.{name}.{day}"


@lru_cache(4_096)  # every read of the object goes through all of its keys
def _named(key: str) -> NoteKey | None:
    """Give day and sink of a memory key; None for any other key."""
    found = _MEMORY.fullmatch(key)
    if found is None:
        return None
    try:
        sink = re.sub("_(..)", lambda one: chr(int(one[1], 16)), found[1]).encode("latin-1")
        return dt.date.fromisoformat(found[2]), sink.decode()
    except ValueError:
        return None
