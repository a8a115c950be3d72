"""About what a depot's week costs, guessed in a moment for the search over ways."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from planner.route.county.carried import Stop
from planner.route.county.weeks import Weeks, vehicle_type
from planner.route.loads import per_visit, reload_s, service_s
from planner.route.problem import VehicleType

UNREACHED: Final = 1e12
"""Stands for a stop that can't be driven to: dearer than any week."""


@dataclass(slots=True, eq=False)
class Guesses:
    """Guessed costs of depots' weeks, each worked out once.

    The days of fewer visits lie within those of more: with stops visited three and five times a week, three days
    serve all and two the latter only.
    """

    weeks: Weeks
    known: dict[tuple[str, tuple[Stop, ...]], float] = field(default_factory=dict)

    def cost(self, depot_id: str, stops: tuple[Stop, ...]) -> float:
        """Millionths of a yuan a week; too much for a week in which a stop can't be served."""
        key = depot_id, stops
        if key not in self.known:
            self.known[key] = self._guess(depot_id, stops)
        return self.known[key]

    def _guess(self, depot_id: str, stops: tuple[Stop, ...]) -> float:
        reached = [stop for stop in stops if self.weeks.roads.round_trip(depot_id, stop.site_id) is not None]
        total = UNREACHED * (len(stops) - len(reached))
        before = 0
        for often in sorted({stop.visits_per_week for stop in reached}):
            total += (often - before) * self._day(depot_id, [s for s in reached if s.visits_per_week >= often])
            before = often
        return total

    def _day(self, depot_id: str, stops: list[Stop]) -> float:
        from planner.route.county.kernel import guess_day

        scenario = self.weeks.scenario
        fleet = self._fleet()
        if not fleet:
            return UNREACHED * len(stops)
        loads = [per_visit(stop.daily, stop.visits_per_week) for stop in stops]
        metres, seconds = self.weeks.roads.legs([depot_id, *(stop.site_id for stop in stops)])
        most = scenario.service.trips_per_shift
        return float(
            guess_day(
                np.ascontiguousarray(metres),
                np.ascontiguousarray(seconds),
                _whole([0, *(load.delivery_centiparcels for load in loads)]),
                _whole([0, *(load.pickup_centiparcels for load in loads)]),
                _whole([0, *(service_s(scenario, load) for load in loads)]),
                _whole([max(1, vehicle.capacities[0]) for vehicle in fleet]),
                np.array([vehicle.fixed_cost for vehicle in fleet], np.float64),
                np.array([vehicle.cost_per_m for vehicle in fleet], np.float64),
                np.array([vehicle.cost_per_s for vehicle in fleet], np.float64),
                _whole([-1 if v.max_distance_m is None else v.max_distance_m for v in fleet]),
                int(scenario.service.shift_hours * 3600),
                reload_s(scenario),
                most or 0,
            )
        )

    def _fleet(self) -> list[VehicleType]:
        scenario = self.weeks.scenario
        return [vehicle_type(scenario, v, v.count) for v in scenario.service.fleet if v.count != 0]


def _whole(values: list[int]) -> NDArray[np.int64]:
    return np.array(values, np.int64)
