"""Sets the clock of a whole `ccsync` process, and how long it has for its end, before it begins.

Nobody can hand a clock to a process, so the interpreter does: on PYTHONPATH this module is imported
at start-up. It gives `Runtime` another default clock, real time plus CCSYNC_TEST_SHIFT seconds; the
installed command itself is the one that users run, and the clock that counts seconds is untouched.
In the same way CCSYNC_TEST_GRACE replaces the seconds between a signal and the end of all patience.
"""

import datetime as dt
import inspect
import os

from ccsync.runtime import Runtime
from ccsync.signals import GRACE, handled

_shift = dt.timedelta()


def begin() -> None:
    """Take the shift from the variable: the interpreter starts, or a command is forked from it."""
    global _shift
    _shift = dt.timedelta(seconds=float(os.environ.get("CCSYNC_TEST_SHIFT", "0")))
    inspect.unwrap(handled).__defaults__ = (float(os.environ.get("CCSYNC_TEST_GRACE", GRACE)),)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC) + _shift


begin()


_defaults = Runtime.__init__.__kwdefaults__
assert _defaults is not None
assert "now" in _defaults, "Runtime has no clock by this name any more"
_defaults["now"] = _now
