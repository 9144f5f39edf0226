"""The few pieces of the protocol buffers wire format that a request of metrics is made of.

Field numbers are those of `opentelemetry/proto/metrics/v1/metrics.proto`.
"""

from __future__ import annotations

import functools
import struct
import sys
from decimal import Decimal

from ccsync_otlp.attributes import Attributes

_BYTES = [bytes([number]) for number in range(0x80)]

_VARINT, _FIXED64, _LENGTH = 0, 1, 2

_integer = struct.Struct("<Bq").pack
_double = struct.Struct("<Bd").pack
_fixed64 = struct.Struct("<BQ").pack

_START_TIME = 2 << 3 | _FIXED64
_TIME = 3 << 3 | _FIXED64
_AS_DOUBLE = 4 << 3 | _FIXED64
_AS_INT = 6 << 3 | _FIXED64

VALUE_SIZE = 9
"""Bytes of an encoded value of a point."""


def varint(number: int) -> bytes:
    """Encode a number that is not negative."""
    if number < 0x80:
        return _BYTES[number]
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def head(number: int, size: int) -> bytes:
    """Encode what comes before `size` bytes of a field that has a length."""
    return varint(number << 3 | _LENGTH) + varint(size)


def field(number: int, content: bytes) -> bytes:
    """Encode a field that has a length: text, bytes or a message."""
    return head(number, len(content)) + content


def enum(number: int, value: int) -> bytes:
    """Encode a field that holds a small number: an enum or a bool."""
    return varint(number << 3 | _VARINT) + varint(value)


def text(number: int, value: str) -> bytes:
    """Encode a field of text; absent when empty. What UTF-8 can not hold becomes `?`."""
    return field(number, value.encode("utf-8", "replace")) if value else b""


def attributes(number: int, pairs: Attributes) -> bytes:
    """Encode attributes as a repeated field of KeyValue messages with string values."""
    return b"".join([_attribute(number, pair) for pair in pairs])


@functools.lru_cache(4_096)
def _attribute(number: int, pair: tuple[str, str]) -> bytes:
    name, value = pair
    # The value is one of several kinds: it has to be there even when it is empty.
    content = field(1, value.encode("utf-8", "replace"))
    return field(number, text(1, name) + field(2, content))


def times(start_ns: int | None, time_ns: int) -> bytes:
    """Encode the times of a point."""
    start = b"" if start_ns is None else _fixed64(_START_TIME, start_ns)
    return start + _fixed64(_TIME, time_ns)


def integer(value: int | Decimal) -> bytes:
    """Encode a point's whole number; what does not fit into 64 bits becomes a double."""
    try:
        return _integer(_AS_INT, value)
    except struct.error:
        return double(value)


def double(value: int | Decimal) -> bytes:
    """Encode a point's number as a double; what is too large becomes the largest."""
    try:
        number = float(value)
    except OverflowError:
        number = sys.float_info.max if value > 0 else -sys.float_info.max
    return _double(_AS_DOUBLE, number)
