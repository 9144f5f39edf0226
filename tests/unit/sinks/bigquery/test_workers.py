from __future__ import annotations

import threading

import pytest

from ccsync_bigquery.workers import Workers

WAIT = 10.0


def drain(workers: Workers[int, int], jobs: range) -> dict[int, int | BaseException]:
    for job in jobs:
        workers.give(job)
    return dict(workers.take() for _ in jobs)


def test_jobs_come_back_with_their_answers() -> None:
    with Workers[int, int](lambda job: job * job, 3) as workers:
        assert drain(workers, range(3)) == {0: 0, 1: 1, 2: 4}
        assert workers.busy == 0


def test_what_is_raised_comes_back_too_even_if_it_would_end_the_thread() -> None:
    def work(job: int) -> int:
        raise [ZeroDivisionError, SystemExit][job]

    with Workers[int, int](work, 2) as workers:
        answers = drain(workers, range(2))
    assert isinstance(answers[0], ZeroDivisionError)
    assert isinstance(answers[1], SystemExit)


def test_threads_are_started_as_needed_and_are_gone_in_the_end() -> None:
    before = threading.active_count()
    with Workers[int, int](lambda job: job, 8) as workers:
        assert threading.active_count() == before
        for _ in range(5):
            workers.give(1)
            workers.take()
        assert threading.active_count() == before + 1
    assert threading.active_count() == before


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_a_job_that_does_not_end_holds_up_nobody(error: type[BaseException]) -> None:
    begun, release = threading.Event(), threading.Event()
    stuck: list[threading.Thread] = []

    def work(_job: int) -> int:
        stuck.append(threading.current_thread())
        begun.set()
        release.wait(WAIT)
        return 0

    def abandon() -> None:
        with Workers[int, int](work, 1, leaving=0.01) as workers:
            workers.give(1)
            begun.wait(WAIT)
            raise error

    with pytest.raises(error):
        abandon()
    (thread,) = stuck
    assert thread.is_alive()
    assert thread.daemon, "the process can end without it"
    release.set()
    thread.join(WAIT)
    assert not thread.is_alive()
