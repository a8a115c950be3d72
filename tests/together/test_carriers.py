"""Several carriers against one network: parts add up, one carrier is the plan itself, and the audit recounts it."""

from __future__ import annotations

from functools import cache

import pytest
from tiny_counties import prepared

from planner.domain import all_together
from planner.errors import ScenarioError
from planner.evaluate import audit
from planner.evaluate.carriers import compared
from planner.pipeline import solve_prepared
from planner.scenario import Scenario
from planner.scenario.transport import Carriers

ALONE = {"routing": {"siting_rounds": 0}}


@cache
def solved(*shares, seed=1):
    return solve_prepared(*prepared(seed, **ALONE, carriers={"shares": list(shares)}))


def figures(*shares):
    plan = solved(*shares)
    return {row.network: row for row in compared(plan.county, plan.scenario, plan.plan)}


def test_parts_add_up_whatever_is_divided():
    carriers = Carriers(shares=(0.4, 0.3, 0.2, 0.1))
    for amount in (0, 1, 2, 7, 99, 12_345):
        parts = carriers.parts(amount)
        assert sum(parts) == amount
        assert all(abs(part - share * amount) < 1 for part, share in zip(parts, carriers.exact, strict=True))
    assert Carriers(shares=(0.5, 0.5)).parts(1) == (1, 0)


@pytest.mark.parametrize("shares", [[0.5, 0.4], [0.5, 0.6], [1.0, 0.0], [-0.5, 1.5]])
def test_shares_that_do_not_make_a_whole_are_refused(shares):
    with pytest.raises(ScenarioError, match="carriers"):
        Scenario.from_mapping({"carriers": {"shares": shares}})


def test_one_carrier_with_everything_is_the_pooled_network():
    plan = solved(1.0).plan
    assert plan.carriers[0].routes == plan.routes
    rows = figures(1.0)
    same = {(row.cny_per_year, row.metres_per_year, row.vehicles, row.co2_g_per_year) for row in rows.values()}
    assert len(same) == 1


def test_several_carriers_carry_the_same_parcels_to_the_same_stations():
    rows, plan = figures(0.6, 0.4), solved(0.6, 0.4).plan
    assert rows["1"].centiparcels_per_day + rows["2"].centiparcels_per_day == rows["pooled"].centiparcels_per_day
    assert rows["separate"] == all_together("separate", [rows["1"], rows["2"]])
    stops = [{stop.site_id for route in each.routes for stop in route.stops} for each in (plan, *plan.carriers)]
    assert stops[0] == stops[1] == stops[2]
    handed = [
        sum(len(route.days) * stop.delivery_centiparcels for route in each.routes for stop in route.stops)
        for each in plan.carriers
    ]
    assert handed[0] > handed[1] > 0


def test_on_a_light_load_two_carriers_cost_more_than_one_network():
    rows = figures(0.6, 0.4)
    assert rows["separate"].cny_per_year > rows["pooled"].cny_per_year
    assert rows["separate"].cny_per_parcel > rows["pooled"].cny_per_parcel
    assert rows["separate"].co2_g_per_year > rows["pooled"].co2_g_per_year


def test_kilometres_and_co2_are_those_of_the_routes():
    plan = solved(0.6, 0.4)
    row = figures(0.6, 0.4)["pooled"]
    metres = sum(52 * len(route.days) * route.distance_m for route in plan.plan.routes)
    rate = {vehicle.name: vehicle.co2_g_per_km for vehicle in plan.scenario.service.fleet}
    grams = sum(52 * len(route.days) * route.distance_m * rate[route.vehicle_type] / 1000 for route in plan.plan.routes)
    assert row.metres_per_year == metres
    assert row.co2_g_per_year == pytest.approx(grams, abs=1)


def test_co2_is_unknown_where_a_vehicle_has_no_figure():
    van = {"name": "van", "capacity_parcels": 5000, "cost_cny_per_km": 1.5, "driver_cny_per_day": 200}
    ready, scenario = prepared(1, **ALONE, carriers={"shares": [1.0]}, service={"fleet": [van]})
    plan = solve_prepared(ready, scenario)
    assert {row.co2_g_per_year for row in compared(plan.county, plan.scenario, plan.plan)} == {None}


def test_the_audit_recounts_carriers_and_finds_a_changed_cell(tmp_path):
    plan = solved(0.6, 0.4)
    plan.write(tmp_path)
    assert audit(tmp_path, plan.county).differences == ()
    path = tmp_path / "carriers_routes.csv"
    lines = path.read_text("utf-8-sig").splitlines()
    cells = lines[2].split(",")
    cells[-2] = str(int(cells[-2]) + 1000)
    path.write_bytes("\r\n".join([*lines[:2], ",".join(cells), *lines[3:], ""]).encode("utf-8-sig"))
    files = {difference.file for difference in audit(tmp_path, plan.county).differences}
    assert {"carriers.csv", "carriers_routes.csv"} <= files


def test_without_carriers_there_is_no_comparison(tmp_path):
    plan = solve_prepared(*prepared(1, **ALONE))
    plan.write(tmp_path)
    assert not (tmp_path / "carriers.csv").exists()
    assert audit(tmp_path, plan.county).differences == ()
