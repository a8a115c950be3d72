"""One door for source files: the suffix says which reader opens them, and each reader checks that it is true."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from planner.geodata.log import DefectLog
from planner.geodata.sources.files import check_file
from planner.geodata.sources.raw import RawTable

TEXT_TABLES = (".csv", ".txt", ".tsv")

_ADVICE = {
    ".xls": ("is an old Excel workbook", "open it and save it as .xlsx"),
    ".et": ("is a WPS workbook", "open it and save it as .xlsx"),
    ".ods": ("is an OpenDocument workbook", "open it and save it as .xlsx"),
    ".xlsm": ("is a workbook with macros", "open it and save it as .xlsx"),
    ".xlsb": ("is a binary Excel workbook", "open it and save it as .xlsx"),
    ".kmz": ("is a zipped KML file", "unzip it and use the .kml inside"),
    ".zip": ("is a zip file", "unzip it and name the file inside"),
    ".dbf": ("is a part of a shapefile", "name the .shp file"),
    ".shx": ("is a part of a shapefile", "name the .shp file"),
    ".gdb": ("is an Esri file geodatabase", "export the layer as GeoPackage"),
    ".mdb": ("is an Access database", "export the layer as GeoPackage or the table as .xlsx"),
    ".tab": ("is a MapInfo table", "export it as GeoPackage"),
    ".mif": ("is a MapInfo exchange file", "export it as GeoPackage"),
    ".dwg": ("is a CAD drawing", "export the layer as GeoPackage"),
    ".dxf": ("is a CAD drawing", "export the layer as GeoPackage"),
    ".ovkml": ("is a map of the Ovital app", "export it from there as KML"),
    ".doc": ("is a text document", "put the table into a workbook"),
    ".docx": ("is a text document", "put the table into a workbook"),
    ".pdf": ("is a PDF", "put the table into a workbook"),
}


@dataclass(frozen=True, slots=True)
class _Options:
    layer: str | None
    encoding: str | None
    guess: bool


def _text_table(path: Path, file: str, found: DefectLog, options: _Options) -> RawTable | None:
    from planner.geodata.sources.delimited import read_delimited

    return read_delimited(path, file, found, encoding=options.encoding)


def _workbook(path: Path, file: str, found: DefectLog, options: _Options) -> RawTable | None:
    from planner.geodata.sources.workbook import read_workbook

    return read_workbook(path, file, found, layer=options.layer)


def _shapefile(path: Path, file: str, found: DefectLog, options: _Options) -> RawTable | None:
    from planner.geodata.sources.shapefile import read_shapefile

    return read_shapefile(path, file, found, encoding=options.encoding, guess=options.guess)


def _geopackage(path: Path, file: str, found: DefectLog, options: _Options) -> RawTable | None:
    from planner.geodata.sources.maps import read_geopackage

    return read_geopackage(path, file, found, layer=options.layer)


def _geojson(path: Path, file: str, found: DefectLog, options: _Options) -> RawTable | None:
    from planner.geodata.sources.maps import read_geojson

    return read_geojson(path, file, found, encoding=options.encoding)


def _kml(path: Path, file: str, found: DefectLog, options: _Options) -> RawTable | None:
    from planner.geodata.sources.kml import read_kml

    return read_kml(path, file, found, layer=options.layer, encoding=options.encoding)


def _parquet(path: Path, file: str, found: DefectLog, _: _Options) -> RawTable | None:
    from planner.geodata.sources.parquet import read_parquet

    return read_parquet(path, file, found)


_Reader = Callable[[Path, str, DefectLog, _Options], RawTable | None]
_READERS: Mapping[str, _Reader] = {
    **dict.fromkeys(TEXT_TABLES, _text_table),
    ".xlsx": _workbook,
    ".shp": _shapefile,
    ".gpkg": _geopackage,
    ".geojson": _geojson,
    ".json": _geojson,
    ".kml": _kml,
    ".parquet": _parquet,
    ".geoparquet": _parquet,
}
_LAYERED = (".xlsx", ".gpkg", ".kml")
ACCEPTED = tuple(_READERS)
"""Suffixes of the files that `read_raw` reads."""


def read_raw(
    path: Path, file: str, found: DefectLog, *, layer: str | None = None, encoding: str | None = None
) -> RawTable | None:
    """Read the source file at ``path``, called ``file`` in messages, as it stands.

    ``layer`` names a sheet or layer where a file has several; ``encoding`` says how texts are encoded where the
    format leaves it open (text tables, shapefiles). Whatever is wrong is added to ``found``; None when the file
    cannot be used as a whole.
    """
    return read_source(path, file, found, layer=layer, encoding=encoding)


def read_source(
    path: Path,
    file: str,
    found: DefectLog,
    *,
    layer: str | None = None,
    encoding: str | None = None,
    guess: bool = True,
) -> RawTable | None:
    """`read_raw`; with ``guess`` off a shapefile's undeclared encoding is an error, as county folders have it."""
    suffix = path.suffix.lower()
    if suffix not in ACCEPTED and (path.is_file() or suffix in _ADVICE):
        what, fix = _ADVICE.get(suffix, ("is of no kind that is read", f"save it as one of {', '.join(ACCEPTED)}"))
        found.error("unknown-format", file, what, fix)
        return None
    if not check_file(path, file, found):
        return None
    if layer is not None and suffix not in _LAYERED:
        message = f"has no layer called '{layer}': files of this kind hold one table"
        found.error("no-layer", file, message, f"name a layer only of {', '.join(_LAYERED)}")
        return None
    path = path.resolve()
    if "!" in str(path):  # pyogrio takes what stands before it for an archive
        found.error("missing-file", file, "has an exclamation mark in its path", "rename the file or its folder")
        return None
    return _READERS[suffix](path, file, found, _Options(layer, encoding, guess))
