"""What tests of the stores in buckets share."""

from __future__ import annotations

import os

import pytest

from ccsync.testing.s3 import S3Double


def use(monkeypatch: pytest.MonkeyPatch, storage: S3Double, **others: str) -> None:
    """Let the environment name this storage, and nothing else of AWS."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in {**storage.environ, **others}.items():
        if value:
            monkeypatch.setenv(name, value)
        else:
            monkeypatch.delenv(name, raising=False)
