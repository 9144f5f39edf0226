"""What the type of a setting says: its members, its items, its choices, and words for them.

A section is a msgspec Struct. A class with a classmethod `parse(text)` is one value that is
written as text (a duration, a start); it raises `ValueError` with a message for the user.
"""

from __future__ import annotations

import enum
import re
import types
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal, TypeGuard, Union, cast, get_args, get_origin

import msgspec

from ccsync.secret import Secret

_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "str": "text",
    "array": "a list",
    "object": "a mapping",
    "null": "nothing",
}
_KINDS: dict[Any, str] = {
    int: "int", float: "float", bool: "bool", str: "str", Secret: "str",
    list: "array", tuple: "array", set: "array", frozenset: "array", dict: "object",
    type(None): "null",
}  # fmt: skip


def bare(kind: Any) -> Any:
    """Take off `Annotated` and the name of an alias."""
    kind = getattr(kind, "__value__", kind)
    return bare(get_args(kind)[0]) if get_origin(kind) is Annotated else kind


def members(kind: Any) -> list[Any]:
    """Give the alternatives of a union; each keeps the constraints written around the union."""
    kind = getattr(kind, "__value__", kind)
    if get_origin(kind) is Annotated:
        inner, *metas = get_args(kind)
        inside = members(inner)
        if len(inside) == 1:
            return [kind]
        return [one if one is type(None) else Annotated[(one, *metas)] for one in inside]
    if get_origin(kind) in (Union, types.UnionType):
        return [one for part in get_args(kind) for one in members(part)]
    return [kind]


def is_section(kind: Any) -> bool:
    """Tell whether a (bare) type is a mapping of settings of its own."""
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct) and not is_parsed(kind)


def is_parsed(kind: Any) -> bool:
    """Tell whether a (bare) type is written as text and read by its own `parse`."""
    return isinstance(kind, type) and callable(getattr(kind, "parse", None))


def fits(kind: Any, value: Any) -> bool:
    """Tell whether the value has the outer shape of this member: mapping, list or scalar."""
    plain = bare(kind)
    if plain is Any:
        return True
    outer = get_origin(plain) or plain
    # A section whose every line is commented out is written as nothing at all.
    if is_section(plain):
        return value is None or isinstance(value, dict)
    if outer is dict:
        return isinstance(value, dict)
    if outer in (list, tuple, set, frozenset):
        return isinstance(value, list)
    return plain is not type(None) and not isinstance(value, dict | list) and value is not None


def parse(kind: Any, value: Any) -> Any:
    """Read a value of a class that msgspec does not know; msgspec's `dec_hook`.

    Raises:
        ValueError: with a message for the user.
    """
    if not isinstance(value, str):
        if kind is Secret:
            raise ValueError("expected text; put it in quotes")
        value = written(value)
    if kind is Secret:
        if not value.strip():
            raise ValueError("is empty")
        if re.search(r"[\x00-\x1f\x7f]", value):
            raise ValueError("holds a line break or another control character")
        return Secret(value)
    if is_parsed(kind):
        return kind.parse(value)
    raise NotImplementedError(f"settings of type {kind!r} cannot be read")


def is_container(value: Any) -> TypeGuard[dict[str, Any] | list[Any]]:
    """Tell whether a value is a mapping or a list."""
    return isinstance(value, dict | list)


def as_mapping(value: Any) -> dict[str, Any]:
    """Give a mapping of the document; an empty one for anything else."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def choices(kind: Any) -> list[Any]:
    """Give the values of a `Literal` or an enumeration; nothing for other types."""
    plain = bare(kind)
    if get_origin(plain) is Literal:
        return list(get_args(plain))
    if isinstance(plain, type) and issubclass(plain, enum.Enum):
        return [one.value for one in plain]
    return []


def choose(kind: Any, value: Any) -> Any:
    """Give the choice that the value names."""
    plain = bare(kind)
    return plain(value) if isinstance(plain, type) else value


def item_of_mapping(kind: Any) -> Any:
    """Give the type of a mapping's values."""
    args = get_args(bare(kind))
    return args[1] if len(args) == 2 else Any


def items_of_list(kind: Any, value: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """Give each item with its type. A tuple of fixed length has types of its own for each."""
    plain = bare(kind)
    args = get_args(plain)
    fixed = get_origin(plain) is tuple and not (len(args) == 2 and args[1] is ...)
    for index, one in enumerate(value):
        if fixed:
            yield (args[index] if index < len(args) else Any), one
        else:
            yield (args[0] if args else Any), one


def emptied(kind: Any) -> Any:
    """Give a container's type with its own constraints, but any items: those were read before."""
    plain = bare(kind)
    outer: Any = get_origin(plain) or plain
    inner: Any
    if outer is dict:
        inner = dict[str, Any]
    elif outer is tuple and len(get_args(plain)) > 0 and get_args(plain)[-1] is not ...:
        inner = tuple[(Any,) * len(get_args(plain))]  # type: ignore[misc]
    elif outer in (list, set, frozenset):
        inner = types.GenericAlias(outer, (Any,))
    else:
        inner = tuple[Any, ...] if outer is tuple else Any
    if get_origin(kind) is Annotated:
        return Annotated[(inner, *get_args(kind)[1:])]
    return inner


def describe(kinds: Sequence[Any]) -> str:
    """Say in a user's words what is expected."""
    return " or ".join(dict.fromkeys(_describe(kind) for kind in kinds if kind is not type(None)))


def _describe(kind: Any) -> str:
    if values := choices(kind):
        return " or ".join(written(one) for one in values)
    plain = bare(kind)
    if is_section(plain):
        return _WORDS["object"]
    name = _KINDS.get(get_origin(plain) or plain, "str")
    return _WORDS[name]


def is_meant(kind: Any, value: Any) -> bool:
    """Tell whether a value of this sort is most likely meant as this member."""
    return bare(kind) is type(value) and not choices(kind)


def got(value: Any) -> str:
    """Say what is there instead, without showing it."""
    if value is None:
        return "but nothing is written here"
    return f"got {_WORDS[_KINDS[type(value)]]}"


def written(value: Any) -> str:
    """Write a scalar as YAML does."""
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def plain_words(message: str) -> str:
    """Turn a message of msgspec into a user's words."""

    def words(found: re.Match[str]) -> str:
        return " or ".join(_WORDS.get(one, one) for one in found[1].split(" | "))

    numbers = re.search(r"Expected `str.*got `(int|float|bool)`$", message)
    message = re.sub(r"`(object|array)` of length >= (\d+)", r"at least \2 of them", message)
    message = re.sub(r"`([a-z]+(?: \| [a-z]+)*)`", words, message)
    return message[:1].lower() + message[1:] + ("; put it in quotes" if numbers else "")
