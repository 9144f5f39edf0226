"""What is promised when the place is away, says no, or holds something else; and of manners."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

import pytest
from structlog.testing import capture_logs

from ccsync.errors import StateError, StateRefused, StateUnavailable
from ccsync.state.store import StateStore
from ccsync.testing.runtime import FakeRuntime
from ccsync.testing.store_contract.given import Build, Trouble
from ccsync.testing.store_contract.promises import DAY, PERSON, Promises, contains, session

NONSENSE = (
    b"",
    b"<html><body>not found</body></html>",
    b'{"format": 1, "sinks": {"a": ',
    b'{"format": 99}',
    b"\x1f\x8b\x08\x00 torn",
    b"\xff\xfe\x00",
)
"""What may be found in place of a document: emptied, replaced, cut off, newer, or noise."""


class TroublePromises(Promises):
    """Errors say the reaction, and where; nothing is written over what is not understood."""

    def test_close_is_safe_before_begin_and_twice(self, build: Build) -> None:
        """A run that ends early closes what it never began."""
        unused = build()
        unused.close()
        unused.close()
        used = build()
        used.begin("run-1")
        used.save(b"1", used.load()[1])
        used.close()
        used.close()

    def test_building_connects_nothing(self, build: Build, outage: Trouble) -> None:
        """A place that is away must not keep `ccsync config` from working."""
        with outage():
            store = build()
            assert store.where
            store.close()

    def test_an_outage_is_unavailable(self, opened: Build, outage: Trouble) -> None:
        """It may go away by itself, and nothing was changed by it."""
        store = opened()
        store.begin("run-1")
        version = store.save(b"1", store.load()[1])
        store.write_memory("sink", DAY, b"note")
        with outage():
            for call in _calls(store, version):
                with pytest.raises(StateUnavailable):
                    call()
        assert contains(store, b"1") == version
        assert store.read_memory("sink", DAY) == b"note"
        store.save(b"2", version)

    def test_begin_notices_an_outage(self, opened: Build, outage: Trouble) -> None:
        """Before anything was fetched or sent."""
        with outage(), pytest.raises(StateUnavailable):
            opened().begin("run-1")

    def test_begin_notices_a_refusal(self, opened: Build, refusal: Trouble) -> None:
        """A run that could not enter what it delivered must not begin."""
        store = opened()
        with refusal(), pytest.raises(StateRefused, match=re.escape(store.where)):
            store.begin("run-1")

    def test_a_refusal_changes_nothing(self, opened: Build, refusal: Trouble) -> None:
        """Somebody took a permission away while we worked."""
        store = opened()
        store.begin("run-1")
        version = store.save(b"1", store.load()[1])
        with refusal():
            with pytest.raises(StateRefused, match=re.escape(store.where)):
                store.save(b"2", version)
            with pytest.raises(StateRefused, match=re.escape(store.where)):
                store.write_memory("sink", DAY, b"note")
        assert contains(store, b"1") == version
        assert store.read_memory("sink", DAY) is None

    @pytest.mark.parametrize("nonsense", NONSENSE, ids=range(len(NONSENSE)))
    def test_nonsense_is_refused(
        self,
        opened: Build,
        runtime: FakeRuntime,
        garbage: Callable[[bytes], None],
        nonsense: bytes,
    ) -> None:
        """It may be somebody's; it is named, left as it is, and never taken for an empty ledger."""
        garbage(nonsense)
        for _ in range(2):
            store = opened()
            with (
                pytest.raises(StateRefused, match=re.escape(store.where)),
                session(store, runtime, "one"),
            ):
                pass

    def test_secrets_stay_secret(
        self, opened: Build, secrets: Collection[str], request: pytest.FixtureRequest
    ) -> None:
        """Not in the address, not in a repr, not in an error, not in a log."""
        store = opened()
        with capture_logs() as logged:
            store.begin("run-1")
            version = store.save(b"1", store.load()[1])
            said = [store.where, repr(store), repr(vars(store).keys())]
            for name in ("outage", "refusal"):
                try:
                    trouble: Trouble = request.getfixturevalue(name)
                except pytest.skip.Exception:
                    continue
                with trouble():
                    said += [_failure(call) for call in _calls(store, version)]
        text = " ".join((*said, repr(logged)))
        assert [number for number, one in enumerate(secrets) if one in text] == []

    def test_logs_and_errors_name_nobody(
        self, opened: Build, request: pytest.FixtureRequest
    ) -> None:
        """The state holds actor ids; they are nobody's business but the sink's."""
        store = opened()
        with capture_logs() as logged:
            store.begin("run-1")
            version = store.save(b'"%s"' % PERSON.encode(), store.load()[1])
            store.write_memory("sink", DAY, PERSON.encode())
            said = [store.where, repr(store), _failure(lambda: store.save(b"", "another version"))]
            try:
                outage: Trouble = request.getfixturevalue("outage")
            except pytest.skip.Exception:
                pass
            else:
                with outage():
                    said += [_failure(call) for call in _calls(store, version)]
        assert PERSON not in " ".join((*said, repr(logged)))


def _calls(store: StateStore, version: str) -> list[Callable[[], object]]:
    return [
        store.load,
        lambda: store.save(b"2", version),
        lambda: store.read_memory("sink", DAY),
        lambda: store.write_memory("sink", DAY, PERSON.encode()),
    ]


def _failure(call: Callable[[], object]) -> str:
    try:
        call()
    except StateError as error:
        return f"{error!r} {error}"
    return ""
