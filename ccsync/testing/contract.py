"""The promises of a sink, as tests that its author imports.

    class TestSqlite(SinkContract):
        plugin = PLUGIN

        @pytest.fixture
        def build(self, tmp_path):        # a new sink over the same destination, each time
            return lambda context: SqliteSink(str(tmp_path / "usage.db"), context)

        @pytest.fixture
        def shown(self, tmp_path):        # what the destination shows, read by other means
            return lambda source_id, day: read_records(tmp_path / "usage.db", source_id, day)

`shown` gives records; where a destination does not keep records, override `expected` too. The
optional fixtures `outage`, `recreate` and `poison` let more promises be tested; a test that lacks
its fixture is skipped and says so.
"""

from __future__ import annotations

import datetime as dt
import itertools
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar, TypeAlias

import msgspec
import pytest

from ccsync.errors import RecordsRefused, SinkUnavailable
from ccsync.records import Record
from ccsync.retry import Patience
from ccsync.secret import Secret
from ccsync.settings.model import PrivacySettings
from ccsync.sink import (
    INTERFACE_VERSION,
    Acknowledgement,
    Checkable,
    Outcome,
    Previewable,
    Sink,
    SinkContext,
    SinkPlugin,
    Verifiable,
)
from ccsync.snapshot import Snapshot
from ccsync.testing.builders import DAY, FETCHED_AT, ORGANIZATION, a_record, a_snapshot
from ccsync.testing.runtime import FakeRuntime

Build: TypeAlias = Callable[[SinkContext], Sink]
Shown: TypeAlias = Callable[[str, dt.date], Collection[Any]]

CLIENT_LIBRARIES = ("boto3", "duckdb", "google", "grpc", "httpx", "opentelemetry", "requests")

HASHED = PrivacySettings(identity="hash", hash_key=Secret("a key for the contract"))


class Killed(BaseException):
    """Stands for `kill -9`: no `except Exception` of a sink sees it."""


class ContractContext:
    """A sink's context whose `proceed` can end the process, as it were, before any request."""

    name = "contract"
    run_id = "contract-run"
    user_agent = "ccsync/0 (contract)"

    def __init__(self, kill_at: int | None = None) -> None:
        """`kill_at` is the number of the call of `proceed`, from 1, that does not return."""
        self._runtime = FakeRuntime()
        self._kill_at = kill_at
        self.proceeds = 0

    def now(self) -> dt.datetime:
        """Tell the time."""
        return self._runtime.now()

    def proceed(self) -> None:
        """Count, and die when it is time."""
        self.proceeds += 1
        if self.proceeds == self._kill_at:
            raise Killed

    def retry(self, attempt: Callable[[], Any]) -> Any:
        """Try as the core would, in no time."""

        def once() -> Any:
            self.proceed()
            return attempt()

        patience = Patience(self._runtime, 30.0)
        return patience.call(once, retry_on=SinkUnavailable, pause_of=lambda e: e.retry_after)

    def log(self, event: str, **facts: object) -> None:
        """Check that nothing secret is logged."""
        assert "Secret(" not in repr(facts), event


class Deliverer:
    """Delivers as the core does: memory is kept whatever becomes of the attempt."""

    def __init__(self, build: Build) -> None:
        """Start with no memory."""
        self._build = build
        self.memory: dict[tuple[str, dt.date], bytes] = {}

    def __call__(self, snapshot: Snapshot, *, kill_at: int | None = None) -> Outcome | None:
        """Deliver with a new sink, as a new run would. None when it was killed on the way."""
        sink = self._build(ContractContext())
        key = (snapshot.source_id, snapshot.day)
        try:
            sink.open()
            sink.close()
            sink = self._build(ContractContext(kill_at))
            self._open_without_dying(sink)
            return sink.deliver(
                snapshot, self.memory.get(key), lambda note: self.memory.__setitem__(key, note)
            )
        except Killed:
            return None
        finally:
            sink.close()

    @staticmethod
    def _open_without_dying(sink: Sink) -> None:
        sink.open()


class SinkContract:
    """Every promise of `ccsync.sink.Sink`, as a test. Subclass it, and give the fixtures."""

    plugin: ClassVar[SinkPlugin[Any]]

    atomic: ClassVar[bool] = True
    """False where a destination may show a half-written day until the next run."""

    shows_empty_days: ClassVar[bool] = True
    """False where a day that became empty cannot be shown (a stream)."""

    day_size: ClassVar[int] = 25
    """Records in a day; choose it, or the sink's batch size, so that a day takes several requests."""

    # ---------------------------------------------------------------- to be given by the author

    @pytest.fixture
    def build(self) -> Build:
        """Give a function that makes a sink over one and the same destination."""
        raise AssertionError("override the fixture `build`")

    @pytest.fixture
    def shown(self) -> Shown:
        """Give a function that reads, by other means, what is shown for (source id, day)."""
        raise AssertionError("override the fixture `shown`")

    def expected(self, snapshot: Snapshot) -> Collection[Any]:
        """Give what `shown` should find; override where a destination does not keep records."""
        return list(snapshot.records())

    @pytest.fixture
    def outage(self) -> Callable[[], AbstractContextManager[None]]:
        """Give a function whose context takes the destination down."""
        pytest.skip(
            "no `outage` fixture: it is not tested what happens when the destination is down"
        )

    @pytest.fixture
    def recreate(self) -> Callable[[], None]:
        """Give a function that destroys the destination and makes it anew under the same name."""
        pytest.skip("no `recreate` fixture: it is not tested that a new destination is noticed")

    @pytest.fixture
    def poison(self) -> Record:
        """Give a record that the destination refuses."""
        pytest.skip("no `poison` fixture: it is not tested how a refused record is reported")

    # ------------------------------------------------------------------------------ the plugin

    def test_settings_explain_each_field(self) -> None:
        properties = msgspec.json.schema(self.plugin.config, schema_hook=_any_schema)
        (described,) = (
            part["properties"]
            for name, part in properties["$defs"].items()
            if name == self.plugin.config.__name__
        )
        assert [name for name, field in described.items() if not _explains(field)] == []

    def test_plugin_speaks_this_interface(self) -> None:
        assert self.plugin.interface_version == INTERFACE_VERSION
        assert self.plugin.summary
        assert "type:" in self.plugin.example

    def test_importing_the_plugin_is_cheap(self) -> None:
        module = self.plugin.config.__module__
        code = f"import sys, {module}; print([m for m in {CLIENT_LIBRARIES!r} if m in sys.modules])"
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}; {code}"],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.stdout.strip() == "[]", done.stderr

    # ---------------------------------------------------------------------------- the lifecycle

    def test_close_is_safe_before_open_and_twice(self, build: Build) -> None:
        sink = build(ContractContext())
        sink.close()
        sink.open()
        sink.close()
        sink.close()

    def test_identity_is_the_same_each_time(self, build: Build) -> None:
        assert _identity(build) == _identity(build) != ""

    def test_building_connects_nothing(
        self, build: Build, outage: Callable[[], AbstractContextManager[None]]
    ) -> None:
        with outage():
            build(ContractContext()).close()

    def test_open_reports_an_outage_and_works_afterwards(
        self, build: Build, outage: Callable[[], AbstractContextManager[None]]
    ) -> None:
        sink = build(ContractContext())
        with outage(), pytest.raises(SinkUnavailable):
            sink.open()
            sink.deliver(self._day(1), None, lambda _: None)
        sink.open()
        sink.close()

    def test_no_secret_shows_itself(self, build: Build) -> None:
        sink = build(ContractContext())
        assert "reveal" not in repr(sink)
        sink.close()

    # -------------------------------------------------------------------- a day is shown exactly

    def test_acknowledged_is_shown_before_close(self, build: Build, shown: Shown) -> None:
        sink = build(ContractContext())
        sink.open()
        try:
            outcome = sink.deliver(self._day(1), None, lambda _: None)
            assert outcome.kind is Acknowledgement.DELIVERED
            self._assert_shown(shown, self._day(1))
        finally:
            sink.close()

    def test_each_request_asks_whether_to_proceed(self, build: Build) -> None:
        context = ContractContext()
        sink = build(context)
        sink.open()
        before = context.proceeds
        sink.deliver(self._day(1), None, lambda _: None)
        sink.close()
        assert context.proceeds > before, "call context.proceed() before each request"

    def test_same_day_twice(self, build: Build, shown: Shown) -> None:
        deliver = Deliverer(build)
        deliver(self._day(1))
        deliver(self._day(1, minutes=5))
        self._assert_shown(shown, self._day(1))

    def test_restated_up_down_and_back(self, build: Build, shown: Shown) -> None:
        deliver = Deliverer(build)
        for minutes, revision in enumerate((2, 7, 1, 2)):
            deliver(self._day(revision, minutes=minutes))
            self._assert_shown(shown, self._day(revision))

    def test_restated_to_zero(self, build: Build, shown: Shown) -> None:
        deliver = Deliverer(build)
        deliver(self._day(3))
        deliver(self._day(0, minutes=1))
        self._assert_shown(shown, self._day(0))

    def test_vanished_record(self, build: Build, shown: Shown) -> None:
        deliver = Deliverer(build)
        deliver(self._day(1))
        fewer = self._day(1, size=self.day_size // 2, minutes=1)
        deliver(fewer)
        self._assert_shown(shown, fewer)

    def test_changed_dimensions(self, build: Build, shown: Shown) -> None:
        deliver = Deliverer(build)
        deliver(self._day(1))
        moved = a_snapshot(
            [
                msgspec.structs.replace(record, terminal_type=None, is_remote=True)
                for record in self._day(1).records()
            ],
            fetched_at=_after(1),
        )
        deliver(moved)
        self._assert_shown(shown, moved)

    def test_every_dimension_tells_records_apart(self, build: Build, shown: Shown) -> None:
        base = a_record("one@northwind.example")
        others = (
            {"organization_id": "00000000-0000-4000-8000-000000000002"},
            {"actor_type": "api_actor"},
            {"actor_id": "two@northwind.example"},
            {"customer_type": None},
            {"subscription_type": "team"},
            {"subscription_type": ""},
            {"terminal_type": None},
            {"terminal_type": ""},
            {"is_remote": None},
            {"is_remote": True},
        )
        day = a_snapshot([base, *(msgspec.structs.replace(base, **change) for change in others)])
        assert day.record_count == 1 + len(others)
        Deliverer(build)(day)
        self._assert_shown(shown, day)

    def test_day_that_became_empty(self, build: Build, shown: Shown) -> None:
        if not self.shows_empty_days:
            pytest.skip("this destination cannot show that a day became empty")
        deliver = Deliverer(build)
        deliver(self._day(1))
        deliver(a_snapshot([], fetched_at=_after(1)))
        self._assert_shown(shown, a_snapshot([]))

    def test_days_and_sources_do_not_touch_each_other(self, build: Build, shown: Shown) -> None:
        deliver = Deliverer(build)
        other_day = self._day(4, day=DAY + dt.timedelta(days=1))
        other_source = self._day(5, source_id="00000000-0000-4000-8000-00000000000f")
        for snapshot in (other_day, other_source, self._day(1), self._day(2, minutes=1)):
            deliver(snapshot)
        for snapshot in (other_day, other_source, self._day(2)):
            self._assert_shown(shown, snapshot)

    def test_privacy_changed(self, build: Build, shown: Shown) -> None:
        deliver = Deliverer(build)
        deliver(self._day(1))
        hashed = a_snapshot(self._day(1).records(), privacy=HASHED, fetched_at=_after(1))
        deliver(hashed)
        self._assert_shown(shown, hashed)

    def test_recreated_destination_is_noticed(
        self, build: Build, shown: Shown, recreate: Callable[[], None]
    ) -> None:
        deliver = Deliverer(build)
        deliver(self._day(1))
        before = _identity(build)
        recreate()
        assert _identity(build) != before, "open() names the old and the new destination alike"
        deliver(self._day(1, minutes=1))
        self._assert_shown(shown, self._day(1))

    # ------------------------------------------------------------- killed anywhere, slow writers

    def test_killed_anywhere_then_delivered(self, build: Build, shown: Shown) -> None:
        deliver = Deliverer(build)
        deliver(self._day(1))
        for minutes, kill_at in self._deaths(deliver, self._day(2, minutes=1)):
            del kill_at
            deliver(self._day(3, minutes=minutes + 1))
            self._assert_shown(shown, self._day(3))

    def test_killed_anywhere_then_vanished(self, build: Build, shown: Shown) -> None:
        deliver = Deliverer(build)
        small = self.day_size // 3
        deliver(self._day(1, size=small))
        for minutes, _ in self._deaths(deliver, self._day(2, minutes=1)):
            back = self._day(1, size=small, minutes=minutes + 1)
            deliver(back)
            self._assert_shown(shown, back)

    def test_killed_anywhere_shows_no_torn_day(self, build: Build, shown: Shown) -> None:
        if not self.atomic:
            pytest.skip("this destination may show a half-written day until the next run")
        deliver = Deliverer(build)
        deliver(self._day(1))
        allowed = [_multiset(self.expected(self._day(revision))) for revision in (1, 2)]
        for _ in self._deaths(deliver, self._day(2, minutes=1)):
            assert _multiset(shown(ORGANIZATION, DAY)) in allowed, "a torn day is shown"

    def test_stale_writer_does_not_win(self, build: Build, shown: Shown) -> None:
        deliver = Deliverer(build)
        deliver(self._day(2, minutes=10))
        late = deliver(self._day(1, minutes=5))
        self._assert_shown(shown, self._day(2))
        if self.plugin.tracked:
            assert late is not None
            assert late.kind is Acknowledgement.NOT_YET, (
                "an older revision must not be acknowledged"
            )

    # ------------------------------------------------------------------------ trouble is reported

    def test_outage_is_reported_and_passes(
        self, build: Build, shown: Shown, outage: Callable[[], AbstractContextManager[None]]
    ) -> None:
        deliver = Deliverer(build)
        deliver(self._day(1))
        sink = build(ContractContext())
        sink.open()
        try:
            with outage(), pytest.raises(SinkUnavailable):
                sink.deliver(self._day(2, minutes=1), None, lambda _: None)
        finally:
            sink.close()
        deliver(self._day(3, minutes=2))
        self._assert_shown(shown, self._day(3))

    def test_refused_record_is_named(self, build: Build, poison: Record) -> None:
        day = a_snapshot([*self._day(1).records(), poison])
        with pytest.raises(RecordsRefused) as refused:
            Deliverer(build)(day)
        assert list(refused.value.records) in ([], [poison])

    # ------------------------------------------------------------------------ optional protocols

    def test_preview_needs_no_open(self, build: Build) -> None:
        sink = build(ContractContext())
        if not isinstance(sink, Previewable):
            pytest.skip("the sink has no preview")
        assert list(itertools.islice(sink.preview(self._day(1)), 3))
        sink.close()

    def test_check_finds_nothing_wrong_and_writes_nothing(self, build: Build, shown: Shown) -> None:
        sink = build(ContractContext())
        if not isinstance(sink, Checkable):
            pytest.skip("the sink has no check")
        assert [finding for finding in sink.check() if finding.level == "fault"] == []
        sink.close()
        assert not shown(ORGANIZATION, DAY)

    def test_totals_are_read_back(self, build: Build) -> None:
        sink = build(ContractContext())
        if not isinstance(sink, Verifiable):
            pytest.skip("the sink cannot read totals back")
        day = self._day(2)
        Deliverer(build)(day)
        sink.open()
        totals = sink.totals(ORGANIZATION, DAY)
        sink.close()
        assert totals.sessions in (None, sum(record.sessions for record in day.records()))
        assert totals.records in (None, day.record_count)

    # -------------------------------------------------------------------------------- the helpers

    def _day(
        self,
        revision: int,
        *,
        size: int | None = None,
        day: dt.date = DAY,
        source_id: str = ORGANIZATION,
        minutes: int = 0,
    ) -> Snapshot:
        """Give a day of `size` records whose every number depends on the revision."""
        people = [
            f"person-{number:03}@northwind.example" for number in range(size or self.day_size)
        ]
        return a_snapshot(
            [a_record(person, date=day, sessions=revision) for person in people],
            day=day,
            source_id=source_id,
            fetched_at=_after(minutes),
        )

    def _assert_shown(self, shown: Shown, snapshot: Snapshot) -> None:
        found = _multiset(shown(snapshot.source_id, snapshot.day))
        wanted = _multiset(self.expected(snapshot))
        missing, extra = wanted - found, found - wanted
        assert not missing, (
            f"{missing.total()} of {wanted.total()} are not shown, e.g. {_one(missing)}"
        )
        assert not extra, f"{extra.total()} are shown that should not be, e.g. {_one(extra)}"

    def _deaths(self, deliver: Deliverer, snapshot: Snapshot) -> Iterator[tuple[int, int]]:
        """Deliver, dying before the first request, then before the second, ... till it survives."""
        for kill_at in itertools.count(1):
            minutes = 2 * kill_at
            attempt = _again(snapshot, _after(minutes))
            outcome = deliver(attempt, kill_at=kill_at)
            yield minutes, kill_at
            if outcome is not None:
                return
            assert kill_at < 1000, "the delivery asks to proceed without end"


def _identity(build: Build) -> str:
    sink = build(ContractContext())
    try:
        return sink.open()
    finally:
        sink.close()


def _again(snapshot: Snapshot, fetched_at: dt.datetime) -> Snapshot:
    return a_snapshot(
        snapshot.records(), day=snapshot.day, source_id=snapshot.source_id, fetched_at=fetched_at
    )


def _after(minutes: int) -> dt.datetime:
    return FETCHED_AT + dt.timedelta(minutes=minutes)


def _multiset(items: Collection[Any]) -> Counter[bytes]:
    return Counter(msgspec.json.encode(item) for item in items)


def _one(items: Counter[bytes]) -> str:
    return next(iter(items), b"").decode()


def _any_schema(_type: type) -> dict[str, Any]:
    return {"type": "string"}


def _explains(field: dict[str, Any]) -> bool:
    parts: Sequence[dict[str, Any]] = [field, *field.get("anyOf", ())]
    return any("description" in part for part in parts)
