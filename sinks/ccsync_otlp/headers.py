"""Headers as settings and environment give them: read, and checked before they are sent. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from ccsync.secret import Secret

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_METADATA_KEY = re.compile(r"[0-9a-z_.-]+")
_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?")
_OURS = frozenset(("content-type", "content-encoding", "content-length", "host"))
"""They belong to the request itself."""


def read_list(variable: str, text: str) -> tuple[dict[str, Secret], list[str]]:
    """Read `name=value,name=value`, names in any case, values percent-encoded.

    Gives the headers by lower-case name, and the faults, which name items by number: a value that
    was not encoded is a secret, too.
    """
    found: dict[str, Secret] = {}
    faults: list[str] = []
    for number, item in enumerate(text.split(",") if text else [], start=1):
        if not item.strip():
            continue
        name, equals, value = item.partition("=")
        name = unquote(name.strip()).lower()
        if not equals or not _TOKEN.fullmatch(name):
            faults.append(
                f"{variable}: item {number} is not name=value; in values write %2C for a comma "
                "and %20 for a blank"
            )
            continue
        found[name] = Secret(unquote(value.strip()))
    return found, faults


def faults_in(where: str, headers: Mapping[str, Secret], *, grpc: bool) -> Iterator[str]:
    """Say what is wrong with headers by lower-case name; no value is shown."""
    pattern = _METADATA_KEY if grpc else _TOKEN
    for name, secret in headers.items():
        value = secret.reveal()
        if not pattern.fullmatch(name) or (grpc and name.endswith("-bin")):
            yield f"{where}: {name!r} is no header name for {'grpc' if grpc else 'http'}"
        elif name in _OURS or (grpc and name.startswith("grpc-")):
            yield f"{where}: {name} belongs to the request itself; leave it out"
        elif not value:
            yield f"{where}: {name} has no value"
        elif not _VALUE.fullmatch(value):
            yield (
                f"{where}: the value of {name} has a line break, a blank at an end or a character "
                "outside ASCII; was it read from a file that ends in a newline?"
            )
