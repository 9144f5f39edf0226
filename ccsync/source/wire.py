"""The API's answer as documented, in types: what one page looks like on the wire.

These types are strict. A row that fits them is read at once; an odd one is tidied first
(`ccsync.source.tidy`), and then has to fit them too.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, ClassVar, TypeAlias

import msgspec
from msgspec import Meta, Raw, Struct

MAX_COUNT = 10**15
"""No actor makes more of anything in a day. Sums of thousands of such rows still fit 64 bits."""

_LONGEST_PLAIN = 30
"""Characters of a number that is surely no longer than an amount of money may be."""

Count: TypeAlias = Annotated[int, Meta(ge=0, le=MAX_COUNT)]


class UserActor(Struct, tag_field="type", tag="user_actor", forbid_unknown_fields=True, gc=False):
    """A person, signed in."""

    kind: ClassVar[str] = "user_actor"
    id: str = msgspec.field(name="email_address")


class ApiActor(Struct, tag_field="type", tag="api_actor", forbid_unknown_fields=True, gc=False):
    """An API key, known by its name: not unique, and it may be renamed."""

    kind: ClassVar[str] = "api_actor"
    id: str = msgspec.field(name="api_key_name")


class OtherActor(Struct, tag_field="type", tag="tidied", forbid_unknown_fields=True, gc=False):
    """How `ccsync.source.tidy` writes down every other actor; the API does not send this."""

    kind: str
    id: str


class Lines(Struct, forbid_unknown_fields=True, gc=False):
    """Lines of code."""

    added: Count
    removed: Count


class CoreMetrics(Struct, forbid_unknown_fields=True, gc=False):
    """What the actor did, in numbers."""

    num_sessions: Count
    lines_of_code: Lines
    commits_by_claude_code: Count
    pull_requests_by_claude_code: Count


class Decisions(Struct, forbid_unknown_fields=True, gc=False):
    """Decisions on one tool's proposals."""

    accepted: Count
    rejected: Count


class CacheCreation(Struct, forbid_unknown_fields=True, gc=False):
    """Cache creation tokens, split by how long the cache lives."""

    ephemeral_5m_input_tokens: Count
    ephemeral_1h_input_tokens: Count


class Tokens(Struct, forbid_unknown_fields=True, gc=False):
    """Tokens of one model."""

    input: Count
    output: Count
    cache_read: Count
    cache_creation: Count | CacheCreation


class Cost(Struct, forbid_unknown_fields=True, gc=False):
    """An estimate in minor units."""

    amount: Any
    """A JSON number (`int`; `Decimal` in its canonical spelling, see `ccsync.money`; else its text)
    or a decimal string."""

    currency: str = "USD"


class Model(Struct, forbid_unknown_fields=True, gc=False):
    """Usage of one model."""

    model: str
    tokens: Tokens
    estimated_cost: Cost


class Row(Struct, forbid_unknown_fields=True, gc=False):
    """One element of `data`."""

    date: str
    actor: UserActor | ApiActor | OtherActor
    organization_id: str
    core_metrics: CoreMetrics
    tool_actions: dict[str, Decisions]
    model_breakdown: list[Model]
    customer_type: str | None = None
    subscription_type: str | None = None
    terminal_type: str | None = None
    is_remote: bool | None = None


class Page(Struct, gc=False):
    """The envelope, strict itself, around rows that have yet to be looked at."""

    data: list[Raw]
    has_more: bool
    next_page: str | None = None


def _amount(literal: str) -> Decimal | str:
    """Read a number with a point or an exponent: what is not spelled canonically stays text."""
    if (
        literal[-1] in "123456789"
        and len(literal) <= _LONGEST_PLAIN
        and "e" not in literal
        and "E" not in literal
    ):
        return Decimal(literal)
    return literal


decode_page = msgspec.json.Decoder(Page).decode
decode_row = msgspec.json.Decoder(Row, float_hook=_amount).decode
