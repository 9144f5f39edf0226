"""Fetches one day: every page, or nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import msgspec

from ccsync import logs
from ccsync.errors import SourceDrift, SourceUnavailable
from ccsync.records import Record
from ccsync.runtime import Runtime
from ccsync.settings.model import SourceSettings
from ccsync.snapshot import DayBuilder, FetchedDay
from ccsync.source.answers import Answer, CursorLostError, Question
from ccsync.source.asking import Asker
from ccsync.source.organization import SourceIds, stated_in
from ccsync.source.pages import PageContent, read_page

REPORT_PATH = "/v1/organizations/usage_report/claude_code"

MAX_RESTARTS = 3
"""So often a day starts over when the API loses its own cursor."""

_LONGEST_CURSOR = 5_000
"""Characters; with a longer one a request may become longer than httpx makes any."""

log = logs.get()


class DayRequest(msgspec.Struct, frozen=True):
    """A day to fetch."""

    day: dt.date
    not_before: dt.datetime | None = None
    """The last known revision of the day: the new one is at least a second younger."""


class DayFetcher:
    """Fetches days, one at a time in each thread."""

    def __init__(
        self,
        asker: Asker,
        source_ids: SourceIds,
        settings: SourceSettings,
        runtime: Runtime,
        *,
        settle_after_days: int,
    ) -> None:
        """Take the parts."""
        self._asker = asker
        self._source_ids = source_ids
        self._settings = settings
        self._runtime = runtime
        self._settle_after_days = settle_after_days

    def fetch(self, request: DayRequest, proceed: Callable[[], None]) -> FetchedDay:
        """Fetch the whole day.

        `proceed` is called before each request; what it raises ends the work.

        Raises:
            SourceError: the day could not be had, and no part of it is given.
        """
        self._asker.begin_day()
        restarts = 0
        while True:
            try:
                return self._from_the_first_page(request, proceed)
            except CursorLostError as lost:
                if restarts == MAX_RESTARTS:
                    raise SourceUnavailable(
                        f"{lost}. It lost its place among the pages once more after the day was "
                        f"started over {MAX_RESTARTS} times"
                    ) from None
                restarts += 1
                log.warning("day.restarted", day=str(request.day), reason=str(lost))

    def _from_the_first_page(self, request: DayRequest, proceed: Callable[[], None]) -> FetchedDay:
        day = request.day
        fetched_at = _revision(self._runtime.now(), request.not_before)
        builder = DayBuilder()
        rows = 0
        skipped: list[str] = []
        organization: str | None = None
        in_rows: set[str] = set()
        cursor: str | None = None
        used: set[str] = set()
        samples: dict[int, Sequence[Record]] = {}
        for number in range(1, self._settings.max_pages + 1):
            page, answer = self._page(day, number, cursor, proceed)
            _refuse_repeated(day, number, page, samples, answer)
            organization = self._same_organization(day, organization, stated_in(answer))
            if organization is None:
                in_rows.update(record.organization_id for record in page.records)
            builder.add(page.records)
            rows += page.rows
            skipped += page.skipped_rows
            if not page.has_more:
                break
            cursor = _next_cursor(f"{day}: page {number}", page, used, answer)
        else:
            raise SourceDrift(
                f"{day}: there are more pages than source.max_pages, {self._settings.max_pages}. "
                "Raise it if the organization is that large"
            )
        return builder.finish(
            day=day,
            source_id=self._source_ids.of_day(day, organization, in_rows - {""}),
            fetched_at=fetched_at,
            settled=(fetched_at.date() - day).days >= self._settle_after_days,
            rows=rows,
            skipped_rows=skipped,
        )

    def _page(
        self, day: dt.date, number: int, cursor: str | None, proceed: Callable[[], None]
    ) -> tuple[PageContent, Answer]:
        params: dict[str, str | int] = {
            "starting_at": day.isoformat(),
            "limit": self._settings.page_size,
        }
        if cursor is not None:
            params["page"] = cursor
        question = Question(
            REPORT_PATH,
            about=str(day),
            params=params,
            may_come_later=day >= self._runtime.now().date(),
        )

        def read(body: bytes) -> PageContent:
            return read_page(body, day=day, number=number, on_bad_row=self._settings.on_bad_row)

        return self._asker.ask(question, read, proceed)

    def _same_organization(self, day: dt.date, before: str | None, now: str | None) -> str | None:
        """Check that all pages come from one organization: a key file may change in between."""
        if now is None or now == before:
            return before
        self._source_ids.check(now)
        if before is not None:
            raise SourceUnavailable(
                f"{day}: its pages come from different organizations, {before} and {now}. Was the "
                "credential exchanged meanwhile? The next run starts the day over"
            )
        return now


def _revision(now: dt.datetime, not_before: dt.datetime | None) -> dt.datetime:
    """Give the moment that orders this revision, in whole milliseconds."""
    moment = _floor(now.astimezone(dt.UTC))
    if not_before is None:
        return moment
    earliest = not_before.astimezone(dt.UTC) + dt.timedelta(seconds=1)
    return max(moment, _floor(earliest + dt.timedelta(microseconds=999)))


def _floor(moment: dt.datetime) -> dt.datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _refuse_repeated(
    day: dt.date,
    number: int,
    page: PageContent,
    samples: dict[int, Sequence[Record]],
    answer: Answer,
) -> None:
    """Refuse a page that was there before; `samples` are those of this day, and one is added.

    Its cursor may be a new one, and its rows would be counted twice. Two rows may well be equal
    (names of API keys are not unique), but not three at the same places of two pages.

    Raises:
        SourceDrift: it is the same page again.
    """
    records = page.records
    if len(records) < 3:
        return
    sample = (records[0], records[len(records) // 2], records[-1])
    for earlier, other in samples.items():
        if sample == other:
            raise SourceDrift(
                f"{day}: page {number} has the rows of page {earlier} once more. The day cannot be "
                f"fetched completely {answer.mark}"
            )
    samples[number] = sample


def _next_cursor(where: str, page: PageContent, used: set[str], answer: Answer) -> str:
    """Give the cursor of the next page; `used` are those of this day, and it is added to them.

    Raises:
        SourceDrift: there is none, it leads in a circle, or no request can hold it.
    """
    cursor = page.next_page
    if not cursor:
        raise SourceDrift(
            f"{where} says that there are more pages (has_more) but not which (next_page). The "
            f"day cannot be fetched completely {answer.mark}"
        )
    if len(cursor) > _LONGEST_CURSOR:
        raise SourceDrift(
            f"{where} names the next page by {len(cursor):,} characters (next_page), too many for "
            f"a request. The day cannot be fetched completely {answer.mark}"
        )
    if cursor in used:
        raise SourceDrift(
            f"{where} leads back to a page that was read before (next_page). The day cannot be "
            f"fetched completely {answer.mark}"
        )
    used.add(cursor)
    return cursor
