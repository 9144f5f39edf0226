from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from ccsync import redact
from ccsync.errors import SettingsError
from ccsync.job import Job, holder_name
from ccsync.plan import Request
from ccsync.plugins import installed
from ccsync.report import Report
from ccsync.settings.load import Loaded, load
from ccsync.shard import Shard
from ccsync.testing import FakeRuntime

TEXT = """\
version: 1
source: {api_key: sk-ant-test-key}
privacy: {identity: hash, hash_key: one key that is long enough}
state: STATE
sinks:
  plain: {type: stdout}
  same: {type: stdout, format: csv}
  hidden: {type: stdout, privacy: {identity: drop}}
"""


@pytest.fixture(autouse=True)
def forget_secrets() -> Iterator[None]:
    yield
    redact.forget()


def loaded(tmp_path: Path, state: str = "none") -> Loaded:
    path = tmp_path / "ccsync.yaml"
    path.write_text(TEXT.replace("STATE", state))
    return load(path, installed(), {})


def test_every_sink_of_the_settings_takes_part(tmp_path: Path) -> None:
    job = Job(loaded(tmp_path), runtime=FakeRuntime(), run_id="run-1")
    assert [taker.name for taker in job.takers] == ["plain", "same", "hidden"]
    assert job.report.run_id == "run-1"
    assert not job.state.keeps
    job.source.close()


def test_sinks_can_be_chosen(tmp_path: Path) -> None:
    job = Job(loaded(tmp_path), runtime=FakeRuntime(), run_id="run-1", only=["same"])
    assert [taker.name for taker in job.takers] == ["same"]
    job.source.close()


def test_a_sink_that_is_not_there_is_a_fault_that_names_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"--sink nobody: .*there are hidden, plain, same"):
        Job(loaded(tmp_path), runtime=FakeRuntime(), run_id="run-1", only=["same", "nobody"])


def test_an_unknown_state_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is not understood"):
        Job(loaded(tmp_path, "ftp://x"), runtime=FakeRuntime(), run_id="run-1")


def test_sinks_under_one_policy_share_its_work(tmp_path: Path) -> None:
    job = Job(loaded(tmp_path), runtime=FakeRuntime(), run_id="run-1")
    plain, same, hidden = job.takers
    assert plain.privacy is same.privacy
    assert hidden.privacy.identity == "drop"
    job.source.close()


def test_the_run_has_a_deadline(tmp_path: Path) -> None:
    runtime = FakeRuntime()
    job = Job(loaded(tmp_path), runtime=runtime, run_id="run-1")
    assert job.run_deadline == runtime.monotonic() + 50 * 60
    job.source.close()


@pytest.mark.parametrize("how", ["read_only", "dry_run"])
def test_who_only_looks_makes_no_state(tmp_path: Path, how: str) -> None:
    state = tmp_path / "state"
    job = Job(
        loaded(tmp_path, f"file://{state}"),
        runtime=FakeRuntime(),
        run_id="run-1",
        request=Request(dry_run=how == "dry_run"),
        read_only=how == "read_only",
    )
    with job.state:
        pass
    job.source.close()
    assert not state.exists()


RUN = "20261119T070000Z-0a1b2c3d"


def named(environ: dict[str, str], shard: Shard | None = None) -> str:
    return holder_name(RUN, environ=environ, shard=shard)


def test_a_holder_is_the_machine_and_the_process_and_the_run() -> None:
    assert named({}) == f"{socket.gethostname()}/{os.getpid()}/0a1b2c3d"


def test_who_was_not_named_is_nobodys_heir() -> None:
    """Two containers on one host's network have its name, and process id 1 each."""
    other = holder_name("20261119T070000Z-4e5f6a7b", environ={})
    assert other != named({})
    assert holder_name("other", environ={"CCSYNC_HOLDER": "job-1"}) == "job-1", "but a retry is"


def test_whoever_starts_a_run_again_can_name_it() -> None:
    assert named({"CCSYNC_HOLDER": "job-1/0"}) == "job-1/0"
    assert named({"CCSYNC_HOLDER": ""}) == named({})


def test_the_pods_of_an_indexed_job_are_no_heirs_of_each_other() -> None:
    """Or each would take the others' leases for those of its own earlier try."""
    pods = [{"CCSYNC_HOLDER": "backfill", "JOB_COMPLETION_INDEX": str(n)} for n in range(3)]
    assert [named(pod) for pod in pods] == ["backfill/0", "backfill/1", "backfill/2"]
    assert named({"CCSYNC_HOLDER": "backfill/2", "JOB_COMPLETION_INDEX": "2"}) == "backfill/2"
    shards = {named({"CCSYNC_HOLDER": "backfill"}, Shard(n, 3)) for n in range(3)}
    assert shards == {f"backfill (shard {n}/3)" for n in range(3)}
    assert named({}, Shard(0, 3)).endswith("/0a1b2c3d (shard 0/3)")


def test_an_indexed_job_names_itself() -> None:
    assert named({"JOB_NAME": "backfill", "JOB_COMPLETION_INDEX": "2"}) == "backfill/2"
    assert named({"JOB_NAME": "a CI job"}) == named({}), "others set that, too"


def test_a_report_that_was_given_is_filled(tmp_path: Path) -> None:
    report = Report("run-1", "1.2.3", FakeRuntime().now())
    job = Job(loaded(tmp_path), runtime=FakeRuntime(), run_id="run-1", report=report)
    job.source.close()
    assert job.report is report
    assert report.sinks == ["plain", "same", "hidden"]
