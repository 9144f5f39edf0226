"""What a sink's own command works with: its sinks, their contexts, and leases of days."""

from __future__ import annotations

import datetime as dt
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest

from ccsync.cli.session import Session
from ccsync.errors import DaysLeased, SettingsError, SinkUnavailable, Stopped
from ccsync.settings.model import SinkConfig
from ccsync.state.file import open_store
from ccsync.state.session import StateSession
from ccsync.testing import FakeRuntime
from ccsync.upkeep import NoSuchType, Upkeep
from ccsync_otlp import OtlpConfig
from ccsync_stdout import PLUGIN

StdoutConfig = PLUGIN.config

DAYS = {dt.date(2026, 11, number) for number in (1, 2, 3)}
TEXT = """\
version: 1
source: {api_key: "${NOT_SET}"}
sinks:
  one: {type: stdout, retry_deadline: 1m}
  two: {type: stdout}
  metrics: {type: otlp, endpoint: http://localhost:4318}
"""


@pytest.fixture
def runtime() -> FakeRuntime:
    return FakeRuntime()


@pytest.fixture
def session(tmp_path: Path, runtime: FakeRuntime) -> Session:
    path = tmp_path / "ccsync.yaml"
    path.write_text(f"{TEXT}state: file://{tmp_path}/state\n")
    return Session(config=str(path), environ={}, runtime=runtime)


def leasing(session: Session) -> AbstractContextManager[Upkeep[SinkConfig]]:
    return session.upkeep(StdoutConfig, ["one"], leases=True)


def test_all_sinks_of_the_kind_take_part_and_no_key_is_needed(session: Session) -> None:
    with session.upkeep(StdoutConfig) as upkeep:
        assert [sink.name for sink in upkeep.sinks] == ["one", "two"]
        assert upkeep.sinks[0].context.run_id == session.run_id
        assert upkeep.source_id is None


def test_or_those_that_are_named(session: Session) -> None:
    with session.upkeep(StdoutConfig, ["two"]) as upkeep:
        assert [sink.name for sink in upkeep.sinks] == ["two"]


def test_a_sink_that_is_not_there(session: Session) -> None:
    every = r"there are: metrics \(otlp\), one \(stdout\), two \(stdout\)$"
    with pytest.raises(SettingsError, match=rf"--sink three: no such sink in .*; {every}"):
        session.upkeep(StdoutConfig, ["three"]).__enter__()


def test_a_sink_of_another_kind(session: Session) -> None:
    said = (
        r"--sink two: of type stdout; this command is for sinks of type otlp\..* metrics \(otlp\)"
    )
    with pytest.raises(SettingsError, match=said):
        session.upkeep(OtlpConfig, ["two"]).__enter__()


def test_no_sink_of_the_type(session: Session, tmp_path: Path) -> None:
    (tmp_path / "ccsync.yaml").write_text(TEXT.partition("  metrics:")[0] + "state: none\n")
    with pytest.raises(NoSuchType) as raised:
        session.upkeep(OtlpConfig).__enter__()
    assert str(raised.value) == (
        f"no sink of type otlp in {tmp_path}/ccsync.yaml; there are: one (stdout), two (stdout)"
    )


def test_a_kind_that_is_not_installed_is_told_by_its_class(session: Session) -> None:
    class Other(SinkConfig, frozen=True, kw_only=True):
        pass

    with pytest.raises(NoSuchType, match="no sink of type Other in"):
        session.upkeep(Other).__enter__()


def test_patience_is_the_sinks_and_begins_anew(session: Session, runtime: FakeRuntime) -> None:
    def away() -> None:
        raise SinkUnavailable("gone", retry_after=25)

    with session.upkeep(StdoutConfig, ["one"]) as upkeep:
        (sink,) = upkeep.sinks
        runtime.advance(3600)
        sink.begin(dt.date(2026, 11, 1))
        with pytest.raises(SinkUnavailable):
            sink.context.retry(away)
    assert runtime.pauses == [25, 25]


def test_pauses_end_when_asked_to_stop(session: Session, runtime: FakeRuntime) -> None:
    with session.upkeep(StdoutConfig) as upkeep:
        runtime.stop.request(15)
        with pytest.raises(Stopped):
            upkeep.sinks[0].context.pause(5)
        with pytest.raises(Stopped):
            upkeep.sinks[0].context.proceed()


def test_days_are_leased_and_given_back(session: Session, tmp_path: Path) -> None:
    other = partial(run_beside, tmp_path)
    with leasing(session) as upkeep:
        assert upkeep.lease(DAYS) == DAYS
        with pytest.raises(DaysLeased, match=session.run_id):
            other(DAYS)
    assert other(DAYS) == DAYS


def test_days_that_a_run_works_on_are_left_out(session: Session, tmp_path: Path) -> None:
    taken = dt.date(2026, 11, 2)
    with beside(tmp_path) as state:
        state.lease({taken})
        with leasing(session) as upkeep:
            assert upkeep.lease(DAYS) == DAYS - {taken}


def test_the_organization_is_the_states(session: Session, tmp_path: Path) -> None:
    with leasing(session) as upkeep:
        assert upkeep.source_id is None
    with beside(tmp_path) as state:
        state.bind("org-1")
        state.lease(DAYS)
    with leasing(session) as upkeep:
        assert upkeep.source_id == "org-1"


def test_leases_have_to_be_asked_for(session: Session) -> None:
    with session.upkeep(StdoutConfig) as upkeep, pytest.raises(RuntimeError, match="leases=True"):
        upkeep.lease(DAYS)


def beside(tmp_path: Path) -> StateSession:
    store = open_store(f"file://{tmp_path}/state")
    return StateSession(store, FakeRuntime(), run_id="another", holder="somebody")


def run_beside(tmp_path: Path, days: set[dt.date]) -> frozenset[dt.date]:
    with beside(tmp_path) as state:
        return state.lease(days)
