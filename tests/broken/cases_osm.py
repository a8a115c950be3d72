"""Damaged OpenStreetMap extracts."""

from __future__ import annotations

import bz2
import gzip
import zipfile
import zlib

from broken_bases import osm_arguments
from broken_files import OSM_COUNTY, write_osm
from broken_harness import Catalogue

CASES = Catalogue()
case = CASES.case


@case("osm-unreadable", "breaks off: the end of the file is missing", "square.osm.pbf")
def extract_cut_off(folder):
    arguments = osm_arguments(folder)
    path = folder / "square.osm.pbf"
    path.write_bytes(path.read_bytes()[:-100])
    return arguments


@case("osm-unreadable", "cannot be read to its end: PBF error: invalid BlobHeader size (>", "square.osm.pbf")
def extract_that_is_a_zip_file(folder):
    arguments = osm_arguments(folder)
    with zipfile.ZipFile(folder / "square.osm.pbf", "w") as package:
        package.writestr("square.osm", "x" * 2000)
    return arguments


@case("osm-unreadable", "cannot be read to its end: failed to uncompress data: data error", "square.osm.pbf")
def extract_with_a_damaged_block(folder):
    arguments = osm_arguments(folder)
    path = folder / "square.osm.pbf"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(bytes(data))
    return arguments


@case("osm-unreadable", "cannot be read to its end: XML parsing error", "square.osm")
def xml_cut_off(folder):
    arguments = osm_arguments(folder, "square.osm")
    path = folder / "square.osm"
    path.write_bytes(path.read_bytes()[:-1000])
    return arguments


@case("osm-unreadable", "cannot be read to its end: XML entities are not supported", "square.osm")
def xml_with_an_entity_bomb(folder):
    arguments = osm_arguments(folder, "square.osm")
    path = folder / "square.osm"
    bomb = '<!DOCTYPE osm [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9)
    )
    text = path.read_text("utf-8").replace("?>", f"?>{bomb}]>", 1).replace("Willow", "&j;")
    path.write_text(text, "utf-8")
    return arguments


@case("osm-unreadable", "cannot be read to its end: Unknown top-level element: html", "square.osm")
def web_page_in_place_of_an_extract(folder):
    arguments = osm_arguments(folder, "square.osm")
    (folder / "square.osm").write_text("<html><body>Too many requests</body></html>", "utf-8")
    return arguments


@case("osm-unreadable", "cannot be read to its end: wrong format for coordinate: 'thirty-five'", "square.osm")
def node_without_a_latitude(folder):
    arguments = osm_arguments(folder, "square.osm")
    path = folder / "square.osm"
    path.write_text(path.read_text("utf-8").replace('lat="35.66"', 'lat="thirty-five"', 1), "utf-8")
    return arguments


@case("osm-unreadable", "unpacks to more than 200 MB from 0.3 MB", "square.osm.gz")
def gzip_bomb(folder):
    arguments = osm_arguments(folder, "square.osm.gz")
    with gzip.open(folder / "square.osm.gz", "wb", compresslevel=9) as stream:
        stream.write(b"<osm>")
        for _ in range(300):
            stream.write(b" " * (1 << 20))
    return arguments


@case("osm-unreadable", "breaks off: the end of the file is missing", "square.osm.gz", alike="extract_cut_off")
def gzip_cut_off(folder):
    arguments = osm_arguments(folder, "square.osm.gz")
    path = folder / "square.osm.gz"
    path.write_bytes(path.read_bytes()[:-60])
    return arguments


@case("osm-unreadable", "is not the packed file that its name says", "square.osm.gz")
def gzip_that_is_none(folder):
    arguments = osm_arguments(folder, "square.osm.gz")
    write_osm(folder / "square.osm")
    (folder / "square.osm").replace(folder / "square.osm.gz")
    return arguments


@case("osm-unreadable", "is not the packed file that its name says", "square.osm.bz2", alike="gzip_that_is_none")
def bzip2_with_a_damaged_block(folder):
    arguments = osm_arguments(folder, "square.osm.bz2")
    path = folder / "square.osm.bz2"
    data = bytearray(bz2.compress(b"<osm>" + bytes(range(256)) * 40 + b"</osm>"))
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(bytes(data))
    return arguments


@case(
    "osm-unreadable",
    "unpacks to more than 200 MB from 0.0 MB: no real extract does",
    "square.osm.pbf",
    alike="gzip_bomb",
)
def block_that_unpacks_to_a_bomb(folder):
    arguments = osm_arguments(folder)

    def field(number, data):
        return varint(number << 3 | 2) + varint(len(data)) + data

    def varint(value):
        out = bytearray()
        while value > 0x7F:
            out.append(value & 0x7F | 0x80)
            value >>= 7
        out.append(value)
        return bytes(out)

    size = 300_000_000
    packed = zlib.compress(bytes(1 << 20), 9)
    blob = varint(2 << 3) + varint(size) + field(3, packed)
    header = field(1, b"OSMHeader") + varint(3 << 3) + varint(len(blob))
    (folder / "square.osm.pbf").write_bytes(len(header).to_bytes(4, "big") + header + blob)
    return arguments


@case("empty-file", "is empty: 0 bytes", "square.osm.pbf", alike="nothing_at_all")
def empty_extract(folder):
    arguments = osm_arguments(folder)
    (folder / "square.osm.pbf").write_bytes(b"")
    return arguments


@case("osm-format", "is not named as an OpenStreetMap file", "square.shp.zip")
def extract_of_another_kind(folder):
    arguments = osm_arguments(folder, "square.shp.zip")
    (folder / "square.shp.zip").write_bytes(b"PK\x03\x04")
    return arguments


@case("osm-county", "area called Round County; it has r1000 Square County", "square.osm.pbf")
def county_that_is_not_in_the_extract(folder):
    arguments = osm_arguments(folder)
    arguments[arguments.index(OSM_COUNTY)] = "Round County"
    return arguments


@case("osm-county", "has 2 administrative areas called Square County", "square.osm.pbf")
def county_that_is_in_the_extract_twice(folder):
    arguments = osm_arguments(folder)
    write_osm(folder / "square.osm.pbf", r1001=OSM_COUNTY)
    return arguments


@case("osm-broken-area", "the boundary of r1000 (Square County) has no closed outline in this", "square.osm.pbf")
def county_whose_outline_is_not_closed(folder):
    arguments = osm_arguments(folder)
    write_osm(folder / "square.osm.pbf", skip_ways=(101,))
    return arguments


@case("osm-no-ways", "holds no ways: neither roads nor boundaries can be read", "square.osm.pbf")
def extract_without_ways(folder):
    arguments = osm_arguments(folder)
    write_osm(folder / "square.osm.pbf", skip_ways=(100, 101, 102, 103, 200, 201, 202, 203, 204, 300))
    return arguments


@case("missing-layer", "holds no place=isolated_dwelling", "square.osm.pbf")
def extract_without_settlements_asked_for(folder):
    return [*osm_arguments(folder), "--settlements", "isolated_dwelling"]


@case("no-population", "has no residents given", "square.osm", None, "population", alike="residents_left_empty")
def settlement_without_residents(folder):
    arguments = osm_arguments(folder, "square.osm")
    path = folder / "square.osm"
    path.write_text(path.read_text("utf-8").replace('    <tag k="population" v="500"/>\n', ""), "utf-8")
    return arguments


@case(
    "osm-download",
    "cannot ask Nominatim for the place: no connection",
    "OpenStreetMap: 循化撒拉族自治县, 青海",
    environment={"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"},
)
def place_without_a_network(folder):
    return ["import", "--place", "循化撒拉族自治县, 青海", "--name", "循化", "--out", "out"]
