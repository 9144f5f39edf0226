"""What an example is."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ccsync.warehouse.dialect import Dialect


class Example(msgspec.Struct, frozen=True):
    """A question that people ask, and the query that answers it."""

    name: str
    question: str
    """In one sentence, with what to change in the query if anything is arbitrary."""

    sql: Callable[[Dialect], str]
    """The query, whose rows come in a fixed order."""
