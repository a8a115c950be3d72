import numpy as np
import pytest

from planner.domain import Plan, Tier
from planner.evaluate import recount_travel
from planner.network import build_network, snap_points, travel_matrix


def _points(places):
    return [place.lon for place in places], [place.lat for place in places]


@pytest.mark.parametrize("metric", ["road_km", "minutes"])
def test_the_recount_equals_the_kernel_to_the_metre_and_second(county, scenario, plan, metric):
    scenario = scenario.update({"coverage_metric": metric})
    travel = recount_travel(county, scenario, plan)
    network = build_network(county, scenario.network)
    villages, sites = (
        snap_points(network, *_points(places), limit_m=scenario.network.snap_limit_m)
        for places in (county.administrative_villages, county.sites)
    )
    matrix = travel_matrix(network, villages, sites, by="duration" if metric == "minutes" else "distance")
    assert matrix.nnz == (travel.access.distance_m >= 0).sum()
    at = matrix.rows(), matrix.indices
    assert np.array_equal(travel.access.distance_m[at], matrix.distance_m)
    assert np.array_equal(travel.access.duration_s[at], matrix.duration_s)
    assert np.array_equal(travel.access.straight_m[at], matrix.straight_m)


def test_a_village_off_the_road_reaches_nothing(county, scenario, plan, codes):
    travel = recount_travel(county, scenario, plan)
    assert codes.A3 not in travel.on_road
    assert travel.snap_m[codes.A3] > 5_000
    assert all(travel.access.way(codes.A3, site.site_id) is None for site in county.sites)


def test_supply_is_measured_from_open_stations_and_possible_parents(county, scenario):
    nothing_open = Plan(county.code, (), (), (), ())
    travel = recount_travel(county, scenario, nothing_open)
    assert set(travel.supply.origins) == {site.site_id for site in county.sites if site.max_tier >= Tier.TOWNSHIP}
    there, back = travel.supply.way("C1", "T2"), travel.supply.way("T2", "C1")
    assert there == back
    assert there.distance_m == pytest.approx(there.straight_m, rel=0.001)
