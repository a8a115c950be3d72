"""How everything on the map looks. Hues are Okabe and Ito's, told apart by colour-blind eyes; shapes differ as well.

Okabe, M. and Ito, K. (2008), Color Universal Design, https://jfly.uni-koeln.de/color/.
"""

from __future__ import annotations

from typing import Any, Final

from planner.domain import RoadClass, Tier

BLUE, SKY, GREEN, YELLOW = "#0072B2", "#56B4E9", "#009E73", "#F0E442"
VERMILION, PURPLE, ORANGE, BLACK, WHITE = "#D55E00", "#CC79A7", "#E69F00", "#1a1a1a", "#ffffff"

Style = dict[str, Any]
"""Leaflet path options, in pixels and CSS colours."""

ROAD_STYLES: Final[dict[RoadClass, Style]] = {
    RoadClass.NATIONAL_PROVINCIAL: {"color": "#8f7444", "weight": 3.2, "opacity": 1},
    RoadClass.COUNTY: {"color": "#a08a5c", "weight": 2.2, "opacity": 1},
    RoadClass.TOWNSHIP: {"color": "#aea595", "weight": 1.5, "opacity": 1},
    RoadClass.VILLAGE: {"color": "#c2bdb2", "weight": 1.0, "opacity": 1},
    RoadClass.FERRY: {"color": "#4f7fa6", "weight": 2.0, "opacity": 1, "dashArray": "2 4"},
}
UNPAVED_DASH: Final = "4 3"

TIER_STYLES: Final[dict[Tier, Style]] = {
    Tier.COUNTY: {"shape": "star", "radius": 13, "color": BLACK, "weight": 1.5, "fillColor": YELLOW, "fillOpacity": 1},
    Tier.TOWNSHIP: {"shape": "square", "radius": 8, "color": WHITE, "weight": 1.5, "fillColor": BLUE, "fillOpacity": 1},
    Tier.VILLAGE: {
        "shape": "triangle", "radius": 6, "color": WHITE, "weight": 1, "fillColor": GREEN, "fillOpacity": 1,
    },
}  # fmt: skip

STYLES: Final[dict[str, Style]] = {
    "boundary": {"color": "#5d6660", "weight": 1.6, "dashArray": "8 3 2 3", "fillColor": WHITE, "fillOpacity": 1},
    **{f"road-{road_class}": style for road_class, style in ROAD_STYLES.items()},
    **{
        f"road-{road_class}-unpaved": style if road_class is RoadClass.FERRY else {**style, "dashArray": UNPAVED_DASH}
        for road_class, style in ROAD_STYLES.items()
    },
    "bus": {"color": ORANGE, "weight": 2, "opacity": 0.9, "dashArray": "8 4"},
    "bus-jump": {"color": ORANGE, "weight": 1, "opacity": 0.3, "dashArray": "2 5"},
    "bus-stop": {"radius": 2, "color": ORANGE, "weight": 1, "fillColor": WHITE, "fillOpacity": 1},
    **{f"station-{tier.word}": style for tier, style in TIER_STYLES.items()},
    "committee": {"radius": 2.4, "color": "#6f6f6f", "weight": 1, "fillColor": WHITE, "fillOpacity": 1},
    "village-covered": {
        "shape": "circle", "radius": 3.2, "color": BLUE, "weight": 1, "fillColor": SKY, "fillOpacity": 1,
    },
    "village-uncovered": {"shape": "cross", "radius": 5, "color": VERMILION, "weight": 3, "fill": True},
    "critical": {"color": VERMILION, "weight": 4, "opacity": 0.85},
    "access": {"color": SKY, "weight": 1.4, "opacity": 0.9},
    "supply-township": {"color": BLUE, "weight": 2, "opacity": 0.75, "dashArray": "6 5"},
    "supply-village": {"color": GREEN, "weight": 1.2, "opacity": 0.85, "dashArray": "3 4"},
    "route-county-township": {"color": BLUE, "weight": 4, "opacity": 0.55},
    "route-county-village": {"color": GREEN, "weight": 2.6, "opacity": 0.75},
    "route-county-mixed": {"color": BLUE, "weight": 4, "opacity": 0.75, "dashArray": "14 5"},
    "route-township-village": {"color": PURPLE, "weight": 2.6, "opacity": 0.75},
    "route-bus": {"color": ORANGE, "weight": 3.5, "opacity": 0.8, "dashArray": "10 4 2 4"},
}  # fmt: skip
