"""Which stations go by bus: against every choice of ways on tiny counties, and by the judge's rules."""

from __future__ import annotations

import random
from itertools import product

import numpy as np
import pytest
from shapely import box

from planner.domain import (
    Assignment,
    Broadband,
    BusLine,
    BusStop,
    County,
    Host,
    PlaceKind,
    Plan,
    Site,
    SiteStatus,
    Station,
    Tier,
    Township,
    Village,
)
from planner.evaluate.judge_buses import bus_shape, bus_violations
from planner.evaluate.recount import Travel, Ways
from planner.evaluate.violation import Scene
from planner.network import TravelMatrix
from planner.network.stops import NearStops
from planner.route import route_county
from planner.route.buses import overfull, usable_lines
from planner.route.buses.ways import bus_ways
from planner.route.county.carried import Network
from planner.route.county.joint import CountyTask, MoreWays, ways_of
from planner.route.county.roads import Roads
from planner.route.county.weeks import Weeks
from planner.scenario import Scenario

TOWN = "630225100"
RUNNING = ((1, 2, 3, 4, 5, 6, 7), (1, 3, 5), (1, 2, 3, 4, 5))


class Tiny:
    """A centre, a township station with up to two points and one point of the centre's, on a line road, and buses."""

    def __init__(self, seed, market=()):
        chance = random.Random(seed)  # noqa: S311 (cases to try, no secrets)
        tiers = {"C": (0, Tier.COUNTY, None), "T": (chance.randint(5, 40), Tier.TOWNSHIP, "C")}
        for number in range(chance.randint(1, 3)):
            parent = chance.choice("CT")
            tiers[f"P{number}"] = (
                tiers[parent][0] + chance.choice([-1, 1]) * chance.randint(2, 15),
                Tier.VILLAGE,
                parent,
            )
        self.at = {name: 1000 * km for name, (km, _, _) in tiers.items()}
        self.ids = tuple(sorted(tiers))
        people = {name: chance.choice([0, 100, 400, 1500]) for name in self.ids}
        lines = []
        for number in range(chance.randint(1, 3)):
            calls = sorted(chance.sample(self.ids, chance.randint(2, len(self.ids))), key=self.at.get)
            for direction in (calls, calls[::-1]):
                minutes = [2 * abs(self.at[name] - self.at[direction[0]]) // 1000 for name in direction]
                lines.append(
                    BusLine(
                        f"L{number}{'' if direction is calls else 'R'}", "",
                        tuple(BusStop(name, 102, 35, m) for name, m in zip(direction, minutes, strict=True)),
                        None, tuple(sorted(chance.sample(range(400, 900), chance.randint(1, 3)))),
                        chance.choice([20, 60, 200]), chance.choice(RUNNING),
                    )
                )  # fmt: skip
        self.near = NearStops(*(self._near(lines) for _ in range(2)))
        villages = [
            Village(f"{TOWN}{200 + k}", name, TOWN, PlaceKind.ADMINISTRATIVE_VILLAGE, 102, 35, people[name])
            for k, name in enumerate(self.ids)
        ]
        sites = tuple(
            Site(name, name, Host.SHOP, SiteStatus.NEW, Tier.COUNTY, None, TOWN, village.code, 102, 35,
                 Broadband.CONNECTED)
            for name, village in zip(self.ids, villages, strict=True)
        )  # fmt: skip
        self.county = County(
            "630225", "试验县", {}, "EPSG:4544", box(101, 34, 103, 36),
            (Township(TOWN, TOWN, 102.0, 35.0, market_days=market),), tuple(villages), sites, (), (), "", tuple(lines),
        )  # fmt: skip
        self.stations = tuple(
            Station(name, tiers[name][1], tiers[name][2], None, 0, 0, 0, 10**6, 2026) for name in self.ids
        )
        self.assignments = tuple(Assignment(v.code, v.name, 0, 0, True, 0, 0, None) for v in villages)
        self.scenario = Scenario(rule_pack="none").update(
            {"buses": {"cny_per_parcel": chance.choice([0.03, 0.3]), "handover_cny": chance.choice([0, 2, 20])},
             "service": {"village_visits_per_week": chance.choice([2, 3]), "township_visits_per_week": 5}}
        )  # fmt: skip

    def _near(self, lines):
        return {
            name: {
                line.line_id: tuple(k for k, stop in enumerate(line.stops) if stop.name == name)
                for line in lines
                if any(stop.name == name for stop in line.stops)
            }
            for name in self.ids
        }

    @property
    def supply(self):
        at = np.array([self.at[name] for name in self.ids])
        metres = np.abs(at[:, None] - at[None, :]).astype(np.int32)
        n = len(self.ids)
        return TravelMatrix(
            np.arange(0, n * n + 1, n), np.tile(np.arange(n, dtype=np.int32), n), metres.ravel(),
            (metres // 10).ravel(), metres.ravel(), np.ones(n, bool), (n, n), "distance", None,
        )  # fmt: skip

    def routed(self, near):
        return route_county(self.county, self.scenario, self.stations, self.assignments, self.supply, near=near)

    def task(self):
        network = Network.of(self.county, self.scenario, self.stations, self.assignments)
        buses = bus_ways(network, self.scenario, usable_lines(self.county, self.scenario.buses), self.near)
        weeks = Weeks(self.scenario, Roads.between(self.county, self.ids, self.supply))
        ways = ways_of(network, self.scenario, MoreWays(buses.ways, buses.allowed))
        return CountyTask(network, weeks, ways, buses.allowed), buses


def weekly(task, routed):
    """Score of a plan's choice, worked out by the county's own weeks."""
    options = tuple(task.ways[site_id].index(routed.ways[site_id]) for site_id in task.items)
    return task.score(options)


SEEDS = range(200)


def market_of(seed):
    """One or two market days of a week."""
    return tuple(sorted({1 + seed % 7, 1 + (3 * seed + 4) % 7}))


@pytest.mark.slow
@pytest.mark.parametrize("markets", [False, True])
def test_the_choice_of_ways_against_every_choice(markets):
    """Of 200 tiny counties the plan is the best of all choices in nearly all, and never worse than without buses."""
    best_found = by_bus = 0
    for seed in SEEDS:
        tiny = Tiny(seed, market_of(seed) if markets else ())
        task, _ = tiny.task()
        every = [task.score(options) for options in product(*(range(len(kinds)) for kinds in task.kinds))]
        best = min(score for score in every if score is not None)
        with_buses, without = weekly(task, tiny.routed(tiny.near)), weekly(task, tiny.routed(None))
        assert best <= with_buses <= without
        best_found += with_buses == best
        by_bus += best < without
    assert by_bus > 30
    assert best_found >= 190


@pytest.mark.parametrize("seed", range(0, 200, 10))
def test_what_the_plan_puts_on_buses_is_right_by_the_judge(seed):
    tiny = Tiny(seed)
    routed = tiny.routed(tiny.near)
    plan = Plan("630225", tiny.stations, tiny.assignments, routed.routes, (), buses=routed.buses)
    stops = {f"{line.line_id}#{k}": stop.name for line in tiny.county.bus_lines for k, stop in enumerate(line.stops, 1)}
    index = {name: position for position, name in enumerate(tiny.ids)}
    apart = np.array([[0 if stop == name else 10**6 for stop in stops.values()] for name in tiny.ids], np.int64)
    keys = {key: position for position, key in enumerate(stops)}
    none = np.zeros((0, 0), np.int64)
    empty = Ways({}, {}, none, none, none)
    travel = Travel(
        empty, empty, {}, frozenset(), None, Ways(index, keys, apart, apart, apart),
        Ways(keys, index, apart.T, apart.T, apart.T),
    )  # fmt: skip
    scene = Scene(tiny.county, tiny.scenario, plan, travel)
    rides = [route for route in plan.routes if route.is_bus]
    assert [str(broken) for route in rides for broken in bus_shape(scene, route)] == []
    assert [str(broken) for broken in bus_violations(scene)] == []
    _, buses = tiny.task()
    assert overfull(buses.offers(routed.ways) or (), buses.lines) == {}
    if rides:
        assert routed.buses is not None
        assert set(routed.buses.saving_cny) == plan.by_bus
        assert all(saving >= 0 for saving in (*routed.buses.saving_cny.values(), *routed.buses.cut_cny.values()))
        assert {line for line, _ in routed.buses.fallback} == {route.vehicle_type for route in rides}


@pytest.mark.parametrize("seed", range(0, 200, 8))
def test_by_van_or_bus_the_station_is_visited_on_market_days(seed):
    market = market_of(seed)
    tiny = Tiny(seed, market)
    routed = tiny.routed(tiny.near)
    days = {day for route in routed.routes for stop in route.visits if stop.site_id == "T" for day in route.days}
    assert "T" in routed.unserved or set(market) <= days
