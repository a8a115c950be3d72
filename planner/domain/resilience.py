"""What of a plan's coverage survives the loss of one station or one road: facts that need the roads to be known."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class CriticalLink:
    """A stretch of road whose closure leaves villages without any station within the radius.

    It runs between two neighbouring places on the road: junctions, ends, and where a village or a station meets it.
    Positions are WGS84 degrees to 1e-6; ``village_codes`` ascend. ``line`` are its vertices, for drawing alone.
    """

    road_id: str
    from_lon: float
    from_lat: float
    to_lon: float
    to_lat: float
    length_m: int
    village_codes: tuple[str, ...]
    line: tuple[tuple[float, float], ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Resilience:
    """Villages with a second station in reach, by code, and the roads that some village depends on.

    A second station is open, within the radius (and of the village's own township where that is asked), and could
    carry the village alone. ``links`` is None where distances follow no road.
    """

    second_station: frozenset[str]
    links: tuple[CriticalLink, ...] | None
