"""Which places lie near which stops of passenger lines, by road."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from planner.domain import County, Site
from planner.network.graph import RoadNetwork
from planner.network.matrix import TravelMatrix, travel_matrix
from planner.network.snap import Snapped, snap_points
from planner.network.straight import StraightLines

Stops = Mapping[str, Mapping[str, tuple[int, ...]]]
"""Positions of stops along each line (0 = the first), by site id and line id."""


@dataclass(frozen=True, slots=True)
class NearStops:
    """Stops within a road distance of sites: ``boarding`` from the site to the stop, ``alighting`` the way back.

    One-way streets may make them differ. Sites without any stop in reach are absent.
    """

    boarding: Stops = field(default_factory=dict)
    alighting: Stops = field(default_factory=dict)


def near_stops(
    county: County,
    network: RoadNetwork | StraightLines,
    site_snaps: Snapped,
    line_ids: Sequence[str],
    radius_m: Callable[[Site], float],
) -> NearStops:
    """Sites and stops of the lines ``line_ids`` no farther apart than a site's radius by road, access included."""
    wanted = set(line_ids)
    places = [
        (line.line_id, position, stop)
        for line in county.bus_lines
        if line.line_id in wanted
        for position, stop in enumerate(line.stops)
    ]
    if not places or not len(site_snaps):
        return NearStops()
    lon, lat = (np.array([getattr(stop, axis) for _, _, stop in places]) for axis in ("lon", "lat"))
    limits = np.array([int(radius_m(site) + 0.5) for site in county.sites])
    cutoff = int(limits.max())
    if isinstance(network, StraightLines):
        stops = network.place(lon, lat, site_snaps.limit_m)
        to_sites, to_stops = (network.matrix(a, b, "distance") for a, b in ((stops, site_snaps), (site_snaps, stops)))
    else:
        stops = snap_points(network, lon, lat, site_snaps.limit_m)
        to_sites = travel_matrix(network, stops, site_snaps, by="distance", cutoff=cutoff)
        to_stops = travel_matrix(network, site_snaps, stops, by="distance", cutoff=cutoff)
    at = [(line_id, position) for line_id, position, _ in places]
    site_ids = [site.site_id for site in county.sites]
    return NearStops(
        boarding=_gathered((site_ids[row], at[column]) for row, column in _pairs(to_stops, limits[to_stops.rows()])),
        alighting=_gathered((site_ids[column], at[row]) for row, column in _pairs(to_sites, limits[to_sites.indices])),
    )


def _pairs(matrix: TravelMatrix, limits: NDArray[np.int64]) -> list[tuple[int, int]]:
    near = matrix.distance_m <= limits
    return list(zip(matrix.rows()[near].tolist(), matrix.indices[near].tolist(), strict=True))


def _gathered(pairs: Iterable[tuple[str, tuple[str, int]]]) -> Stops:
    found: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for site_id, (line_id, position) in sorted(pairs):
        found[site_id][line_id].append(position)
    return {
        site_id: {line_id: tuple(positions) for line_id, positions in lines.items()} for site_id, lines in found.items()
    }
