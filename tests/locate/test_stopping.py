"""Work that nobody waits for any more ends, also inside a solver."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from scipy.sparse import csr_array
from siting_counties import synthetic_county

from planner.locate import place_tiers
from planner.locate.engine import Deadline, MatrixModel, minimise
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


def market_split(n_rows: int = 5, n_columns: int = 40) -> tuple[MatrixModel, np.ndarray]:
    """A small problem that branch and bound does not finish in minutes (Cornuéjols and Dawande 1999)."""
    rng = np.random.default_rng(1)
    weights = rng.integers(0, 100, (n_rows, n_columns)).astype(float)
    half = weights.sum(axis=1) // 2
    matrix = np.hstack([weights, np.eye(n_rows), -np.eye(n_rows)])
    high = np.concatenate([np.ones(n_columns), np.full(2 * n_rows, 1e4)])
    whole = np.ones(len(high), dtype=bool)
    model = MatrixModel(csr_array(matrix), half, half, np.zeros(len(high)), high, whole, ~whole)
    return model, np.concatenate([np.zeros(n_columns), np.ones(2 * n_rows)])


def test_a_flag_ends_a_running_solver():
    flag = StopFlag()
    model, objective = market_split()
    timer = threading.Timer(0.3, flag.set)
    timer.start()
    begin = time.perf_counter()
    with pytest.raises(StoppedError), stoppable(flag):
        minimise(model, objective, deadline=Deadline(30), seed=0)
    timer.join()
    assert time.perf_counter() - begin < 10


def test_siting_ends_when_the_flag_is_set_and_works_again_without():
    problem = synthetic_county(60, 5, seed=3).problem(4_000)
    flag = StopFlag()
    with stoppable(flag):
        flag.set()
        with pytest.raises(StoppedError):
            place_tiers(problem)
    assert place_tiers(problem).optimal
