"""Small counties on a plane to try ways of supply in, routed, judged, and open to every choice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from shapely import box

from planner.domain import (
    Assignment,
    Broadband,
    County,
    Host,
    PlaceKind,
    Plan,
    Site,
    SiteStatus,
    Station,
    Tier,
    Township,
    UnservedReason,
    Village,
)
from planner.evaluate.judge_routes import route_violations
from planner.evaluate.recount import Travel, Ways
from planner.evaluate.violation import Scene
from planner.network import TravelMatrix
from planner.route import route_county
from planner.route.county.carried import Network
from planner.route.county.joint import CountyTask, MoreWays, always, ways_of
from planner.route.county.roads import Roads
from planner.route.county.weeks import Weeks
from planner.scenario import Scenario

CODE = "630225"


class Tiny:
    """A county on a plane: sites at points in metres, straight roads at 10 m/s, one village at each site."""

    def __init__(self, places, people):
        self.places, self.people = places, people
        self.ids = tuple(sorted(places))
        township = {site_id: f"{CODE}10{k}" for k, site_id in enumerate(i for i in self.ids if i[0] in "CT")}
        home = {site_id: township[site_id if site_id in township else self.parent(site_id)] for site_id in self.ids}
        sites, villages = [], []
        for number, site_id in enumerate(self.ids):
            x, y = places[site_id]
            at = 102 + x / 1e5, 35 + y / 1e5
            code = f"{home[site_id]}{200 + number}"
            kind = PlaceKind.ADMINISTRATIVE_VILLAGE
            villages.append(Village(code, site_id, home[site_id], kind, *at, people[site_id]))
            sites.append(
                Site(site_id, site_id, Host.SHOP, SiteStatus.NEW, self.tier(site_id), None, home[site_id], code, *at,
                     Broadband.CONNECTED)
            )  # fmt: skip
        townships = tuple(Township(code, code, 102.0, 35.0) for code in sorted(set(home.values())))
        self.county = County(
            CODE, "试验县", {}, "EPSG:4544", box(101, 34, 103, 36), townships,
            tuple(sorted(villages, key=lambda village: village.code)), tuple(sites), (), (), "",
        )  # fmt: skip
        self.stations = tuple(Station(i, self.tier(i), self.parent(i), None, 0, 0, 0, 10**8, 2026) for i in self.ids)
        names = {village.name: village.code for village in villages}
        self.assignments = tuple(Assignment(names[i], i, 0, 0, True, 0, 0, None) for i in self.ids)
        at = np.array([places[i] for i in self.ids], float)
        self.metres = np.rint(np.hypot(*(at[:, None] - at[None, :]).transpose(2, 0, 1))).astype(np.int64)

    @staticmethod
    def tier(site_id):
        return {"C": Tier.COUNTY, "T": Tier.TOWNSHIP, "P": Tier.VILLAGE}[site_id[0]]

    @staticmethod
    def parent(site_id):
        return {"C": None, "T": "C", "P": "T" + site_id[1:2]}[site_id[0]]

    def with_markets(self, **days):
        """The same county with market days in the townships of these stations."""
        codes = {self.county.site_by_id[site_id].township_code: held for site_id, held in days.items()}
        townships = tuple(replace(t, market_days=codes.get(t.code, ())) for t in self.county.townships)
        self.county = replace(self.county, townships=townships)
        return self

    def supply(self, missing=()):
        present = np.ones(self.metres.shape, bool)
        for a, b in missing:
            present[self.ids.index(a), self.ids.index(b)] = False
        rows, columns = np.nonzero(present)
        metres = self.metres[rows, columns].astype(np.int32)
        indptr = np.concatenate([[0], np.cumsum(present.sum(axis=1))]).astype(np.int64)
        return TravelMatrix(
            indptr, columns.astype(np.int32), metres, metres // 10, metres, present.any(axis=1), present.shape,
            "distance", None,
        )  # fmt: skip

    def route(self, settings=None, missing=(), more=None):
        scenario = Scenario.from_mapping(settings or {})
        routed = route_county(self.county, scenario, self.stations, self.assignments, self.supply(missing), more=more)
        return routed, scenario

    def task(self, scenario):
        network = Network.of(self.county, scenario, self.stations, self.assignments)
        weeks = Weeks(scenario, Roads.between(self.county, self.ids, self.supply()))
        return CountyTask(network, weeks, ways_of(network, scenario, MoreWays()), always), network, weeks

    def plan(self, routed):
        assignments = tuple(
            replace(a, service_per_week=routed.service_per_week[a.station_id]) for a in self.assignments
        )
        unserved = {site_id: UnservedReason(reason) for site_id, reason in routed.unserved.items()}
        return Plan(CODE, self.stations, assignments, routed.routes, routed.reports, unserved=unserved)

    def violations(self, routed, scenario, missing=()):
        index = {site_id: k for k, site_id in enumerate(self.ids)}
        metres = self.metres.copy()
        for a, b in missing:
            metres[index[a], index[b]] = -1
        seconds = np.where(metres < 0, -1, metres // 10)
        ways = Ways(index, index, metres, seconds, np.maximum(metres, 0))
        travel = Travel(ways, ways, {}, frozenset(self.ids))
        return [
            str(violation) for violation in route_violations(Scene(self.county, scenario, self.plan(routed), travel))
        ]


def tiny(rng, *, n_townships, points):
    """Townships around the centre, and ``points`` village points around random townships."""
    places = {"C": (0, 0)}
    for k in range(n_townships):
        places[f"T{k}"] = tuple(rng.integers(-25_000, 25_000, 2).tolist())
    for k in range(points):
        above = f"T{rng.integers(n_townships)}"
        x, y = places[above]
        places[f"P{above[1]}{k}"] = (x + int(rng.integers(-9_000, 9_000)), y + int(rng.integers(-9_000, 9_000)))
    return Tiny(places, {site_id: int(rng.integers(0, 2_500)) for site_id in places})
