"""The week counted by hand: R1 on five days (2,688 s), R2 on three (1,990 s), both from C1 by minivan."""

from dataclasses import replace

import pytest

from planner.evaluate.week import count_week


@pytest.fixture
def week(scenario, plan):
    return lambda **changes: count_week(scenario, replace(plan, **changes))


def test_each_day_counts_what_is_driven_on_it(week):
    monday, tuesday, *_, sunday = week().days
    assert (monday.day, monday.routes, monday.trips, monday.driver_s, monday.distance_m) == (1, 2, 2, 4_678, 34_000)
    assert (monday.delivery_centiparcels, monday.pickup_centiparcels) == (23_520 + 19_600, 5_880 + 4_900)
    assert (tuesday.routes, tuesday.driver_s, tuesday.parcels.numerator) == (1, 2_688, 29_400)
    assert monday.vehicles == {"minivan": 2, "truck_4m2": 0}
    assert (sunday.routes, sunday.driver_s, sunday.parcels.numerator) == (0, 0, 0)


def test_largest_and_smallest_are_days_on_which_anything_is_driven(week):
    hours, parcels = week().driver_hours, week().parcels
    assert (hours.largest_day, hours.largest.numerator, hours.smallest_day, hours.smallest.numerator) == (
        1, 4_678, 2, 2_688,
    )  # fmt: skip
    assert (parcels.largest_day, parcels.largest.value, parcels.smallest.value) == (1, 539.0, 294.0)
    nothing = week(routes=())
    assert (nothing.driver_hours, nothing.parcels, nothing.driver_hours_total.value) == (None, None, 0.0)


def test_vehicles_are_the_most_of_any_day_at_each_depot(week, plan):
    assert week().vehicles == {"minivan": 2, "truck_4m2": 0}
    first, second = plan.routes
    assert week(routes=(replace(first, days=(2, 4)), second)).vehicles["minivan"] == 1
    assert week(routes=(replace(first, days=(2, 4), depot_id="T2"), second)).vehicles["minivan"] == 2


def test_passing_the_depot_in_between_is_a_further_trip(week, plan):
    first, second = plan.routes
    stops = (*first.stops, *(replace(stop, stop_seq=stop.stop_seq + 2) for stop in second.stops[1:]))
    double = replace(first, stops=stops)
    assert double.trips == 2
    monday = week(routes=(double,)).days[0]
    assert (monday.routes, monday.trips, monday.vehicles["minivan"]) == (1, 2, 1)


def test_a_load_by_bus_takes_no_vehicle_and_no_driver(week, plan):
    first, second = plan.routes
    by_bus = week(routes=(first, replace(second, mode="bus", vehicle_type="line 3")))
    monday = by_bus.days[0]
    assert (monday.routes, monday.bus_runs, monday.trips, monday.driver_s, monday.distance_m) == (
        2,
        1,
        1,
        2_688,
        24_000,
    )
    assert monday.parcels.numerator == 53_900
    assert by_bus.vehicles == {"minivan": 1, "truck_4m2": 0}
