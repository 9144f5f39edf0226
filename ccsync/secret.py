"""A string that does not show itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

import msgspec


class Secret:
    """Holds a secret; `repr`, `str`, logs and encoders never show it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        """Take the secret."""
        self._value = value

    def reveal(self) -> str:
        """Give the secret, for the one place that sends it."""
        return self._value

    def __repr__(self) -> str:
        """Mask."""
        return "Secret(***)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        """Compare contents."""
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        """Hash contents."""
        return hash(("Secret", self._value))

    def __reduce__(self) -> str:
        """Refuse to be pickled."""
        raise TypeError("a secret is not pickled")


def secrets_in(value: object) -> Iterator[Secret]:
    """Give every secret inside settings: in sections, mappings and lists, however deep."""
    inside: Iterable[object] = ()
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, msgspec.Struct):
        inside = [getattr(value, name) for name in value.__struct_fields__]
    elif isinstance(value, dict):
        inside = cast("dict[object, object]", value).values()
    elif isinstance(value, list | tuple | set | frozenset):
        inside = cast("Iterable[object]", value)
    for one in inside:
        yield from secrets_in(one)
