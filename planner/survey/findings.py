"""What a county looks like on its roads: how far places lie from them, which roads lead nowhere, what stands twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from planner.domain.wording import number_of
from planner.errors import Defect
from planner.geodata.log import FOLD_FROM_ROWS, DefectLog
from planner.network import RoadNetwork
from planner.survey.joints import warn_doubles, warn_joints
from planner.survey.oneways import warn_traps
from planner.survey.population import PopulationRule, TownshipSum, township_sums, unusual_villages

if TYPE_CHECKING:
    from planner.domain import County, Village
    from planner.network.snap import Snapped
    from planner.pipeline import Prepared

CLOSE_M: Final = 50.0
"""Villages nearer to each other than this are listed together (`planner.geodata.checks` warns of them)."""
SAME_PLACE_M: Final = 10.0
"""Sites of the same host nearer to each other than this may be one; a phone's position is no better."""

Rows = Mapping[tuple[str, str], int]
"""Row by layer and code or site id."""


@dataclass(frozen=True, slots=True, eq=False)
class Snaps:
    """Straight distances from the places of one layer to the nearest road, in whole metres, in the county's order."""

    identity: tuple[str, ...]
    name: tuple[str, ...]
    distance_m: NDArray[np.int64]
    over: NDArray[np.bool_]
    """Which lie beyond ``limit_m``: they are planned as having no road."""
    limit_m: float
    lonlat: NDArray[np.float64]
    road_lonlat: NDArray[np.float64]
    """The places and the nearest points of roads, (n, 2), WGS84 degrees."""

    def __len__(self) -> int:
        return len(self.identity)

    def share_m(self, share: float) -> int:
        """The distance that ``share`` of the places keep to: the value at rank ⌊share · (n − 1)⌋ from the nearest."""
        return int(np.sort(self.distance_m)[int(share * (len(self) - 1))])

    @property
    def farthest_first(self) -> list[int]:
        """Positions of the places beyond the limit, farthest first."""
        over = np.flatnonzero(self.over)
        return [int(index) for index in over[np.argsort(-self.distance_m[over], kind="stable")]]


@dataclass(frozen=True, slots=True)
class RoadPart:
    """Roads that hang together, by their positions in the county; villages and sites count where they are snapped."""

    number: int
    """1 is the main network, the longest part; then by length."""
    roads: tuple[int, ...]
    length_m: int
    villages: int
    sites: int
    lon: float
    lat: float
    """The middle of its first road."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two places of one layer that lie close together."""

    layer: str
    first: str
    second: str
    names: tuple[str, str]
    distance_m: float
    lon: float
    lat: float


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """The spatial findings of a county that can be planned, and the defects among them.

    ``villages`` and the counts of ``parts`` are over administrative villages, as in the plan. Where distances are
    straight lines nothing is snapped: ``villages`` and ``sites`` are None and ``parts`` is empty. ``closed`` counts
    roads that the network leaves out (without length, or closed in the month planned for).
    """

    villages: Snaps | None
    sites: Snaps | None
    parts: tuple[RoadPart, ...]
    closed: int
    close_villages: tuple[Pair, ...]
    same_sites: tuple[Pair, ...]
    population: PopulationRule
    unusual: tuple[Village, ...]
    townships: tuple[TownshipSum, ...]
    defects: tuple[Defect, ...]
    misses: int = 0
    crossings: int = 0
    """Ends that stop beside a road, and crossings without a common vertex: `planner.geodata.joints`."""


def survey_county(prepared: Prepared, rows: Rows | None = None) -> Survey:
    """Collect the findings. ``rows`` says where each place and road stands in its file, for the defects."""
    county = prepared.county
    by_code = [(village.code, village.name) for village in county.administrative_villages]
    by_id = [(site.site_id, site.name) for site in county.sites]
    network = prepared.network
    on_roads = isinstance(network, RoadNetwork)
    parts, closed = _road_parts(network, prepared) if isinstance(network, RoadNetwork) else ((), 0)
    rule = PopulationRule.of([village.population for village in county.administrative_villages])
    unusual = unusual_villages(county.administrative_villages, rule)
    found = DefectLog()
    month = prepared.parameters.month
    closing = [road for road in county.roads if month in road.closed_months]
    advice = (
        f"see whether a road that is closed in month {month} joined it; plan for another month, or without these places"
        if closing
        else "join it at a shared vertex, or correct the positions"
    )
    _warn_islands(county, parts, rows or {}, found, advice)
    if isinstance(network, RoadNetwork):
        warn_doubles(county, rows or {}, found)
        warn_traps(prepared, network, rows or {}, found)
    misses, crossings = warn_joints(county, rows or {}, found) if on_roads else (0, 0)
    _warn_unusual(county, rule, unusual, rows or {}, found)
    return Survey(
        villages=_snaps(by_code, prepared.village_snaps) if on_roads else None,
        sites=_snaps(by_id, prepared.site_snaps) if on_roads else None,
        parts=parts,
        closed=closed,
        close_villages=_pairs(county, "villages", CLOSE_M),
        same_sites=_pairs(county, "sites", SAME_PLACE_M),
        population=rule,
        unusual=unusual,
        townships=township_sums(county),
        defects=tuple(found.defects),
        misses=misses,
        crossings=crossings,
    )


def _snaps(places: Sequence[tuple[str, str]], snapped: Snapped) -> Snaps:
    return Snaps(
        tuple(identity for identity, _ in places),
        tuple(name for _, name in places),
        snapped.distance_m.astype(np.int64),
        ~snapped.ok,
        snapped.limit_m,
        np.column_stack([snapped.lon, snapped.lat]),
        np.column_stack([snapped.road_lon, snapped.road_lat]),
    )


def _road_parts(network: RoadNetwork, prepared: Prepared) -> tuple[tuple[RoadPart, ...], int]:
    """Parts of the network that the plan will use, longest first, and how many roads are in none of them."""
    county = prepared.county
    edge_part, length_mm = _edge_parts(network)
    count = len(length_mm)
    villages, sites = (
        np.bincount(edge_part[snaps.edge[snaps.ok]], minlength=count)
        for snaps in (prepared.village_snaps, prepared.site_snaps)
    )
    position = {road.road_id: index for index, road in enumerate(county.roads)}
    members: list[set[int]] = [set() for _ in range(count)]
    for road, part in zip(network.edge_road.tolist(), edge_part.tolist(), strict=True):
        members[part].add(position[network.roads[road].road_id])
    parts = []
    for number, roads in enumerate(members):
        middle = county.roads[min(roads)].geometry.interpolate(0.5, normalized=True)
        parts.append(
            RoadPart(
                number + 1, tuple(sorted(roads)), int(length_mm[number] + 500) // 1000,
                int(villages[number]), int(sites[number]), middle.x, middle.y,
            )
        )  # fmt: skip
    return tuple(parts), len(county.roads) - sum(len(roads) for roads in members)


def _edge_parts(network: RoadNetwork) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The part of each edge, one-ways ignored, and the length of each part in mm; 0 is the longest."""
    raw = network.weak_components.label[network.edge_tail]
    length_mm = np.zeros(int(raw.max()) + 1, np.int64)
    np.add.at(length_mm, raw, network.edge_mm)
    order = np.argsort(-length_mm, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank[raw], length_mm[order]


def _pairs(county: County, layer: str, within_m: float) -> tuple[Pair, ...]:
    """Villages, or sites of one host, within ``within_m`` of one another in the metric CRS, nearest first."""
    places: Sequence[Any] = county.villages if layer == "villages" else county.sites
    to_metric = Transformer.from_crs("EPSG:4326", county.metric_crs, always_xy=True)
    x, y = to_metric.transform([place.lon for place in places], [place.lat for place in places])
    points = np.asarray(shapely.points(np.asarray(x, float), np.asarray(y, float)), dtype=object)
    first, second = shapely.STRtree(points).query(points, predicate="dwithin", distance=within_m)
    pairs = []
    for i, j in zip(first.tolist(), second.tolist(), strict=True):
        one, other = places[i], places[j]
        if i < j and (layer == "villages" or one.host is other.host):
            identities = (one.code, other.code) if layer == "villages" else (one.site_id, other.site_id)
            apart_m = float(shapely.distance(points[i], points[j]))
            pairs.append(Pair(layer, *identities, (one.name, other.name), apart_m, other.lon, other.lat))
    return tuple(sorted(pairs, key=lambda pair: (pair.distance_m, pair.first, pair.second)))


def _warn_islands(county: County, parts: Sequence[RoadPart], rows: Rows, found: DefectLog, advice: str) -> None:
    """Warn of each part beside the main network that villages or sites stand on: they reach only one another."""
    for part in parts[1:]:
        if part.villages or part.sites:
            first = county.roads[part.roads[0]].road_id
            found.warning(
                "road-island",
                county.layer("roads").file,
                f"{number_of(part.villages, 'village')} and {number_of(part.sites, 'site')} stand on a part of "
                f"{length_words(part.length_m)} ({number_of(len(part.roads), 'road')}, {first} among them) that no "
                "road joins to the main network",
                advice,
                row=rows.get(("roads", first)),
                column="road_id",
                value=first,
            )


def _warn_unusual(
    county: County, rule: PopulationRule, unusual: Sequence[Village], rows: Rows, found: DefectLog
) -> None:
    """Warn of empty villages and of populations far from the county's usual one."""
    file = county.layer("villages").file
    zeros = [village for village in unusual if village.population == 0]
    if len(zeros) == rule.villages >= FOLD_FROM_ROWS:
        found.warning(
            "population-outlier",
            file,
            f"nobody lives in any of the {len(zeros)} administrative villages",
            "fill in the residents: demand follows them",
            column="population",
            value="0",
        )
        return
    for village in unusual:
        people = village.population
        if people == 0:
            message = "has no residents, and so no demand"
        else:
            bound, side = (rule.low, "few") if rule.low is not None and people < rule.low else (rule.high, "many")
            message = f"has unusually {side} residents: the median is {rule.median:,.0f}, the bound {bound:,.1f}"
        found.warning(
            "population-outlier",
            file,
            f"({village.name}) {message}",
            "see whether the figure is this village's, and of people, not households",
            row=rows.get(("villages", village.code)),
            column="population",
            value=str(people),
        )


def length_words(length_m: int) -> str:
    """A length for people: ``640 m``, ``12.3 km``."""
    return f"{length_m} m" if length_m < 1000 else f"{length_m / 1000:,.1f} km"
