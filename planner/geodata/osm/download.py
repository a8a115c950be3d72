"""A place by name, live from the OpenStreetMap servers: osmnx asks them, the file reader does the rest.

osmnx finds the place (Nominatim) and downloads in its cache-only mode (Overpass), within its own manners towards the
servers. The answers are written as one OSM file and read by `read_osm`, so that what counts as a road or a shop is
decided in one place only.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from planner.errors import PlannerError
from planner.geodata.log import DefectLog, one_line
from planner.geodata.osm.clip import NEAR_M, buffered
from planner.geodata.osm.extract import OsmExtract
from planner.geodata.osm.facilities import SETTLEMENT_PLACES
from planner.geodata.osm.reader import read_osm
from planner.geodata.osm.relations import BUS_ROUTES
from planner.network.cache import cache_folder

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon

PLACE_TIMEOUT_S: Final = 30.0
"""Longest wait for Nominatim: without a network the failure comes within this time."""

DATA_TIMEOUT_S: Final = 180.0
"""Longest wait for one answer of Overpass; also what the query tells the server."""

MOST_BUSY_ANSWERS: Final = 3
"""Times that a server may say it is busy before we give up; osmnx waits a minute after each."""

ROADS: Final = ['["highway"]', '["route"="ferry"]']
"""Overpass filters of the ways that are roads or ferries."""

FEATURES: Final[tuple[dict[str, bool | str | list[str]], ...]] = (
    {"admin_level": ["6", "7", "8", "9", "10"], "place": True, "route": list(BUS_ROUTES)},
    {
        "amenity": ["post_office", "bus_station", "townhall", "community_centre", "public_building"],
        "shop": True,
        "office": True,
        "industrial": True,
        "landuse": ["industrial", "logistics"],
    },
    {"building": True},
)
"""Tags of everything else, one question to the server each."""

_ADVICE: Final = "see that the network is up, or give a downloaded extract with --osm"
_SLOTS: Final = ("cache_folder", "cache_only_mode", "use_cache", "requests_timeout", "requests_kwargs", "log_console")
_OURS: Final = ("doh_url_template", "http_user_agent")


class _ServerError(PlannerError):
    """A server answered, but not with data."""


@dataclass(frozen=True, eq=False)
class _Place:
    """What Nominatim knows the place as."""

    boundary: Polygon | MultiPolygon
    osm_id: str
    title: str


def download_osm(
    place: str,
    found: DefectLog,
    *,
    township_level: int | None = None,
    settlement_places: frozenset[str] = SETTLEMENT_PLACES,
) -> OsmExtract | None:
    """Download what one county needs; None after adding one error, such as when there is no network.

    ``place`` is a name as Nominatim understands it, e.g. ``循化撒拉族自治县, 青海``. Answers are kept under the cache
    folder and used again the next time; the extract's ``timestamp`` says how old they are. Not for use by several
    threads at once: osmnx keeps its settings in a module.
    """
    label = f"OpenStreetMap: {place}"
    with TemporaryDirectory() as scratch:
        try:
            answers = _answers_folder(place, Path(scratch))
        except OSError as error:
            found.error("osm-download", label, f"cannot keep its answers: {error.strerror}", "set PLANNER_CACHE")
            return None
        area = _find(place, answers, label, found)
        if area is None or not _fetch(area, answers, label, found):
            return None
        path = Path(scratch) / "downloaded.osm.pbf"
        if not _write(answers, path, label, found):
            return None
        extract = read_osm(
            path,
            label,
            found,
            boundary=area.boundary,
            county=area.osm_id,
            township_level=township_level,
            settlement_places=settlement_places,
        )
    if extract is None:
        return None
    name = area.title.split(",")[0] if extract.name == area.osm_id else extract.name
    return replace(extract, name=name, facts=(f"Downloaded: {area.title} ({area.osm_id}).", *extract.facts))


def _answers_folder(place: str, scratch: Path) -> Path:
    """Where the servers' answers about this place are kept."""
    base = cache_folder() or scratch
    folder = base / "osmnx" / sha256(place.encode()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _find(place: str, answers: Path, label: str, found: DefectLog) -> _Place | None:
    """The first area that Nominatim has under the name."""
    from planner.geodata.osm.relations import simple

    try:
        with _osmnx(answers, PLACE_TIMEOUT_S) as osmnx:
            row = osmnx.geocode_to_gdf(place).iloc[0]
    except (ValueError, TypeError, KeyError, IndexError):  # how osmnx says: no result, no area, no sense
        _forget(answers)
        advice = "write it as on openstreetmap.org, with the province behind a comma; or give a file with --osm"
        found.error("osm-place", label, "no area of that name is known to Nominatim", advice)
        return None
    except (OSError, _ServerError) as error:
        found.error("osm-download", label, f"cannot ask Nominatim for the place: {_short(error)}", _ADVICE)
        return None
    kind = str(row.get("osm_type", ""))[:1]
    return _Place(simple(row.geometry), f"{kind}{row.get('osm_id', '')}", str(row.get("display_name", place)))


def _fetch(area: _Place, answers: Path, label: str, found: DefectLog) -> bool:
    """Ask Overpass for everything in and near the area; the answers are left in the folder."""
    near = buffered(area.boundary, NEAR_M + 500).simplify(0.001)
    try:
        with _osmnx(answers, DATA_TIMEOUT_S) as osmnx:
            with suppress(InterruptedError):  # how cache-only mode ends when all is there
                osmnx.graph_from_polygon(near, custom_filter=ROADS, simplify=False, retain_all=True)
            for tags in FEATURES:
                with suppress(InterruptedError):
                    osmnx.features_from_polygon(near, tags)
    except (OSError, ValueError, _ServerError) as error:
        found.error("osm-download", label, f"cannot download the map from Overpass: {_short(error)}", _ADVICE)
        return False
    return True


@contextmanager
def _osmnx(answers: Path, timeout_s: float) -> Iterator[Any]:
    """The library with our settings; its own, and the name resolver that it replaces, are put back afterwards."""
    import osmnx

    settings = osmnx.settings
    kept = {name: getattr(settings, name) for name in (*_SLOTS, *_OURS)}
    resolver = socket.getaddrinfo
    hooks = {"response": _Watch()}
    ours = (answers, True, True, timeout_s, {**settings.requests_kwargs, "hooks": hooks}, False)
    try:
        for name, value in zip(_SLOTS, ours, strict=True):
            setattr(settings, name, value)
        settings.doh_url_template = None
        settings.http_user_agent = "rural-network-planner (osmnx)"
        yield osmnx
    finally:
        for name, value in kept.items():
            setattr(settings, name, value)
        socket.getaddrinfo = resolver


class _Watch:
    """Looks at every answer: osmnx passes over an error that comes as a remark, and retries a busy server for ever."""

    def __init__(self) -> None:
        self.busy = 0

    def __call__(self, response: Any, *_: Any, **__: Any) -> None:
        code = response.status_code
        if code in (429, 504):
            self.busy += 1
            if self.busy <= MOST_BUSY_ANSWERS:
                return
            raise _ServerError(f"the server is busy (HTTP {code})")
        if code >= 400:
            raise _ServerError(f"the server answered HTTP {code}")
        tail = response.content[-2000:].decode("utf-8", "replace")
        if '"remark"' in tail:
            raise _ServerError(f"the server gave up: {one_line(tail.split('remark', 1)[1], 120)}")


def _short(error: Exception) -> str:
    """What went wrong in a few words; connection errors quote whole stacks of causes."""
    words = one_line(str(error))
    if isinstance(error, OSError):
        return "no answer in time" if "timed out" in words.lower() else "no connection"
    return words[:160]


def _write(answers: Path, path: Path, label: str, found: DefectLog) -> bool:
    """One OSM file of all Overpass answers in the folder, objects in order of kind and id."""
    objects: dict[tuple[str, int], dict[str, Any]] = {}
    state = ""
    try:
        for answer in sorted(answers.glob("*.json")):
            content = json.loads(answer.read_bytes())
            if isinstance(content, dict):
                state = max(state, content.get("osm3s", {}).get("timestamp_osm_base", ""))
                objects.update({(item["type"], item["id"]): item for item in content["elements"]})
        _write_objects(objects, state, path)
    except (ValueError, KeyError, TypeError, AttributeError, RuntimeError):
        _forget(answers)
        found.error("osm-download", label, "an answer of Overpass makes no sense", "run the same command again")
        return False
    return True


def _forget(answers: Path) -> None:
    """Remove the answers kept, so that the next run asks again."""
    for answer in answers.glob("*.json"):
        answer.unlink()


def _write_objects(objects: dict[tuple[str, int], dict[str, Any]], state: str, path: Path) -> None:
    import osmium
    from osmium.osm.mutable import Node, Relation, Way

    header = osmium.io.Header()
    if state:
        header.set("osmosis_replication_timestamp", state)
    order = sorted(objects, key=lambda key: (("node", "way", "relation").index(key[0]), key[1]))
    with osmium.SimpleWriter(str(path), header=header) as writer:
        for kind, number in order:
            item = objects[kind, number]
            tags = item.get("tags", {})
            if kind == "node":
                writer.add_node(Node(id=number, tags=tags, location=(item["lon"], item["lat"])))
            elif kind == "way":
                writer.add_way(Way(id=number, tags=tags, nodes=item["nodes"]))
            else:
                members = [(member["type"][0], member["ref"], member["role"]) for member in item["members"]]
                writer.add_relation(Relation(id=number, tags=tags, members=members))
