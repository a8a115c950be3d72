"""What a plan says of stations supplied by passenger bus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class BusTrip:
    """The trip on which a bus route's parcels ride: line, the trip's departure from its first stop, and two stops.

    ``board`` and ``alight`` number the stops along the line from 1. ``assumed`` names the columns of ``bus.csv`` whose
    values for the line the scenario assumes.
    """

    line_id: str
    departure_min: int
    board: int
    alight: int
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BusFacts:
    """What was found out about a plan's buses by planning again without them, in whole yuan a year.

    ``total_saving_cny`` is what all routes would cost more with vans alone, ``saving_cny`` for each station by bus what
    they would cost more if it alone went by van. For each line in use, ``cut_cny`` is what they would cost more if
    that line stopped, with all its stations supplied anew, and ``fallback`` how each of them (line, station) would be.
    """

    total_saving_cny: int
    saving_cny: Mapping[str, int] = field(default_factory=dict)
    cut_cny: Mapping[str, int] = field(default_factory=dict)
    fallback: Mapping[tuple[str, str], str] = field(default_factory=dict)
