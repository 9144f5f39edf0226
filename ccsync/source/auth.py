"""The credential: where it comes from, what kind it is, and how it is sent. It is never shown."""

from __future__ import annotations

import threading
from pathlib import Path

from ccsync.errors import SettingsError
from ccsync.runtime import Runtime
from ccsync.settings.model import SourceSettings
from ccsync.source.federation import Federation
from ccsync.source.keyfile import checked_key, read_key
from ccsync.source.kind import KeyKind
from ccsync.source.sender import Sender

# The vendor's own client sends this with every bearer token.
_BEARER_BETA = "oauth-2025-04-20"

_EMPTY = (
    "An Admin key is made in the Console under Settings > Admin keys; is the environment variable "
    "or the secret behind this setting filled?"
)


class Credential:
    """An API key or a bearer token: from the settings, from a file, or from a login.

    A file is read when the credential is first needed, and again when the API refuses what it held:
    mounted tokens rotate. A login (`source.federation`) is made when it is needed, and again before
    its token expires.
    """

    def __init__(self, settings: SourceSettings, sender: Sender, runtime: Runtime) -> None:
        """Find out which of the settings holds it; `sender` is for a login.

        Raises:
            SettingsError: the key in the settings cannot be a key.
        """
        self._lock = threading.Lock()
        self._file: Path | None = None
        self._value: str | None = None
        self.federation: Federation | None = None
        """The login, if there is one."""
        if settings.federation is not None:
            self.bearer = True
            """True for `Authorization: Bearer`, false for `x-api-key`."""
            self.setting = "source.federation"
            """Path of the setting, for messages."""
            self.federation = Federation(
                settings.federation, sender, runtime, patience=settings.retry_deadline
            )
            return
        self.bearer = settings.bearer_token is not None or settings.bearer_token_file is not None
        file = settings.bearer_token_file if self.bearer else settings.api_key_file
        inline = settings.bearer_token if self.bearer else settings.api_key
        name = "bearer_token" if self.bearer else "api_key"
        self.setting = f"source.{name}" if file is None else f"source.{name}_file"
        if file is not None:
            self._file = Path(file).expanduser()
        elif inline is not None:
            try:
                self._value = checked_key(inline.reveal(), empty=_EMPTY)
            except ValueError as error:
                raise SettingsError(f"{self.setting}: {error}") from None

    def current(self) -> str:
        """Give the credential, for the one place that sends it.

        Raises:
            SourceRefused: its file cannot be read, or does not hold a credential; or a login was
                refused.
            NoAnswerError, SourceUnavailable, Stopped: see `Federation.token`.
        """
        if self.federation is not None:
            return self.federation.token()
        with self._lock:
            if self._value is None:
                self._value = self._read()
            return self._value

    def renewed(self, refused: str) -> bool:
        """Say whether there is another credential than the one that the API refused.

        Raises:
            SourceRefused: as `current`.
        """
        if self.federation is not None:
            return self.federation.renewed(refused)
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

    def kind(self, credential: str) -> KeyKind:
        """Say what kind it is; advice depends on it."""
        return KeyKind.of(credential) if self.federation is None else KeyKind.FEDERATED

    def close(self) -> None:
        """End what goes on in the background."""
        if self.federation is not None:
            self.federation.close()

    def _read(self) -> str:
        assert self._file is not None  # noqa: S101 - only files are read
        return read_key(self._file, self.setting, empty=_EMPTY)
