"""What every command gets."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import pytest

from ccsync import redact
from ccsync.cli.session import Session
from ccsync.errors import SettingsError
from ccsync.runtime import Runtime

TEXT = "version: 1\nsource: {api_key: a-key-of-ours}\nsinks: {out: {type: stdout}}\n"


def session(**options: object) -> Session:
    runtime = Runtime(
        now=lambda: dt.datetime(2026, 1, 31, 1, 2, 3, tzinfo=dt.UTC),
        rng=random.Random(1),  # noqa: S311 - not for secrets
    )
    return Session(runtime=runtime, environ={}, **options)  # type: ignore[arg-type]


def test_a_run_has_one_name() -> None:
    one = session()
    assert one.run_id == one.run_id
    assert one.run_id.startswith("20260131T010203Z-")
    assert len(one.run_id) == len("20260131T010203Z-") + 8


def test_settings_are_loaded_once(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(TEXT)
    one = session(config=str(path))
    first = one.loaded()
    path.unlink()
    assert one.loaded() is first
    assert list(first.settings.sinks) == ["out"]
    assert redact.redact("a-key-of-ours") == "***"


def test_sinks_can_be_handed_in(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(TEXT)
    with pytest.raises(SettingsError, match="no sink of type 'stdout'"):
        session(config=str(path), lookup={}).loaded()


def test_loading_sets_up_the_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(TEXT)
    one = session(config=str(path), log_format="json")
    one.loaded()
    one.log.info("day.delivered")
    line = capsys.readouterr().err
    assert f'"event": "day.delivered", "run_id": "{one.run_id}"' in line
    assert line.startswith('{"timestamp": "2026-01-31T01:02:03.000Z"')
