"""A county folder → `County`, with every defect of every file in one report. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from planner.domain.county import County, Datum, Layer
from planner.errors import InputError
from planner.geodata import places, sites
from planner.geodata.boundary import read_boundary
from planner.geodata.buses import build_lines
from planner.geodata.checks import Layers, check_components, check_layers
from planner.geodata.datum import Frame
from planner.geodata.folder import MANIFEST, county_folder
from planner.geodata.georef import Said, convert_points
from planner.geodata.log import DefectLog
from planner.geodata.manifest import TABLES, Manifest, read_manifest
from planner.geodata.report import CheckReport, collect_facts, order_defects
from planner.geodata.roads import build_roads, read_roads
from planner.geodata.tables import Records, read_csv


def read_county(county: str | Path) -> County:
    """Read the county in a folder or by its name under ``data/geo``.

    Raises InputError with every defect (warnings included) when any of them is an error, and UsageError when
    there is no such county.
    """
    report = check_county(county)
    if report.county is None:
        raise InputError(report.defects)
    return report.county


def check_county(county: str | Path) -> CheckReport:
    """Read the county and report every defect of every file at once. Raises UsageError for an unknown county."""
    folder = county_folder(county)
    found = DefectLog()
    manifest = read_manifest(folder, found)
    if manifest is None:
        return CheckReport(str(folder), tuple(found.defects), None, None)
    layers = _read_layers(folder, manifest, found)
    check_layers(manifest, layers, found)
    built = None if found.has_errors() else _build(folder, manifest, layers)
    facts = None if built is None else collect_facts(built, layers.frames)
    if facts is not None and layers.roads is not None:
        check_components(facts, layers.roads.rows.file, found)
    files = (MANIFEST, *(layer.file for layer in manifest.layers.values()))
    return CheckReport(str(folder), order_defects(found.defects, files), built, facts, manifest, layers)


def _read_layers(folder: Path, manifest: Manifest, found: DefectLog) -> Layers:
    frames: dict[str, Frame] = {}

    def said(name: str) -> Said:
        return Said(manifest.layer_datums.get(name), manifest.datum, None if boundary is None else boundary.shape)

    def table(name: str) -> Records | None:
        layer = manifest.layers.get(name)
        rows = None if layer is None else read_csv(folder / layer.file, layer.file, TABLES[name], found)
        if rows is None:
            return None
        frames[name] = Frame(manifest.layer_datums.get(name) or manifest.datum or Datum.WGS84)
        return convert_points(rows, frames[name])

    boundary, layer = None, manifest.layers.get("boundary")
    if layer is not None:
        boundary = read_boundary(folder / layer.file, layer.file, found, said("boundary"))
    layer = manifest.layers.get("roads")
    roads = None if layer is None else read_roads(folder / layer.file, layer.file, found, said("roads"))
    for name, vector in (("boundary", boundary), ("roads", roads)):
        if vector is not None:
            frames[name] = vector.frame
    return Layers(
        boundary=None if boundary is None else boundary.shape,
        townships=table("townships"),
        villages=table("villages"),
        sites=table("sites"),
        roads=roads,
        bus=table("bus"),
        frames=frames,
    )


def _build(folder: Path, manifest: Manifest, layers: Layers) -> County | None:
    """The county of layers without errors (then nothing is None but layers that it may be without)."""
    if (
        manifest.code is None or manifest.name is None or manifest.metric_crs is None
        or layers.boundary is None or layers.townships is None or layers.villages is None
        or layers.sites is None
    ):  # fmt: skip
        return None
    return County(
        code=manifest.code,
        name=manifest.name,
        names={"zh": manifest.name, **manifest.names},
        metric_crs=manifest.metric_crs,
        boundary=layers.boundary,
        townships=tuple(sorted(map(places.build_township, layers.townships), key=lambda township: township.code)),
        villages=tuple(sorted(map(places.build_village, layers.villages), key=lambda village: village.code)),
        sites=tuple(sorted(map(sites.build_site, layers.sites), key=lambda site: site.site_id)),
        roads=() if layers.roads is None else tuple(sorted(build_roads(layers.roads), key=lambda road: road.road_id)),
        layers=tuple(_noting(layer, layers.frames) for layer in manifest.layers.values()),
        folder=str(folder),
        bus_lines=() if layers.bus is None else tuple(build_lines(layers.bus)),
    )


def _noting(layer: Layer, frames: Mapping[str, Frame]) -> Layer:
    """``layer`` with a word in its source when reading has moved its coordinates."""
    frame = frames.get(layer.name)
    if frame is None or not frame.converts:
        return layer
    text = f"{layer.source.text}; converted from {frame.text} to WGS84 on reading"
    return replace(layer, source=replace(layer.source, text=text))
