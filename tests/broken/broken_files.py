"""Small files of every format that is read, written without the package under test."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely

Row = Sequence[Any]


def write_xlsx(path: Path, rows: Sequence[Row], merged: Sequence[str] = (), title: str = "Sheet1") -> None:
    """A workbook of one sheet."""
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    for area in merged:
        sheet.merge_cells(area)
    book.save(path)


def edit_zip(path: Path, member: str, change: Any) -> None:
    """Replace one member of a zip file by ``change`` of its bytes."""
    old = path.with_name(f"{path.name}.old")
    path.rename(old)
    with zipfile.ZipFile(old) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for info in source.infolist():
            data = source.read(info)
            target.writestr(info.filename, change(data) if info.filename == member else data)
    old.unlink()


def write_layer(
    path: Path,
    columns: Mapping[str, Sequence[Any]],
    geometries: Sequence[Any],
    kind: str = "Point",
    *,
    driver: str,
    crs: str | None = "EPSG:4326",
    encoding: str = "UTF-8",
    layer: str | None = None,
    append: bool = False,
) -> None:
    """A vector layer written by GDAL; a shapefile with its .cpg, .prj, .shx and .dbf."""
    from pyogrio import raw

    raw.write(
        str(path),
        np.array([None if shape is None else shapely.to_wkb(shape) for shape in geometries], dtype=object),
        [np.array(values, dtype=object if isinstance(values[0], str) else None) for values in columns.values()],
        np.array(list(columns), dtype=object),
        geometry_type=kind,
        crs=crs,
        driver=driver,
        encoding=encoding,
        layer=layer,
        append=append,
    )


def without_part(path: Path, suffix: str) -> None:
    """Remove one part of a shapefile."""
    path.with_suffix(suffix).unlink()


def write_kml(path: Path, places: Sequence[tuple[str, float, float]], fields: Mapping[str, Sequence[str]]) -> None:
    """A KML file with one placemark for each place."""
    marks = []
    for i, (name, lon, lat) in enumerate(places):
        data = "".join(f'<Data name="{key}"><value>{values[i]}</value></Data>' for key, values in fields.items())
        marks.append(
            f"<Placemark><name>{name}</name><ExtendedData>{data}</ExtendedData>"
            f"<Point><coordinates>{lon},{lat}</coordinates></Point></Placemark>"
        )
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
        f"{''.join(marks)}</Document></kml>",
        "utf-8",
    )


def write_parquet(path: Path, columns: Mapping[str, Sequence[Any]], shapes: Sequence[Any] | None, kind: str) -> None:
    """A GeoParquet file in WGS84, or a plain one when there are no shapes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(dict(columns))
    if shapes is not None:
        table = table.append_column("geometry", pa.array([shapely.to_wkb(shape) for shape in shapes], pa.binary()))
        geo = {
            "version": "1.0.0",
            "primary_column": "geometry",
            "columns": {"geometry": {"encoding": "WKB", "geometry_types": [kind]}},
        }
        table = table.replace_schema_metadata({"geo": json.dumps(geo)})
    pq.write_table(table, path)


# A square county of about 20 km with two townships, four villages, a cross of roads and three facilities.
_NODES: Sequence[tuple[int, float, float, Mapping[str, str]]] = (
    (1, 102.0, 35.6, {}), (2, 102.2, 35.6, {}), (3, 102.2, 35.8, {}), (4, 102.0, 35.8, {}),
    (5, 102.1, 35.6, {}), (6, 102.1, 35.8, {}),
    (10, 102.02, 35.70, {}), (11, 102.05, 35.70, {}), (12, 102.10, 35.70, {}), (13, 102.15, 35.70, {}),
    (14, 102.18, 35.70, {}), (15, 102.05, 35.66, {}), (16, 102.15, 35.74, {}),
    (20, 102.05, 35.701, {"place": "town", "name": "West Town", "population": "5000"}),
    (21, 102.15, 35.701, {"place": "town", "name": "East Town", "population": "4000"}),
    (22, 102.021, 35.701, {"place": "village", "name": "Willow", "population": "300"}),
    (23, 102.051, 35.661, {"place": "village", "name": "Poplar", "population": "400"}),
    (24, 102.151, 35.739, {"place": "village", "name": "Elm", "population": "500"}),
    (25, 102.179, 35.701, {"place": "village", "name": "Birch", "population": "600"}),
    (30, 102.0505, 35.7005, {"amenity": "post_office", "name": "West Post"}),
    (31, 102.1505, 35.7005, {"shop": "convenience", "name": "East Shop"}),
    (32, 102.0495, 35.7005, {"amenity": "bus_station", "name": "West Bus"}),
    (40, 102.0500, 35.7001, {"highway": "bus_stop", "name": "West"}),
    (41, 102.1500, 35.7001, {"highway": "bus_stop", "name": "East"}),
    (50, 102.0220, 35.7012, {}), (51, 102.0221, 35.7012, {}), (52, 102.0221, 35.7013, {}), (53, 102.0220, 35.7013, {}),
)  # fmt: skip
_WAYS: Sequence[tuple[int, Sequence[int], Mapping[str, str]]] = (
    (100, (1, 5), {}), (101, (5, 2, 3, 6), {}), (102, (6, 4, 1), {}), (103, (5, 6), {}),
    (200, (10, 11, 12, 13, 14), {"highway": "primary", "name": "Main Road"}),
    (201, (11, 15), {"highway": "tertiary"}),
    (202, (13, 16), {"highway": "tertiary", "maxspeed": "40", "oneway": "no"}),
    (203, (15, 5), {"route": "ferry", "motor_vehicle": "yes", "name": "Ferry"}),
    (204, (12, 15), {"highway": "track", "access": "private"}),
    (300, (50, 51, 52, 53, 50), {"building": "house"}),
)  # fmt: skip
_AREA = {"type": "boundary", "boundary": "administrative"}
_RELATIONS: Sequence[tuple[int, Sequence[tuple[str, int, str]], Mapping[str, str]]] = (
    (1000, (("w", 100, "outer"), ("w", 101, "outer"), ("w", 102, "outer")),
     {**_AREA, "admin_level": "6", "name": "Square County"}),
    (1001, (("w", 100, "outer"), ("w", 103, "outer"), ("w", 102, "outer"), ("n", 20, "admin_centre")),
     {**_AREA, "admin_level": "8", "name": "West Township"}),
    (1002, (("w", 101, "outer"), ("w", 103, "outer"), ("n", 21, "admin_centre")),
     {**_AREA, "admin_level": "8", "name": "East Township"}),
    (1003, (("n", 40, "stop"), ("n", 41, "stop"), ("w", 200, "")),
     {"type": "route", "route": "bus", "name": "Bus 1", "ref": "1"}),
    (1004, (("w", 200, "from"), ("n", 11, "via"), ("w", 201, "to")),
     {"type": "restriction", "restriction": "no_left_turn"}),
)  # fmt: skip
OSM_COUNTY = "Square County"


def write_osm(
    path: Path, *, packed: bool = True, skip_ways: Sequence[int] = (), skip_relations: Sequence[int] = (), **names: str
) -> None:
    """The square county as an OSM file, in the format that its suffix says; ``r1001="…"`` renames a relation."""
    import osmium

    file = osmium.io.File(str(path)) if packed else osmium.io.File(str(path), "pbf,pbf_compression=none")
    with osmium.SimpleWriter(file, overwrite=True) as writer:
        for number, lon, lat, tags in _NODES:
            writer.add_node(osmium.osm.mutable.Node(id=number, location=(lon, lat), tags=dict(tags), version=1))
        for number, nodes, tags in _WAYS:
            if number not in skip_ways:
                writer.add_way(osmium.osm.mutable.Way(id=number, nodes=list(nodes), tags=dict(tags), version=1))
        for number, members, tags in _RELATIONS:
            if number not in skip_relations:
                called = {"name": names[f"r{number}"]} if f"r{number}" in names else {}
                writer.add_relation(
                    osmium.osm.mutable.Relation(id=number, members=list(members), tags={**tags, **called}, version=1)
                )


def copy_tree(source: Path, target: Path) -> None:
    """Copy a folder with everything in it."""
    shutil.copytree(source, target, symlinks=True)
