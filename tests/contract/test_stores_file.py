"""The promises of a state store, kept by a directory."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from ccsync.state.file import FileStore
from ccsync.testing import StoreContract
from ccsync.testing.store_contract.given import Action, Build, Kill


class TestFileStore(StoreContract):
    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        return tmp_path / "state"

    @pytest.fixture
    def build(self, root: Path) -> Build:
        return lambda: FileStore(root)

    @pytest.fixture
    def garbage(self, root: Path) -> Callable[[bytes], None]:
        def put(nonsense: bytes) -> None:
            root.mkdir(exist_ok=True)
            (root / "ledger.json").write_bytes(nonsense)

        return put

    @pytest.fixture
    def kill(self, build: Build) -> Kill:
        def killed(action: Action, step: int) -> bool:
            with warnings.catch_warnings():
                # The child only calls the system; whatever threads there are, it needs none.
                warnings.simplefilter("ignore", DeprecationWarning)
                child = os.fork()
            if child == 0:
                _in_the_child(action, build, step)
            status = os.waitpid(child, 0)[1]
            assert status in {0, signal.SIGKILL}, f"the child ended with {status}"
            return status != 0

        return killed


def _in_the_child(action: Action, build: Build, step: int) -> NoReturn:
    """Never comes back: it would be a second test run."""
    failed = 1
    try:
        _die_at(step)
        action(build())
        failed = 0
    finally:
        sys.setprofile(None)
        os._exit(failed)


def _die_at(step: int) -> None:
    """End this process before its n-th call into the system, from the store or for it."""
    calls = 0

    def watch(_frame: Any, event: str, called: Any) -> None:
        nonlocal calls
        module = getattr(called, "__module__", None)
        if event == "c_call" and (module in {"posix", "fcntl", "_io"} or _is_stream(called)):
            calls += 1
            if calls == step:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(watch)


def _is_stream(called: Any) -> bool:
    return type(getattr(called, "__self__", None)).__module__ == "_io"
