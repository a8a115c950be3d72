"""Weekly parcels into visits, service times, and loads cut to a vehicle."""

from __future__ import annotations

import pytest

from planner.route.loads import Load, cut_load, per_visit, service_s
from planner.scenario import Scenario

SCENARIO = Scenario.from_mapping(
    {"service": {"shift_hours": 1, "stop_minutes": 5, "seconds_per_parcel": 2, "fleet": [
        {"name": "van", "capacity_parcels": 300, "cost_cny_per_km": 1, "driver_cny_per_day": 100}]}}
)  # fmt: skip


def test_a_weeks_parcels_are_shared_among_visits_and_rounded_up():
    assert per_visit(Load(300, 100), 7) == Load(300, 100)
    assert per_visit(Load(100, 1), 3) == Load(234, 3)


def test_service_is_the_stop_and_every_parcel_rounded_up():
    assert service_s(SCENARIO, Load(0, 0)) == 300
    assert service_s(SCENARIO, Load(1000, 500)) == 330
    assert service_s(SCENARIO, Load(1, 0)) == 301


def test_a_load_that_fits_is_not_cut():
    assert cut_load(SCENARIO, Load(30_000, 30_000), 30_000, 0) == (Load(30_000, 30_000),)


def test_a_larger_one_becomes_full_loads_and_the_rest():
    parts = cut_load(SCENARIO, Load(70_000, 40_000), 30_000, 60)
    assert parts == (Load(30_000, 30_000), Load(30_000, 10_000), Load(10_000, 0))


def test_parts_are_equal_where_the_shift_is_too_short_for_full_ones():
    # 3600 s − 2700 s driving − 300 s stop leaves 300 parcels in all, 200 + 200 at once do not fit.
    parts = cut_load(SCENARIO, Load(20_000, 20_000), 30_000, 2700)
    assert parts == (Load(10_000, 10_000), Load(10_000, 10_000))


def test_a_stop_beyond_the_shift_or_without_a_way_stays_whole():
    load = Load(70_000, 0)
    assert cut_load(SCENARIO, load, 30_000, 3400) == (load,)
    assert cut_load(SCENARIO, load, 30_000, None) == (load,)
    assert cut_load(SCENARIO, load, 0, 60) == (load,)


@pytest.mark.parametrize("drive_s", [0, 1000, 2900])
@pytest.mark.parametrize("load", [Load(123_457, 31_001), Load(1, 99_999), Load(30_001, 0)])
def test_nothing_is_lost_in_cutting_and_every_part_fits(load, drive_s):
    parts = cut_load(SCENARIO, load, 30_000, drive_s)
    assert sum(part.delivery_centiparcels for part in parts) == load.delivery_centiparcels
    assert sum(part.pickup_centiparcels for part in parts) == load.pickup_centiparcels
    assert all(part.larger_centiparcels <= 30_000 for part in parts)
    assert all(drive_s + service_s(SCENARIO, part) <= 3600 for part in parts)
