"""Work that nobody waits for any more ends, also inside a solver."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from scipy.sparse import csr_array
from siting_counties import synthetic_county

from planner.locate import place_tiers
from planner.locate.engine import Deadline, MatrixModel, minimise, relax
from planner.locate.stopping import StopFlag, StoppedError, current_flag, stoppable


def test_a_flag_that_is_set_lets_nothing_begin():
    flag = StopFlag()
    flag.set()
    with pytest.raises(StoppedError), stoppable(flag):
        pytest.fail("began")


def test_a_flag_counts_only_inside():
    with stoppable(StopFlag()) as _:
        assert current_flag() is not None
    assert current_flag() is None


def test_a_flag_that_is_set_while_a_solver_works_is_heard():
    flag, model = StopFlag(), MatrixModel(
        csr_array(np.array([[1.0, 1]])), np.ones(1), np.full(1, np.inf), np.zeros(2), np.ones(2),
        np.ones(2, dtype=bool), np.zeros(2, dtype=bool),
    )  # fmt: skip
    with stoppable(flag):
        deadline = Deadline(None)
    flag.set()
    for solve in (
        lambda: minimise(model, np.ones(2), deadline=deadline, seed=0),
        lambda: relax(model, np.ones(2), deadline=deadline, allowed=np.arange(2), start=np.arange(2)),
    ):
        with pytest.raises(StoppedError):
            solve()


def test_siting_in_another_thread_ends_soon_after_the_flag_is_set():
    flag, ended, problem = StopFlag(), [], synthetic_county(300, 20, seed=1).problem(4_500, required_township_count=1)

    def work() -> None:
        try:
            with stoppable(flag):
                place_tiers(problem, time_limit_s=300)
        except StoppedError:
            ended.append("stopped")

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.5)
    flag.set()
    thread.join(100)
    assert ended == ["stopped"]


def test_siting_ends_when_the_flag_is_set_and_works_again_without():
    problem = synthetic_county(60, 5, seed=3).problem(4_000)
    flag = StopFlag()
    with stoppable(flag):
        flag.set()
        with pytest.raises(StoppedError):
            place_tiers(problem)
    assert place_tiers(problem).optimal
