"""From a record's dimensions to attributes as sent: which names, and which spelling of values.

Values are spelled here the way the destination would spell them. Two that become equal must be
found out before anything is added up; afterwards one would silently overwrite the other.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

import msgspec

from ccsync.records import Record
from ccsync_otlp.catalogue import ATTRIBUTES

Attributes: TypeAlias = tuple[tuple[str, str], ...]
"""Names and values, sorted by name, as sent."""

_UNSENDABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters, and halves of surrogate pairs, which no UTF-8 text can hold."""

_MARK_LENGTH = 9
"""`-` and eight hex digits of a hash, in place of what is too long."""


class Rules(msgspec.Struct, frozen=True):
    """How a destination spells attribute values."""

    fold_case: bool = False
    """Upper and lower case are the same to it."""

    allowed: str | None = None
    """What it keeps beside letters and decimal digits; None: everything.

    A run of other characters and underscores becomes one `_`, and none stays at the end: that is
    what Datadog documents for tags.
    """

    max_length: int = 500
    """Characters of a value. Longer ones keep their beginning and get a hash of the whole."""

    def spell(self, value: str) -> str:
        """Spell a value as the destination would. Gives "" for "" alone."""
        spelled = _UNSENDABLE.sub("_", value)
        if self.fold_case:
            spelled = spelled.lower()
        if self.allowed is not None:
            spelled = self._kept(spelled) or (_digest(value) if value else "")
        if len(spelled) > self.max_length:
            spelled = f"{spelled[: self.max_length - _MARK_LENGTH]}-{_digest(spelled)}"
        return spelled

    def _kept(self, value: str) -> str:
        allowed = self.allowed or ""
        kept = "".join(
            char if char in allowed or _is_letter_or_digit(char) else "_" for char in value
        )
        return re.sub("_{2,}", "_", kept).rstrip("_:")


def _is_letter_or_digit(char: str) -> bool:
    # Not `isalnum`: to that, fractions and raised numbers are digits too.
    return char.isalpha() or unicodedata.category(char) == "Nd"


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[: _MARK_LENGTH - 1]


class Cell(NamedTuple):
    """What is told apart within one base: a metric, and its own attributes."""

    metric: int
    """Index into `METRICS`."""

    extra: Attributes


class Shaping(msgspec.Struct, frozen=True):
    """What decides about the identity of series."""

    rules: Rules
    dimensions: frozenset[str]
    """Some of `DIMENSIONS`."""

    day: str | None = None
    """Value of the attribute `day`, where the time of a point is not in its day."""


_TOOLS = {
    "edit_tool": "Edit",
    "multi_edit_tool": "MultiEdit",
    "write_tool": "Write",
    "notebook_edit_tool": "NotebookEdit",
}
"""What the API calls these, and what the client calls them in its own metrics."""

_DIMENSIONS = {one.name: one.dimension for one in ATTRIBUTES}


class Speller:
    """Gives attributes under one shaping. Equal ones are one object: a day has many."""

    def __init__(self, shaping: Shaping) -> None:
        """Take the shaping."""
        self._rules = shaping.rules
        self._chosen = shaping.dimensions
        self._pairs: dict[tuple[str, str], Attributes] = {}
        self._cells: dict[Cell, Cell] = {}
        self._day = self._pair("day", shaping.day)

    def base(self, record: Record) -> Attributes:
        """Say who and where."""
        chosen, pair = self._chosen, self._pair
        actor_type: Attributes = ()
        actor: Attributes = ()
        key: Attributes = ()
        user: Attributes = ()
        if "user" in chosen:
            actor_type = pair("actor.type", record.actor_type)
            if record.actor_type == "user_actor":
                name = "user.email" if "@" in record.actor_id else "user.hash"
                user = pair(name, record.actor_id)
            elif record.actor_type == "api_actor":
                key = pair("api_key.name", record.actor_id)
            else:
                actor = pair("actor.id", record.actor_id)
        customer = pair("customer_type", record.customer_type) if "customer" in chosen else ()
        remote: Attributes = ()
        if "remote" in chosen and record.is_remote is not None:
            remote = pair("is_remote", "true" if record.is_remote else "false")
        organization = (
            pair("organization.id", record.organization_id) if "organization" in chosen else ()
        )
        subscription = (
            pair("subscription_type", record.subscription_type) if "subscription" in chosen else ()
        )
        terminal = pair("terminal.type", record.terminal_type) if "terminal" in chosen else ()
        # Put together in the order of the names.
        return (
            *actor,
            *actor_type,
            *key,
            *customer,
            *self._day,
            *remote,
            *organization,
            *subscription,
            *terminal,
            *user,
        )

    def cell(self, metric: int, extra: Mapping[str, str]) -> Cell:
        """Name a cell; attributes whose dimension is not chosen are left out."""
        named = {
            name: _TOOLS.get(value, value) if name == "tool_name" else value
            for name, value in extra.items()
            if _DIMENSIONS[name] is None or _DIMENSIONS[name] in self._chosen
        }
        pairs = [self._pair(name, named[name]) for name in sorted(named)]
        cell = Cell(metric, tuple(one for pair in pairs for one in pair))
        return self._cells.setdefault(cell, cell)

    def _pair(self, name: str, value: str | None) -> Attributes:
        """Give one attribute, or none: a destination knows no difference between null and ""."""
        if not value:
            return ()
        known = self._pairs.get((name, value))
        if known is None:
            known = self._pairs[name, value] = ((name, self._rules.spell(value)),)
        return known
