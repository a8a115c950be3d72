"""Synthetic positions and populations of real villages, along the valleys of their own township."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from planner.domain.county import PlaceKind
from planner.synth.paths import from_any

if TYPE_CHECKING:
    from numpy.random import Generator

    from planner.synth.ground import Ground
    from planner.synth.mesh import BoolArray, FloatArray, IntArray, Mesh
    from planner.synth.network import RoadBuilder
    from planner.synth.real import RealTownship, RealVillage
    from planner.synth.recipes import Recipe

LEAST_APART_M = 490.0
"""Village centres, before each moves up to 90 m off its road."""
ROADLESS_CLEAR_M = 2150.0
"""No road comes nearer than this to a village without a road."""


@dataclass(frozen=True, eq=False)
class Land:
    """Per mesh point: which township it belongs to (index, −1: none) and the effort of getting to its seat (m)."""

    township: IntArray
    effort_m: FloatArray


def divide_land(ground: Ground, roads: RoadBuilder) -> Land:
    """Each point belongs to the township whose seat it reaches with least effort."""
    effort, _, source = from_any(ground.mesh.graph(roads.cost), ground.seats)
    by_seat = {int(seat): number for number, seat in enumerate(ground.seats)}
    township = np.array([by_seat.get(int(node), -1) for node in source], dtype=np.int64)
    return Land(township, np.where(np.isfinite(effort), effort, 1e9))


def roadless_places(ground: Ground, land: Land, main_nodes: IntArray, rng: Generator) -> dict[str, int]:
    """A point in a high side valley, well away from the main roads, for one village of each township named."""
    mesh, terrain = ground.mesh, ground.terrain
    far_from_road = cKDTree(mesh.xy[main_nodes]).query(mesh.xy)[0]
    far_from_seat = cKDTree(mesh.xy[ground.seats]).query(mesh.xy)[0]
    codes = [township.code for township in ground.real.townships]
    chosen: dict[str, int] = {}
    for code in ground.recipe.roadless:
        number = codes.index(code)
        rise = terrain.height_m - terrain.height_m[ground.seats[number]]
        fit = (land.township == number) & (far_from_road > 2900) & (far_from_seat > 3200) & (rise > 60)
        fit &= (terrain.above_stream_m < 60) & ~terrain.is_river & (terrain.drained_km2 < 12)
        for node in chosen.values():
            fit &= np.hypot(*(mesh.xy - mesh.xy[node]).T) > 5200
        places = np.flatnonzero(fit)
        nearest_first = places[np.argsort(np.round(land.effort_m[places], 3), kind="stable")]
        village = [v.code for v in ground.real.villages if v.township_code == code][-1]
        chosen[village] = int(nearest_first[int(rng.integers(0, max(len(nearest_first) // 5, 1)))])
    return chosen


def settle(
    ground: Ground, land: Land, roadless: dict[str, int], main_nodes: IntArray, rng: Generator
) -> dict[str, int]:
    """A mesh point for every village-level unit, by code: near the seat first, then along the valleys."""
    mesh, terrain, recipe = ground.mesh, ground.terrain, ground.recipe
    settled = dict(roadless)
    occupied: list[int] = list(roadless.values())
    clear = ~terrain.is_barrier
    for node in roadless.values():
        clear &= np.hypot(*(mesh.xy - mesh.xy[node]).T) > ROADLESS_CLEAR_M + 500.0
    near_main = np.asarray(cKDTree(mesh.xy[main_nodes]).query(mesh.xy)[0] < 650.0)
    for number, township in enumerate(ground.real.townships):
        units = [v for v in ground.real.villages if v.township_code == township.code and v.code not in roadless]
        seat, style = int(ground.seats[number]), recipe.style(township.code)
        valley = clear & (land.township == number) & (terrain.above_stream_m < recipe.valley_side_m)
        weight = _appeal(ground, land, number, near_main) * valley
        nodes = _scatter(mesh, weight, Wanted(len(units), style.apart_m, seat), occupied, rng)
        settled |= _name_places(mesh, units, nodes, seat, _seat_village(recipe, township))
    return settled


def _appeal(ground: Ground, land: Land, number: int, near_main: BoolArray) -> FloatArray:
    """How likely a village stands at a point: near its seat, in a wide valley, by a main road, not too high."""
    terrain, style = ground.terrain, ground.recipe.style(ground.real.townships[number].code)
    rise = terrain.height_m - terrain.height_m[ground.seats[number]]
    appeal = np.exp(-land.effort_m / style.reach_m) * (0.35 + np.minimum(np.log1p(terrain.drained_km2), 3.0))
    appeal = appeal * np.where(near_main, 1.7, 1.0) * (np.abs(rise) < style.highest_above_seat_m)
    return np.asarray(np.round(appeal, 9), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many points a township wants, how far apart (least and most of the least distance), around which seat."""

    count: int
    apart_m: tuple[float, float]
    seat: int


def _scatter(mesh: Mesh, weight: FloatArray, wanted: Wanted, occupied: list[int], rng: Generator) -> list[int]:
    """Points drawn by ``weight``, each its own least distance from all others; the seat comes first."""
    candidates = np.flatnonzero(weight > 0)
    lottery = np.log(weight[candidates]) + 0.75 * rng.gumbel(size=len(candidates))
    ordered = candidates[np.argsort(-np.round(lottery, 9), kind="stable")]
    count, seat = wanted.count, wanted.seat
    taken = [seat]
    occupied.append(seat)
    apart = rng.uniform(*wanted.apart_m, size=count)
    relax = 1.0
    while len(taken) < count and relax > 0.3:
        for node in ordered.tolist():
            if len(taken) >= count:
                break
            gap = np.hypot(*(mesh.xy[occupied] - mesh.xy[node]).T).min()
            if gap >= max(apart[len(taken)] * relax, LEAST_APART_M):
                taken.append(node)
                occupied.append(node)
        relax *= 0.82
    if len(taken) < count:
        raise RuntimeError(f"only {len(taken)} of {count} places found around mesh point {seat}")
    return taken


def _name_places(mesh: Mesh, units: list[RealVillage], nodes: list[int], seat: int, at_seat: str) -> dict[str, int]:
    """Codes to points: committees nearest to the seat, then the village ``at_seat``, then neighbour by neighbour."""
    left = sorted(nodes, key=lambda node: (float(np.hypot(*(mesh.xy[node] - mesh.xy[seat]))), node))
    committees = [unit for unit in units if unit.kind is PlaceKind.RESIDENTS_COMMITTEE]
    villages = [unit for unit in units if unit.kind is PlaceKind.ADMINISTRATIVE_VILLAGE]
    named: dict[str, int] = {}
    for unit in committees:
        named[unit.code] = left.pop(0)
    here = seat
    for unit in sorted(villages, key=lambda unit: (unit.name != at_seat, unit.code)):
        here = min(left, key=lambda node: (float(np.hypot(*(mesh.xy[node] - mesh.xy[here]))), node))
        left.remove(here)
        named[unit.code] = here
    return named


def _seat_village(recipe: Recipe, township: RealTownship) -> str:
    """Name of the village in which the seat lies: the recipe's, else the township's namesake."""
    return recipe.seat_villages.get(township.code, f"{township.name.rstrip('乡镇')}村")


def populate(ground: Ground, land: Land, settled: dict[str, int], rng: Generator) -> dict[str, int]:
    """Residents by code: lognormal, larger in wide valleys; summing to a township's known population where given."""
    terrain, recipe = ground.terrain, ground.recipe
    people: dict[str, int] = {}
    for number, township in enumerate(ground.real.townships):
        units = [village for village in ground.real.villages if village.township_code == township.code]
        mean = recipe.style(township.code).mean_population
        sizes = []
        for unit in units:
            node = settled[unit.code]
            width = min(float(np.log1p(terrain.drained_km2[node])), 3.0) / 3.0
            far = min(float(land.effort_m[node]) / 12000.0, 1.0) if land.township[node] == number else 1.0
            base = mean * (0.85 + 0.4 * width - 0.35 * far)
            if unit.kind is PlaceKind.RESIDENTS_COMMITTEE:
                base = recipe.committee_population
            sizes.append(max(base * float(np.exp(rng.normal(-0.08, 0.42))), 70.0))
        if township.population is not None:
            sizes = _share_out(sizes, township.population)
        people |= {unit.code: round(size) for unit, size in zip(units, sizes, strict=True)}
    return people


def _share_out(sizes: list[float], total: int) -> list[float]:
    """Whole numbers in proportion to ``sizes`` that sum to ``total`` (largest remainders, earlier first)."""
    exact = [size * total / sum(sizes) for size in sizes]
    whole = [int(share) for share in exact]
    by_remainder = sorted(range(len(sizes)), key=lambda i: (round(whole[i] - exact[i], 9), i))
    for i in by_remainder[: total - sum(whole)]:
        whole[i] += 1
    return [float(share) for share in whole]


def poor_villages(ground: Ground, land: Land, settled: dict[str, int], rng: Generator) -> frozenset[str]:
    """Codes of the administrative villages marked as formerly poor: rather the high and far ones."""
    codes = [v.code for v in ground.real.villages if v.kind is PlaceKind.ADMINISTRATIVE_VILLAGE]
    nodes = [settled[code] for code in codes]
    hardship = ground.terrain.height_m[nodes] / 800.0 + land.effort_m[nodes] / 9000.0 + rng.normal(0.0, 0.5, len(codes))
    order = np.argsort(-np.round(hardship, 9), kind="stable")
    return frozenset(codes[i] for i in order[: round(ground.recipe.poverty_share * len(codes))].tolist())
