"""Township stations are visited on their market days: against trying everything, and by the judge."""

from __future__ import annotations

import numpy as np
import pytest
from way_counties import Tiny, tiny
from week_brute import best_week

from planner.domain import SolveStatus
from planner.route.county import weeks as county_weeks
from planner.route.week import day_patterns

LINE = {"C": (0, 0), "T0": (20_000, 0), "T1": (-8_000, 0), "P00": (22_000, 0), "P10": (-9_000, 0)}
FEW = dict.fromkeys(LINE, 300)


def visited(routed, site_id):
    return {day for route in routed.routes for stop in route.visits if stop.site_id == site_id for day in route.days}


def weekly(routed):
    """Cost of all routes in a year, and whether every depot's week is proven."""
    proven = all(r.status is SolveStatus.OPTIMAL for r in routed.reports if r.stage.startswith("route"))
    return sum(route.annual_cost_cny for route in routed.routes), proven


def market_county(seed):
    rng = np.random.default_rng(seed)
    county = tiny(rng, n_townships=int(rng.integers(1, 3)), points=int(rng.integers(0, 3)))
    days = {
        site_id: tuple(sorted(rng.choice(np.arange(1, 8), rng.integers(1, 4), replace=False).tolist()))
        for site_id in county.ids
        if site_id[0] == "T" and rng.random() < 0.8
    }
    settings = {
        "service": {"township_visits_per_week": int(rng.choice([1, 2, 3, 5]))},
        "routing": {"direct": bool(rng.integers(2))},
    }
    return county, days, settings


def check_against_trying_everything(seed, monkeypatch):
    """Every depot's week against brute force; visits on market days by the judge; and what the rule costs."""
    county, days, settings = market_county(seed)
    plain, _ = county.route(settings)
    solved = []
    monkeypatch.setattr(
        county_weeks,
        "solve_week",
        lambda problem, **limits: solved.append((problem, solve(problem, **limits))) or solved[-1][1],
    )
    routed, scenario = county.with_markets(**days).route(settings)
    monkeypatch.undo()
    assert county.violations(routed, scenario) == []
    for site_id, market in days.items():
        assert set(market) <= visited(routed, site_id)
        least = settings["service"]["township_visits_per_week"]
        assert routed.service_per_week[site_id] == max(least, len(market))
    for problem, result in solved:
        if problem.n_nodes <= 5:
            assert (len(result.unserved), result.cost) == best_week(problem)
    held = [
        any(set(market) <= set(pattern) for pattern in day_patterns(settings["service"]["township_visits_per_week"]))
        for market in days.values()
    ]
    (cost, proven), (before, before_proven) = weekly(routed), weekly(plain)
    if all(held) and proven and before_proven and not settings["routing"]["direct"]:
        assert cost >= before, "fewer patterns to choose from cost no less"
        return True
    return False


solve = county_weeks.solve_week


def test_a_few_counties_against_trying_everything(monkeypatch):
    for seed in range(12):
        check_against_trying_everything(seed, monkeypatch)


@pytest.mark.slow
def test_200_counties_against_trying_everything(monkeypatch):
    assert sum(check_against_trying_everything(seed, monkeypatch) for seed in range(100, 300)) >= 20


def test_without_market_days_or_with_the_rule_off_nothing_changes():
    plain, _ = Tiny(LINE, FEW).route()
    county = Tiny(LINE, FEW).with_markets(T0=(6,), T1=(2, 7))
    off, _ = county.route({"service": {"visit_on_market_days": False}})
    on, _ = county.route()
    assert off.routes == plain.routes
    assert on.routes != plain.routes
    assert {6} <= visited(on, "T0")
    assert {2, 7} <= visited(on, "T1")


def test_market_days_within_the_usual_days_change_nothing():
    assert Tiny(LINE, FEW).with_markets(T0=(1, 4), T1=(5,)).route()[0].routes == Tiny(LINE, FEW).route()[0].routes


def test_more_market_days_than_visits_are_all_visited():
    county = Tiny(LINE, FEW).with_markets(T0=(1, 2, 3, 5, 6, 7))
    routed, scenario = county.route()
    assert visited(routed, "T0") == {1, 2, 3, 5, 6, 7}
    assert routed.service_per_week["T1"] == 5
    assert county.violations(routed, scenario) == []


def test_village_points_and_centres_have_no_market_days():
    county = Tiny(LINE, FEW).with_markets(C=(7,), T0=(7,))
    routed, scenario = county.route({"service": {"township_visits_per_week": 3}})
    assert 7 in visited(routed, "T0"), "which stands in the township of P00"
    assert 7 not in visited(routed, "P00")
    assert county.violations(routed, scenario) == []


def test_the_judge_names_station_and_day():
    county = Tiny(LINE, FEW)
    routed, scenario = county.route()
    (violation,) = county.with_markets(T0=(3, 6)).violations(routed, scenario)
    assert "T0: is not visited on day 6, a market day of" in violation
    off = scenario.update({"service": {"visit_on_market_days": False}})
    assert county.violations(routed, off) == []


def test_a_station_that_no_route_reaches_is_unserved_and_no_more():
    county = Tiny(LINE, FEW).with_markets(T0=(6,))
    missing = [(a, b) for a in county.ids for b in county.ids if a != b and "T0" in (a, b)]
    routed, scenario = county.route({"routing": {"direct": False}}, missing)
    assert routed.unserved["T0"] == "unreachable"
    assert not any("market day" in line for line in county.violations(routed, scenario, missing))
