"""The promises of a state store, as tests that its author imports.

    from ccsync.testing import StoreContract

    class TestSqlite(StoreContract):
        @pytest.fixture
        def build(self, tmp_path):        # a new store over one and the same place, each time
            return lambda: SqliteStore(tmp_path / "state.db")

`ccsync.testing.store_contract.given` has everything that an author may give. `build` is required;
a test that lacks its optional fixture is skipped and says so.
"""

from __future__ import annotations

from ccsync.testing.store_contract.documents import DocumentPromises
from ccsync.testing.store_contract.given import Given
from ccsync.testing.store_contract.kills import KillPromises
from ccsync.testing.store_contract.limits import LimitPromises
from ccsync.testing.store_contract.memories import MemoryPromises
from ccsync.testing.store_contract.runs import RunPromises
from ccsync.testing.store_contract.takeover import TakeoverPromises
from ccsync.testing.store_contract.trouble import TroublePromises

__all__ = ["Given", "StoreContract"]


class StoreContract(
    DocumentPromises,
    MemoryPromises,
    RunPromises,
    TakeoverPromises,
    TroublePromises,
    KillPromises,
    LimitPromises,
):
    """Every promise of `ccsync.state.store`, as a test. Subclass it; `Given` says what to give."""
