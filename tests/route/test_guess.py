"""The guess of a day's cost, by hand: trips by savings, packed into shifts."""

from __future__ import annotations

import numpy as np

from planner.route.county.kernel import NO_WAY, guess_day


def guess(at, delivery, *, capacity=(10,), fixed=(100.0,), range_m=(-1,), shift_s=1000, reload_s=10, max_trips=0):
    """Stops at whole metres along a road through the depot at 0; a metre takes a second and costs 1, a stop 5 s."""
    at = np.array([0, *at], np.int64)
    metres = np.ascontiguousarray(np.abs(at[:, None] - at[None, :]))
    n = len(capacity)
    return guess_day(
        metres, metres, np.array([0, *delivery], np.int64), np.zeros(len(at), np.int64),
        np.array([0] + [5] * len(delivery), np.int64), np.array(capacity, np.int64), np.array(fixed, np.float64),
        np.ones(n), np.zeros(n), np.array(range_m, np.int64), shift_s, reload_s, max_trips,
    )  # fmt: skip


def test_two_stops_on_one_way_are_one_trip():
    assert guess([10, 20], [3, 3]) == 100 + 40


def test_a_second_trip_of_the_same_shift_costs_no_second_driver():
    assert round(guess([10, 20], [8, 8]), 1) == 100 + 20 + 40
    assert guess([10, 20], [8, 8], max_trips=1) == 200 + 20 + 40
    assert guess([10, 20], [8, 8], shift_s=25 + 45 + 9) == 200 + 20 + 40  # reloading takes 10 s
    assert round(guess([10, 20], [8, 8], shift_s=25 + 45 + 10), 1) == 100 + 20 + 40
    assert guess([10, 20], [8, 8], range_m=(59,)) == 200 + 20 + 40


def test_full_loads_drive_alone():
    assert round(guess([10], [25]), 1) == 100 + 3 * 20


def test_a_small_vehicle_takes_what_fits_it():
    assert guess([10], [3], capacity=(4, 10), fixed=(60.0, 100.0), range_m=(-1, -1)) == 60 + 20
    assert guess([10], [5], capacity=(4, 10), fixed=(60.0, 100.0), range_m=(-1, -1)) == 100 + 20


def test_what_no_vehicle_can_drive_is_dearer_than_anything():
    assert guess([600], [1]) >= NO_WAY
    assert guess([10], [1], range_m=(19,)) >= NO_WAY
