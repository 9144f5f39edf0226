"""What authors of sinks and state stores import in their tests. Public; needs the extra `testing`.

from ccsync.testing import SinkContract

class TestMySink(SinkContract):
    plugin = PLUGIN
    ...
"""

import pytest

# Before the first import of it: then a failed assert says what was compared.
pytest.register_assert_rewrite("ccsync.testing.contract", "ccsync.testing.store_contract")

from ccsync.testing.builders import a_record, a_snapshot  # noqa: E402
from ccsync.testing.contract import SinkContract  # noqa: E402
from ccsync.testing.runtime import FakeRuntime  # noqa: E402
from ccsync.testing.store_contract import StoreContract  # noqa: E402
from ccsync.testing.stores import MemoryStore  # noqa: E402

__all__ = [
    "FakeRuntime",
    "MemoryStore",
    "SinkContract",
    "StoreContract",
    "a_record",
    "a_snapshot",
]
