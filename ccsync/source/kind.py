"""What kind of key or token a credential is, as far as its prefix tells."""

from __future__ import annotations

import enum


class KeyKind(enum.Enum):
    """What a credential's prefix tells about it; the value names it in messages."""

    ADMIN = "an Admin key"
    PERSON = "a key of a person or service account"
    ENTERPRISE = "a Claude Enterprise key (made in the settings of claude.ai)"
    WORKSPACE = "an API key of the kind that workspaces have"
    OAUTH = "an OAuth token"
    FEDERATED = "a token from a login by workload identity federation"
    UNKNOWN = "a credential of a kind that its prefix does not tell"

    @classmethod
    def of(cls, credential: str) -> KeyKind:
        """Recognise the prefix. Advice depends on it, never whether a request is made."""
        for prefix, kind in _PREFIXES.items():
            if credential.strip().startswith(prefix):
                return kind
        return cls.UNKNOWN

    @property
    def prefix(self) -> str:
        """How such credentials begin, with dots for the rest; "" for the unknown kind."""
        return next((f"{prefix}..." for prefix, kind in _PREFIXES.items() if kind is self), "")


_PREFIXES = {
    "sk-ant-admin": KeyKind.ADMIN,
    "sk-ant-usr": KeyKind.PERSON,
    "sk-ant-api01": KeyKind.ENTERPRISE,
    "sk-ant-api": KeyKind.WORKSPACE,
    "sk-ant-oat": KeyKind.OAUTH,
}
