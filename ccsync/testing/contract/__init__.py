"""The promises of a sink, as tests that its author imports.

    from ccsync.testing import SinkContract

    class TestSqlite(SinkContract):
        plugin = PLUGIN

        @pytest.fixture
        def config(self, tmp_path):       # the settings: where the destination is
            return SqliteConfig(type="sqlite", path=str(tmp_path / "usage.db"))

        @pytest.fixture
        def shown(self, config):          # what the destination shows, read by other means
            return lambda source_id, day: read_records(config.path, source_id, day)

`ccsync.testing.contract.given` has everything that an author may give or override. What is
required and missing is an error; a test that lacks its optional fixture is skipped and says so.
"""

from __future__ import annotations

from ccsync.testing.contract.crashes import CrashPromises
from ccsync.testing.contract.days import DayPromises
from ccsync.testing.contract.given import Given
from ccsync.testing.contract.lifecycle import LifecyclePromises
from ccsync.testing.contract.optional import OptionalPromises
from ccsync.testing.contract.plugin import PluginPromises
from ccsync.testing.contract.revisions import RevisionPromises
from ccsync.testing.contract.trouble import TroublePromises

__all__ = ["Given", "SinkContract"]


class SinkContract(
    PluginPromises,
    LifecyclePromises,
    DayPromises,
    RevisionPromises,
    CrashPromises,
    TroublePromises,
    OptionalPromises,
):
    """Every promise of `ccsync.sink`, as a test. Subclass it; `Given` says what to give."""
