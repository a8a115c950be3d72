"""An extract as plain arrays and JSON, so that a large file is read once: no Python objects are stored."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.domain import county
from planner.domain.county import BusLine, BusStop, Host, RoadClass, Surface
from planner.errors import Defect
from planner.geodata.log import DefectLog
from planner.geodata.osm.extract import OsmArea, OsmDwellings, OsmExtract, OsmFacility, OsmRoads, OsmSeat, OsmSettlement
from planner.network.cache import cache_key

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon

_COLUMNS = ("way_id", "part", "surface_tagged", "oneway", "speed_limit_kmh")
_WORDS = ("name", "highway", "road_class", "surface")
_PLAIN = ("boundary_id", "name", "names", "refs", "township_level", "facts", "timestamp", "sha256")


def extract_key(sha256_of_file: str, boundary: Polygon | MultiPolygon | None, *options: object) -> str:
    """The key of an extract: the file, what was asked of it, and the code that reads it."""
    outline = "" if boundary is None else shapely.to_wkb(boundary, hex=True)
    return cache_key("osm", sha256_of_file, outline, _code_digest(), *map(repr, options))


@cache
def _code_digest() -> str:
    """Digest of this package's source and of the vocabulary: an extract is made anew when any of it has changed."""
    modules = [*sorted(Path(__file__).parent.glob("*.py")), Path(county.__file__)]
    return sha256(b"".join(module.read_bytes() for module in modules)).hexdigest()


def pack(extract: OsmExtract, warnings: Iterable[Defect]) -> dict[str, NDArray[Any]]:
    """The extract, and the warnings found while reading it, as arrays without Python objects."""
    roads = extract.roads
    texts: dict[str, Any] = {name: getattr(extract, name) for name in _PLAIN}
    texts["names"], texts["refs"] = dict(extract.names), dict(extract.refs)
    texts["boundary"] = shapely.to_wkb(extract.boundary, hex=True)
    texts["townships"] = [
        {**_fields(area), "polygon": shapely.to_wkb(area.polygon, hex=True)} for area in extract.townships
    ]
    texts["settlements"] = [_fields(place) for place in extract.settlements]
    texts["seat"] = None if extract.seat is None else asdict(extract.seat)
    texts["facilities"] = [_fields(facility) for facility in extract.facilities]
    texts["bus_lines"] = [asdict(line) for line in extract.bus_lines]
    texts["roads"] = {name: getattr(roads, name).tolist() for name in _WORDS}
    texts["dwellings"] = extract.dwellings.kind.tolist()
    texts["warnings"] = [[d.code, d.message, d.fix, d.row, d.column, d.value] for d in warnings]
    return {
        "texts": np.frombuffer(json.dumps(texts, ensure_ascii=False).encode(), dtype=np.uint8),
        "xy": shapely.get_coordinates(roads.geometry),
        "vertices": shapely.get_num_coordinates(roads.geometry),
        "lon": extract.dwellings.lon,
        "lat": extract.dwellings.lat,
        **{name: getattr(roads, name) for name in _COLUMNS},
    }


def unpack(arrays: Mapping[str, NDArray[Any]], file: str, found: DefectLog) -> OsmExtract:
    """The inverse of `pack`; the warnings are added to ``found`` again."""
    texts = json.loads(arrays["texts"].tobytes())
    for code, message, fix, row, column, value in texts["warnings"]:
        found.warning(code, file, message, fix, row=row, column=column, value=value)
    return OsmExtract(
        **{name: texts[name] for name in _PLAIN if name != "facts"},
        facts=tuple(texts["facts"]),
        boundary=shapely.from_wkb(texts["boundary"]),
        townships=tuple(
            OsmArea(**{**area, "polygon": shapely.from_wkb(area["polygon"])}) for area in texts["townships"]
        ),
        settlements=tuple(OsmSettlement(**place) for place in texts["settlements"]),
        facilities=tuple(OsmFacility(**{**item, "host": Host(item["host"])}) for item in texts["facilities"]),
        bus_lines=tuple(
            BusLine(
                **{
                    **line,
                    "stops": tuple(BusStop(**stop) for stop in line["stops"]),
                    "departures_min": tuple(line["departures_min"]),
                    "days": tuple(line["days"]),
                }
            )
            for line in texts["bus_lines"]
        ),
        roads=_roads(arrays, texts["roads"]),
        seat=None if texts["seat"] is None else OsmSeat(**texts["seat"]),
        dwellings=OsmDwellings(arrays["lon"], arrays["lat"], _objects(texts["dwellings"])),
    )


def _roads(arrays: Mapping[str, NDArray[Any]], words: Mapping[str, list[str]]) -> OsmRoads:
    owner = np.repeat(np.arange(len(arrays["vertices"])), arrays["vertices"])
    return OsmRoads(
        **{name: arrays[name] for name in _COLUMNS},
        name=_objects(words["name"]),
        highway=_objects(words["highway"]),
        road_class=_objects([RoadClass(word) for word in words["road_class"]]),
        surface=_objects([Surface(word) for word in words["surface"]]),
        geometry=_objects(np.asarray(shapely.linestrings(arrays["xy"], indices=owner)).tolist() if len(owner) else []),
    )


def _fields(record: OsmArea | OsmSettlement | OsmFacility) -> dict[str, Any]:
    values = {name: getattr(record, name) for name in record.__dataclass_fields__}
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in values.items()}


def _objects(items: list[Any]) -> NDArray[np.object_]:
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array
