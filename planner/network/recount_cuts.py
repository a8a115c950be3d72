"""The independent check on cut roads: scipy's Dijkstra on the whole graph, once more for every stretch closed.

Shared with what is checked is the graph with the points built in (`insert_terminals`), and nothing of the search.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from planner.network.augment import insert_terminals
from planner.network.cuts import Stretch
from planner.network.graph import RoadNetwork
from planner.network.matrix import By
from planner.network.rounding import access_ms, half_up
from planner.network.snap import Snapped

CLOSED = 1e15
"""Weight of a closed stretch: more than any way."""


@dataclass(frozen=True, slots=True, eq=False)
class RecountedCuts:
    """For each stretch closed, the origins that then have no destination left; ``tried`` are all that were closed.

    ``complete`` says that every stretch on anybody's way was tried, and not only every so-manieth.
    """

    lost: dict[Stretch, tuple[int, ...]]
    tried: frozenset[Stretch]
    complete: bool


def recount_cuts(  # noqa: PLR0917 (a network, points, who may go where, and what it is measured by)
    network: RoadNetwork,
    origins: Snapped,
    destinations: Snapped,
    admissible: Sequence[frozenset[int]],
    by: By,
    limit: int | None,
    *,
    most: int,
) -> RecountedCuts:
    """Close every stretch on a shortest way in turn (every so-manieth when there are more than ``most``).

    ``admissible`` are the destinations each origin may use, ``limit`` the most whole metres or seconds, None for any.
    """
    graph = _Graph.of(network, origins, destinations, by)
    on_foot = _on_foot(network, origins, destinations, admissible, by, limit)
    lost: dict[Stretch, set[int]] = {}
    tried: set[Stretch] = set()
    complete = True
    groups = sorted(set(admissible), key=sorted)
    for group in groups:
        who = [i for i, own in enumerate(admissible) if own == group and i not in on_foot]
        searched = graph.towards(sorted(group), weighted=limit is not None)
        pieces = sorted(searched.on_the_way([graph.origin_node[i] for i in who]))
        step = -(-len(pieces) * len(groups) // most) if most else 1
        complete = complete and step <= 1
        fine = [i for i in who if searched.reaches(i, limit, closed=None)]
        for piece in pieces[:: max(1, step)]:
            gone = [i for i in fine if not searched.reaches(i, limit, closed=piece)]
            stretch = graph.stretch(piece)
            tried.add(stretch)
            if gone:
                lost.setdefault(stretch, set()).update(gone)
    return RecountedCuts({key: tuple(sorted(lost[key])) for key in lost}, frozenset(tried), complete)


@dataclass(frozen=True, eq=False)
class _Graph:
    """Arcs turned round (from head to tail), so that a search from destinations gives the ways towards them."""

    network: RoadNetwork
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    weight: NDArray[np.float64]
    piece: NDArray[np.int64]
    n_nodes: int
    origin_node: list[int]
    destination_node: list[int]
    origin_leg: NDArray[np.int64]
    destination_leg: NDArray[np.int64]
    place: NDArray[np.int64]

    @classmethod
    def of(cls, network: RoadNetwork, origins: Snapped, destinations: Snapped, by: By) -> _Graph:
        built = insert_terminals(network, origins, destinations)
        both = ~built.oneway
        weight = built.mm if by == "distance" else built.ms
        numbers = np.arange(len(built.tail))
        legs = [
            points.distance_mm if by == "distance" else access_ms(points.distance_mm, network.access_speed_kmh)
            for points in (origins, destinations)
        ]
        return cls(
            network=network,
            start=np.concatenate([built.head, built.tail[both]]).astype(np.int64),
            end=np.concatenate([built.tail, built.head[both]]).astype(np.int64),
            weight=np.concatenate([weight, weight[both]]).astype(np.float64),
            piece=np.concatenate([numbers, numbers[both]]),
            n_nodes=built.n_nodes,
            origin_node=built.terminals[0].tolist(),
            destination_node=built.terminals[1].tolist(),
            origin_leg=legs[0],
            destination_leg=legs[1],
            place=np.column_stack([built.edge, built.from_mm, built.to_mm]).astype(np.int64),
        )

    def stretch(self, piece: int) -> Stretch:
        return Stretch(*self.place[piece].tolist())

    def towards(self, group: Sequence[int], *, weighted: bool) -> _Searched:
        """A search from one extra node that leads to every destination of the group, for its access leg plus 1."""
        on_road = [j for j in group if self.destination_node[j] >= 0]
        ends = np.array([self.destination_node[j] for j in on_road], dtype=np.int64)
        legs = self.destination_leg[on_road] if weighted else np.zeros(len(on_road))
        return _Searched(
            self,
            np.concatenate([self.start, np.full(len(ends), self.n_nodes)]),
            np.concatenate([self.end, ends]),
            np.concatenate([self.weight, legs + 1.0]),
            weighted,
        )


class _Searched:
    """Ways of everybody to a group of destinations, with every road open or one stretch closed."""

    def __init__(
        self,
        graph: _Graph,
        start: NDArray[np.int64],
        end: NDArray[np.int64],
        weight: NDArray[np.float64],
        weighted: bool,
    ) -> None:
        self._graph, self._start, self._end, self._weight, self._weighted = graph, start, end, weight, weighted
        self._found: dict[int | None, NDArray[np.float64]] = {}

    def _ways(self, closed: int | None) -> NDArray[np.float64]:
        """Total weight to every node, 1 too much; `CLOSED` and more where no way is left."""
        if closed not in self._found:
            weight = self._weight.copy()
            if closed is not None:
                weight[np.flatnonzero(self._graph.piece == closed)] = CLOSED
                self._found = {None: self._found[None]}
            n = self._graph.n_nodes + 1
            order = np.lexsort([weight, self._end, self._start])
            start, end, weight = self._start[order], self._end[order], weight[order]
            best = np.ones(len(start), dtype=bool)
            best[1:] = (start[1:] != start[:-1]) | (end[1:] != end[:-1])
            indptr = np.searchsorted(start[best], np.arange(n + 1))
            matrix: csr_array[np.float64] = csr_array((weight[best], end[best], indptr), shape=(n, n))
            self._found[closed] = dijkstra(matrix, directed=True, indices=np.array([n - 1]))[0]
        return self._found[closed]

    def reaches(self, origin: int, limit: int | None, *, closed: int | None) -> bool:
        node = self._graph.origin_node[origin]
        if node < 0:
            return False
        total = self._ways(closed)[node] - 1
        if not self._weighted or limit is None:
            return bool(total < CLOSED)
        return bool(total < CLOSED) and (int(total) + int(self._graph.origin_leg[origin]) + 500) // 1000 <= limit

    def on_the_way(self, nodes: Sequence[int]) -> set[int]:
        """Pieces on any shortest way from the nodes: closing another changes nobody's way."""
        ways = self._ways(None)
        before, after, weight = self._end, self._start, self._weight
        with np.errstate(invalid="ignore"):  # two nodes without a way: inf - inf is no step
            tight = np.flatnonzero(ways[before] == ways[after] + weight)
        steps: dict[int, list[tuple[int, int]]] = {}
        for arc in tight[tight < len(self._graph.piece)].tolist():
            steps.setdefault(int(before[arc]), []).append((int(after[arc]), int(self._graph.piece[arc])))
        seen, pieces, waiting = set(nodes), set(), [node for node in set(nodes) if node >= 0]
        while waiting:
            for following, piece in steps.get(waiting.pop(), []):
                pieces.add(piece)
                if following not in seen:
                    seen.add(following)
                    waiting.append(following)
        return pieces


def _on_foot(  # noqa: PLR0917 (points, who may go where, and what it is measured by)
    network: RoadNetwork,
    origins: Snapped,
    destinations: Snapped,
    admissible: Sequence[frozenset[int]],
    by: By,
    limit: int | None,
) -> set[int]:
    """Origins with a destination in reach to which one goes straight."""

    def walks() -> Iterator[int]:
        for i, group in enumerate(admissible):
            for j in group:
                metres = np.abs(complex(origins.x[i], origins.y[i]) - complex(destinations.x[j], destinations.y[j]))
                mm = half_up(np.array([metres * 1000.0]))
                if not (origins.ok[i] and destinations.ok[j]):
                    continue
                if mm[0] > origins.distance_mm[i] + destinations.distance_mm[j]:
                    continue
                weight = mm if by == "distance" else access_ms(mm, network.access_speed_kmh)
                if limit is None or (int(weight[0]) + 500) // 1000 <= limit:
                    yield i

    return set(walks())
