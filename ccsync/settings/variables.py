"""`${NAME}` and `${NAME:-default}` in one scalar: expanded once, never recursively."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

_PART = re.compile(
    r"\$\$"
    r"|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>(?:\$\$|(?!\$\{)[^}])*))?\}"
    r"|(?P<odd>\$\{)"
)


class Expanded(NamedTuple):
    """A scalar after expansion."""

    text: str
    values: tuple[str, ...]
    """What came from the environment: never to be shown."""

    required: tuple[str, ...]
    """The variables without a default, set or not."""

    faults: tuple[str, ...]
    unset: tuple[str, ...] = ()
    """The variables that are not set, or empty, and have no default; each has its fault."""


def expand(text: str, environ: Mapping[str, str]) -> Expanded:
    """Put the environment into a scalar.

    `$$` is a dollar and a lone `$` stays. An unset or empty variable takes its default, and is a
    fault when it has none: an empty secret is the usual mistake in a cluster. What a variable or a
    default holds is not looked at again.
    """
    if "$" not in text:
        return Expanded(text, (), (), ())
    values: list[str] = []
    required: list[str] = []
    faults: list[str] = []
    unset: list[str] = []

    def put(part: re.Match[str]) -> str:
        if part["odd"]:
            faults.append(
                "'${' must go on as ${NAME} or ${NAME:-default}, with no other ${...} inside; "
                "write $${ for the two characters themselves"
            )
            return ""
        name, default = part["name"], part["default"]
        if name is None:
            return "$"
        if default is None:
            required.append(name)
        if value := environ.get(name):
            values.append(value)
            return value
        if default is None:
            state = "empty" if name in environ else "not set"
            unset.append(name)
            faults.append(
                f"environment variable {name} is {state}; export it, or, where a default makes "
                f"sense, write ${{{name}:-default}}"
            )
            return ""
        return default.replace("$$", "$")

    expanded = _PART.sub(put, text)
    return Expanded(expanded, tuple(values), tuple(required), tuple(faults), tuple(unset))
