"""Distances that a plan does not need and its remedies do: to villages, along new roads, with every road open."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from planner.domain import County
from planner.network.graph import RoadNetwork, build_network
from planner.network.matrix import By, TravelMatrix, travel_matrix
from planner.network.rounding import access_ms, half_up
from planner.network.snap import Snapped, snap_points
from planner.network.straight import StraightLines
from planner.scenario import Network as NetworkParameters

BESIDE_THE_ROAD_M = 1.0
"""Farther from the road than this no point of it lies by rounding."""

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """A county's places and roads, to be measured further. Villages are administrative ones, by position."""

    county: County
    parameters: NetworkParameters
    by: By
    network: RoadNetwork | StraightLines
    village_snaps: Snapped
    site_snaps: Snapped

    def supply_to(self, villages: Numbers) -> TravelMatrix:
        """Sites × these villages by distance, row = from, without a cut-off."""
        return self._measured(self.site_snaps, self.village_snaps.take(villages), "distance")

    def access_by_new_road(self, villages: Numbers) -> TravelMatrix:
        """These villages × sites, as if the straight line from each to its nearest road were a road.

        The new road is as slow as an access leg. Only for a county with roads.
        """
        legs = self.village_snaps.take(villages)
        ways = self._measured(self._feet(legs), self.site_snaps, self.by)
        row = ways.rows()
        straight = np.hypot(
            legs.x[row] - self.site_snaps.x[ways.indices], legs.y[row] - self.site_snaps.y[ways.indices]
        )
        leg_ms = access_ms(legs.distance_mm, self.parameters.access_speed_kmh)
        return replace(
            ways,
            distance_m=(ways.distance_m + legs.distance_m[row]).astype(np.int32),
            duration_s=(ways.duration_s + (leg_ms[row] + 500) // 1000).astype(np.int32),
            straight_m=half_up(straight).astype(np.int32),
        )

    def supply_by_new_road(self, villages: Numbers) -> TravelMatrix:
        """Sites × these villages by distance, with the same new roads."""
        legs = self.village_snaps.take(villages)
        ways = self._measured(self.site_snaps, self._feet(legs), "distance")
        return replace(ways, distance_m=(ways.distance_m + legs.distance_m[ways.indices]).astype(np.int32))

    @property
    def some_roads_are_closed(self) -> bool:
        """Whether the plan is for a month in which some road of the county closes."""
        month = self.parameters.month
        return (
            month is not None
            and isinstance(self.network, RoadNetwork)
            and any(month in road.closed_months for road in self.county.roads)
        )

    def access_all_open(self, villages: Numbers) -> TravelMatrix:
        """These villages × sites in a year in which no road closes."""
        network = self._all_open()
        origins = self._snapped(network, self.village_snaps.take(villages))
        return travel_matrix(network, origins, self._snapped(network, self.site_snaps), by=self.by)

    def supply_all_open(self) -> tuple[TravelMatrix, Snapped]:
        """Sites × sites by distance in a year in which no road closes, and where the sites then meet the road."""
        network = self._all_open()
        sites = self._snapped(network, self.site_snaps)
        return travel_matrix(network, sites, sites, by="distance"), sites

    def _all_open(self) -> RoadNetwork:
        return build_network(self.county, self.parameters.model_copy(update={"month": None}))

    def _snapped(self, network: RoadNetwork, places: Snapped) -> Snapped:
        return snap_points(network, places.lon, places.lat, self.parameters.snap_limit_m)

    def _feet(self, legs: Snapped) -> Snapped:
        """The nearest points of the road, as places beside it."""
        assert isinstance(self.network, RoadNetwork)  # noqa: S101 (straight lines leave nobody without a road)
        return snap_points(self.network, legs.road_lon, legs.road_lat, BESIDE_THE_ROAD_M)

    def _measured(self, origins: Snapped, destinations: Snapped, by: By) -> TravelMatrix:
        if isinstance(self.network, StraightLines):
            return self.network.matrix(origins, destinations, by)
        return travel_matrix(self.network, origins, destinations, by=by)
