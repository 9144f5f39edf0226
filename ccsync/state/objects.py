"""State in a bucket, whatever its kind: `gs://bucket/prefix`, `s3://bucket/prefix`.

    PREFIX/ledger             the document; replaced only while it is the version that was loaded
    PREFIX/memory/SINK/DAY    what a sink remembered for a day
    PREFIX/begun              the run that began last: shows that the place can be written

Objects are replaced whole, and read as they were written last; nothing is listed or deleted. They
hold actor ids, which are personal data: whoever may read the bucket may read them.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import re
from collections.abc import Callable
from typing import NamedTuple, Protocol, TypeVar

from ccsync import logs
from ccsync.errors import SettingsError, StateConflict, StateRefused, StateUnavailable
from ccsync.retry import Patience
from ccsync.runtime import Runtime

log = logs.get()

T = TypeVar("T")

PATIENCE = 30.0
"""Seconds of trying again. A pod's identity may take as long to be there, and when a lease is
renewed more than twice as much is left of it."""

BUSY_PATIENCE = 75.0
"""Seconds of trying again to replace an object that others replace as well. Cloud Storage takes one
replacement a second: the last of eight runs has its turn within this time, and a lease, renewed
when a quarter of it is over, is still ours then."""

_TURN = 2.0
"""Seconds between two such tries, at most. Longer ones would have us sleep when it is our turn."""

LEDGER = "ledger"
BEGUN = "begun"


class Place(NamedTuple):
    """A bucket, and where in it the state is."""

    scheme: str
    bucket: str
    prefix: str
    """Without slashes at its ends; may be empty."""

    def __str__(self) -> str:
        """Give the address."""
        return f"{self.scheme}://{self.bucket}" + (f"/{self.prefix}" if self.prefix else "")

    def name_of(self, key: str) -> str:
        """Give the whole name of an object."""
        return f"{self.prefix}/{key}" if self.prefix else key


class Found(NamedTuple):
    """An object as it is now."""

    content: bytes
    version: str


class BusyError(StateUnavailable):
    """The object was replaced so lately, by whomever, that it is not to be replaced again yet."""


class _AnotherTurnError(Exception):
    """As a `BusyError`, which it holds; but not one that is worth a longer and longer pause."""

    def __init__(self, busy: BusyError) -> None:
        super().__init__(str(busy))
        self.busy = busy


class Bucket(Protocol):
    """Reads and replaces objects, one request each; connects at its first use."""

    place: Place
    never: str
    """A version that no object ever has."""

    def get(self, key: str) -> Found | None:
        """Read an object; None if there is none.

        Raises:
            StateRefused: not until someone changes something. StateUnavailable: not now.
        """
        ...

    def put(self, key: str, content: bytes, expected: str | None) -> str:
        """Replace an object, and give its new version.

        Args:
            key: its name, without the prefix.
            content: what it is to hold.
            expected: the version that it must have; "" if it must not be there; None for any.

        Raises:
            StateConflict: it has another version. StateRefused: as `get`.
            StateUnavailable: not now; if nothing was answered it may have been replaced.
                `BusyError`: not so soon after it was replaced, by whomever.
        """
        ...

    def close(self) -> None:
        """Let go of the connections. Safe twice."""
        ...


class ObjectStore:
    """State in a bucket. Several runs may use it at once."""

    lease_lifetime = 120.0
    keeps = True

    def __init__(
        self, bucket: Bucket, *, runtime: Runtime | None = None, patience: float = PATIENCE
    ) -> None:
        """Take the bucket; connects to nothing.

        Args:
            bucket: where the objects are.
            runtime: clock and pause; for tests.
            patience: seconds for which a bucket that is away is asked again.
        """
        self._bucket = bucket
        self._runtime = runtime or Runtime()
        self._patience = patience
        self.where = str(bucket.place)

    def begin(self, run_id: str) -> None:
        """Show that objects can be read and replaced, and that conditions count here."""
        found = self._get(BEGUN)
        try:
            self._put(BEGUN, run_id.encode(), found.version if found is not None else "")
            self._put(BEGUN, run_id.encode(), self._bucket.never)
        except StateConflict:
            return  # as it should be; or another run has just begun, so it can be written
        raise StateRefused(
            f"the storage behind {self.where} ignores conditions: it replaced an object that was "
            "not as expected. Two runs at once would undo each other's work. Update it to a "
            "version that knows If-Match and If-None-Match, or name another place in state:"
        )

    def load(self) -> tuple[bytes | None, str]:
        """Read the document and its version, in one request."""
        found = self._get(LEDGER)
        return (None, "") if found is None else (found.content, found.version)

    def save(self, document: bytes, expected: str) -> str:
        """Compare and swap, by the bucket."""
        unanswered = False

        def put() -> str:
            nonlocal unanswered
            try:
                return self._bucket.put(LEDGER, document, expected)
            except StateUnavailable:
                unanswered = True
                raise

        try:
            return self._patiently(put)
        except StateConflict as conflict:
            # The try before may have done it, and its answer was lost. That it is there word for
            # word says so: a document names the runs at work, and is like no other run's.
            found = self._get(LEDGER) if unanswered else None
            if found is not None and found.content == document:
                return found.version
            raise StateConflict(f"{self.where} was changed by another run") from conflict

    def read_memory(self, sink: str, day: dt.date) -> bytes | None:
        """Read a note."""
        found = self._get(_memory(sink, day))
        return None if found is None else found.content

    def write_memory(self, sink: str, day: dt.date, note: bytes) -> None:
        """Replace a note, whatever it was."""
        self._put(_memory(sink, day), note, None)

    def is_alive(self, run_id: str) -> bool | None:  # noqa: ARG002 - the interface of all stores
        """Nobody here knows which processes live."""
        return None

    def close(self) -> None:
        """Let go of the connections."""
        self._bucket.close()

    def _get(self, key: str) -> Found | None:
        return self._patiently(lambda: self._bucket.get(key))

    def _put(self, key: str, content: bytes, expected: str | None) -> str:
        return self._patiently(lambda: self._bucket.put(key, content, expected))

    def _patiently(self, attempt: Callable[[], T]) -> T:
        def once() -> T:
            try:
                return attempt()
            except BusyError as busy:
                raise _AnotherTurnError(busy) from busy

        return Patience(self._runtime, self._patience * BUSY_PATIENCE / PATIENCE).call(
            lambda: Patience(self._runtime, self._patience).call(
                once, retry_on=StateUnavailable, before_pause=_tell
            ),
            retry_on=_AnotherTurnError,
            # Drawn anew each time: those who wait for the same moment would all miss it again.
            pause_of=lambda _: self._runtime.rng.uniform(_TURN / 10, _TURN),
            give_up=lambda error, _: error.busy,
            before_pause=_tell_busy,
        )


def _tell(error: StateUnavailable, seconds: float) -> None:
    log.info("state.retry", reason=str(error), next_try_in=round(seconds, 1))


def _tell_busy(error: _AnotherTurnError, seconds: float) -> None:
    log.debug("state.retry", reason=str(error), next_try_in=round(seconds, 1))


def _memory(sink: str, day: dt.date) -> str:
    return f"memory/{sink}/{day.isoformat()}"


def parse(url: str, scheme: str) -> Place:
    """Read `SCHEME://bucket/prefix`; the prefix is taken as it is written, and may be left out.

    Raises:
        SettingsError: the URL names no bucket, or something else besides.
    """
    bucket, _, prefix = url.removeprefix(f"{scheme}://").partition("/")
    prefix = prefix.rstrip("/")
    how = f"write {scheme}://BUCKET/PREFIX"
    if "@" in bucket:  # not shown: it may be a key
        raise SettingsError(
            f"state: {scheme}:// is followed by a bucket's name, and a login is not written into "
            f"the address; {how}"
        )
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]", bucket):
        raise SettingsError(f"state: {bucket!r} is no name of a bucket; {how}")
    if re.search(r"[?#\\\x00-\x1f\x7f]", prefix) or any(
        part in {"", ".", ".."} for part in prefix.split("/") if prefix
    ):
        raise SettingsError(
            # What follows a '?' is not shown: some tools are told keys there.
            f"state: {re.split('[?#]', prefix)[0]!r} cannot be a prefix: no '?', '#', '\\', nor "
            f"empty, '.' or '..' parts; {how}"
        )
    return Place(scheme, bucket, prefix)


def need_extra(scheme: str, extra: str, *modules: str) -> None:
    """Look for the libraries of a store, without importing them.

    Raises:
        SettingsError: one is not installed; says which extra brings it.
    """
    for module in modules:
        try:
            found = importlib.util.find_spec(module) is not None
        except ModuleNotFoundError:
            found = False
        if not found:
            raise SettingsError(
                f"state: {scheme}:// needs the library {module!r}, which is not installed: "
                f"pip install 'ccsync[{extra}]'"
            )
