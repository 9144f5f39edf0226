from __future__ import annotations

import subprocess
import sys

import pytest

from ccsync.lean import without


def test_what_is_left_out_is_not_found_and_can_be_imported_afterwards() -> None:
    sys.modules.pop("this", None)
    with without("this"), pytest.raises(ModuleNotFoundError):
        __import__("this.that")
    assert "this" not in sys.modules


def test_what_was_imported_before_stays() -> None:
    with without("json"):
        assert sys.modules["json"] is not None
    assert sys.modules["json"] is not None


def test_a_failure_inside_leaves_nothing_behind() -> None:
    with pytest.raises(ZeroDivisionError), without("no_such_module"):
        raise ZeroDivisionError
    assert "no_such_module" not in sys.modules


def test_a_run_that_draws_nothing_does_not_import_rich_and_one_that_does_still_can() -> None:
    code = (
        "import sys\n"
        "import ccsync.cli.sync, ccsync_stdout.sink\n"
        "from ccsync import logs\n"
        "logs.configure(style='json')\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules} & {'pygments', 'rich'}))\n"
        "import rich.console, httpx._main\n"
        "print(httpx._main.main.name)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.splitlines() == ["", "main"]
