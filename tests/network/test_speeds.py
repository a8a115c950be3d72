"""How fast each road is driven: class, surface, mountains, terrain, signed limit, in that order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.domain import Surface
from planner.domain.county import RoadClass
from planner.errors import InputError
from planner.network import build_network
from planner.network.speeds import road_speeds_kmh
from planner.scenario import Network

PLAIN = Network()


@pytest.fixture
def road(build):
    return build.county([([(0, 0), (1, 0)], "county", False)]).roads[0]


def speed(road, parameters=PLAIN, length_m=1000.0):
    return float(road_speeds_kmh([road], np.array([length_m]), parameters)[0])


def test_a_plain_road_goes_at_the_speed_of_its_class_and_surface(road):
    assert speed(road) == 40.0
    assert speed(replace(road, surface=Surface.UNPAVED)) == 15.0
    assert speed(road, Network(mountain_factor=0.5)) == 20.0


def test_a_signed_limit_caps_the_result_and_never_raises_it(road):
    assert speed(replace(road, speed_limit_kmh=30)) == 30.0
    assert speed(replace(road, speed_limit_kmh=60)) == 40.0
    slow = Network(mountain_factor=0.5)
    assert speed(replace(road, speed_limit_kmh=30), slow) == 20.0, "the limit caps what the mountains leave"


def test_climb_slows_by_the_mean_grade_down_to_the_least_factor(road):
    parameters = Network(slope_speed_loss_per_percent=0.03, least_terrain_factor=0.3)
    assert speed(replace(road, climb_m=50.0), parameters) == pytest.approx(40 * (1 - 0.03 * 5))
    assert speed(replace(road, climb_m=50.0), parameters, length_m=2000.0) == pytest.approx(40 * (1 - 0.03 * 2.5))
    assert speed(replace(road, climb_m=500.0), parameters) == pytest.approx(40 * 0.3)
    assert speed(replace(road, climb_m=0.0), parameters) == 40.0


def test_altitude_slows_by_the_kilometre_and_only_above_the_sea(road):
    parameters = Network(altitude_speed_loss_per_km=0.05)
    assert speed(replace(road, altitude_m=3000.0), parameters) == pytest.approx(40 * 0.85)
    assert speed(replace(road, altitude_m=3000.0)) == 40.0
    assert speed(replace(road, altitude_m=-154.0), parameters) == 40.0


def test_slope_and_altitude_add_up(road):
    parameters = Network(slope_speed_loss_per_percent=0.03, altitude_speed_loss_per_km=0.05, mountain_factor=0.8)
    steep = replace(road, climb_m=50.0, altitude_m=3000.0)
    assert speed(steep, parameters) == pytest.approx(40 * 0.8 * (1 - 0.15 - 0.15))


def test_a_ferry_knows_no_mountains_and_no_terrain_but_a_limit(road):
    parameters = Network(ferry_kmh=5, mountain_factor=0.5, altitude_speed_loss_per_km=0.2)
    ferry = replace(road, road_class=RoadClass.FERRY, climb_m=100.0, altitude_m=3000.0)
    assert speed(ferry, parameters) == 5.0
    assert speed(replace(ferry, surface=Surface.UNPAVED), parameters) == 5.0
    assert speed(replace(ferry, speed_limit_kmh=3), parameters) == 3.0


def test_every_road_of_a_mixed_lot_gets_what_it_gets_alone(build):
    rng = np.random.default_rng(5)
    specs = [([(k, 0), (k + 1, 0)], "county", False) for k in range(200)]

    def maybe(value):
        return value if rng.random() < 0.5 else None

    roads = [
        replace(
            road,
            road_class=list(RoadClass)[rng.integers(5)],
            surface=list(Surface)[rng.integers(2)],
            speed_limit_kmh=maybe(float(rng.integers(5, 80))),
            climb_m=maybe(float(rng.integers(0, 300))),
            altitude_m=maybe(float(rng.integers(-100, 4000))),
        )
        for road in build.county(specs).roads
    ]
    length_m = rng.uniform(10, 5000, len(roads))
    parameters = Network(mountain_factor=0.7, altitude_speed_loss_per_km=0.04)
    together = road_speeds_kmh(roads, length_m, parameters)
    for road, metres, found in zip(roads, length_m, together, strict=True):
        base = parameters.speed_kmh(road.road_class, road.surface)
        if road.road_class is not RoadClass.FERRY:
            grade = 100 * (road.climb_m or 0) / metres
            loss = 0.03 * grade + 0.04 * max(road.altitude_m or 0, 0) / 1000
            base *= max(0.3, 1 - loss)
        wanted = base if road.speed_limit_kmh is None else min(base, road.speed_limit_kmh)
        assert found == pytest.approx(wanted, rel=1e-12)


def test_the_grade_is_that_of_the_whole_road_on_each_of_its_edges(build):
    """A road cut in two by a junction climbs over its whole length, not twice."""
    county = build.county([([(0, 0), (1, 0), (3, 0)], "county", False), ([(1, 0), (1, 1)], "county", False)])
    network = build_network(county, PLAIN)
    length_m = network.edge_mm[network.edge_road == 0].sum() / 1000
    climbing = replace(county, roads=(replace(county.roads[0], climb_m=length_m / 20), county.roads[1]))
    slowed = build_network(climbing, PLAIN)
    first = network.edge_road == 0
    assert first.sum() == 2
    np.testing.assert_allclose(slowed.edge_ms[first], network.edge_ms[first] / (1 - 0.03 * 5), rtol=1e-5)
    assert slowed.edge_ms[~first].tolist() == network.edge_ms[~first].tolist()


def test_a_limit_nobody_can_drive_at_is_refused_by_file_and_road(build, road):
    from planner.domain import Layer, Provenance, Source

    county = build.county([([(0, 0), (1, 0)], "county", False)])
    layer = Layer("roads", "roads.gpkg", Source(Provenance.REAL, "survey"))
    county = replace(county, roads=(replace(road, speed_limit_kmh=0.001),), layers=(layer,))
    with pytest.raises(InputError, match=r"roads\.gpkg road R00000 .* 74 h"):
        build_network(county, PLAIN)
