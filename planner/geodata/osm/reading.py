"""An OpenStreetMap file opened for several passes: what may be opened, and what a failed pass says.

All work on single objects is libosmium's; Python sees only what its filters let through.
"""

from __future__ import annotations

import bz2
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast

from planner.errors import PlannerError
from planner.geodata.log import DefectLog, one_line
from planner.geodata.sources.files import check_file

if TYPE_CHECKING:
    from osmium import BaseFilter, NodeLocationsForWays
    from osmium.index import LocationTable
    from osmium.io import ThreadPool
    from osmium.osm import osm_entity_bits
    from osmium.osm.types import OSMEntity

FORMATS: Final = {".osm.pbf": "pbf", ".pbf": "pbf", ".osm": "osm", ".osm.gz": "osm.gz", ".osm.bz2": "osm.bz2"}
"""Accepted endings of a file name, and what osmium calls the format."""

BYTES_PER_NODE: Final = {"pbf": 8, "osm": 150, "osm.gz": 12, "osm.bz2": 9}
"""Least bytes a node takes in each format, from extracts at hand; only the choice of storage rests on it."""

MOST_NODES_IN_MEMORY: Final = 150_000_000
"""Node positions take 16 bytes each; beyond this many (2.4 GB) they go to a temporary file."""

MOST_FILE_MIB: Final = 200_000
"""Largest extract that is opened; the whole planet takes half of it."""

MOST_EXPANSION: Final = 60
"""Real extracts unpack to 5 to 20 times their size (XML) or 2 to 3 times (PBF); a bomb to 1,000 times."""

FREE_EXPANSION_BYTES: Final = 200_000_000
"""Up to this size unpacked, the ratio does not matter."""

MOST_SORTED_BYTES: Final = {"pbf": 300_000_000, "osm": 6_000_000_000, "osm.gz": 500_000_000, "osm.bz2": 350_000_000}
"""Largest file by format that is sorted here when its objects are in no order: sorting holds all of them in memory."""

_CHUNK: Final = 1 << 20


class OsmUnreadableError(PlannerError):
    """The file broke off or makes no sense; raised inside the reader and turned into one defect."""


class OsmUnsortedError(OsmUnreadableError):
    """Objects are not in order of id, or stand in the file twice, which only matters to the assembly of areas."""


@dataclass(eq=False)
class OsmFile:
    """A file that may be read several times. Locations of nodes are kept after `locate`."""

    path: Path
    format: str
    sha256: str
    pool: ThreadPool
    table: LocationTable
    locations: NodeLocationsForWays

    def locate(self) -> None:
        """Take in the position of every node, so that ways read later have them, whatever the file's order."""
        import osmium

        self.apply(osmium.osm.NODE, self.locations)

    def apply(self, entities: osm_entity_bits, *handlers: object) -> None:
        """Run ``handlers`` over the objects of the kinds asked for; all in C++ where the handlers are."""
        import osmium

        try:
            with osmium.io.Reader(self._file(), entities, thread_pool=self.pool) as reader:
                osmium.apply(reader, *handlers)
        except _failures() as error:
            raise _failure(error) from error

    def objects(self, entities: osm_entity_bits, *handlers: object) -> Iterator[OSMEntity]:
        """Objects of the kinds asked for that pass all filters among ``handlers``, in file order.

        An object is valid only until the next one is asked for.
        """
        import osmium

        try:
            reader = osmium.io.Reader(self._file(), entities, thread_pool=self.pool)
        except _failures() as error:
            raise _failure(error) from error
        with reader:
            iterator = None
            while True:
                try:
                    iterator = iterator or iter(osmium.OsmFileIterator(reader, *handlers))
                    item = next(iterator)
                except StopIteration:
                    return
                except _failures() as error:
                    raise _failure(error) from error
                yield item

    @staticmethod
    def only(condition: BaseFilter, entities: osm_entity_bits) -> BaseFilter:
        """``condition`` for the kinds of object asked for; objects of other kinds pass."""
        condition.enable_for(entities)
        return condition

    def position(self, node: int) -> tuple[float, float] | None:
        """Longitude and latitude of a node, or None when the file lacks it."""
        try:
            location = self.table.get(node)
        except KeyError:
            return None
        return (location.lon, location.lat) if location.valid() else None

    def timestamp(self) -> str:
        """The state of the data as the file's header gives it, or an empty text."""
        import osmium

        try:
            with osmium.io.Reader(self._file(), osmium.osm.NOTHING, thread_pool=self.pool) as reader:
                header = reader.header()
        except _failures() as error:
            raise _failure(error) from error
        return header.get("osmosis_replication_timestamp", "") or header.get("timestamp", "")

    def _file(self) -> Any:
        import osmium

        return osmium.io.File(str(self.path.resolve()), self.format)


def _failures() -> tuple[type[Exception], ...]:
    """What libosmium raises on a damaged file: an error of its own for coordinates, else the C++ library's."""
    import osmium

    return (osmium.InvalidLocationError, RuntimeError, ValueError)


def _failure(error: Exception) -> OsmUnreadableError:
    """The parser's words; libosmium tells its failures apart by nothing else (osmium/handler/check_order.hpp)."""
    words = one_line(str(error), 160)
    unsorted = "out of order" in words or "twice in input" in words or "must be before" in words
    return (OsmUnsortedError if unsorted else OsmUnreadableError)(words)


def sorted_copy(source: OsmFile, folder: Path) -> OsmFile:
    """The same objects in order of id, each once (the latest version), as a file in ``folder``; done in memory."""
    import osmium

    path = folder / "sorted.osm.pbf"
    try:
        objects = osmium.MergeInputReader()
        objects.add_file(str(source.path.resolve()))
        with osmium.SimpleWriter(str(path)) as writer:
            objects.apply(writer, simplify=True)
    except RuntimeError as error:
        raise _failure(error) from error
    return _opened(path, "pbf", source.sha256, source.path.stat().st_size)


def open_osm(path: Path, file: str, found: DefectLog) -> OsmFile | None:
    """Open ``path`` after checking name, existence, size and expansion; None after adding an error."""
    kind = format_of(path)
    if kind is None:
        found.error(
            "osm-format",
            file,
            "is not named as an OpenStreetMap file",
            f"give a file that ends in {', '.join(FORMATS)}; a shapefile or GeoPackage is read as a layer of its own",
        )
        return None
    if not check_file(path, file, found, most_mib=MOST_FILE_MIB):
        return None
    try:
        size = path.stat().st_size
        digest = _digest(path)
    except OSError as error:
        found.error("missing-file", file, f"cannot be read: {error.strerror}", "copy it again")
        return None
    if (problem := _expansion_problem(path, kind)) is not None:
        found.error("osm-unreadable", file, problem, "download it again from a source you trust")
        return None
    return _opened(path, kind, digest, size)


def format_of(path: Path) -> str | None:
    """What osmium calls the format that the file's name ends in, None for another ending."""
    name = path.name.lower()
    return next((kind for ending, kind in FORMATS.items() if name.endswith(ending)), None)


def _opened(path: Path, kind: str, digest: str, size: int) -> OsmFile:
    import osmium

    in_memory = size / BYTES_PER_NODE[kind] <= MOST_NODES_IN_MEMORY
    table = osmium.index.create_map("flex_mem" if in_memory else "sparse_file_array")
    locations = osmium.NodeLocationsForWays(table)
    locations.ignore_errors()
    return OsmFile(path, kind, digest, osmium.io.ThreadPool(), table, locations)


def _digest(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _expansion_problem(path: Path, kind: str) -> str | None:
    """What is wrong with a packed file before any of it is parsed, or None."""
    if kind == "osm":
        return None
    packed = path.stat().st_size
    limit = max(FREE_EXPANSION_BYTES, MOST_EXPANSION * packed)
    try:
        unpacked = _pbf_bytes(path, packed) if kind == "pbf" else _stream_bytes(path, kind, limit)
    except EOFError:
        return "breaks off: the end of the file is missing"
    except (OSError, zlib.error):
        return "is not the packed file that its name says"
    if unpacked > limit:
        return f"unpacks to more than {limit / 1e6:.0f} MB from {packed / 1e6:.1f} MB: no real extract does"
    return None


def _stream_bytes(path: Path, kind: str, limit: int) -> int:
    """Bytes that a gzip or bzip2 file unpacks to, counted up to just over ``limit``."""
    total = 0
    with path.open("rb") as packed:
        stream = cast("BinaryIO", gzip.GzipFile(fileobj=packed) if kind == "osm.gz" else bz2.BZ2File(packed))
        while total <= limit and (chunk := stream.read(_CHUNK)):
            total += len(chunk)
    return total


def _pbf_bytes(path: Path, size: int) -> int:
    """Bytes that the blobs of a PBF file say they unpack to (libosmium refuses a blob that says otherwise).

    A file whose structure is not understood counts as 0, and is left to the parser's own message; EOFError when
    it ends within a blob. Format: OSM wiki, "PBF Format", File format.
    """
    total = at = 0
    with path.open("rb") as stream:
        while at < size:
            head = stream.read(4)
            header_bytes = int.from_bytes(head, "big")
            if header_bytes > 1 << 16:
                return 0
            if header_bytes == 0:  # a download that stopped early into a file of the full size: the rest is zeros
                raise EOFError
            header = _fields(stream.read(header_bytes))
            data_bytes = header.get(3, -1)
            if data_bytes < 0:
                return 0
            start = at + 4 + header_bytes
            if start + data_bytes > size:
                raise EOFError
            total += max(data_bytes, _fields(stream.read(min(16, data_bytes))).get(2, 0))
            at = start + data_bytes
            stream.seek(at)
    return total


def _fields(message: bytes) -> dict[int, int]:
    """Whole-number fields of a protobuf message by number, as far as ``message`` goes."""
    fields: dict[int, int] = {}
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        value, at = _varint(message, at)
        if key & 7 == 0:
            fields[key >> 3] = value
        elif key & 7 == 2:
            at += value
        else:
            break
    return fields


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(message):
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            break
    return value, at
