"""The organization of the credential: the source id of every day."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Collection

import msgspec

from ccsync.errors import SourceError, SourceRefused, SourceUnavailable
from ccsync.source.answers import Answer, DayRefusedError
from ccsync.source.text import one_line


class OrganizationInfo(msgspec.Struct, frozen=True):
    """What `GET /v1/organizations/me` says."""

    id: str
    name: str = ""


def stated_in(answer: Answer) -> str | None:
    """Give the organization that the answer itself names."""
    return one_line(answer.headers.get("anthropic-organization-id", "")) or None


class SourceIds:
    """Finds the source id: what the API says first, the settings last."""

    def __init__(self, expected: str | None, ask: Callable[[], OrganizationInfo]) -> None:
        """Take `source.organization_id` and the way to ask the API outright."""
        self._expected = expected or None
        self._ask = ask
        self._lock = threading.Lock()
        self._asked = False
        self._told: str | None = None
        self._silence: SourceUnavailable | None = None

    def check(self, said: str) -> str:
        """Give what the API said, if the settings do not expect another organization.

        Raises:
            SourceRefused: they do.
        """
        if self._expected is not None and said != self._expected:
            raise SourceRefused(
                f"the credential belongs to the organization {said}, but source.organization_id is "
                f"{self._expected}: use the key of that organization, or correct the setting"
            )
        return said

    def of_day(self, day: dt.date, stated: str | None, in_rows: Collection[str]) -> str:
        """Give the source id of a day.

        Args:
            day: for messages.
            stated: what the answers named, if they did.
            in_rows: the organizations that its rows name.

        Raises:
            SourceRefused: the credential belongs to another organization than expected.
            SourceUnavailable: the API could not be asked just now, and nobody else says it.
            DayRefusedError: nobody says which organization it is.
        """
        agreed = next(iter(in_rows)) if len(in_rows) == 1 else None
        said = stated or self._told_outright() or agreed
        if said is not None:
            return self.check(said)
        if self._expected is not None:
            return self._expected
        if self._silence is not None:
            raise SourceUnavailable(
                f"{day}: neither the answers for the day nor their rows say which organization "
                f"this is, and the API did not answer to the question: {self._silence}. The next "
                "run asks again; with source.organization_id nobody has to be asked"
            )
        raise DayRefusedError(
            f"{day}: neither the API's answers nor their rows say which organization this is; set "
            "source.organization_id"
        )

    def _told_outright(self) -> str | None:
        """Ask the API, once per run. That it does not answer is no fault: there are other ways."""
        with self._lock:
            if not self._asked:
                self._asked = True
                try:
                    self._told = self._ask().id or None
                except SourceUnavailable as silence:
                    self._silence = silence
                except SourceError:
                    self._told = None
            return self._told
