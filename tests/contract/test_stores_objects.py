"""The promises of a state store, kept by a bucket of Cloud Storage and by one of S3."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import contextmanager

import pytest
from google.oauth2.credentials import Credentials

from ccsync.adc import Adc, Login
from ccsync.errors import StateUnavailable
from ccsync.state.gcs import GcsBucket
from ccsync.state.objects import Bucket, ObjectStore, Place
from ccsync.state.s3 import S3Bucket
from ccsync.testing import FakeRuntime, StoreContract
from ccsync.testing.buckets import BucketDouble
from ccsync.testing.gcs import GcsDouble
from ccsync.testing.s3 import S3Double
from ccsync.testing.store_contract.given import Action, Build, Kill, Trouble
from tests.unit.state.buckets import use

TOKEN = "a-token-of-nobody"  # noqa: S105


class Objects(StoreContract):
    """What is given of both."""

    writing: str
    """The permission without which nothing can be written."""

    @pytest.fixture
    @abstractmethod
    def storage(self) -> Iterator[BucketDouble]:
        """Give the double."""
        raise NotImplementedError

    @pytest.fixture
    @abstractmethod
    def bucket(self) -> Callable[[], Bucket]:
        """Give a function that makes the client of one more writer."""
        raise NotImplementedError

    @pytest.fixture
    def build(self, bucket: Callable[[], Bucket]) -> Build:
        return lambda: ObjectStore(bucket(), runtime=FakeRuntime())

    @pytest.fixture
    def outage(self, storage: BucketDouble) -> Trouble:
        @contextmanager
        def down() -> Generator[None]:
            storage.is_down = True
            yield
            storage.is_down = False

        return down

    @pytest.fixture
    def refusal(self, storage: BucketDouble) -> Trouble:
        @contextmanager
        def denied() -> Generator[None]:
            storage.denied.add(self.writing)
            yield
            storage.denied.clear()

        return denied

    @pytest.fixture
    def garbage(self, storage: BucketDouble) -> Callable[[bytes], None]:
        return lambda nonsense: storage.put("pre/fix/ledger", nonsense)

    @pytest.fixture
    def kill(self, storage: BucketDouble, bucket: Callable[[], Bucket]) -> Kill:
        def killed(action: Action, step: int) -> bool:
            store = ObjectStore(bucket(), runtime=FakeRuntime(), patience=0.0)
            storage.dies(step)
            try:
                action(store)
            except StateUnavailable:
                return True
            finally:
                storage.dies(None)
                store.close()
            return False

        return killed


class TestCloudStorage(Objects):
    writing = "storage.objects.create"

    @pytest.fixture
    def storage(self) -> Iterator[GcsDouble]:
        with GcsDouble() as storage:
            storage.token = TOKEN
            yield storage

    @pytest.fixture
    def bucket(self, storage: GcsDouble) -> Callable[[], Bucket]:
        return lambda: GcsBucket(Place("gs", "state", "pre/fix"), storage.address, _LoggedIn())

    @pytest.fixture
    def secrets(self) -> Collection[str]:
        return [TOKEN]


class _LoggedIn(Adc):
    """A login that needs no server: the token is at hand."""

    def login(self) -> Login:
        return Login(Credentials(TOKEN), "other", "a token")  # type: ignore[no-untyped-call]


class TestS3(Objects):
    writing = "s3:PutObject"

    @pytest.fixture
    def storage(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Double]:
        with S3Double() as storage:
            use(monkeypatch, storage)
            yield storage

    @pytest.fixture
    def bucket(self, storage: S3Double) -> Callable[[], Bucket]:
        return lambda: S3Bucket(Place("s3", "state", "pre/fix"))

    @pytest.fixture
    def secrets(self, storage: S3Double) -> Collection[str]:
        return [storage.secret, storage.key_id]
