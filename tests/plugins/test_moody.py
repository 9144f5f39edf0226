"""Moody does what its settings say, and nothing else wrong."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable, Collection
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ccsync.errors import RecordsRefused, SinkRefused, SinkUnavailable, Stopped
from ccsync.records import Record
from ccsync.sink import DELIVERED, Acknowledgement, Outcome
from ccsync.testing import SinkContract, a_record, a_snapshot
from ccsync.testing.contract.context import ContractContext, Steps
from ccsync.testing.contract.given import Shown
from ccsync_faulty import MOODY, MoodyConfig


class TestMoodyInAGoodMood(SinkContract):
    plugin = MOODY

    @pytest.fixture
    def config(self, tmp_path: Path) -> MoodyConfig:
        return MoodyConfig(type="moody", path=str(tmp_path / "m.db"), refused_terminal="teletype")

    @pytest.fixture
    def shown(self, config: MoodyConfig) -> Shown:
        def read(source_id: str, day: dt.date) -> Collection[Record]:
            query = "select record from records where source_id = ? and day = ?"
            with closing(sqlite3.connect(config.path)) as database:
                found = database.execute(query, (source_id, str(day))).fetchall()
            return [msgspec.json.decode(row[0], type=Record) for row in found]

        return read

    @pytest.fixture
    def recreate(self, config: MoodyConfig) -> Callable[[], None]:
        return Path(config.path).unlink

    @pytest.fixture
    def poison(self) -> Record:
        return a_record("poison", terminal_type="teletype")


class Moody:
    """A sink over a new file, and a day to deliver."""

    def __init__(self, path: Path, steps: Steps | None = None, **settings: Any) -> None:
        config = MoodyConfig(type="moody", path=str(path / "moody.db"), **settings)
        self.sink = MOODY.build(config, ContractContext(steps))
        self.records = [a_record(), a_record("old", terminal_type="teletype")]

    def deliver(self) -> Outcome:
        try:
            self.sink.open()
            return self.sink.deliver(a_snapshot(self.records), None, lambda _: None)
        finally:
            self.sink.close()


def test_unavailable_so_many_times(tmp_path: Path) -> None:
    moody = Moody(tmp_path, unavailable=2, retry_after=0.5)
    for _ in range(2):
        with pytest.raises(SinkUnavailable) as caught:
            moody.deliver()
        assert caught.value.retry_after == 0.5
    assert moody.deliver() == DELIVERED


def test_refused_records_are_named(tmp_path: Path) -> None:
    moody = Moody(tmp_path, refused_terminal="teletype")
    with pytest.raises(RecordsRefused) as caught:
        moody.deliver()
    assert list(caught.value.records) == moody.records[1:]


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"refused_at": "open"}, SinkRefused),
        ({"refused_at": "deliver"}, SinkRefused),
        ({"bug_at": "open"}, TypeError),
        ({"bug_at": "deliver"}, TypeError),
        ({"bug_at": "close"}, TypeError),
    ],
)
def test_errors(tmp_path: Path, settings: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        Moody(tmp_path, **settings).deliver()


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({"oldest_days": 2}, Acknowledgement.TOO_OLD),
        ({"oldest_days": 3}, Acknowledgement.DELIVERED),
        ({"not_yet": True}, Acknowledgement.NOT_YET),
    ],
)
def test_answers(tmp_path: Path, settings: dict[str, Any], kind: Acknowledgement) -> None:
    assert Moody(tmp_path, **settings).deliver().kind is kind


def test_no_answer(tmp_path: Path) -> None:
    answer: object = Moody(tmp_path, no_answer=True).deliver()
    assert answer is None


def test_a_slow_delivery_can_be_stopped(tmp_path: Path) -> None:
    def stop() -> None:
        raise Stopped(15)

    with pytest.raises(Stopped):
        Moody(tmp_path, Steps(2, stop), slow_seconds=60.0).deliver()


def test_a_deaf_one_cannot(tmp_path: Path) -> None:
    steps = Steps()
    assert Moody(tmp_path, steps, slow_seconds=0.1, deaf=True).deliver() == DELIVERED
    assert steps.taken == 1, "it asks before its transaction, and not while it takes its time"
