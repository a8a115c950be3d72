"""Days exchanged at no cost: as even as trying every exchange finds, and never dearer."""

from __future__ import annotations

from itertools import chain, permutations, product

import pytest
from week_brute import line_week, random_week

from planner.route import VehicleType
from planner.route.week import even, patterns_for, solve_week
from planner.route.week.even import even_out
from planner.route.week.problem import DayRoute

WEEK = range(1, 8)


def measures(problem, routes):
    """Vehicles, longest day, squared days, largest load, squared loads."""
    kinds = range(len(problem.vehicle_types))
    on = {day: [driven.route for driven in routes if day in driven.days] for day in WEEK}
    vehicles = sum(max(sum(route.vehicle_type == kind for route in on[day]) for day in WEEK) for kind in kinds)
    seconds = [sum(route.duration_s for route in on[day]) for day in WEEK]
    loads = [sum(problem.visit_load(stop) for route in on[day] for stop in route.stops) for day in WEEK]
    return vehicles, max(seconds), sum(s * s for s in seconds), max(loads), sum(load * load for load in loads)


def best_by_trying(problem, routes):
    """The least measures over every exchange of days of every set of routes that hang together."""
    blocks = [[driven] for driven in routes]
    for group in problem.groups:
        touched = [block for block in blocks if any(set(group) & set(driven.route.stops) for driven in block)]
        if touched:
            blocks = [block for block in blocks if block not in touched] + [list(chain(*touched))]
    choices = [list(_exchanges(problem, block)) for block in blocks]
    counts = [vehicle.count for vehicle in problem.vehicle_types]
    return min(
        measures(problem, plan)
        for plan in ([driven for block in choice for driven in block] for choice in product(*choices))
        if _fits(plan, counts)
    )


def _exchanges(problem, block):
    seen = set()
    for order in permutations(WEEK):
        moved = tuple(DayRoute(tuple(sorted(order[day - 1] for day in driven.days)), driven.route) for driven in block)
        days = tuple(driven.days for driven in moved)
        if days not in seen:
            seen.add(days)
            stops = {stop for driven in block for stop in driven.route.stops}
            if all(_days(moved, stop) in problem.patterns[stop] for stop in stops):
                yield moved


def _days(routes, stop):
    return tuple(sorted(day for driven in routes if stop in driven.route.stops for day in driven.days))


def _fits(plan, counts):
    return all(
        count is None or sum(driven.route.vehicle_type == kind and day in driven.days for driven in plan) <= count
        for kind, count in enumerate(counts)
        for day in WEEK
    )


@pytest.mark.parametrize(
    "variant", [{}, {"mixed": False}, {"market": True}, {"limited": True, "grouped": True}], ids=str
)
@pytest.mark.parametrize("seed", range(3))
def test_a_week_is_as_even_as_trying_every_exchange_finds(seed, variant):
    problem = random_week(seed, **variant)
    result = solve_week(problem)
    assert measures(problem, result.routes) == best_by_trying(problem, result.routes)


def test_many_blocks_are_dealt_out_nearly_as_evenly(monkeypatch):
    problem = line_week(*range(3, 15), visits=[3] * 12, load=6)
    result = solve_week(problem)
    monkeypatch.setattr(even, "MOST_ENUMERATED", 1)
    searched = even_out(problem, [DayRoute((1, 3, 5), driven.route) for driven in result.routes])
    exact, found = measures(problem, result.routes), measures(problem, searched)
    assert found[0] == exact[0] == 6
    assert found[1] <= 1.02 * exact[1]


def test_fewer_vehicles_come_before_shorter_days():
    """Two long routes and a short one of another type: each type must be spread, whatever the hours say."""
    vehicles = [VehicleType(None, 2, 0, 1), VehicleType(None, 1, 1, 1)]
    problem = line_week(50, 60, visits=[3, 3], load=1, vehicles=vehicles)
    result = solve_week(problem)
    assert sum(result.vehicles) == 1


def test_routes_of_one_group_stay_on_the_same_days():
    problem = line_week(5, 5, visits=[3, 3], load=6, groups=[0, 1, 1])
    result = solve_week(problem)
    assert len(result.routes) == 2
    assert len({driven.days for driven in result.routes}) == 1


def test_stops_on_all_days_tie_nothing_to_a_pattern_that_they_do_not_share():
    """A daily stop by itself; a stop of three visits then goes to the days when the other one doesn't."""
    patterns = [(), patterns_for(3), ((1, 3, 5),)]
    problem = line_week(5, 9, visits=[3, 3], load=6, patterns=patterns)
    result = solve_week(problem)
    assert result.patterns == ((), (2, 4, 6), (1, 3, 5))
