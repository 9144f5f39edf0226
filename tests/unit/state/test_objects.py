"""State in a bucket, whatever its kind: what is kept where, lost answers, patience, addresses."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from structlog.testing import capture_logs

from ccsync.errors import SettingsError, StateConflict, StateRefused, StateUnavailable
from ccsync.state.document import Entry, Line, decode
from ccsync.state.gcs import GcsBucket
from ccsync.state.objects import PATIENCE, Bucket, ObjectStore, Place, need_extra, parse
from ccsync.state.s3 import S3Bucket
from ccsync.state.session import StateSession
from ccsync.testing import FakeRuntime
from ccsync.testing.buckets import BucketDouble, Fault
from ccsync.testing.gcs import GcsDouble
from ccsync.testing.s3 import S3Double
from tests.unit.state.buckets import use

DAY = dt.date(2026, 11, 19)
WRITING = {"gs": "POST", "s3": "PUT"}

Make = Callable[[], Bucket]


@pytest.fixture(params=["gs", "s3"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def storage(scheme: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[BucketDouble]:
    with GcsDouble() if scheme == "gs" else S3Double() as storage:
        if isinstance(storage, S3Double):
            use(monkeypatch, storage)
        yield storage


@pytest.fixture
def runtime() -> FakeRuntime:
    return FakeRuntime()


@pytest.fixture
def make(scheme: str, storage: BucketDouble, runtime: FakeRuntime) -> Iterator[Make]:
    made: list[Bucket] = []

    def one() -> Bucket:
        place = Place(scheme, "state", "pre")
        bucket: Bucket = (
            GcsBucket(place, storage.address, None) if scheme == "gs" else S3Bucket(place)
        )
        made.append(bucket)
        return bucket

    yield one
    for bucket in made:
        bucket.close()


@pytest.fixture
def store(make: Make, runtime: FakeRuntime) -> ObjectStore:
    return ObjectStore(make(), runtime=runtime)


def lose_an_answer(storage: BucketDouble, scheme: str) -> None:
    storage.faults.append(Fault("no_answer", WRITING[scheme]))


def lose_a_request(storage: BucketDouble, scheme: str) -> None:
    storage.faults.append(Fault("not_arrived", WRITING[scheme]))


def a_line(runtime: FakeRuntime, snapshot_id: str) -> Line:
    now = runtime.now()
    return Line(
        snapshot_id=snapshot_id,
        fingerprint="f",
        records=1,
        settled=True,
        fetched_at=now,
        delivered_at=now,
    )


def test_what_is_kept_and_what_is_asked(
    store: ObjectStore, storage: BucketDouble, scheme: str
) -> None:
    store.begin("run-1")
    store.save(b"{}", store.load()[1])
    store.write_memory("Zürich", DAY, b"note")
    store.read_memory("Zürich", DAY)
    assert set(storage.objects) == {"pre/begun", "pre/ledger", "pre/memory/Zürich/2026-11-19"}
    assert storage.objects["pre/begun"].content == b"run-1"
    assert {call.method for call in storage.calls} == {"GET", WRITING[scheme]}
    assert [call.path for call in storage.calls if call.path[-1] == ""] == [], "nothing is listed"


def test_without_a_prefix_objects_are_at_the_top(
    storage: BucketDouble, scheme: str, runtime: FakeRuntime
) -> None:
    place = parse(f"{scheme}://state", scheme)
    bucket: Bucket = GcsBucket(place, storage.address, None) if scheme == "gs" else S3Bucket(place)
    store = ObjectStore(bucket, runtime=runtime)
    store.save(b"{}", "")
    store.close()
    assert set(storage.objects) == {"ledger"}
    assert store.where == f"{scheme}://state"


def test_leases_live_for_two_minutes(store: ObjectStore) -> None:
    assert store.lease_lifetime == 120
    assert store.lease_lifetime * 0.75 > 2 * PATIENCE
    assert store.is_alive("run-1") is None


@pytest.mark.parametrize("first", [True, False])
def test_a_save_whose_answer_was_lost_is_ours(
    store: ObjectStore, storage: BucketDouble, scheme: str, first: bool
) -> None:
    version = "" if first else store.save(b"0", "")
    lose_an_answer(storage, scheme)
    version = store.save(b"1", version)
    assert store.load() == (b"1", version)
    version = store.save(b"2", version)
    assert store.load() == (b"2", version)


def test_a_save_that_never_arrived_is_sent_again(
    store: ObjectStore, storage: BucketDouble, scheme: str
) -> None:
    version = store.save(b"0", "")
    lose_a_request(storage, scheme)
    version = store.save(b"1", version)
    assert store.load() == (b"1", version)


def test_a_lost_save_that_another_run_replaced_is_a_conflict(
    store: ObjectStore, storage: BucketDouble, scheme: str, runtime: FakeRuntime
) -> None:
    version = store.save(b"0", "")
    lose_an_answer(storage, scheme)

    def meanwhile(seconds: float) -> None:
        runtime.advance(seconds)
        assert storage.objects["pre/ledger"].content == b"1"
        storage.put("pre/ledger", b"of another run")

    runtime.pause = meanwhile
    with pytest.raises(StateConflict):
        store.save(b"1", version)
    assert store.load()[0] == b"of another run"


def test_the_same_content_of_another_writer_is_no_save_of_ours(
    store: ObjectStore, make: Make, runtime: FakeRuntime
) -> None:
    version = store.save(b"0", "")
    ObjectStore(make(), runtime=runtime).save(b"1", version)
    with pytest.raises(StateConflict):
        store.save(b"1", version)


def test_a_run_goes_on_after_a_save_of_which_nothing_is_known(
    make: Make, storage: BucketDouble, scheme: str, runtime: FakeRuntime
) -> None:
    """It was written, the run does not know: it finds its own lease and lines, and stays."""
    impatient = ObjectStore(make(), runtime=runtime, patience=0.0)
    days = {DAY, DAY + dt.timedelta(days=1)}
    with StateSession(impatient, runtime, run_id="run-1", holder="holder") as run:
        run.lease(days)
        runtime.advance(5)
        lose_an_answer(storage, scheme)
        run.commit("sink", DAY, Entry(line=a_line(runtime, "a")))
        assert b'"a"' in storage.objects["pre/ledger"].content
        runtime.advance(35)
        run.proceed()
        run.commit("sink", max(days), Entry(line=a_line(runtime, "b")))
    ledger = decode(impatient.load()[0], impatient.where)
    lines = [ledger.entry(("sink", day)).line for day in sorted(days)]
    assert [line and line.snapshot_id for line in lines] == ["a", "b"]
    assert ledger.leases == ()


def test_a_lease_of_which_nothing_is_known_is_ours(
    make: Make, storage: BucketDouble, scheme: str, runtime: FakeRuntime
) -> None:
    impatient = ObjectStore(make(), runtime=runtime, patience=0.0)
    with StateSession(impatient, runtime, run_id="run-1", holder="holder") as run:
        lose_an_answer(storage, scheme)
        with pytest.raises(StateUnavailable):
            run.lease({DAY})
        assert b"run-1" in storage.objects["pre/ledger"].content
        assert run.lease({DAY}) == {DAY}
    assert decode(impatient.load()[0], "").leases == ()
    assert runtime.pauses == []


@pytest.mark.parametrize("kind", ["throttled", "unavailable", "not_arrived", "page"])
def test_what_goes_away_is_waited_for(
    store: ObjectStore, storage: BucketDouble, runtime: FakeRuntime, kind: str
) -> None:
    storage.faults += [Fault(kind, status=502)] * 3  # type: ignore[arg-type]
    store.begin("run-1")
    assert 1 <= len(runtime.pauses) <= 3
    assert storage.faults == []


def test_patience_has_an_end(
    store: ObjectStore, storage: BucketDouble, runtime: FakeRuntime
) -> None:
    storage.is_down = True
    before = runtime.elapsed
    with (
        capture_logs() as logged,
        pytest.raises(StateUnavailable, match="cannot be read just now"),
    ):
        store.load()
    assert len([line for line in logged if line["event"] == "state.retry"]) == len(runtime.pauses)
    assert 0 < runtime.elapsed - before <= PATIENCE


def test_a_damaged_object_is_asked_for_again(store: ObjectStore, storage: BucketDouble) -> None:
    store.write_memory("sink", DAY, b"a whole note")
    storage.faults.append(Fault("damaged", "GET"))
    assert store.read_memory("sink", DAY) == b"a whole note"
    storage.faults += [Fault("damaged", "GET")] * 1000
    with pytest.raises(StateUnavailable, match=r"was damaged on its way \(its checksum"):
        store.read_memory("sink", DAY)


def test_a_storage_that_ignores_conditions_is_refused(
    store: ObjectStore, storage: BucketDouble
) -> None:
    storage.ignores_conditions = True
    for run in ("run-1", "run-2"):
        with pytest.raises(StateRefused, match="ignores conditions"):
            store.begin(run)


@pytest.mark.parametrize("times", [1, 2])
def test_runs_that_begin_at_once_do_not_refuse_each_other(
    store: ObjectStore, storage: BucketDouble, scheme: str, times: int
) -> None:
    for _ in range(times):
        store.begin("run-1")
    lose_an_answer(storage, scheme)
    store.begin("run-2")
    assert storage.objects["pre/begun"].content == b"run-2"


def test_it_can_be_used_again_after_close(store: ObjectStore) -> None:
    store.save(b"1", "")
    store.close()
    assert store.load()[0] == b"1"


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("gs://bucket", ("bucket", "")),
        ("gs://bucket/", ("bucket", "")),
        ("gs://my.bucket_1/ccsync", ("my.bucket_1", "ccsync")),
        ("gs://bucket/a/b c/Zürich/", ("bucket", "a/b c/Zürich")),
        ("gs://bucket/100%25", ("bucket", "100%25")),
    ],
)
def test_an_address_is_bucket_and_prefix(url: str, place: tuple[str, str]) -> None:
    assert parse(url, "gs") == ("gs", *place)
    assert str(parse(url, "gs")) == url.rstrip("/")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("gs://", "'' is no name of a bucket"),
        ("gs:///prefix", "'' is no name of a bucket"),
        ("gs://Bucket/x", "'Bucket' is no name of a bucket"),
        ("gs://bucket:443/x", "no name of a bucket"),
        ("gs://bucket//x", "cannot be a prefix"),
        ("gs://bucket/../x", "cannot be a prefix"),
        ("gs://bucket/x?versions", "cannot be a prefix"),
        ("gs://bucket/x#1", "cannot be a prefix"),
    ],
)
def test_an_address_that_is_none_is_a_fault(url: str, why: str) -> None:
    with pytest.raises(SettingsError, match=why) as caught:
        parse(url, "gs")
    assert "write gs://BUCKET/PREFIX" in str(caught.value)


def test_a_login_in_an_address_is_not_shown() -> None:
    with pytest.raises(SettingsError, match="a login is not written into the address") as caught:
        parse("s3://AKIAEXAMPLE:hush@bucket/x", "s3")
    assert "hush" not in str(caught.value)
    with pytest.raises(SettingsError, match="'x' cannot be a prefix") as caught:
        parse("s3://bucket/x?secret_key=hush", "s3")
    assert "hush" not in str(caught.value)


def test_a_missing_library_names_its_extra() -> None:
    need_extra("gs", "gcs", "json")
    for module in ("no_such_module", "no_such_package.module"):
        with pytest.raises(SettingsError, match=r"pip install 'ccsync\[gcs\]'"):
            need_extra("gs", "gcs", module)


@pytest.mark.parametrize("url", ["gs://bucket/x", "s3://bucket/x", "file:///tmp/x"])
def test_naming_a_store_imports_no_client_library(url: str) -> None:
    program = (
        "import sys; from ccsync.state.store import open_state; open_state(sys.argv[1]).close();"
        "print(*{n.partition('.')[0] for n in sys.modules if n not in ('google',)})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, url], capture_output=True, text=True, check=True, timeout=60
    )
    assert not {"requests", "obstore", "httpx", "urllib3"} & set(done.stdout.split())
