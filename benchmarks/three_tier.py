"""The three-tier model, 300 villages × 600 sites × 20 townships, beside HiGHS and CP-SAT handed the model whole.

Costs: sites and hubs, trunk lines by minutes, service by persons × minutes, and a fine for every village left out.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ortools.sat.python import cp_model
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial import Delaunay, KDTree

from benchmarks import plain
from planner.locate import two_echelon_facility_location

RADII_MIN = (5, 10, 15, 20, 25)
SEEDS = range(10)
MAX_HUBS = 2
GAP = 0.01
OWN_LIMIT_S, PEER_LIMIT_S = 60.0, 60.0
SIDE_KM, JUNCTIONS = 52.0, 8_000


@dataclass(frozen=True)
class County:
    """Minutes village × site and site × hub; persons; township, fixed cost and capacity (persons) of sites."""

    minutes: np.ndarray
    hub_minutes: np.ndarray
    persons: np.ndarray
    township: np.ndarray
    fixed: np.ndarray
    capacity: np.ndarray
    hub_cost: np.ndarray

    @classmethod
    def read(cls, path: Path) -> County:
        """From an .npz with T, H, pop, town_c, fix, cap and hfix."""
        with np.load(path) as held:
            names = ("T", "H", "pop", "town_c", "fix", "cap", "hfix")
            return cls(*(np.asarray(held[name]) for name in names))

    @classmethod
    def seeded(cls, seed: int) -> County:
        """Villages in clusters along valleys of a drawn road network, sites at villages and junctions."""
        random = np.random.default_rng(seed)
        at, roads = _roads(random)
        heart = at[random.choice(len(at), 25)]
        drawn = heart[random.integers(0, 25, 300)] + random.normal(0, 3, (300, 2))
        village = KDTree(at).query(drawn)[1]
        site = np.concatenate([village, random.choice(len(at), 300, replace=False)])
        persons = np.rint(random.lognormal(6.8, 0.7, 300))
        seat = at[random.choice(village, 20, replace=False)]
        minutes = dijkstra(roads, indices=village)[:, site]
        hub_minutes = dijkstra(roads, indices=random.choice(site, 12, replace=False))[:, site].T
        size = random.integers(1, 4, 600)
        return cls(
            minutes, hub_minutes, persons, KDTree(seat).query(at[site])[1], random.integers(60, 140, 600),
            np.rint(size * persons.sum() / 24), random.integers(300, 600, 12),
        )  # fmt: skip


def _roads(random: np.random.Generator) -> tuple[np.ndarray, csr_array]:
    """Junctions (km), thinned out on high ground, and the minutes of the roads between them."""
    bend = random.uniform(0, 2 * np.pi, (6, 2))
    wave = np.array([40, 25, 15, 40, 25, 15])

    def height(at: np.ndarray) -> np.ndarray:
        along = at[:, :1] * np.cos(bend[:, 0]) + at[:, 1:] * np.sin(bend[:, 0])
        return np.sin(2 * np.pi * along / wave + bend[:, 1]).sum(axis=1) / 2

    tried = random.random((4 * JUNCTIONS, 2)) * SIDE_KM
    at = tried[np.argsort(random.random(len(tried)) ** np.exp(2.0 * height(tried)))[-JUNCTIONS:]]
    corners = Delaunay(at).simplices
    ends = np.unique(np.sort(np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]])), axis=0)
    km = np.hypot(*(at[ends[:, 0]] - at[ends[:, 1]]).T)
    high = height((at[ends[:, 0]] + at[ends[:, 1]]) / 2)
    effort = km * (1 + 0.6 * np.maximum(high, 0)) * random.lognormal(0, 0.5, len(km))
    tree = minimum_spanning_tree(coo_array((effort, (ends[:, 0], ends[:, 1])), shape=(JUNCTIONS, JUNCTIONS)).tocsr())
    rows, columns = tree.nonzero()
    built = np.isin(ends @ [JUNCTIONS, 1], np.minimum(rows, columns) * JUNCTIONS + np.maximum(rows, columns))
    built[np.argsort(effort + 1e9 * built)[: JUNCTIONS // 3]] = True
    speed = np.where(high > 0.5, 30, np.where(high > -0.3, 45, 65))
    minutes = km * random.uniform(1.05, 1.45, len(km)) / speed * 60
    graph = coo_array((minutes[built], (ends[built, 0], ends[built, 1])), shape=(JUNCTIONS, JUNCTIONS))
    return at, csr_array(graph + graph.T)


@dataclass(frozen=True)
class Model:
    """A county at a radius: entries (village, site) within it with their cost, and all other costs, whole numbers."""

    county: County
    village: np.ndarray
    site: np.ndarray
    cost: np.ndarray
    trunk: np.ndarray
    fine: np.ndarray

    @classmethod
    def of(cls, county: County, radius_min: float) -> Model:
        """Service costs persons × minutes / 300, a village left out 60 minutes and 50 more, a trunk line 2 a minute."""
        village, site = np.nonzero(county.minutes <= radius_min)
        cost = np.round(county.persons[village] * county.minutes[village, site] / 300)
        fine = np.round(county.persons * 60 / 300) + 50
        return cls(county, village, site, cost.astype(float), np.round(county.hub_minutes * 2).astype(float), fine)

    def ours(self, gap: float) -> tuple[float, float, float]:
        """Value, bound and seconds."""
        county, shape = self.county, self.county.minutes.shape
        result = two_echelon_facility_location(
            csr_array((self.cost, (self.village, self.site)), shape=shape), county.persons, county.capacity,
            county.fixed, county.hub_cost, self.trunk, max_hubs=MAX_HUBS, unserved_cost=self.fine,
            group=county.township, gap=gap, time_limit_s=OWN_LIMIT_S,
        )  # fmt: skip
        if result.objective is None or result.bound is None:
            raise AssertionError(f"no solution in {OWN_LIMIT_S} s")
        return result.objective, result.bound, result.seconds

    def whole(self) -> tuple[csr_array, np.ndarray, np.ndarray, np.ndarray]:
        """Matrix, row limits and costs of the textbook model; columns y, x, left out, links z, hubs h, all 0 or 1."""
        county, (n_villages, n_sites), n_hubs = self.county, self.county.minutes.shape, len(self.county.hub_cost)
        ways, links = len(self.cost), n_sites * n_hubs
        y, x = np.arange(n_sites), n_sites + np.arange(ways)
        out = n_sites + ways + np.arange(n_villages)
        z = (out[-1] + 1 + np.arange(links)).reshape(n_sites, n_hubs)
        hub = z[-1, -1] + 1 + np.arange(n_hubs)
        names, town = np.unique(county.township, return_inverse=True)
        link = np.arange(links)
        families = (
            ((self.village, x, 1.0), (np.arange(n_villages), out, 1.0), n_villages, 1.0, 1.0),
            ((self.site, x, county.persons[self.village]), (y, y, -county.capacity), n_sites, -np.inf, 0.0),
            ((np.arange(ways), x, 1.0), (np.arange(ways), self.site, -1.0), ways, -np.inf, 0.0),
            ((link // n_hubs, z.ravel(), 1.0), (y, y, -1.0), n_sites, 0.0, 0.0),
            ((link, z.ravel(), 1.0), (link, np.tile(hub, n_sites), -1.0), links, -np.inf, 0.0),
            ((np.zeros(n_hubs, int), hub, 1.0), (np.zeros(0, int), np.zeros(0, int), 1.0), 1, 1.0, MAX_HUBS),
            ((town, y, 1.0), (np.zeros(0, int), np.zeros(0, int), 1.0), len(names), 1.0, np.inf),
        )
        rows, columns, values, low, high, first = [], [], [], [], [], 0
        for *blocks, size, least, most in families:
            for row, column, value in blocks:
                rows.append(first + row)
                columns.append(column)
                values.append(np.broadcast_to(value, len(row)))
            low.append(np.full(size, least))
            high.append(np.full(size, float(most)))
            first += size
        entries = np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))
        matrix = csr_array(coo_array(entries, shape=(first, hub[-1] + 1)))
        costs = np.concatenate([county.fixed, self.cost, self.fine, self.trunk.ravel(), county.hub_cost]).astype(float)
        return matrix, np.concatenate(low), np.concatenate(high), costs


def cp_sat(matrix: csr_array, low: np.ndarray, high: np.ndarray, costs: np.ndarray) -> plain.Answer:
    """The same matrix as a CP-SAT model with 8 workers."""
    model = cp_model.CpModel()
    column = [model.new_bool_var("") for _ in costs]
    for row in range(len(low)):
        part = slice(matrix.indptr[row], matrix.indptr[row + 1])
        terms = [column[q] for q in matrix.indices[part].tolist()]
        held = cp_model.LinearExpr.weighted_sum(terms, [round(value) for value in matrix.data[part].tolist()])
        if np.isfinite(low[row]):
            model.add(held >= round(low[row]))
        if np.isfinite(high[row]):
            model.add(held <= round(high[row]))
    model.minimize(cp_model.LinearExpr.weighted_sum(column, [round(cost) for cost in costs.tolist()]))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 8
    solver.parameters.max_time_in_seconds = PEER_LIMIT_S
    solver.parameters.relative_gap_limit = GAP
    started = time.perf_counter()
    status = solver.solve(model)
    spent = time.perf_counter() - started
    found = status in {cp_model.OPTIMAL, cp_model.FEASIBLE}
    value = solver.objective_value if found else np.inf
    return plain.Answer(value, solver.best_objective_bound, status == cp_model.OPTIMAL, spent)


def counties(folder: Path | None) -> Iterator[tuple[int, str, County]]:
    """Of each seed, its file in the folder (any .npz, numbered by its last word), or a drawn one."""
    files = {int(path.stem.split("_")[-1]): path for path in sorted(folder.glob("*.npz"))} if folder else {}
    for seed in sorted({*SEEDS, *files}):
        yield (seed, "file", County.read(files[seed])) if seed in files else (seed, "drawn", County.seeded(seed))


def main(folder: Path | None, peers: int) -> None:
    """Print one line per seed and radius; HiGHS and CP-SAT are asked for the first ``peers`` seeds."""
    print(f"\nThree tiers, 300 villages × 600 sites; HiGHS and CP-SAT to {GAP:.0%}, {PEER_LIMIT_S:.0f} s")
    print("seed       min  pairs    value    bound   s to 1 %  s to end   HiGHS s  CP-SAT s  ratio")
    first, last, ratios, warm = [], [], [], False
    for seed, origin, county in counties(folder):
        for radius in RADII_MIN:
            model = Model.of(county, radius)
            if not warm:
                model.ours(GAP)
                warm = True
            near, near_bound, near_s = model.ours(GAP)
            value, bound, end_s = model.ours(0.0)
            if not near_bound <= value <= near or near - near_bound > GAP * near:
                raise AssertionError(f"seed {seed}, {radius} min: {near_bound} … {near} and {value} disagree")
            first.append(near_s)
            last.append(end_s)
            beside = _beside(model, value, bound, near_s, ratios) if seed < peers else ""
            print(
                f"{seed:<4d} {origin:5s} {radius:3d} {len(model.cost):6d} {value:8.0f} {bound:8.0f} "
                f"{near_s:10.2f} {end_s:9.2f}   {beside}", flush=True,
            )  # fmt: skip
    for label, spent in (("to 1 %", first), ("to the end", last)):
        print(f"{label}: median {statistics.median(spent):.2f} s, worst {max(spent):.2f} s")
    if ratios:
        print(
            f"against the better of the two, to 1 %: median {statistics.median(ratios):.0f}×, least {min(ratios):.1f}×"
        )


def _beside(model: Model, value: float, bound: float, own_s: float, ratios: list[float]) -> str:
    """What the two solvers took, checked against our value and bound."""
    matrix, low, high, costs = model.whole()
    row = np.repeat(np.arange(len(low)), np.diff(matrix.indptr))
    blocks = [(row, matrix.indices, matrix.data)]
    answers = [
        plain.highs(blocks, (low, high), costs, np.ones(len(costs), bool), limit_s=PEER_LIMIT_S, gap=GAP),
        cp_sat(matrix, low, high, costs),
    ]
    for answer in answers:
        if answer.value < bound - 1e-6 or answer.bound > value + 1e-6 * value:
            raise AssertionError(f"ours {bound} … {value}, theirs {answer.bound} … {answer.value}")
    ratios.append(min(answer.seconds for answer in answers) / own_s)
    words = [f"{answer.seconds:8.2f}" if answer.proven else f">{PEER_LIMIT_S:7.0f}" for answer in answers]
    return f"{words[0]}  {words[1]}  {'>' * (not any(a.proven for a in answers))}{ratios[-1]:.0f}×"
