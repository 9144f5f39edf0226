"""One question to the API and its checked answer, asked with whatever credential there is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ccsync.errors import SourceDrift
from ccsync.runtime import Runtime
from ccsync.settings.model import SourceSettings
from ccsync.source.answers import Answer, Question, check
from ccsync.source.auth import Credential
from ccsync.source.http import httpx
from ccsync.source.pages import NotJsonError
from ccsync.source.sender import Sender

T = TypeVar("T")


class ApiClient:
    """Asks the API; safe for threads."""

    def __init__(
        self,
        settings: SourceSettings,
        runtime: Runtime,
        *,
        deadline: float | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Prepare; nothing is sent and no file but `ca_file` is read.

        Raises:
            SettingsError: the address, the key or the CA file cannot be used.
        """
        self.sender = Sender(settings, runtime, deadline=deadline, transport=transport)
        """The connection; counts requests and bytes, and compares clocks."""
        self.credential = Credential(settings, self.sender, runtime)
        """What it asks with; for saying what kind that is."""
        self._runtime = runtime

    def close(self) -> None:
        """Let go of all connections."""
        self.credential.close()
        self.sender.close()

    def get(self, question: Question, read: Callable[[bytes], T]) -> tuple[T, Answer]:
        """Ask once, and read the body of a good answer with `read`.

        Raises:
            NoAnswerError: trying again may help; after `retry_after`, if that is given.
            CursorLostError, SourceNotYet, SourceRefused, SourceUnavailable: see `answers.check`.
            SourceDrift: the answer is too large, or `read` could not make sense of it.
            Stopped: the process is asked to end.
        """
        key = self.credential.current()
        answer = self._send(question, key)
        if answer.status == 401 and self.credential.renewed(key):
            key = self.credential.current()
            answer = self._send(question, key)
        kind = self.credential.kind(key)
        # An answer names moments by the API's clock.
        now = self.sender.clock.corrected(self._runtime.now())
        check(answer, question, host=self.sender.host, key=kind, now=now)
        try:
            content = read(answer.body)
        except NotJsonError as error:
            raise self.sender.not_json(question, answer, error) from None
        except SourceDrift as error:
            raise SourceDrift(f"{error} {answer.mark}") from None
        self.sender.understood()
        return content, answer

    def _send(self, question: Question, key: str) -> Answer:
        return self.sender.send(question, self.credential.headers(key), secret=key)
