"""For all tests: invented cases are the same in every run, unless somebody explores.

CCSYNC_EXPLORE=1 make test ARGS=tests/property      invents new ones
"""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None)
settings.load_profile("explore" if os.environ.get("CCSYNC_EXPLORE") else "repeatable")
