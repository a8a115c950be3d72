"""Collecting roads: every ``highway`` and ferry way near the county, its shape, and what it is to a van."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.domain.county import RoadClass
from planner.geodata.crs import ELLIPSOID
from planner.geodata.osm.clip import Clip
from planner.geodata.osm.extract import OsmRoads
from planner.geodata.osm.roads import Drivable, Excluded, classify_way
from planner.geodata.osm.tags import Tags, name_of
from planner.geodata.roads import line_lengths_m

if TYPE_CHECKING:
    from osmium.osm.types import Way
    from shapely import LineString

_BATCH: Final = 20_000
"""Ways whose shapes are built and clipped together."""


FAR_DEGREES: Final = 1.0
"""A way whose ends both lie farther than this outside the box around the county is not looked at: it would have to be
longer than any road that is mapped as one way (100 km and more)."""

MOST_STEP_KM: Final = 50.0
"""Farthest that two points of a road in a row may lie apart."""


@dataclass(slots=True)
class RoadCounts:
    """What became of the ways near the county.

    ``ways`` counts by ``highway=*``, ``excluded_ways`` and ``excluded_km`` by reason, ``notes`` tags that were not
    understood or not used. ``cut_ways`` are kept up to a gap where nodes are missing. Counted in the whole file, for
    want of a position: ``lost_ways`` have no two nodes with a position side by side, ``unsaved_ways`` have nodes with
    negative ids (never uploaded from an editor), ``repeated_ways`` stand in the file twice.
    """

    ways: Counter[str] = field(default_factory=Counter)
    excluded_ways: Counter[str] = field(default_factory=Counter)
    excluded_km: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    notes: Counter[str] = field(default_factory=Counter)
    cut_ways: int = 0
    lost_ways: int = 0
    unsaved_ways: int = 0
    repeated_ways: int = 0
    ferries_out: list[str] = field(default_factory=list)


@dataclass(frozen=True, eq=False, slots=True)
class _Piece:
    way_id: int
    part: int
    name: str
    tags: Tags
    line: str | LineString
    """Hexadecimal WKB as osmium writes it, or a shape built here."""


@dataclass(frozen=True, eq=False, slots=True)
class _Kept:
    way_id: int
    part: int
    name: str
    drivable: Drivable
    line: LineString


class RoadCollector:
    """Takes ways one by one and gives the roads at the end."""

    def __init__(self, clip: Clip) -> None:
        from osmium.geom import WKBFactory

        self.counts = RoadCounts()
        self._clip = clip
        self.factory = WKBFactory()
        self._batch: list[_Piece] = []
        self._kept: list[_Kept] = []
        self._seen: set[int] = set()

    def add(self, way: Way) -> bool:
        """Take in one way with ``highway`` or ``route=ferry``, its locations set; False when it is far away."""
        if self._is_far(way):
            return False
        if way.id in self._seen:
            self.counts.repeated_ways += 1
            return True
        self._seen.add(way.id)
        tags = {tag.k: tag.v for tag in way.tags}
        for part, line in self._lines(way):
            self._batch.append(_Piece(way.id, part, name_of(tags), tags, line))
        if len(self._batch) >= _BATCH:
            self._flush()
        return True

    def _is_far(self, way: Way) -> bool:
        """Whether both ends lie so far out that no road between them comes near: a quick test for large files."""
        nodes = way.nodes
        if len(nodes) == 0:
            return False
        for end in (nodes[0].location, nodes[-1].location):
            if not end.valid() or self._clip.in_bounds(end.lon, end.lat, FAR_DEGREES):
                return False
        return True

    def finish(self) -> OsmRoads:
        """All roads, sorted by way and part. Ferries stay when the county holds both ends of the crossing."""
        self._flush()
        self._drop_ferries()
        kept = sorted(self._kept, key=lambda piece: (piece.way_id, piece.part))
        limits = [piece.drivable.speed_limit_kmh for piece in kept]
        return OsmRoads(
            way_id=np.array([piece.way_id for piece in kept], dtype=np.int64),
            part=np.array([piece.part for piece in kept], dtype=np.int32),
            name=_objects([piece.name for piece in kept]),
            highway=_objects([piece.drivable.highway for piece in kept]),
            road_class=_objects([piece.drivable.road_class for piece in kept]),
            surface=_objects([piece.drivable.surface for piece in kept]),
            surface_tagged=np.array([piece.drivable.surface_tagged for piece in kept], dtype=bool),
            oneway=np.array([piece.drivable.direction != 0 for piece in kept], dtype=bool),
            speed_limit_kmh=np.array([np.nan if limit is None else limit for limit in limits], dtype=np.float64),
            geometry=_objects([piece.line for piece in kept]),
        )

    def _lines(self, way: Way) -> list[tuple[int, str | LineString]]:
        """Part number and shape of the whole way (part 0), or of the pieces between missing nodes (1, 2, …)."""
        import osmium

        try:
            return [(0, self.factory.create_linestring(way))]
        except osmium.InvalidLocationError:
            return list(enumerate(self._pieces(way), start=1))
        except RuntimeError:  # fewer than two different positions
            self.counts.lost_ways += 1
            return []

    def _pieces(self, way: Way) -> list[LineString]:
        runs: list[list[tuple[float, float]]] = [[]]
        for node in way.nodes:
            if not node.location.valid():
                runs.append([])
            elif not runs[-1] or runs[-1][-1] != (node.lon, node.lat):
                runs[-1].append((node.lon, node.lat))
        pieces = [shapely.LineString(run) for run in runs if len(run) >= 2]
        if any(node.ref < 0 for node in way.nodes):
            self.counts.unsaved_ways += 1
        elif not pieces:
            self.counts.lost_ways += 1
        return pieces

    def _flush(self) -> None:
        """Build the shapes of the batch, drop what is far from the county, and classify the rest."""
        batch, self._batch = self._batch, []
        if not batch:
            return
        lines = _objects([piece.line for piece in batch])
        packed = np.array([isinstance(line, str) for line in lines])
        lines[packed] = shapely.from_wkb(lines[packed])
        near = np.flatnonzero(self._clip.touches(lines))
        lengths_km = line_lengths_m(list(lines[near])) / 1000 if len(near) else np.empty(0)
        cut = {batch[index].way_id for index in near if batch[index].part}
        self.counts.cut_ways += len(cut)
        for index, length_km in zip(near.tolist(), lengths_km.tolist(), strict=True):
            self._take(batch[index], lines[index], length_km)

    def _take(self, piece: _Piece, line: LineString, length_km: float) -> None:
        verdict = classify_way(piece.tags)
        if verdict is None:
            return
        first = piece.part <= 1
        self.counts.ways[verdict.highway] += first
        if isinstance(verdict, Drivable) and verdict.road_class is not RoadClass.FERRY and _leaps(line, length_km):
            verdict = Excluded(verdict.highway, f"leaps of more than {MOST_STEP_KM:.0f} km: a point is misplaced")
        if isinstance(verdict, Excluded):
            self.counts.excluded_ways[verdict.reason] += first
            self.counts.excluded_km[verdict.reason] += length_km
            return
        self.counts.notes.update(verdict.notes if first else ())
        drawn = line.reverse() if verdict.direction < 0 else line
        self._kept.append(_Kept(piece.way_id, piece.part, piece.name, verdict, drawn))

    def _drop_ferries(self) -> None:
        """Leave out the crossings that end outside the county, or that the file breaks off."""
        ferries = [piece for piece in self._kept if piece.drivable.road_class is RoadClass.FERRY]
        out = {piece.way_id for crossing in _crossings(ferries) if self._leaves(crossing) for piece in crossing}
        names = {piece.way_id: piece.name for piece in ferries}
        self.counts.ferries_out = [f"w{way} ({names[way] or 'without a name'})" for way in sorted(out)]
        self._kept = [piece for piece in self._kept if piece.way_id not in out]

    def _leaves(self, crossing: list[_Kept]) -> bool:
        ends = Counter(end for piece in crossing for end in (piece.line.coords[0], piece.line.coords[-1]))
        tips = [end for end, count in ends.items() if count == 1]
        return any(piece.part for piece in crossing) or not all(self._clip.is_inside(*tip) for tip in tips)


def _leaps(line: LineString, length_km: float) -> bool:
    """Whether two points in a row lie farther apart than any road is straight."""
    if length_km <= MOST_STEP_KM:
        return False
    (lon, lat) = shapely.get_coordinates(line).T
    return bool(ELLIPSOID.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])[2].max() > MOST_STEP_KM * 1000)


def _crossings(ferries: list[_Kept]) -> list[list[_Kept]]:
    """Ferry ways grouped where they join end to end."""
    groups: list[list[_Kept]] = []
    for piece in ferries:
        ends = {piece.line.coords[0], piece.line.coords[-1]}
        joined = [group for group in groups if any(ends & {p.line.coords[0], p.line.coords[-1]} for p in group)]
        groups = [group for group in groups if group not in joined]
        groups.append([piece, *(p for group in joined for p in group)])
    return groups


def _objects(items: Sequence[object]) -> NDArray[np.object_]:
    """A one-dimensional array of objects, whatever the objects are."""
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array
