"""The CronJob at work: what it starts, when it does not, and what it keeps."""

from __future__ import annotations

import datetime as dt

import pytest

from ccsync.simulator import effects
from tests.integration.chart.cluster.release import BATCH, NAME, Release
from tests.support.cluster_api import wait_for
from tests.support.command import Json

pytestmark = [
    pytest.mark.integration,
    pytest.mark.parametrize("release", ["helm4"], indirect=True),
]

SLOW = 5.0


def scheduled(release: Release) -> list[Json]:
    """Give the Jobs that the schedule started."""
    jobs = release.api.all("Job", release.namespace, BATCH)
    key = "batch.kubernetes.io/cronjob-scheduled-timestamp"
    return [one for one in jobs if key in one["metadata"].get("annotations", {})]


def last_time_was(release: Release, minutes: int) -> None:
    """Have the CronJob run last so long ago, as if nobody had been there to start it since."""
    then = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=minutes)
    status = {"lastScheduleTime": then.strftime("%Y-%m-%dT%H:%M:%SZ")}
    release.api.merge("CronJob", NAME, release.namespace, {"status": status}, BATCH)


def every_minute(release: Release) -> None:
    """Install it with the shortest interval that there is."""
    release.install(
        cronjob={"suspend": False, "schedule": "* * * * *"},
        job={"activeDeadlineSeconds": 30},
        terminationGracePeriodSeconds=10,
    )


def cronjob(release: Release) -> Json:
    return release.api.get("CronJob", NAME, release.namespace, BATCH)


def test_a_missed_run_is_made_up_for_once(release: Release) -> None:
    """After two hours without anybody to start runs, one of them starts, and syncs every day."""
    every_minute(release)
    last_time_was(release, minutes=120)
    (job,) = wait_for("a job", lambda: scheduled(release))
    name = job["metadata"]["name"]
    assert release.over(name)["type"] == "Complete"
    (run,) = release.kubelet.of(name)
    assert run.done is not None
    assert run.done.days("delivered") == release.days
    told = wait_for("time of success", lambda: cronjob(release)["status"].get("lastSuccessfulTime"))
    assert told >= run.began
    (owner,) = job["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["name"], owner["controller"]) == ("CronJob", NAME, True)


def test_no_run_starts_while_another_is_at_work(release: Release) -> None:
    """The first is due four minutes ago; by a new schedule another was two minutes ago."""
    now = dt.datetime.now(dt.UTC)
    first, second = (f"{(now - dt.timedelta(minutes=ago)).minute} * * * *" for ago in (4, 2))
    release.simulator.latency = SLOW
    release.install(cronjob={"suspend": False, "schedule": first})
    last_time_was(release, minutes=50)
    (job,) = wait_for("a job", lambda: scheduled(release))
    wait_for("it to be at work", lambda: cronjob(release)["status"].get("active"))
    release.upgrade(cronjob={"suspend": False, "schedule": second})
    last_time_was(release, minutes=4)  # a change of the schedule alone is looked at when it is due
    said = wait_for(
        "a word about it",
        lambda: [text for reason, text in release.events(NAME) if reason == "JobAlreadyActive"],
    )
    assert "concurrency policy is Forbid" in said[0]
    assert [one["metadata"]["name"] for one in scheduled(release)] == [job["metadata"]["name"]]
    # It comes when the first is over: nothing is lost.
    release.simulator.latency = 0.0
    assert release.over(job["metadata"]["name"])["type"] == "Complete"
    wait_for("the other", lambda: len(scheduled(release)) == 2)


def test_the_schedule_runs_in_its_zone(release: Release) -> None:
    """At the minute after the next in India, which is half an hour off: due only if it counts."""
    then = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=5)
    india = then + dt.timedelta(hours=5, minutes=30)
    release.install(
        cronjob={
            "suspend": False,
            "schedule": f"{india.minute} {india.hour} * * *",
            "timeZone": "Asia/Kolkata",
        }
    )
    last_time_was(release, minutes=60)
    (job,) = wait_for("a job", lambda: scheduled(release))
    stamp = job["metadata"]["annotations"]["batch.kubernetes.io/cronjob-scheduled-timestamp"]
    assert stamp == f"{india:%Y-%m-%dT%H:%M:00}+05:30"


def test_as_many_finished_runs_are_kept_as_wanted(release: Release) -> None:
    release.install(
        cronjob={"successfulJobsHistoryLimit": 1, "failedJobsHistoryLimit": 0},
        job={"backoffLimit": 0},
    )
    for name in ("one", "two"):
        release.run(name)
    release.simulator.faults.add(effects.status(503), times=None)
    release.start("bad")
    wait_for("a failure", lambda: release.kubelet.of("bad"))

    def kept() -> bool:
        jobs = release.api.all("Job", release.namespace, BATCH)
        return [one["metadata"]["name"] for one in jobs] == ["two"]

    wait_for("only the last good one", kept)
    release.api.get("ConfigMap", f"{NAME}-state", release.namespace)
