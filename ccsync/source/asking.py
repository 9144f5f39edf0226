"""Asks the API with patience: a request is made again until it is answered or time is up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ccsync import logs
from ccsync.errors import SourceUnavailable
from ccsync.retry import Patience
from ccsync.source.answers import Answer, NoAnswerError, Question
from ccsync.source.client import ApiClient

T = TypeVar("T")

log = logs.get()


class Asker:
    """The API as the rest of the source sees it: it answers, or it does not."""

    def __init__(self, client: ApiClient, patience: Patience) -> None:
        """Take the client, and the patience that all days share."""
        self._client = client
        self._patience = patience

    def begin_day(self) -> None:
        """Give this thread's next requests the patience of a day."""
        self._patience.begin()

    def ask(
        self, question: Question, read: Callable[[bytes], T], proceed: Callable[[], None]
    ) -> tuple[T, Answer]:
        """Ask until there is an answer.

        `proceed` is called before each try; what it raises ends the asking.

        Raises:
            SourceError: the answer is no, or cannot be read, or there is none and time is up.
            CursorLostError: start the day over.
        """
        return self._patiently(lambda: self._client.get(question, read), proceed)

    def log_in(self, proceed: Callable[[], None]) -> str:
        """Give the credential, after a login where it needs one; `proceed` as for `ask`.

        Raises:
            SourceError: the login was refused, or there is no answer and time is up.
        """
        return self._patiently(self._client.credential.current, proceed)

    def _patiently(self, attempt: Callable[[], T], proceed: Callable[[], None]) -> T:
        def once() -> T:
            proceed()
            try:
                return attempt()
            except NoAnswerError as error:
                log.info("request.failed", reason=str(error), retry_after=error.retry_after)
                raise

        return self._patience.call(
            once,
            retry_on=NoAnswerError,
            pause_of=lambda error: error.retry_after,
            give_up=lambda error, reason: SourceUnavailable(f"{error}; {reason}"),
        )
