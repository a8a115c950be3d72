"""Which ways a delivery van may drive, and as what: OSM tags → class, surface, direction, limit, or why not.

Meanings are those of the OSM wiki (Key:highway, Key:access, Key:surface, Key:tracktype, Key:oneway,
Key:maxspeed, Tag:route=ferry).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from planner.domain.county import RoadClass, Surface
from planner.geodata.osm.tags import Tags, words

ROAD_CLASSES: Final = {
    "motorway": RoadClass.NATIONAL_PROVINCIAL,
    "trunk": RoadClass.NATIONAL_PROVINCIAL,
    "primary": RoadClass.NATIONAL_PROVINCIAL,
    "secondary": RoadClass.COUNTY,
    "tertiary": RoadClass.TOWNSHIP,
    "unclassified": RoadClass.VILLAGE,
    "residential": RoadClass.VILLAGE,
    "living_street": RoadClass.VILLAGE,
    "service": RoadClass.VILLAGE,
    "road": RoadClass.VILLAGE,
    "track": RoadClass.VILLAGE,
}
"""Class by ``highway=*`` (links count as the road they belong to); every other value is no road for a van."""

ROUTE_LETTERS: Final = {
    "G": RoadClass.NATIONAL_PROVINCIAL,
    "S": RoadClass.NATIONAL_PROVINCIAL,
    "X": RoadClass.COUNTY,
    "Y": RoadClass.TOWNSHIP,
    "C": RoadClass.VILLAGE,
}
"""A Chinese route number says the administrative class outright: 国道 G, 省道 S, 县道 X, 乡道 Y, 村道 C (GB/T 917)."""

UNFINISHED: Final = ("construction", "proposed", "planned", "abandoned", "razed", "disused")
"""``highway=*`` of what cannot be driven yet or any more."""

CLOSED: Final = words(
    "no private agricultural forestry emergency military permit bus psv foot bicycle horse restricted"
)
"""Access values that keep a delivery van out."""

OPEN: Final = words(
    "yes permissive designated destination customers delivery residents public official unknown discouraged hgv goods"
)
"""Access values that let it in. Any other value counts as open and is counted."""

ACCESS_KEYS: Final = ("motorcar", "motor_vehicle", "vehicle", "access")
"""From the particular to the general: the first key that is tagged decides."""

PAVED: Final = words(
    "paved asphalt concrete concrete:lanes concrete:plates chipseal paving_stones paving_stones:lanes sett "
    "unhewn_cobblestone cobblestone cobblestone:flattened bricks brick metal metal_grid wood"
)
UNPAVED: Final = words(
    "unpaved compacted fine_gravel gravel shells rock rocks rocky pebblestone ground dirt earth grass grass_paver "
    "mud sand woodchips snow ice salt clay soil chalk stone shale"
)

_ROUTE_NUMBER = re.compile(r"([GSXYC])[0-9]{1,4}[A-Z]?")
_SPEED = re.compile(r"([0-9]{1,3}(?:\.[0-9]+)?)\s*(km/h|kmh|kph|mph)?", re.IGNORECASE)
_COUNTRY_ZONE = re.compile(r"([A-Z]{2}):(?:zone:?)?([0-9]{1,3})", re.IGNORECASE)
KMH_PER_MPH: Final = 1.609344

NATIONAL_LIMITS_KMH: Final = {
    "CN:motorway": 120.0,  # 道路交通安全法实施条例 (2004) Art. 78
    "CN:rural": 70.0,  # ibid. Art. 45 (二): one lane each way, outside towns
    "CN:urban": 50.0,  # ibid. Art. 45 (二): one lane each way, in towns
    "GB:motorway": 70 * KMH_PER_MPH,  # Road Traffic Regulation Act 1984, S.I. 1974/502
    "GB:nsl_dual": 70 * KMH_PER_MPH,
    "GB:nsl_single": 60 * KMH_PER_MPH,
    "GB:nsl_restricted": 30 * KMH_PER_MPH,
}
"""Limits that a tag gives by name; codes of other countries are counted as not understood."""

WALK_KMH: Final = 7.0
"""``maxspeed=walk``: walking pace, as German courts have it (4–7 km/h)."""

NO_LIMIT: Final = frozenset(("none", "no", "signals", "variable", "implicit", "default", "unposted"))


@dataclass(frozen=True, slots=True)
class Drivable:
    """How a way is driven. ``direction`` is 1 along the way only, -1 against it only, 0 both ways.

    ``notes`` are words for tags that were not understood or not used, to be counted.
    """

    highway: str
    road_class: RoadClass
    surface: Surface
    surface_tagged: bool
    direction: int
    speed_limit_kmh: float | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Excluded:
    """Why a way is not driven; ``reason`` is to be counted."""

    highway: str
    reason: str


def classify_way(tags: Tags) -> Drivable | Excluded | None:
    """What a way is to a delivery van; None for a way that is neither road nor ferry."""
    if (highway := tags.get("highway")) is not None:
        return _road(highway, tags)
    return _ferry(tags) if tags.get("route") == "ferry" else None


def _road(highway: str, tags: Tags) -> Drivable | Excluded:
    if (reason := _no_road(highway, tags)) is not None:
        return Excluded(highway, reason)
    closed, odd_access = access_of(tags)
    if closed is not None:
        return Excluded(highway, closed)
    surface, tagged, odd_surface = surface_of(highway, tags)
    limit, odd_limit = speed_limit_of(tags)
    direction, odd_direction = direction_of(highway, tags)
    notes = tuple(note for note in (odd_access, odd_surface, odd_limit, odd_direction, _conditional(tags)) if note)
    return Drivable(highway, road_class_of(highway, tags), surface, tagged, direction, limit, notes)


def _no_road(highway: str, tags: Tags) -> str | None:
    if highway in UNFINISHED or "construction" in tags.get("access", ""):
        return "under construction, proposed or abandoned"
    if highway.removesuffix("_link") not in ROAD_CLASSES:
        return "not for motor vehicles (paths, pedestrian streets and the like)"
    if tags.get("area") == "yes":
        return "drawn as an area"
    if tags.get("smoothness") == "impassable":
        return "tagged impassable"
    return "emergency access" if tags.get("service") == "emergency_access" else None


def _ferry(tags: Tags) -> Drivable | Excluded:
    carried = next((tags[key] for key in ACCESS_KEYS[:3] if key in tags), "no")
    closed, _ = access_of(tags)
    if carried == "no" or closed is not None:
        return Excluded("ferry", "ferries not tagged as carrying motor vehicles")
    limit, odd_limit = speed_limit_of(tags)
    direction, _ = direction_of("ferry", tags)
    notes = (odd_limit,) if odd_limit else ()
    return Drivable("ferry", RoadClass.FERRY, Surface.PAVED, False, direction, limit, notes)


def road_class_of(highway: str, tags: Tags) -> RoadClass:
    """By a Chinese route number where there is one, else by the kind of road."""
    for number in tags.get("ref", "").split(";"):
        if match := _ROUTE_NUMBER.fullmatch(number.strip()):
            return ROUTE_LETTERS[match[1]]
    return ROAD_CLASSES[highway.removesuffix("_link")]


def access_of(tags: Tags) -> tuple[str | None, str]:
    """Why a van is kept out (None when it is not), and a note on a value that was not understood."""
    for key in ACCESS_KEYS:
        if (text := tags.get(key)) is None:
            continue
        values = {value.strip() for value in text.split(";")} - {""}
        if values and values <= CLOSED:
            return f"{key}={'|'.join(sorted(values))}", ""
        return None, "" if values & OPEN else f"{key}={text} (unknown, taken as open)"
    return None, ""


def surface_of(highway: str, tags: Tags) -> tuple[Surface, bool, str]:
    """Surface, whether a tag says it, and a note on a value that was not understood.

    Of several values the worst counts. Without a tag a track is unpaved and everything else paved.
    """
    note = ""
    if text := tags.get("surface", "").lower():
        values = {word for value in re.split(r"[;,&]", text) if (word := value.split("(")[0].strip())}
        if values & UNPAVED:
            return Surface.UNPAVED, True, ""
        if values & PAVED:
            return Surface.PAVED, True, ""
        note = f"surface={text} (unknown)"
    if grade := tags.get("tracktype"):
        return (Surface.PAVED if grade == "grade1" else Surface.UNPAVED), True, note
    return (Surface.UNPAVED if highway == "track" else Surface.PAVED), False, note


def direction_of(highway: str, tags: Tags) -> tuple[int, str]:
    """1, -1 or 0, and a note on a value that was not used. Roundabouts and motorways are one-way unless tagged."""
    text = next((tags[key] for key in ("oneway:motorcar", "oneway:motor_vehicle", "oneway") if key in tags), None)
    if text in ("yes", "true", "1"):
        return 1, ""
    if text in ("-1", "reverse"):
        return -1, ""
    if text is None and (tags.get("junction") in ("roundabout", "circular") or highway == "motorway"):
        return 1, ""
    return 0, "" if text in (None, "no", "false", "0") else f"oneway={text} (taken as both ways)"


def speed_limit_of(tags: Tags) -> tuple[float | None, str]:
    """Signed limit in km/h or None, and a note on a value that was not understood.

    Where the two directions differ, or several values are given, the lowest counts.
    """
    texts = [tags[key] for key in ("maxspeed:motorcar", "maxspeed") if key in tags][:1]
    texts = texts or [tags[key] for key in ("maxspeed:forward", "maxspeed:backward") if key in tags]
    values = [part.strip() for text in texts for part in re.split(r"[;,]", text) if part.strip()]
    limits = [limit for value in values if (limit := parse_speed_kmh(value)) is not None]
    odd = next((value for value in values if value not in NO_LIMIT and parse_speed_kmh(value) is None), None)
    return min(limits, default=None), "" if odd is None else f"maxspeed={odd} (not understood)"


def parse_speed_kmh(text: str) -> float | None:
    """One value of ``maxspeed`` in km/h: ``50``, ``30 mph``, ``walk``, ``CN:urban``, ``DE:zone30``; None otherwise."""
    if match := _SPEED.fullmatch(text):
        speed_kmh = float(match[1]) * (KMH_PER_MPH if (match[2] or "").lower() == "mph" else 1.0)
        return speed_kmh if 0 < speed_kmh <= 200 else None
    if text == "walk" or text.endswith(":walk"):
        return WALK_KMH
    if match := _COUNTRY_ZONE.fullmatch(text):
        return parse_speed_kmh(f"{match[2]} mph" if match[1].upper() in ("GB", "US") else match[2])
    return NATIONAL_LIMITS_KMH.get(text)


def _conditional(tags: Tags) -> str:
    keys = [f"{key}:conditional" for key in (*ACCESS_KEYS, "oneway", "maxspeed")]
    return "conditional access, direction or limit (ignored)" if any(key in tags for key in keys) else ""
