"""A small OpenStreetMap that a test draws by hand, written in any of the formats that are read."""

from __future__ import annotations

import bz2
import gzip
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import quoteattr


@dataclass
class Sketch:
    """Nodes, ways and relations; every ``node``, ``way`` and ``relation`` returns its id."""

    nodes: dict[int, tuple[float, float, dict]] = field(default_factory=dict)
    ways: dict[int, tuple[list[int], dict]] = field(default_factory=dict)
    relations: dict[int, tuple[list[tuple[str, int, str]], dict]] = field(default_factory=dict)
    last: int = 0
    nodes_first: bool = True

    def _next(self) -> int:
        self.last += 1
        return self.last

    def node(self, lon, lat, tags=None, number=None):
        number = number or self._next()
        self.nodes[number] = (lon, lat, tags or {})
        return number

    def way(self, nodes, tags=None):
        """``nodes`` are ids, or positions for which nodes are made."""
        ids = [node if isinstance(node, int) else self.node(*node) for node in nodes]
        number = self._next()
        self.ways[number] = (ids, tags or {})
        return number

    def road(self, *positions, highway="residential", **tags):
        return self.way(positions, {"highway": highway, **{key.replace("__", ":"): text for key, text in tags.items()}})

    def box(self, west, south, east, north, tags=None):
        corners = [self.node(*xy) for xy in ((west, south), (east, south), (east, north), (west, north))]
        return self.way([*corners, corners[0]], tags)

    def relation(self, members, tags):
        number = self._next()
        self.relations[number] = (members, tags)
        return number

    def area(self, outer, name, level, members=(), **tags):
        """An administrative area from outer way ids."""
        tags = {key.replace("__", ":"): text for key, text in tags.items()}
        base = {"type": "boundary", "boundary": "administrative", "admin_level": str(level), "name": name}
        return self.relation([*(("way", way, "outer") for way in outer), *members], {**base, **tags})

    def xml(self):
        nodes = [
            f'<node id="{number}" version="1" lon="{lon}" lat="{lat}">{_tags(tags)}</node>'
            for number, (lon, lat, tags) in self.nodes.items()
        ]
        ways = []
        for number, (refs, tags) in self.ways.items():
            inside = "".join(f'<nd ref="{ref}"/>' for ref in refs) + _tags(tags)
            ways.append(f'<way id="{number}" version="1" timestamp="2020-04-22T20:59:03Z">{inside}</way>')
        relations = []
        for number, (members, tags) in self.relations.items():
            inside = "".join(f'<member type="{kind}" ref="{ref}" role="{role}"/>' for kind, ref, role in members)
            relations.append(f'<relation id="{number}" version="1">{inside}{_tags(tags)}</relation>')
        objects = [*nodes, *ways, *relations] if self.nodes_first else [*relations, *ways, *nodes]
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6">\n{chr(10).join(objects)}\n</osm>\n'

    def write(self, path: Path) -> Path:
        content = self.xml().encode()
        if path.name.endswith(".gz"):
            path.write_bytes(gzip.compress(content))
        elif path.name.endswith(".bz2"):
            path.write_bytes(bz2.compress(content))
        elif path.name.lower().endswith(".pbf"):
            write_pbf(content, path, ",pbf_compression=none" if path.name.startswith("plain") else "")
        else:
            path.write_bytes(content)
        return path


def write_pbf(xml: bytes, path: Path, options: str = "") -> None:
    import osmium

    with osmium.SimpleWriter(osmium.io.File(str(path), f"pbf{options}"), overwrite=True) as writer:
        for item in osmium.FileProcessor(osmium.io.FileBuffer(xml, "osm")):
            writer.add(item)


def _tags(tags):
    return "".join(f"<tag k={quoteattr(key)} v={quoteattr(text)}/>" for key, text in tags.items())


WEST, SOUTH, EAST, NORTH = 102.0, 35.6, 102.2, 35.8
MIDDLE = 102.1


def two_townships() -> Sketch:
    """A county of 18 km × 22 km called 循化县, its halves 西镇 and 东镇 sharing the border between them, and a road."""
    sketch = Sketch()
    sw, s, se = sketch.node(WEST, SOUTH), sketch.node(MIDDLE, SOUTH), sketch.node(EAST, SOUTH)
    ne, n, nw = sketch.node(EAST, NORTH), sketch.node(MIDDLE, NORTH), sketch.node(WEST, NORTH)
    left, right, border = sketch.way([n, nw, sw, s]), sketch.way([s, se, ne, n]), sketch.way([s, n])
    sketch.county = sketch.area([left, right], "循化县", 6, name__en="Xunhua County", ref="630225")
    sketch.west = sketch.area([left, border], "西镇", 8, name__en="West Town")
    sketch.east = sketch.area([right, border], "东镇", 8)
    sketch.main_road = sketch.road((102.05, 35.7), (102.1, 35.7), (102.15, 35.7), highway="primary", name="循白路")
    return sketch
