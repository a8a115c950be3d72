"""The travel matrix: road distance and time between many points, sparse, with the radius it was cut at."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from planner.errors import UsageError
from planner.network.augment import AugmentedGraph, insert_terminals
from planner.network.graph import RoadNetwork
from planner.network.rounding import access_ms, half_up
from planner.network.snap import Snapped

if TYPE_CHECKING:
    from planner.network.reduce import ReducedGraph

By = Literal["distance", "duration"]

_SOURCES_WORTH_A_THREAD: Final = 32
_CHUNKS_PER_THREAD: Final = 4


class Row(NamedTuple):
    """What one origin reaches: destination indices (ascending), metres, seconds, straight-line metres; int32."""

    indices: NDArray[np.int32]
    distance_m: NDArray[np.int32]
    duration_s: NDArray[np.int32]
    straight_m: NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class TravelMatrix:
    """Road distance and time from each origin to each destination it reaches within the cut-off (CSR).

    The way is the shortest by ``by``; among equally short ones the quickest (or among equally quick ones the
    shortest), to the millimetre and millisecond. Both access legs count in distance and time. Where the
    straight line between two points is no longer than their two access legs together, one goes straight, at
    access speed. A point beyond the snap limit reaches nothing and is reached by nothing.

    An entry that is absent is beyond ``cutoff`` or unreachable; ``connected`` tells the two apart per origin.

    Attributes
    ----------
    indptr, indices
        int64 (n_origins + 1,), int32 (nnz,): columns ascending in each row.
    distance_m, duration_s, straight_m
        int32 (nnz,): whole metres and seconds, rounded half up from millimetres and milliseconds;
        ``straight_m`` is the straight line in the county's metric CRS.
    connected
        bool (n_origins,): whether the origin reaches at least one destination at all, however far.
    shape
        (n_origins, n_destinations).
    by
        ``distance`` or ``duration``: what is minimised, and what ``cutoff`` limits.
    cutoff
        Whole metres or whole seconds, None for none; entries with a value up to it are present.
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    distance_m: NDArray[np.int32]
    duration_s: NDArray[np.int32]
    straight_m: NDArray[np.int32]
    connected: NDArray[np.bool_]
    shape: tuple[int, int]
    by: By
    cutoff: int | None

    @property
    def nnz(self) -> int:
        """Number of entries."""
        return len(self.indices)

    @property
    def primary(self) -> NDArray[np.int32]:
        """What ``by`` names: ``distance_m`` or ``duration_s``."""
        return self.distance_m if self.by == "distance" else self.duration_s

    def row(self, origin: int) -> Row:
        """What ``origin`` reaches."""
        part = slice(int(self.indptr[origin]), int(self.indptr[origin + 1]))
        return Row(self.indices[part], self.distance_m[part], self.duration_s[part], self.straight_m[part])

    def rows(self) -> NDArray[np.int32]:
        """int32 (nnz,): the origin of every entry."""
        return np.repeat(np.arange(self.shape[0], dtype=np.int32), np.diff(self.indptr))

    def lookup(self, origin: int, destination: int) -> tuple[int, int] | None:
        """Metres and seconds from ``origin`` to ``destination``, or None where there is no entry."""
        row = self.row(origin)
        at = int(np.searchsorted(row.indices, destination))
        if at == len(row.indices) or row.indices[at] != destination:
            return None
        return int(row.distance_m[at]), int(row.duration_s[at])

    def within(self, limit: int) -> csr_array:
        """Which destinations lie within ``limit`` (metres or seconds, as ``by``): bool CSR, origin × destination.

        Raises UsageError when ``limit`` exceeds the cut-off, beyond which the matrix knows nothing.
        """
        if self.cutoff is not None and limit > self.cutoff:
            raise UsageError(f"limit {limit} is beyond the cut-off {self.cutoff} of this travel matrix")
        near = self.primary <= limit
        indptr = np.concatenate([[0], np.cumsum(near)])[self.indptr]
        return csr_array((np.ones(int(near.sum()), dtype=bool), self.indices[near], indptr), shape=self.shape)


def travel_matrix(
    network: RoadNetwork,
    origins: Snapped,
    destinations: Snapped,
    *,
    by: By = "distance",
    cutoff: int | None = None,
    threads: int | None = None,
) -> TravelMatrix:
    """Shortest ways from every origin to every destination.

    Parameters
    ----------
    by
        What is minimised: ``distance`` (then time) or ``duration`` (then distance).
    cutoff
        Largest value kept, in whole metres or seconds as ``by`` says, of the whole way: access legs
        included, after rounding. None keeps everything that can be reached.
    threads
        How many to use; None for as many as there are processors. Results do not depend on it.

    Raises
    ------
    UsageError
        ``by`` or ``cutoff`` makes no sense, or without a cut-off some way is longer than 1,879 km or 521 h.
    """
    if by not in get_args(By):
        raise UsageError(f"by must be 'distance' or 'duration', got {by!r}")
    if cutoff is not None and cutoff < 0:
        raise UsageError(f"cutoff must not be negative, got {cutoff}")
    limit = None if cutoff is None else int(cutoff) * 1000 + 499
    graph = insert_terminals(network, origins, destinations)
    leg_o, leg_d = _legs(network, origins, by), _legs(network, destinations, by)
    road = _by_road(graph, leg_o, by, limit, threads)
    straight = _straight_pairs(network, origins, destinations, by)
    row, col, primary, secondary = _merge(road, straight, leg_o, leg_d, len(destinations))
    if limit is not None:
        keep = primary <= limit
        row, col, primary, secondary = row[keep], col[keep], primary[keep], secondary[keep]
    connected = road.connected
    connected[straight.row] = True
    mm, ms = (primary, secondary) if by == "distance" else (secondary, primary)
    return TravelMatrix(
        indptr=np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(origins)))]).astype(np.int64),
        indices=col.astype(np.int32),
        distance_m=_rounded(mm),
        duration_s=_rounded(ms),
        straight_m=_rounded(straight_mm(origins, destinations, row, col)),
        connected=connected,
        shape=(len(origins), len(destinations)),
        by=by,
        cutoff=cutoff,
    )


def straight_mm(
    origins: Snapped, destinations: Snapped, row: NDArray[np.integer], col: NDArray[np.integer]
) -> NDArray[np.int64]:
    """Straight lines between ``origins[row]`` and ``destinations[col]`` in the metric CRS, int64 millimetres."""
    metres = np.hypot(origins.x[row] - destinations.x[col], origins.y[row] - destinations.y[col])
    return half_up(metres * 1000.0)


class _Legs(NamedTuple):
    """Access legs, int64 per point, in the units of the search: what is minimised, and the other."""

    primary: NDArray[np.int64]
    secondary: NDArray[np.int64]


class _ByRoad(NamedTuple):
    """Ways between snapped positions: CSR origin × destination of packed weights, and who is connected."""

    weight: csr_array
    connected: NDArray[np.bool_]


class _Pairs(NamedTuple):
    """Pairs that go straight, ordered by row and column, int64."""

    row: NDArray[np.int64]
    col: NDArray[np.int64]
    primary: NDArray[np.int64]
    secondary: NDArray[np.int64]


def _legs(network: RoadNetwork, points: Snapped, by: By) -> _Legs:
    mm = points.distance_mm
    ms = access_ms(mm, network.access_speed_kmh)
    return _Legs(mm, ms) if by == "distance" else _Legs(ms, mm)


def _by_road(graph: AugmentedGraph, leg_o: _Legs, by: By, limit: int | None, threads: int | None) -> _ByRoad:
    """Search between the terminals, from whichever side has fewer."""
    from planner.network.kernel import PRIMARY_LIMIT, pack  # numba is loaded when first needed
    from planner.network.reduce import reduce_graph

    at_o, at_d = graph.terminals
    node_o, node_d = np.unique(at_o[at_o >= 0]), np.unique(at_d[at_d >= 0])
    weight = pack(graph.mm, graph.ms) if by == "distance" else pack(graph.ms, graph.mm)
    backward = len(node_d) < len(node_o)
    reduced = reduce_graph(graph, weight, node_o, node_d, backward=backward)
    bounded = limit is not None and limit <= PRIMARY_LIMIT
    limits_o = np.full(len(node_o), limit if bounded else PRIMARY_LIMIT, np.int64)
    if bounded:
        nearest_leg = np.full(graph.n_nodes, limits_o.max(initial=0))
        on_road = at_o >= 0
        np.minimum.at(nearest_leg, at_o[on_road], leg_o.primary[on_road])
        limits_o -= nearest_leg[node_o]
    if backward:
        limits_d = np.full(len(node_d), limits_o.max(initial=-1), np.int64)
        between = _search(reduced, node_d, node_o, limits_d, unbounded=not bounded, threads=threads).T.tocsr()
    else:
        between = _search(reduced, node_o, node_d, limits_o, unbounded=not bounded, threads=threads)
    connected = np.zeros(len(at_o), dtype=bool)
    connected[at_o >= 0] = reduced.reaches[at_o[at_o >= 0]]
    return _ByRoad(_expand(between, _ranks(at_o, node_o), _ranks(at_d, node_d)), connected)


def _search(
    reduced: ReducedGraph,
    sources: NDArray[np.int32],
    targets: NDArray[np.int32],
    limits: NDArray[np.int64],
    *,
    unbounded: bool,
    threads: int | None,
) -> csr_array:
    """Packed weights from ``sources`` to ``targets`` (old node numbers), CSR; chunks of sources run in threads."""
    from planner.network.kernel import search  # numba is loaded when first needed

    start = reduced.new_number[sources]
    rank = np.full(len(reduced.first_arc) - 1, -1, np.int32)
    rank[reduced.new_number[targets]] = np.arange(len(targets), dtype=np.int32)
    graph = (reduced.first_arc, reduced.arc_head, reduced.arc_weight)
    workers = max(1, min(threads or _processors(), len(sources) // _SOURCES_WORTH_A_THREAD))
    parts = 1 if workers == 1 else workers * _CHUNKS_PER_THREAD
    cuts = np.linspace(0, len(sources), parts + 1).astype(int).tolist()

    def chunk(i: int) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], bool]:
        part = slice(cuts[i], cuts[i + 1])
        return search(*graph, start[part], limits[part], rank, len(targets), unbounded)

    if workers == 1:
        results = [chunk(i) for i in range(parts)]
    else:
        with ThreadPoolExecutor(workers) as pool:
            results = list(pool.map(chunk, range(parts)))
    if any(overflow for *_, overflow in results):
        raise UsageError("some way is longer than 1,879 km or 521 h: give a cutoff")
    counts, reached, weights = (np.concatenate([result[k] for result in results]) for k in range(3))
    indptr = np.concatenate([[0], np.cumsum(counts)])
    return csr_array((weights, reached, indptr), shape=(len(sources), len(targets)))


def _ranks(at: NDArray[np.int32], nodes: NDArray[np.int32]) -> NDArray[np.int64]:
    """The place of each point's node in ``nodes``; one past the end for a point that is not on the network."""
    return np.where(at >= 0, np.searchsorted(nodes, at), len(nodes))


def _expand(between: csr_array, rank_o: NDArray[np.int64], rank_d: NDArray[np.int64]) -> csr_array:
    """From nodes to points: repeat rows and columns for points that share a node, none for points on no road."""
    off_row = csr_array((1, between.shape[1]), dtype=np.int64)
    rows = _stack(between, off_row)[rank_o]
    off_col = csr_array((1, rows.shape[0]), dtype=np.int64)
    points = _stack(rows.T.tocsr(), off_col)[rank_d].T.tocsr()
    points.sort_indices()
    return points


def _stack(upper: csr_array, empty_row: csr_array) -> csr_array:
    indptr = np.append(upper.indptr, upper.indptr[-1])
    return csr_array((upper.data, upper.indices, indptr), shape=(upper.shape[0] + 1, empty_row.shape[1]))


def _straight_pairs(network: RoadNetwork, origins: Snapped, destinations: Snapped, by: By) -> _Pairs:
    """Pairs on the network whose straight line is no longer than their two access legs together."""
    on_o, on_d = np.flatnonzero(origins.ok), np.flatnonzero(destinations.ok)
    leg_o, leg_d = origins.distance_mm[on_o], destinations.distance_mm[on_d]
    reach_m = (leg_o.max(initial=0) + leg_d.max(initial=0)) / 1000.0 + 0.001
    tree_o = cKDTree(np.column_stack([origins.x[on_o], origins.y[on_o]]))
    tree_d = cKDTree(np.column_stack([destinations.x[on_d], destinations.y[on_d]]))
    near = tree_o.sparse_distance_matrix(tree_d, reach_m, output_type="ndarray")
    row, col = on_o[near["i"]], on_d[near["j"]]
    mm = straight_mm(origins, destinations, row, col)
    straight = mm <= origins.distance_mm[row] + destinations.distance_mm[col]
    row, col, mm = row[straight], col[straight], mm[straight]
    order = np.lexsort([col, row])
    row, col, mm = row[order], col[order], mm[order]
    ms = access_ms(mm, network.access_speed_kmh)
    return _Pairs(row, col, mm, ms) if by == "distance" else _Pairs(row, col, ms, mm)


def _merge(
    road: _ByRoad, straight: _Pairs, leg_o: _Legs, leg_d: _Legs, n_destinations: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Add the access legs to the ways by road and put the straight pairs in their place: row, col, both totals."""
    from planner.network.kernel import unpack  # numba is loaded when first needed

    weight = road.weight
    row = np.repeat(np.arange(weight.shape[0]), np.diff(weight.indptr))
    col = weight.indices.astype(np.int64)
    primary, secondary = unpack(weight.data)
    primary = primary + leg_o.primary[row] + leg_d.primary[col]
    secondary = secondary + leg_o.secondary[row] + leg_d.secondary[col]
    key = row * n_destinations + col
    straight_key = straight.row * n_destinations + straight.col
    stays = ~np.isin(key, straight_key, assume_unique=True)
    at = np.searchsorted(key[stays], straight_key)
    pairs = ((row, straight.row), (col, straight.col), (primary, straight.primary), (secondary, straight.secondary))
    merged = [np.insert(by_road[stays], at, direct) for by_road, direct in pairs]
    return merged[0], merged[1], merged[2], merged[3]


def _rounded(thousandths: NDArray[np.int64]) -> NDArray[np.int32]:
    """Millimetres to metres, milliseconds to seconds: whole, rounded half up."""
    return ((thousandths + 500) // 1000).astype(np.int32)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
