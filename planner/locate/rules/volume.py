"""Least volumes: a station that is opened carries at least what its tier asks for, or is not opened (M18).

What counts is the throughput of ``docs/model.md`` §8: at a point its own villages' parcels, at a township station also
what it passes on, at the centre every covered village's. Sites that must be open (M12) are exempt.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from planner.domain import Tier
from planner.errors import Advice, Sentence, Setting
from planner.locate.problem import N_TIERS, Ints, ThreeTierProblem

if TYPE_CHECKING:
    from planner.locate.model import Layout, Rows


def asks_volume(problem: ThreeTierProblem) -> bool:
    """Whether some tier has a least volume."""
    return problem.least_centiparcels is not None and bool(problem.least_centiparcels.any())


def asks_volume_of_townships(problem: ThreeTierProblem) -> bool:
    """Whether township stations have one, so that what they pass on must not be overstated."""
    return problem.least_centiparcels is not None and problem.least_centiparcels[1] > 0


def volume_relaxation(problem: ThreeTierProblem) -> Advice:
    """The way out where least volumes leave no network: flag such stations, as without the rule one was found."""
    least = np.zeros(N_TIERS, dtype=np.int64) if problem.least_centiparcels is None else problem.least_centiparcels
    return Advice(
        Sentence(
            "flag stations below the least volume instead of refusing them, or lower it",
            "对低于最低业务量的站点改为提示而不是不设，或调低最低业务量",
        ),
        tuple(Setting(f"tiers.{tier.word}.viable_rule", "flag") for tier in Tier if least[tier - 1]),
    )


def least_throughput(problem: ThreeTierProblem) -> Ints:
    """Site × tier: least throughput in hundredths of a parcel a day, 0 where nothing is asked."""
    least = np.zeros((problem.n_sites, N_TIERS), dtype=np.int64)
    if problem.least_centiparcels is not None:
        least[problem.locked_tier == 0] = problem.least_centiparcels
    return least


def below_least(problem: ThreeTierProblem, tier: Ints, throughput_centiparcels: Ints) -> NDArray[np.bool_]:
    """Which sites are open and carry less than (M18) asks for."""
    least = np.concatenate([np.zeros((problem.n_sites, 1), dtype=np.int64), least_throughput(problem)], axis=1)
    return np.asarray(throughput_centiparcels < least[np.arange(problem.n_sites), tier])


def of_use_alone(problem: ThreeTierProblem) -> NDArray[np.bool_]:
    """Which sites are of use as points that no village can go to: those that must be open, and for cold stores all."""
    cold_points = problem.cold is not None and problem.cold.least_tier == 1
    return np.asarray((problem.locked_tier > 0) | (cold_points & (least_throughput(problem)[:, 0] == 0)))


def may_stand_idle(problem: ThreeTierProblem) -> NDArray[np.bool_]:
    """Which sites may be points that serve nobody: those of use alone, and for second stations (M17) all."""
    reserve = problem.backup_villages > 0
    return np.asarray(of_use_alone(problem) | (reserve & (least_throughput(problem)[:, 0] == 0)))


def live_points(problem: ThreeTierProblem) -> NDArray[np.bool_]:
    """Points where (M18) asks for more than one village, whichever: those that may serve one below their volume.

    At the others it can only fail where nobody is served, and an idle point is closed (R10) unless it is kept for its
    cold store or as a second station.
    """
    least = least_throughput(problem)[:, 0]
    if of_use_alone(replace(problem, least_centiparcels=None)).all() or problem.backup_villages:
        return np.asarray(least > 0)
    small = problem.demand_centiparcels[problem.access_village] < least[problem.access_site]
    return np.asarray(np.bincount(problem.access_site[small], minlength=problem.n_sites) > 0)


def served_once(problem: ThreeTierProblem) -> NDArray[np.bool_]:
    """Villages that the model too lets be served from one station only (M3'): they count at a live point.

    With a least volume of township stations all do, as what passes through those depends on every point.
    """
    if not asks_volume(problem) or asks_volume_of_townships(problem):
        return np.full(problem.n_villages, asks_volume(problem))
    live = live_points(problem)[problem.access_site]
    return np.asarray(np.bincount(problem.access_village[live], minlength=problem.n_villages) > 0)


def sets_large_enough(problem: ThreeTierProblem, site: int, load_centiparcels: Ints) -> NDArray[np.bool_]:
    """Which sets of villages a point may be opened for (R6 with M14)."""
    return np.asarray(load_centiparcels >= least_throughput(problem)[site, 0])


def least_volume_rows(problem: ThreeTierProblem, layout: Layout, rows: Rows, *, with_flows: bool) -> None:
    """(M18) tier by tier. Listed sets of a point have their volume by themselves.

    A village counts for no more than the volume itself, which says the same and is the tighter row. Without flows a
    township station is only asked to have enough parcels about it, (M18'): those of covered villages that it or a point
    in its reach may serve. Parents found afterwards decide.
    """
    if not asks_volume(problem):
        return
    from planner.locate.model import point_links

    least = least_throughput(problem)
    pairs = np.flatnonzero(layout.serve >= 0)
    demand = problem.demand_centiparcels[problem.access_village]
    flows = np.flatnonzero(layout.flow >= 0)
    live = np.stack([live_points(problem), least[:, 1] > 0], axis=1)
    for tier in (1, 2):
        opening = layout.opening(tier)
        opening = opening[~layout.by_itself[opening] & live[layout.open_site[opening], tier - 1]]
        number = np.full(problem.n_sites, -1)
        number[layout.open_site[opening]] = rows.open(len(opening), 0, np.inf)
        rows.put(number[layout.open_site[opening]], opening, -least[layout.open_site[opening], tier - 1])
        if tier == 1 or with_flows:
            kept = pairs[number[problem.access_site[pairs]] >= 0]
            site = problem.access_site[kept]
            rows.put(number[site], layout.serve[kept], np.minimum(demand[kept], least[site, tier - 1]))
        if tier == 2 and with_flows:
            kept = flows[number[problem.supply_parent[flows]] >= 0]
            rows.put(number[problem.supply_parent[kept]], layout.flow[kept], 1)
        elif tier == 2:
            station, village = _about(problem, point_links(problem))
            kept = np.flatnonzero(number[station] >= 0)
            columns = layout.covered[village[kept]]
            rows.put(number[station[kept]], columns, problem.demand_centiparcels[village[kept]])
    _all_stations(problem, layout, rows, least)
    if with_flows and asks_volume_of_townships(problem):
        _no_more_than_carried(problem, layout, rows)


def _about(problem: ThreeTierProblem, links: Ints) -> tuple[Ints, Ints]:
    """Each station with each village that it, or a point in its reach, may serve; every pair once."""
    by_itself = np.arange(problem.n_sites)
    station = np.concatenate([problem.supply_parent[links], by_itself])
    site = np.concatenate([problem.supply_child[links], by_itself])
    order = np.argsort(problem.access_site, kind="stable")
    served = problem.access_village[order]
    first = np.searchsorted(problem.access_site[order], np.arange(problem.n_sites + 1))
    count = (first[1:] - first[:-1])[site]
    start = np.repeat(first[site] - np.concatenate([[0], np.cumsum(count)[:-1]]), count)
    village = served[start + np.arange(count.sum())]
    key = np.unique(np.repeat(station, count) * max(1, problem.n_villages) + village)
    return key // max(1, problem.n_villages), key % max(1, problem.n_villages)


def _all_stations(problem: ThreeTierProblem, layout: Layout, rows: Rows, least: Ints) -> None:
    """The centre carries all covered villages' parcels; and no parcel counts for two township stations."""
    for tier in (2, 3):
        opening = layout.opening(tier)
        asked = least[layout.open_site[opening], tier - 1]
        if asked.any():
            number = rows.open(1, 0, np.inf)
            rows.put(number, layout.covered, problem.demand_centiparcels)
            rows.put(number, opening, -asked)


def _no_more_than_carried(problem: ThreeTierProblem, layout: Layout, rows: Rows) -> None:
    """(M10') What flows to a parent is no more than the point's own load."""
    flows = np.flatnonzero(layout.flow >= 0)
    demand = problem.demand_centiparcels[problem.access_village]
    number = rows.open(problem.n_sites, 0, np.inf)
    rows.put(number[problem.supply_child[flows]], layout.flow[flows], -1)
    rows.put(number[problem.access_site], layout.serve, demand)
    rows.put(number[problem.access_site[layout.pattern_pair]], layout.pattern_column, demand[layout.pattern_pair])
