from __future__ import annotations

from threading import Event, Thread

import pytest

from planner.ui.background import Jobs

PATIENCE_S = 10.0


def test_a_job_runs_once_and_its_result_stays():
    jobs, runs = Jobs[int](), []
    for _ in range(3):
        assert jobs.result("a", lambda: runs.append(1) or 7, owner="me", patience_s=PATIENCE_S) == 7
    assert len(runs) == 1


def test_there_is_no_result_before_the_end():
    jobs, go = Jobs[int](), Event()
    assert jobs.result("a", lambda: int(go.wait(PATIENCE_S)), owner="me") is None
    go.set()
    assert jobs.result("a", lambda: 0, owner="me", patience_s=PATIENCE_S) == 1


def test_an_error_is_kept_and_raised_to_whoever_asks():
    def fail() -> int:
        raise ValueError("no van reaches it")

    jobs = Jobs[int]()
    for _ in range(2):
        with pytest.raises(ValueError, match="no van"):
            jobs.result("a", fail, owner="me", patience_s=PATIENCE_S)


def test_only_the_newest_of_an_owners_waiting_jobs_is_run_and_others_keep_theirs():
    jobs, go, ran = Jobs[int](workers=1), Event(), []
    jobs.result("running", lambda: int(go.wait(PATIENCE_S)), owner="me")
    jobs.result("somebody's", lambda: ran.append("somebody's") or 1, owner="somebody")
    jobs.result("stale", lambda: ran.append("stale") or 2, owner="me")
    jobs.result("newest", lambda: ran.append("newest") or 3, owner="me")
    go.set()
    assert jobs.result("newest", lambda: 0, owner="me", patience_s=PATIENCE_S) == 3
    assert ran == ["somebody's", "newest"]


def test_a_waiting_job_that_two_owners_want_is_not_given_up_by_one():
    jobs, go = Jobs[int](workers=1), Event()
    jobs.result("running", lambda: int(go.wait(PATIENCE_S)), owner="me")
    jobs.result("both", lambda: 2, owner="me")
    jobs.result("both", lambda: 0, owner="somebody")
    jobs.result("newest", lambda: 3, owner="me")
    go.set()
    assert jobs.result("both", lambda: 0, owner="somebody", patience_s=PATIENCE_S) == 2


def test_a_run_whose_job_is_given_up_while_it_waits_gets_no_result_and_no_error():
    jobs, go, answers = Jobs[int](workers=1), Event(), []
    jobs.result("running", lambda: int(go.wait(PATIENCE_S)), owner="me")
    waiting = Thread(target=lambda: answers.append(jobs.result("stale", lambda: 2, owner="me", patience_s=PATIENCE_S)))
    waiting.start()
    while jobs.result("running", lambda: 0, owner="watcher") is None and "stale" not in jobs._futures:
        waiting.join(0.01)
    jobs.result("newest", lambda: 3, owner="me")
    go.set()  # a waiting thread hears that its job was given up when the job's turn comes
    waiting.join()
    assert answers == [None]


def test_a_job_given_up_can_be_asked_for_again():
    jobs, go = Jobs[int](workers=1), Event()
    jobs.result("running", lambda: int(go.wait(PATIENCE_S)), owner="me")
    jobs.result("stale", lambda: 2, owner="me")
    jobs.result("newest", lambda: 3, owner="me")
    go.set()
    assert jobs.result("stale", lambda: 4, owner="me", patience_s=PATIENCE_S) == 4


def test_only_the_last_results_are_kept():
    jobs, runs = Jobs[int](keep=2), []
    for number in (0, 1, 2, 3, 3, 0):
        jobs.result(number, lambda number=number: runs.append(number) or number, owner="me", patience_s=PATIENCE_S)
    assert runs == [0, 1, 2, 3, 0]
