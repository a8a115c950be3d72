"""The three-tier model as one sparse matrix: columns, and one function for each constraint family.

Families and their numbers (M1) … (M21) are those of ``docs/model.md``. Rows that can never bind are left out;
each such rule is a reduction (R…) proved there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

from planner.locate.engine import Floats, MatrixModel
from planner.locate.patterns import SETS_PER_SITE, list_patterns
from planner.locate.problem import N_TIERS, Ints, ThreeTierProblem
from planner.locate.rules.cold import ColdColumns, cold_columns, cold_count, cold_rows
from planner.locate.rules.fair_rows import carries, fair_columns, near_enough, near_rows, second_rows, township_rows
from planner.locate.rules.volume import least_throughput, least_volume_rows, of_use_alone, served_once

Columns = NDArray[np.int64]
FREE = np.inf


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Which column stands for what; -1 where a decision is ruled out beforehand.

    The first columns open sites: column ``q`` opens ``open_site[q]`` at ``open_tier[q]``. The first ``n_sets`` of them
    open a point for a listed set of villages and serve the access pairs
    ``pattern_pair[pattern_indptr[q]:pattern_indptr[q + 1]]`` by themselves; one is ``maximal`` when no further village
    fits in (so is every other column), else ``larger[q]`` is a maximal one of its site that holds its villages.
    ``serve[e]`` assigns access pair ``e`` to a station or to a point with a capacity row;
    ``covered[i]`` counts village ``i`` as covered; ``counted[g]`` required township ``g`` as having its
    station; ``cold`` are the columns of the cold stores; ``link[k]`` lets supply pair ``k`` supply a village point,
    ``centre_link[k]`` a township station from a centre; ``flow[k]`` carries that point's parcels, ``centre_flow[k]``
    that station's (where centres share them). ``near[i]`` counts village ``i`` as near its station, ``second[i]`` as
    having another in reach, and ``stands[j]`` says that a point modelled by its sets stands.
    """

    open_site: Ints
    open_tier: Ints
    pattern_indptr: Ints
    pattern_pair: Ints
    n_sets: int
    maximal: NDArray[np.bool_]
    larger: Columns
    serve: Columns
    covered: Columns
    counted: Columns
    near: Columns
    second: Columns
    stands: Columns
    cold: ColdColumns
    link: Columns
    centre_link: Columns
    flow: Columns
    centre_flow: Columns
    n_columns: int

    @property
    def stand_in(self) -> Columns:
        """For every column one that can take its place where coverage and cost count alone (R6), itself for most."""
        stand_in = np.arange(self.n_columns)
        stand_in[: len(self.larger)] = self.larger
        return stand_in

    @property
    def by_itself(self) -> NDArray[np.bool_]:
        """Which opening columns open a point for one listed set of villages."""
        return np.arange(len(self.open_site)) < self.n_sets

    @property
    def pattern_column(self) -> Columns:
        """Column of each entry of ``pattern_pair``."""
        return np.repeat(np.arange(len(self.open_site)), np.diff(self.pattern_indptr))

    @property
    def n_plain(self) -> int:
        """Number of columns before the links: those that a model without links has too."""
        first = [int(columns[columns >= 0].min(initial=self.n_columns)) for columns in (self.link, self.centre_link)]
        return min(first)

    def opening(self, tier: int) -> Columns:
        """Columns that open a site at ``tier``."""
        return np.flatnonzero(self.open_tier == tier)

    def one_of(self, problem: ThreeTierProblem) -> NDArray[np.bool_]:
        """Columns of which exactly one is 1 in every solution: those that open the county centre, if there is one."""
        mask = np.zeros(self.n_columns, dtype=bool)
        mask[self.opening(3)] = problem.max_centres == 1
        return mask


@dataclass(slots=True)
class Rows:
    """Rows being collected: entries by (row, column, value), and the two sides of each row."""

    row: list[Ints] = field(default_factory=list)
    column: list[Ints] = field(default_factory=list)
    value: list[Floats] = field(default_factory=list)
    low: list[Floats] = field(default_factory=list)
    high: list[Floats] = field(default_factory=list)
    count: int = 0

    def open(self, count: int, low: float | Floats, high: float | Floats) -> Ints:
        """Add ``count`` empty rows and return their numbers."""
        numbers = np.arange(self.count, self.count + count)
        self.low.append(np.broadcast_to(np.asarray(low, dtype=float), (count,)))
        self.high.append(np.broadcast_to(np.asarray(high, dtype=float), (count,)))
        self.count += count
        return numbers

    def put(self, row: Ints, column: Ints, value: float | Ints | Floats) -> None:
        """Add entries; those whose column is -1 are dropped."""
        row, column = np.broadcast_arrays(row, column)
        values = np.broadcast_to(np.asarray(value, dtype=float), column.shape)
        there = column >= 0
        self.row.append(row[there])
        self.column.append(column[there])
        self.value.append(values[there])


def build(
    problem: ThreeTierProblem, *, with_links: bool, with_flows: bool, sets_per_site: int = SETS_PER_SITE
) -> tuple[Layout, MatrixModel]:
    """The feasible set of the problem as a matrix; points with more sets than ``sets_per_site`` have none listed (R6).

    Without links, "some open parent is in reach" (M7') stands for the choice of a parent; without flows, parents'
    throughput is not limited by what they pass on (M6 counts own villages only). Both are relaxations, and exact
    whenever the parents found afterwards have room (R5).
    """
    layout = _layout(problem, with_links=with_links, with_flows=with_flows, sets_per_site=sets_per_site)
    return layout, assemble(problem, layout, with_links=with_links, with_flows=with_flows)


def assemble(problem: ThreeTierProblem, layout: Layout, *, with_links: bool, with_flows: bool) -> MatrixModel:
    """The rows of the model over the columns of ``layout``; see `build`."""
    rows = Rows()
    families: list[Callable[[ThreeTierProblem, Layout, Rows], None]] = [
        _one_tier, _centres, _covered_is_served, _serve_from_open, _township_rule, _throughput,
        _centre_throughput, _budget, _locked, _one_per_unit, near_rows, township_rows, second_rows, cold_rows,
    ]  # fmt: skip
    families.append(partial(least_volume_rows, with_flows=with_flows))
    families += [_parent_links] if with_links else [_parent_in_reach, _centre_in_reach]
    families += [_flow, _centre_flow] if with_flows else []
    for family in families:
        family(problem, layout, rows)
    return _matrix(problem, layout, rows)


def can_carry(problem: ThreeTierProblem) -> NDArray[np.bool_]:
    """Access pair × tier: whether the site may open at the tier and one such station can carry the village (R2).

    Nothing beyond the limit on distance (M14) can.
    """
    return np.asarray(carries(problem) & near_enough(problem)[:, None])


def point_links(problem: ThreeTierProblem) -> Ints:
    """Numbers of the supply pairs over which a station may supply a village point (M7)."""
    parent, child = problem.supply_parent, problem.supply_child
    usable = (problem.supply_m <= problem.township_to_village_m) & (parent != child)
    return np.flatnonzero(usable & (problem.max_tier[parent] >= 2) & (problem.max_tier[child] >= 1))


def station_links(problem: ThreeTierProblem) -> Ints:
    """Numbers of the supply pairs over which a county centre may supply a township station (M8)."""
    parent, child = problem.supply_parent, problem.supply_child
    usable = (problem.supply_m <= problem.county_to_township_m) & (parent != child)
    return np.flatnonzero(usable & (problem.max_tier[parent] == 3) & (problem.max_tier[child] >= 2))


def _layout(problem: ThreeTierProblem, *, with_links: bool, with_flows: bool, sets_per_site: int) -> Layout:
    may_open = openable(problem)
    allowed = can_carry(problem) & may_open[problem.access_site]
    patterns = list_patterns(problem, allowed[:, 0], limit=sets_per_site)
    row_points = np.flatnonzero(may_open[:, 0] & ~patterns.listed)
    stations, centres = np.flatnonzero(may_open[:, 1]), np.flatnonzero(may_open[:, 2])
    open_site = np.concatenate([patterns.site, row_points, stations, centres])
    counts = [len(patterns.site) + len(row_points), len(stations), len(centres)]
    served_singly = allowed[:, 1] | allowed[:, 2] | (allowed[:, 0] & ~patterns.listed[problem.access_site])
    coverable = np.zeros(problem.n_villages, dtype=bool)
    coverable[problem.access_village[allowed.any(axis=1)]] = True
    linked, centre_linked = np.zeros((2, len(problem.supply_m)), dtype=bool)
    if with_links:
        parent, child = problem.supply_parent, problem.supply_child
        links = point_links(problem)
        linked[links] = (may_open[parent, 1:].any(axis=1) & may_open[child, 0])[links]
        links = station_links(problem)
        centre_linked[links] = (may_open[parent, 2] & may_open[child, 1])[links]
    share = problem.required_township_count < len(problem.required_townships)
    sharing = np.full(len(problem.required_townships), share)
    fair = fair_columns(problem, coverable, patterns.listed & may_open[:, 0])
    plain, start = _numbered((served_singly, coverable, sharing, *fair), len(open_site))
    serve, covered, counted, near, second, stands = plain
    cold = cold_columns(problem, may_open, start)
    shared = centre_linked & (with_flows and problem.centres_share)
    supplied = (linked, centre_linked, linked & with_flows, shared)
    (link, centre_link, flow, centre_flow), start = _numbered(supplied, start + cold_count(cold))
    rest = len(open_site) - len(patterns.site)
    return Layout(
        open_site, np.repeat(np.arange(1, N_TIERS + 1), counts),
        np.concatenate([patterns.indptr, np.full(rest, patterns.indptr[-1])]), patterns.pair,
        len(patterns.site),
        np.concatenate([patterns.maximal, np.ones(rest, dtype=bool)]),
        np.append(patterns.larger, len(patterns.site) + np.arange(rest)),
        serve, covered, counted, near, second, stands, cold, link, centre_link, flow, centre_flow, start,
    )  # fmt: skip


def _numbered(masks: tuple[NDArray[np.bool_], ...], start: int) -> tuple[list[Columns], int]:
    """Columns from ``start`` on for the true entries of each mask, -1 for the others; and the next number."""
    numbered: list[Columns] = []
    for mask in masks:
        columns = np.full(mask.shape, -1, dtype=np.int64)
        columns[mask] = np.arange(start, start + mask.sum())
        start += int(mask.sum())
        numbered.append(columns)
    return numbered, start


def openable(problem: ThreeTierProblem) -> NDArray[np.bool_]:
    """Site × tier: whether the site may be opened at the tier at all (R1).

    A point must be able to serve a village (or be a second station for one), unless it is of use alone, and have a
    possible parent; a station must have a possible centre. A site that must be open is not opened below the tier asked
    for (M12), and no other at a tier whose least volume (M18) is above its capacity.
    """
    may_open = np.stack([problem.max_tier >= tier for tier in range(1, N_TIERS + 1)], axis=1)
    carried = carries(problem) if problem.backup_villages else can_carry(problem)
    useful = np.zeros(problem.n_sites, dtype=bool)
    useful[problem.access_site[carried[:, 0]]] = True
    links = station_links(problem)
    reached = np.zeros(problem.n_sites, dtype=bool)
    reached[problem.supply_child[links]] = True
    may_open[:, 1] &= reached
    links = point_links(problem)
    parent_exists = (may_open[:, 1] | may_open[:, 2])[problem.supply_parent[links]]
    supplied = np.zeros(problem.n_sites, dtype=bool)
    supplied[problem.supply_child[links[parent_exists]]] = True
    locked = problem.locked_tier
    may_open[:, 0] &= (useful | of_use_alone(problem)) & supplied
    may_open &= least_throughput(problem) <= problem.capacity_centiparcels[None, :]
    may_open[:, 0] &= locked <= 1
    may_open[:, 1] &= locked <= 2
    return may_open


def _matrix(problem: ThreeTierProblem, layout: Layout, rows: Rows) -> MatrixModel:
    entries = (np.concatenate(rows.value), (np.concatenate(rows.row), np.concatenate(rows.column)))
    high = np.ones(layout.n_columns)
    integer = np.ones(layout.n_columns, dtype=bool)
    for carried, tier in ((layout.flow, 1), (layout.centre_flow, 2)):
        high[carried[carried >= 0]] = float(problem.capacity_centiparcels[tier - 1])
        integer[carried[carried >= 0]] = False
    implied = np.ones(layout.n_columns, dtype=bool)
    cold = layout.cold
    for columns in (
        layout.covered, layout.counted, layout.near, layout.second, layout.stands, cold.site, cold.village,
    ):  # fmt: skip
        implied[columns[columns >= 0]] = False
    if cold.produce >= 0:
        implied[cold.produce], high[cold.produce] = False, float(cold.goal)
    return MatrixModel(
        coo_array(entries, shape=(rows.count, layout.n_columns)).tocsr(),
        np.concatenate(rows.low), np.concatenate(rows.high), np.zeros(layout.n_columns), high, integer, implied,
    )  # fmt: skip


def _one_tier(problem: ThreeTierProblem, layout: Layout, rows: Rows) -> None:
    """(M1) A site is opened at one tier at most, and a point for one set of villages."""
    number = rows.open(problem.n_sites, -FREE, 1)
    rows.put(number[layout.open_site], np.arange(len(layout.open_site)), 1)


def _centres(problem: ThreeTierProblem, layout: Layout, rows: Rows) -> None:
    """(M2) One county centre, or as many as are allowed."""
    rows.put(rows.open(1, 1, problem.max_centres), layout.opening(3), 1)


def _covered_is_served(problem: ThreeTierProblem, layout: Layout, rows: Rows) -> None:
    """(M3) A village counts as covered only if some station serves it; with least volumes (M3'), if just one does."""
    number = rows.open(problem.n_villages, 0, np.where(served_once(problem), 0.0, FREE))
    rows.put(number, layout.covered, -1)
    rows.put(number[problem.access_village], layout.serve, 1)
    rows.put(number[problem.access_village[layout.pattern_pair]], layout.pattern_column, 1)


def _serve_from_open(problem: ThreeTierProblem, layout: Layout, rows: Rows) -> None:
    """(M4) A village is assigned only to a site open at a tier that can carry it (sets are open by themselves)."""
    pairs = np.flatnonzero(layout.serve >= 0)
    number = rows.open(len(pairs), -FREE, 0)
    rows.put(number, layout.serve[pairs], 1)
    carried = can_carry(problem)[pairs]
    by_itself = layout.by_itself
    for tier in range(1, N_TIERS + 1):
        column = np.full(problem.n_sites, -1)
        opening = layout.opening(tier)
        opening = opening[~by_itself[opening]]
        column[layout.open_site[opening]] = opening
        rows.put(number, np.where(carried[:, tier - 1], column[problem.access_site[pairs]], -1), -1)


def _township_rule(problem: ThreeTierProblem, layout: Layout, rows: Rows) -> None:
    """(M5) Required townships have a station of township tier or higher, up to the share asked for."""
    high = np.flatnonzero(layout.open_tier >= 2)
    for g, township in enumerate(problem.required_townships):
        number = rows.open(1, 0 if layout.counted[g] >= 0 else 1, FREE)
        rows.put(number, high[problem.site_township[layout.open_site[high]] == township], 1)
        rows.put(number, layout.counted[g : g + 1], -1)
    if (layout.counted >= 0).any():
        rows.put(rows.open(1, problem.required_township_count, FREE), layout.counted, 1)


def _throughput(problem: ThreeTierProblem, layout: Layout, rows: Rows) -> None:
    """(M6) What a station carries, its own villages' parcels and those it passes on, fits its tier's capacity."""
    pairs = np.flatnonzero(layout.serve >= 0)
    demand = problem.demand_centiparcels[problem.access_village[pairs]]
    site = problem.access_site[pairs]
    flows, centre_flows = np.flatnonzero(layout.flow >= 0), np.flatnonzero(layout.centre_flow >= 0)
    parent, centre = problem.supply_parent[flows], problem.supply_parent[centre_flows]
    most = np.bincount(site, weights=demand, minlength=problem.n_sites).astype(np.float64)
    most += np.bincount(parent, minlength=problem.n_sites) * float(problem.capacity_centiparcels[0])
    most += np.bincount(centre, minlength=problem.n_sites) * float(problem.capacity_centiparcels[1])
    opening = np.flatnonzero(~layout.by_itself)
    least = np.full(problem.n_sites, np.iinfo(np.int64).max)
    np.minimum.at(least, layout.open_site[opening], problem.capacity_centiparcels[layout.open_tier[opening] - 1])
    tight = np.flatnonzero(most > least)  # elsewhere capacity never binds (R3)
    number = np.full(problem.n_sites, -1)
    number[tight] = rows.open(len(tight), -FREE, 0)
    kept = number[site] >= 0
    rows.put(number[site[kept]], layout.serve[pairs[kept]], demand[kept])
    kept = number[parent] >= 0
    rows.put(number[parent[kept]], layout.flow[flows[kept]], 1)
    kept = number[centre] >= 0
    rows.put(number[centre[kept]], layout.centre_flow[centre_flows[kept]], 1)
    opening = opening[number[layout.open_site[opening]] >= 0]
    room = np.minimum(problem.capacity_centiparcels[layout.open_tier[opening] - 1], most[layout.open_site[opening]])
    rows.put(number[layout.open_site[opening]], opening, -room)


def _centre_throughput(problem: ThreeTierProblem, layout: Layout, rows: Rows) -> None:
    """(M9) Every covered village's parcels pass through a county centre: together the open ones have room."""
    capacity = int(problem.capacity_centiparcels[2])
    if problem.demand_centiparcels[layout.covered >= 0].sum() <= capacity:
        return
    if problem.max_centres == 1:
        rows.put(rows.open(1, -FREE, capacity), layout.covered, problem.demand_centiparcels)
        return
    number = rows.open(1, -FREE, 0)
    rows.put(number, layout.covered, problem.demand_centiparcels)
    rows.put(number, layout.opening(3), -float(capacity))


def _centre_in_reach(problem: ThreeTierProblem, layout: Layout, rows: Rows) -> None:
    """(M8') A township station lies within the supply radius of an open county centre."""
    _in_reach(problem, layout, rows, station_links(problem), child_tier=2, parent_tiers=(3,))


def _parent_in_reach(problem: ThreeTierProblem, layout: Layout, rows: Rows) -> None:
    """(M7') A village point lies within the supply radius of some open station of township tier or higher."""
    _in_reach(problem, layout, rows, point_links(problem), child_tier=1, parent_tiers=(2, 3))


def _in_reach(
    problem: ThreeTierProblem,
    layout: Layout,
    rows: Rows,
    links: Ints,
    *,
    child_tier: int,
    parent_tiers: tuple[int, ...],
) -> None:
    """Rows "open at ``child_tier`` only if a parent in reach is open", left out where every centre reaches (R4)."""
    parent, child = problem.supply_parent[links], problem.supply_child[links]
    centre = np.zeros(problem.n_sites, dtype=np.int64)
    centre[layout.open_site[layout.opening(3)]] = 1
    reached_by = np.bincount(child, weights=centre[parent], minlength=problem.n_sites) + centre
    opening = layout.opening(child_tier)
    needy = np.unique(layout.open_site[opening])
    needy = needy[reached_by[needy] < centre.sum()]
    number = np.full(problem.n_sites, -1)
    number[needy] = rows.open(len(needy), -FREE, 0)
    kept = opening[number[layout.open_site[opening]] >= 0]
    rows.put(number[layout.open_site[kept]], kept, 1)
    within = number[child] >= 0
    for tier in parent_tiers:
        rows.put(number[child[within]], _column_of(problem, layout, tier)[parent[within]], -1)


def _column_of(problem: ThreeTierProblem, layout: Layout, tier: int) -> Columns:
    """The column that opens each site at ``tier`` (township or county), -1 for none."""
    column = np.full(problem.n_sites, -1)
    opening = layout.opening(tier)
    column[layout.open_site[opening]] = opening
    return column


def _parent_links(problem: ThreeTierProblem, layout: Layout, rows: Rows) -> None:
    """(M7) Every village point has one parent, which is open at township tier or higher; (M8) a station, a centre."""
    for columns, child_tier, parent_tiers in ((layout.link, 1, (2, 3)), (layout.centre_link, 2, (3,))):
        links = np.flatnonzero(columns >= 0)
        parent, child = problem.supply_parent[links], problem.supply_child[links]
        number = rows.open(problem.n_sites, 0, 0)
        rows.put(number[child], columns[links], 1)
        opening = layout.opening(child_tier)
        rows.put(number[layout.open_site[opening]], opening, -1)
        number = rows.open(len(links), -FREE, 0)
        rows.put(number, columns[links], 1)
        for tier in parent_tiers:
            rows.put(number, _column_of(problem, layout, tier)[parent], -1)


def _flow(problem: ThreeTierProblem, layout: Layout, rows: Rows) -> None:
    """(M10) A village point's parcels flow from the parent it is linked to."""
    links = np.flatnonzero(layout.flow >= 0)
    number = rows.open(len(links), -FREE, 0)
    rows.put(number, layout.flow[links], 1)
    rows.put(number, layout.link[links], -float(problem.capacity_centiparcels[0]))
    number = rows.open(problem.n_sites, -FREE, 0)  # load - flow - (slack where the site is more than a point) <= 0
    rows.put(number[problem.supply_child[links]], layout.flow[links], -1)
    demand = problem.demand_centiparcels[problem.access_village]
    rows.put(number[problem.access_site], layout.serve, demand)
    rows.put(number[problem.access_site[layout.pattern_pair]], layout.pattern_column, demand[layout.pattern_pair])
    most = np.bincount(problem.access_site, weights=demand, minlength=problem.n_sites)
    higher = np.flatnonzero(layout.open_tier >= 2)
    rows.put(number[layout.open_site[higher]], higher, -most[layout.open_site[higher]])


def _centre_flow(problem: ThreeTierProblem, layout: Layout, rows: Rows) -> None:
    """(M10'') Where centres share the parcels: a station's and its points' flow from the centre it is linked to."""
    links = np.flatnonzero(layout.centre_flow >= 0)
    if not len(links):
        return
    number = rows.open(len(links), -FREE, 0)
    rows.put(number, layout.centre_flow[links], 1)
    rows.put(number, layout.centre_link[links], -float(problem.capacity_centiparcels[1]))
    number = rows.open(problem.n_sites, -FREE, 0)  # load - flow - (slack where the site is no station) <= 0
    rows.put(number[problem.supply_child[links]], layout.centre_flow[links], -1)
    demand = problem.demand_centiparcels[problem.access_village]
    rows.put(number[problem.access_site], layout.serve, demand)
    passed = np.flatnonzero(layout.flow >= 0)
    rows.put(number[problem.supply_parent[passed]], layout.flow[passed], 1)
    own = np.bincount(problem.access_site, weights=demand, minlength=problem.n_sites)
    points = np.bincount(problem.supply_parent[passed], minlength=problem.n_sites)
    most = own + points * float(problem.capacity_centiparcels[0])
    for tier, slack in ((1, own), (3, np.minimum(most, float(problem.capacity_centiparcels[2])))):
        opening = layout.opening(tier)
        opening = opening[~layout.by_itself[opening]]
        rows.put(number[layout.open_site[opening]], opening, -slack[layout.open_site[opening]])


def _budget(problem: ThreeTierProblem, layout: Layout, rows: Rows) -> None:
    """(M11) Investment stays within the budget."""
    if problem.budget_cny is not None:
        capex = problem.capex_cny[layout.open_site, layout.open_tier - 1]
        number = rows.open(1, -FREE, problem.budget_cny)
        rows.put(number, np.arange(len(layout.open_site)), capex)
        if problem.cold is not None:
            rows.put(number, layout.cold.site, problem.cold.capex_cny)


def _locked(problem: ThreeTierProblem, layout: Layout, rows: Rows) -> None:
    """(M12) Sites that must be open are, at the tier asked for or above (lower openings have no column, R1)."""
    locked = np.flatnonzero(problem.locked_tier)
    number = np.full(problem.n_sites, -1)
    number[locked] = rows.open(len(locked), 1, FREE)
    kept = np.flatnonzero(number[layout.open_site] >= 0)
    rows.put(number[layout.open_site[kept]], kept, 1)


def _one_per_unit(problem: ThreeTierProblem, layout: Layout, rows: Rows) -> None:
    """(M13) At most one site of a village-level unit is open; units with one possible site follow from (M1)."""
    if problem.site_unit is None:
        return
    unit = problem.site_unit[layout.open_site]
    pairs = np.unique(np.stack([unit, layout.open_site]), axis=1)
    units, count = np.unique(pairs[0], return_counts=True)
    crowded = units[(count > 1) & (units >= 0)]
    number = rows.open(len(crowded), -FREE, 1)
    kept = np.flatnonzero(np.isin(unit, crowded))
    rows.put(number[np.searchsorted(crowded, unit[kept])], kept, 1)
