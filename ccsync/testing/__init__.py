"""What authors of sinks import in their tests. Public; needs the extra `testing`.

from ccsync.testing import SinkContract

class TestMySink(SinkContract):
    plugin = PLUGIN
    ...
"""

from ccsync.testing.builders import a_record, a_snapshot
from ccsync.testing.contract import SinkContract
from ccsync.testing.runtime import FakeRuntime
from ccsync.testing.stores import MemoryStore

__all__ = ["FakeRuntime", "MemoryStore", "SinkContract", "a_record", "a_snapshot"]
