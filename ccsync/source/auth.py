"""The credential: where it comes from, what kind it is, and how it is sent. It is never shown."""

from __future__ import annotations

import enum
import threading
from pathlib import Path

from ccsync import redact
from ccsync.errors import SettingsError, SourceRefused
from ccsync.settings.model import SourceSettings

_LONGEST = 65_536
"""More than this in a file is no key: somebody named the wrong file."""

# The vendor's own client sends this with every bearer token.
_BEARER_BETA = "oauth-2025-04-20"


class KeyKind(enum.Enum):
    """What a credential's prefix tells about it; the value names it in messages."""

    ADMIN = "an Admin key"
    PERSON = "a key of a person or service account"
    ENTERPRISE = "a Claude Enterprise key (made in the settings of claude.ai)"
    WORKSPACE = "an API key of the kind that workspaces have"
    OAUTH = "an OAuth token"
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


class Credential:
    """An API key or a bearer token, from the settings or from a file.

    A file is read when the credential is first needed, and again when the API refuses what it held:
    mounted tokens rotate.
    """

    def __init__(self, settings: SourceSettings) -> None:
        """Find out which of the four settings holds it.

        Raises:
            SettingsError: the key in the settings cannot be a key.
        """
        self._lock = threading.Lock()
        self._file: Path | None = None
        self._value: str | None = None
        self.bearer = settings.bearer_token is not None or settings.bearer_token_file is not None
        """True for `Authorization: Bearer`, false for `x-api-key`."""
        file = settings.bearer_token_file if self.bearer else settings.api_key_file
        inline = settings.bearer_token if self.bearer else settings.api_key
        name = "bearer_token" if self.bearer else "api_key"
        if file is not None:
            self._file = Path(file).expanduser()
            self.setting = f"source.{name}_file"
            """Path of the setting, for messages."""
        elif inline is not None:
            self.setting = f"source.{name}"
            try:
                self._value = _checked(inline.reveal())
            except ValueError as error:
                raise SettingsError(f"{self.setting}: {error}") from None
        else:
            raise SettingsError("source: one of api_key, api_key_file, bearer_token is needed")

    def current(self) -> str:
        """Give the credential, for the one place that sends it.

        Raises:
            SourceRefused: its file cannot be read, or does not hold a credential.
        """
        with self._lock:
            if self._value is None:
                self._value = self._read()
            return self._value

    def renewed(self, refused: str) -> bool:
        """Say whether there is another credential than the one that the API refused.

        Raises:
            SourceRefused: as `current`.
        """
        if self._file is None:
            return False
        with self._lock:
            if self._value == refused:
                self._value = self._read()
            return self._value != refused

    def headers(self, credential: str) -> dict[str, str]:
        """Give the headers that carry it."""
        if self.bearer:
            return {"authorization": f"Bearer {credential}", "anthropic-beta": _BEARER_BETA}
        return {"x-api-key": credential}

    def _read(self) -> str:
        assert self._file is not None  # noqa: S101 - only files are read
        try:
            with self._file.open("rb") as file:
                content = file.read(_LONGEST + 1)
        except OSError as error:
            raise SourceRefused(
                f"{self.setting}: cannot read {self._file}: {error.strerror or error}. "
                "Is the secret mounted, and readable for this user?"
            ) from None
        try:
            value = _checked(content.decode("utf-8", "replace"))
        except ValueError as error:
            raise SourceRefused(f"{self.setting}: {self._file}: {error}") from None
        redact.register(value)
        return value


def _checked(text: str) -> str:
    """Give the credential without the line end that files and shells leave behind it."""
    value = text.strip(" \t\r\n")
    if not value:
        raise ValueError(
            "it is empty. An Admin key is made in the Console under Settings > Admin keys; is the "
            "environment variable or the secret behind this setting filled?"
        )
    if len(value) > _LONGEST:
        raise ValueError("it is far too long for a key; is this the right file?")
    if any(not "!" <= character <= "~" for character in value):
        raise ValueError(
            "it holds blanks, control characters or letters that no key has (not shown here). Was "
            "more than the key copied, or is it still encoded?"
        )
    return value
