"""Sinks that show days rightly, but mislead the core, the operator or a later run."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager

from ccsync.errors import RecordsRefused, SinkRefused, SinkUnavailable
from ccsync.records import Record
from ccsync.sink import DELIVERED, Finding, Outcome, SinkContext
from ccsync.snapshot import Snapshot
from ccsync.testing import a_record, a_snapshot
from tests.contract.broken.model import (
    BadRecordsError,
    Day,
    DeniedError,
    Destination,
    DownError,
    Remember,
    ReplacingSink,
)
from tests.contract.broken.planted import planted


@planted("test_close_is_safe_before_open_and_twice")
class CloseFailsBeforeOpen(ReplacingSink):
    connection: str

    def open(self) -> str:
        self.connection = super().open()
        return self.connection

    def close(self) -> None:
        assert self.connection


@planted("test_building_connects_nothing")
class ConnectsInTheConstructor(ReplacingSink):
    def __init__(self, destination: Destination, context: SinkContext) -> None:
        super().__init__(destination, context)
        destination.request()


@planted("test_open_works_after_an_outage")
class CannotBeOpenedAgain(ReplacingSink):
    was_opened = False

    def open(self) -> str:
        if self.was_opened:
            raise SinkRefused("opened twice")
        self.was_opened = True
        return super().open()


@planted("test_one_sink_takes_many_days", "test_same_sink_delivers_after_an_outage")
class TakesOneDayOnly(ReplacingSink):
    is_used = False

    def deliver(self, snapshot: Snapshot, memory: bytes | None, remember: Remember) -> Outcome:
        if self.is_used:
            raise SinkUnavailable("the connection is closed")
        self.is_used = True
        return super().deliver(snapshot, memory, remember)


@planted("test_recreated_destination_is_noticed")
class DoesNotNoticeARecreatedDestination(ReplacingSink):
    def open(self) -> str:
        super().open()
        return "memory"


@planted("test_identity_stays_the_same")
class NamesItDifferentlyAfterEachDelivery(ReplacingSink):
    def open(self) -> str:
        return f"{super().open()} with {len(self.destination.days)} days"


@planted("test_delivery_asks_whether_to_proceed", "test_each_request_asks_whether_to_proceed")
class NeverAsksToProceed(ReplacingSink):
    def ask(self) -> None:
        pass


@planted("test_each_request_asks_whether_to_proceed")
class AsksToProceedOnce(ReplacingSink):
    has_asked = False

    def ask(self) -> None:
        if not self.has_asked:
            self.has_asked = True
            super().ask()


@planted("test_stopped_anywhere")
class TakesAWishToStopForAnOutage(ReplacingSink):
    def deliver(self, snapshot: Snapshot, memory: bytes | None, remember: Remember) -> Outcome:
        try:
            return super().deliver(snapshot, memory, remember)
        except Exception as error:
            raise SinkUnavailable(str(error)) from error


@planted("test_outage_is_reported_and_passes", "test_outage_in_the_middle")
class SwallowsAnOutage(ReplacingSink):
    def deliver(self, snapshot: Snapshot, memory: bytes | None, remember: Remember) -> Outcome:
        try:
            return super().deliver(snapshot, memory, remember)
        except SinkUnavailable:
            return DELIVERED


@planted("test_outage_in_the_middle")
class SwallowsAnOutageAtTheEnd(ReplacingSink):
    def replace(self, day: Day, snapshot: Snapshot, staged: list[Record]) -> None:
        try:
            super().replace(day, snapshot, staged)
        except DownError:
            self.context.log("commit.failed")


@planted("test_outage_is_reported_and_passes", "test_open_works_after_an_outage")
class ReportsAnOutageAsRefusal(ReplacingSink):
    @contextmanager
    def reported(self) -> Generator[None]:
        with super().reported():
            try:
                yield
            except DownError as error:
                raise SinkRefused(str(error)) from error


@planted("test_outage_is_reported_and_passes", "test_open_works_after_an_outage")
class ReportsAnOutageRaw(ReplacingSink):
    @contextmanager
    def reported(self) -> Generator[None]:
        yield


@planted("test_refusal_is_reported")
class ReportsARefusalAsOutage(ReplacingSink):
    @contextmanager
    def reported(self) -> Generator[None]:
        with super().reported():
            try:
                yield
            except DeniedError as error:
                raise SinkUnavailable(str(error)) from error


@planted("test_refused_record_is_named")
class SwallowsARefusedRecord(ReplacingSink):
    def upload(self, part: list[Record]) -> list[Record]:
        try:
            return super().upload(part)
        except BadRecordsError as error:
            return [record for record in part if record not in error.records]


@planted("test_refused_record_is_named")
class ShowsTheRestOfARefusedDay(ReplacingSink):
    def bring(self, snapshot: Snapshot, memory: bytes | None, remember: Remember) -> Outcome:
        try:
            return super().bring(snapshot, memory, remember)
        except BadRecordsError as error:
            super().bring(snapshot.without(error.records), memory, remember)
            raise


@planted("test_refused_record_is_named")
class BlamesTheWholeBatch(ReplacingSink):
    def upload(self, part: list[Record]) -> list[Record]:
        try:
            return super().upload(part)
        except BadRecordsError as error:
            raise RecordsRefused("a batch was refused", records=part) from error


@planted("test_same_day_twice", "test_every_record_is_shown")
class AnswersNothing(ReplacingSink):
    def deliver(self, snapshot: Snapshot, memory: bytes | None, remember: Remember) -> Outcome:
        super().deliver(snapshot, memory, remember)
        return None  # type: ignore[return-value] # pyright: ignore[reportReturnType]


@planted("test_logs_name_nobody")
class LogsPeople(ReplacingSink):
    def upload(self, part: list[Record]) -> list[Record]:
        self.context.log("batch.sent", first=part[0].actor_id)
        return super().upload(part)


@planted("test_secrets_stay_secret")
class ShowsItsSecret(ReplacingSink):
    def __repr__(self) -> str:
        return f"ShowsItsSecret(token={self.token!r})"


@planted("test_secrets_stay_secret")
class NamesTheDestinationByASecret(ReplacingSink):
    def open(self) -> str:
        return f"{super().open()}?token={self.token}"


@planted("test_preview_needs_no_open")
class PreviewWrites(ReplacingSink):
    def preview(self, snapshot: Snapshot) -> Iterable[str]:
        self.bring(snapshot, None, lambda _: None)
        return super().preview(snapshot)


@planted("test_check_finds_nothing_wrong_and_writes_nothing")
class CheckWrites(ReplacingSink):
    def check(self) -> Sequence[Finding]:
        self.bring(a_snapshot([a_record()]), None, lambda _: None)
        return super().check()


@planted("test_check_finds_an_outage")
class CheckIsBlind(ReplacingSink):
    def check(self) -> Sequence[Finding]:
        return [Finding("ok", "surely")]


@planted("test_check_finds_an_outage")
class CheckRaises(ReplacingSink):
    def check(self) -> Sequence[Finding]:
        self.destination.request()
        return [Finding("ok", "it answers")]


@planted("test_estimate_needs_no_open")
class EstimateWrites(ReplacingSink):
    def estimate(self, snapshot: Snapshot) -> Sequence[Finding]:
        self.bring(snapshot, None, lambda _: None)
        return super().estimate(snapshot)


@planted("test_estimate_needs_no_open")
class EstimateStumblesOverAnEmptyDay(ReplacingSink):
    def estimate(self, snapshot: Snapshot) -> Sequence[Finding]:
        return [Finding("ok", f"{100 / snapshot.record_count} %")]


@planted("test_estimate_needs_no_open")
class EstimateWarnsWithoutARemedy(ReplacingSink):
    def estimate(self, snapshot: Snapshot) -> Sequence[Finding]:
        return [Finding("warning", f"{snapshot.record_count} records are too many")]


@planted("test_estimate_names_nobody")
class EstimateNamesPeople(ReplacingSink):
    def estimate(self, snapshot: Snapshot) -> Sequence[Finding]:
        return [Finding("ok", ", ".join(record.actor_id for record in snapshot.records()))]
