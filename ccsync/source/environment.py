"""Which variable of the environment holds the credential: found out, so that nobody is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ccsync.settings.model import FEDERATION_VARIABLES
from ccsync.source.kind import KeyKind

ADMIN_NAMES = ("ANTHROPIC_ADMIN_KEY", "ANTHROPIC_ADMIN_API_KEY", "ADMIN_API_KEY")
"""What the vendor's documentation calls the variable of an Admin key, newest name first."""

_SHARED_NAME = "ANTHROPIC_API_KEY"
"""Where programs look for a key to run models with; now and then it is an Admin key."""

_RULE = FEDERATION_VARIABLES["rule_id"]
_NEEDED_TOO = tuple(FEDERATION_VARIABLES[one] for one in ("organization_id", "service_account_id"))

_TOKEN_NAMES = ("ANTHROPIC_OAUTH_TOKEN", "ANTHROPIC_AUTH_TOKEN")


class FoundKey(NamedTuple):
    """What the environment offers. Holds no secret."""

    name: str
    """The variable to name in the settings; the usual one when none is set."""

    is_set: bool
    bearer: bool
    """Whether it goes under `bearer_token` instead of `api_key`."""

    remarks: tuple[str, ...]
    """For the user: what was found, what was not taken, and why."""

    federation: bool = False
    """No key, but what a login by workload identity federation needs; `name` is one of it."""


def find_key(environ: Mapping[str, str]) -> FoundKey:
    """Choose the variable: an Admin key by its usual names first, then by what others hold."""
    remarks = [
        f"{name} is set, but empty"
        for name in (*ADMIN_NAMES, _SHARED_NAME)
        if not environ.get(name, "-").strip()
    ]

    def kind(name: str) -> KeyKind | None:
        value = environ.get(name, "").strip()
        return KeyKind.of(value) if value else None

    for name in ADMIN_NAMES:
        if (found := kind(name)) is not None:
            remarks.append(f"{name} is set, and holds {_described(found)}")
            if found is not KeyKind.ADMIN:
                remarks.append(
                    f"`ccsync check` will tell whether {name} works; Admin keys always do"
                )
            return FoundKey(name, True, False, tuple(remarks))
    if (found := kind(_SHARED_NAME)) is KeyKind.ADMIN:
        remarks.append(f"{_SHARED_NAME} is set, and holds {_described(found)}: it is used")
        return FoundKey(_SHARED_NAME, True, False, tuple(remarks))
    if found is not None:
        remarks.append(
            f"{_SHARED_NAME} is set, but not used: it holds {_described(found)}, {_why(found)}"
        )
    if environ.get(_RULE, "").strip():
        remarks.append(
            f"{_RULE} is set: `federation: {{}}` logs in without a key, by the identity of this "
            "workload"
        )
        lacking = [name for name in _NEEDED_TOO if not environ.get(name, "").strip()]
        if lacking:
            remarks.append(f"the login needs {' and '.join(lacking)}, too")
        return FoundKey(_RULE, True, False, tuple(remarks), federation=True)
    for name in _TOKEN_NAMES:
        if kind(name) is KeyKind.OAUTH:
            remarks.append(
                f"{name} is set, and holds {_described(KeyKind.OAUTH)}: it is used; it needs the "
                "scope org:admin, and expires soon, so scheduled runs want a key"
            )
            return FoundKey(name, True, True, tuple(remarks))
    remarks.append(f"no key: none of {', '.join(ADMIN_NAMES)} is set")
    return FoundKey(ADMIN_NAMES[0], False, False, tuple(remarks))


def _described(kind: KeyKind) -> str:
    return f"{kind.value} ({kind.prefix})" if kind.prefix else kind.value


def _why(kind: KeyKind) -> str:
    if kind is KeyKind.WORKSPACE:
        return "and keys that are bound to a workspace cannot read usage reports"
    if kind is KeyKind.ENTERPRISE:
        return "and those are for another API"
    if kind is KeyKind.PERSON:
        return (
            "and only an admin's can read usage reports; if it is one, write "
            f"api_key: ${{{_SHARED_NAME}}}"
        )
    return "and only an Admin key is sure to read usage reports"
