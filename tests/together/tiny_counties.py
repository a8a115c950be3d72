"""Counties of a handful of sites, made up, and their best plan of stations and routes by trying every network."""

from __future__ import annotations

from itertools import product

import numpy as np
from shapely import box

from planner.domain import (
    Broadband,
    County,
    Host,
    Layer,
    PlaceKind,
    Provenance,
    Site,
    SiteStatus,
    Source,
    Tier,
    Township,
    Village,
)
from planner.locate.solution import Network, violations
from planner.pipeline import prepare
from planner.scenario import Scenario
from planner.together.costs import RoundCosts

CODE = "999001"
SETTINGS = {
    "rule_pack": "none",
    "radius_km": 4.0,
    "network": {"straight_line_factor": 1.0},
    "supply": {"township_to_village_km": 12.0},
    "routing": {"siting_rounds": 3},
}


def tiny_county(seed: int) -> County:
    """Two townships, three villages, five sites on a plain of 12 by 4 km; two sites could be the centre."""
    rng = np.random.default_rng(seed)
    codes = (f"{CODE}101", f"{CODE}102")
    villages = [
        Village(
            f"{codes[i % 2]}2{i:02d}", f"村{i}", codes[i % 2], PlaceKind.ADMINISTRATIVE_VILLAGE,
            *_place(rng, i % 2), int(rng.integers(200, 3000)),
        )
        for i in range(3)
    ]  # fmt: skip
    tiers = (Tier.COUNTY, Tier.COUNTY, Tier.TOWNSHIP, Tier.VILLAGE, Tier.VILLAGE)
    sites = []
    for j, tier in enumerate(tiers):
        status = (SiteStatus.NEW, SiteStatus.RETROFIT)[int(rng.integers(2))]
        lon, lat = _place(rng, j % 2)
        sites.append(
            Site(f"S{j}", f"站{j}", Host.SHOP, status, tier, None, codes[j % 2], None, lon, lat, Broadband.CONNECTED)
        )
    source = Source(Provenance.SYNTHETIC, "made up")
    return County(
        CODE, "试验县", {}, "EPSG:4544", box(101, 34, 103, 36),
        tuple(Township(code, code, 102.0 + k * 0.07, 35.0) for k, code in enumerate(codes)),
        tuple(sorted(villages, key=lambda village: village.code)), tuple(sites), (),
        (Layer("villages", "villages.csv", source, {}, "aa"), Layer("sites", "sites.csv", source, {}, "bb")), "",
    )  # fmt: skip


def _place(rng, side):
    return 102.0 + (side + rng.random()) * 0.065, 35.0 + rng.random() * 0.036


def least_total(task, supply, least: dict[str, float], before_cost) -> int:
    """Least yearly cost of stations and routes over all networks that do as well as ``least`` before cost.

    Every village goes to the nearest open site, the lowest number among equals.
    """
    problem, costs = task.problem, RoundCosts(task.county, task.scenario, supply)
    best = None
    sites = range(problem.n_sites)
    near = [
        list(zip(problem.access_m[part].tolist(), problem.access_site[part].tolist(), strict=True))
        for part in (slice(a, b) for a, b in zip(problem.access_indptr, problem.access_indptr[1:], strict=False))
    ]
    for tier in product(*[range(int(highest) + 1) for highest in problem.max_tier]):
        if tier.count(3) != 1:
            continue
        parents = [
            [k for k in sites if k != j and tier[k] > (1 if tier[j] == 1 else 2)] if 0 < tier[j] < 3 else [-1]
            for j in sites
        ]
        station = [min((m, j) for m, j in row if tier[j])[1] if any(tier[j] for _, j in row) else -1 for row in near]
        for parent in product(*parents):
            network = Network(*(np.array(each, dtype=np.int64) for each in (tier, station, parent)))
            there = before_cost(problem, network)
            if any(there[name] < value for name, value in least.items()) or violations(problem, network):
                continue
            missed, cny = costs.total(network)
            opened = np.flatnonzero(network.tier)
            total = cny + int(problem.annual_cost_cny[opened, network.tier[opened] - 1].sum())
            if not missed and (best is None or total < best):
                best = total
    assert best is not None
    return best


def prepared(seed: int, **changes):
    """A tiny county with its distances, and the scenario."""
    scenario = Scenario.from_mapping({**SETTINGS, **changes})
    return prepare(tiny_county(seed), scenario), scenario
