from __future__ import annotations

from threading import Event

import pytest

from planner.ui.background import Jobs

PATIENCE_S = 10


def _wait(jobs: Jobs[int], key: str) -> None:
    jobs._futures[key].exception(PATIENCE_S)


def test_a_job_runs_once_and_its_result_stays():
    jobs, runs = Jobs[int](), []
    for _ in range(3):
        jobs.start("a", lambda: runs.append(1) or 7)
        _wait(jobs, "a")
    assert jobs.result("a") == 7
    assert len(runs) == 1


def test_there_is_no_result_before_the_end():
    jobs, go = Jobs[int](), Event()
    jobs.start("a", lambda: int(go.wait(PATIENCE_S)))
    assert jobs.result("a") is None
    assert not jobs.is_done("a")
    go.set()
    _wait(jobs, "a")
    assert jobs.is_done("a")
    assert jobs.result("a") == 1


def test_an_error_is_kept_and_raised_to_whoever_asks():
    def fail() -> int:
        raise ValueError("no van reaches it")

    jobs = Jobs[int]()
    jobs.start("a", fail)
    _wait(jobs, "a")
    assert jobs.is_done("a")
    for _ in range(2):
        with pytest.raises(ValueError, match="no van"):
            jobs.result("a")


def test_jobs_that_still_wait_give_way_to_the_newest():
    jobs, go, ran = Jobs[int](workers=1), Event(), []
    jobs.start("running", lambda: int(go.wait(PATIENCE_S)))
    jobs.start("stale", lambda: ran.append("stale") or 1)
    jobs.start("newest", lambda: ran.append("newest") or 2)
    go.set()
    _wait(jobs, "newest")
    assert ran == ["newest"]
    assert jobs.result("stale") is None


def test_only_the_last_results_are_kept():
    jobs = Jobs[int](keep=2)
    for number in range(4):
        jobs.start(str(number), lambda number=number: number)
        _wait(jobs, str(number))
    assert jobs.result("0") is None
    assert jobs.result("3") == 3
