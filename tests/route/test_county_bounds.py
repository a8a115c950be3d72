"""Bounds of a county's weeks: none while ways are searched, true ones for the chosen plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.domain import SolveStatus
from planner.route.county.carried import Stop
from planner.route.county.roads import Roads
from planner.route.county.weeks import Weeks
from planner.route.loads import Load
from planner.route.week import solve as solve_module
from planner.scenario import Scenario


@pytest.fixture
def weeks():
    at = np.array([[0, 0], [9, 0], [8, 3], [0, 7], [2, 9], [5, 5]])
    metres = np.abs(at[:, None] - at[None, :]).sum(axis=2) * 1_000
    return Weeks(Scenario(), Roads({("D" if k == 0 else f"S{k}"): k for k in range(len(at))}, metres, metres // 10))


STOPS = tuple(Stop(f"S{k}", Load(9_000, 3_000), 5 if k < 3 else 3) for k in range(1, 6))
LEFT = (None,) * len(Scenario().service.fleet)


def test_a_searched_week_has_its_bound_only_when_asked(weeks, monkeypatch):
    best = weeks.week("D", STOPS, LEFT)
    assert best.status is SolveStatus.OPTIMAL
    monkeypatch.setattr(solve_module, "best_choice", lambda _: None)
    weeks.solved.clear()
    searched = weeks.week("D", STOPS, LEFT)
    assert (searched.bound, searched.status) == (None, SolveStatus.FEASIBLE)
    (bounded,) = weeks.with_bounds([searched], {"D": STOPS})
    assert 0.85 * best.cost < bounded.bound <= best.cost
    assert (bounded.status is SolveStatus.OPTIMAL) == (bounded.bound == bounded.cost)
    assert (bounded.shifts, bounded.cost) == (searched.shifts, searched.cost)


def test_proven_weeks_and_weeks_that_leave_stations_out_stay_as_they_are(weeks):
    best = weeks.week("D", STOPS, LEFT)
    missing = replace(best, unserved={"S1": "fleet"}, status=SolveStatus.FEASIBLE, bound=None)
    assert weeks.with_bounds([best, missing], {"D": STOPS}) == (best, missing)
