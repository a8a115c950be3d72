"""The order in which the layers of a county are put together, each from its file, else from OpenStreetMap."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from planner.domain import schema
from planner.domain.county import PlaceKind, Provenance, Source
from planner.errors import Defect, Severity
from planner.geodata.intake.aliases import Role
from planner.geodata.intake.boundary import boundary_from_raw, boundary_from_townships, utm_zone
from planner.geodata.intake.bus import bus_from_table
from planner.geodata.intake.checks import (
    P,
    check_codes,
    forget_wrong_codes,
    keep_inside,
    note_outside,
    nothing_inside,
    tell_outside,
)
from planner.geodata.intake.columns import Table
from planner.geodata.intake.draft import Draft, Drafted, Facility, Roads, Township, Village, is_chinese, tell
from planner.geodata.intake.joining import join_ends, node_crossings, tell_unjoined
from planner.geodata.intake.layers import ROADS_FILE
from planner.geodata.intake.lookup import look_up_positions
from planner.geodata.intake.parts import with_places
from planner.geodata.intake.placing import decide_county, give_codes, give_townships, names_from_osm
from planner.geodata.intake.plane import Plane
from planner.geodata.intake.population import fill_population
from planner.geodata.intake.positions import conversion_of, has_positions
from planner.geodata.intake.request import ImportRequest
from planner.geodata.intake.review import Review
from planner.geodata.intake.roads import (
    assumptions,
    roads_from_osm,
    roads_from_table,
    without_islands,
    without_points,
)
from planner.geodata.intake.sites import list_sites, make_sites
from planner.geodata.intake.sourcing import assumed_columns, derived, file_source, place_columns, village_columns
from planner.geodata.intake.stations import facilities_from_osm
from planner.geodata.intake.townships import (
    drop_unusable,
    townships_by_name,
    townships_from_osm,
    townships_from_table,
)
from planner.geodata.intake.villages import (
    decide_kinds,
    placed_only,
    tell_same_names,
    villages_from_osm,
    villages_from_table,
)
from planner.geodata.log import DefectLog

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon

    from planner.geodata.osm import OsmExtract
    from planner.geodata.sources import RawTable


class Assembly:
    """One import in the making: what was read, what was found wrong, what was guessed, and the county so far."""

    def __init__(self, request: ImportRequest) -> None:
        self.request = request
        self.found = DefectLog()
        self.review = Review()
        name = request.name.strip()
        self.draft = Draft(name, {"zh" if is_chinese(name) else "en": name, **request.names})
        self.read: dict[Role, RawTable] = {}
        self.tables: dict[Role, Table] = {}
        self.conversions: dict[Role, str] = {}
        self.positions: tuple[Source, ...] = ()
        self.osm: OsmExtract | None = None
        self.gaps = 0
        self.osm_file = str(request.osm or request.place or "")

    def run(self) -> None:
        """Put every layer together, as far as errors allow; no layer is left unread because another is wrong."""
        self._boundary()
        self._townships()
        self._villages()
        self._roads()
        self._bus()
        draft, found = self.draft, self.found
        stations = self.tables.get(Role.STATIONS)
        listed = [] if stations is None else list_sites(stations, self.request, found)
        if stations is not None:
            self._note_table(Role.STATIONS, "sites", stations)
        if draft.boundary is None or found.has_errors():
            self._tell_outside_too(listed)
            return
        draft.code = decide_county(draft, self.request.code, "" if self.osm is None else self.osm.code, found)
        draft.metric_crs = utm_zone(draft.boundary)
        unclear = found.has_errors()  # which county this is
        for role, places in ((Role.TOWNSHIPS, draft.townships), (Role.VILLAGES, draft.villages)):
            if role in self.tables and not unclear:
                check_codes(places, draft.code, found)
            elif not unclear:
                forget_wrong_codes(places, draft.code)
        if self._another_boundary(draft.boundary, listed):
            return
        draft.townships = self._within(Role.TOWNSHIPS, draft.townships, draft.boundary, schema.TOWNSHIPS)
        draft.villages = self._within(Role.VILLAGES, draft.villages, draft.boundary, schema.VILLAGES)
        listed = self._within(Role.STATIONS, listed, draft.boundary, schema.SITES)
        give_townships(draft.villages, draft.townships, found)
        if found.has_errors():
            return
        self._complete_places(Plane(draft.metric_crs))
        facilities, sources = [], []
        if self.osm is not None:
            facilities = facilities_from_osm(
                self.osm.facilities, draft.boundary, self.osm_file, chinese=is_chinese(draft.name)
            )
            sources = [self.osm_source()]
        make_sites(self, stations, listed, facilities, sources)
        if not found.has_errors():
            self._elevation()
            self._road_assumptions()
        for noted in (draft.townships, draft.villages, draft.sites):
            tell(self.review, noted)

    # -- layers --------------------------------------------------------------------------------------------------

    def _boundary(self) -> None:
        raw, draft = self.read.get(Role.BOUNDARY), self.draft
        if raw is not None:
            draft.boundary = boundary_from_raw(raw, self.request, self.found)
            self._note_table(Role.BOUNDARY, "boundary", Table(raw, Role.BOUNDARY, {}))
        if Role.BOUNDARY in self.request.files and draft.boundary is None:
            return  # told; without it an extract cannot be cut either
        self._read_osm(draft.boundary)
        if self.osm is None:
            return
        if draft.boundary is None:
            draft.boundary = self.osm.boundary
            draft.layers["boundary"] = Drafted(self.osm_source())
        draft.facts += self.osm.facts
        names = names_from_osm(self.osm)
        if more := [f"{language} {name}" for language, name in names.items() if language not in draft.names]:
            draft.facts.append(f"names of the county from OpenStreetMap: {', '.join(more)} (--name-in)")
        draft.names = {**names, **draft.names}

    def _read_osm(self, boundary: Polygon | MultiPolygon | None) -> None:
        request = self.request
        if request.osm is not None:
            from planner.geodata.osm import read_osm

            self.osm = read_osm(
                request.osm, str(request.osm), self.found, boundary=boundary, county=request.osm_area or request.name,
                township_level=request.township_level,
                settlement_places=frozenset((*request.settlements, *request.urban)),
            )  # fmt: skip
        elif request.place is not None:
            from planner.geodata.osm import download_osm

            self.osm = download_osm(
                request.place, self.found, township_level=request.township_level,
                settlement_places=frozenset((*request.settlements, *request.urban)),
            )  # fmt: skip

    def _townships(self) -> None:
        table, draft = self.tables.get(Role.TOWNSHIPS), self.draft
        if table is not None:
            self._note_table(Role.TOWNSHIPS, "townships", table)
            if has_positions(table) or self.osm is None:
                draft.townships = drop_unusable(townships_from_table(table, self.request, self.found) or [])
            else:
                self._townships_by_name(table, self.osm)
        elif self._from_osm(Role.TOWNSHIPS) and self.osm is not None:
            draft.townships = townships_from_osm(self.osm.townships, draft.boundary or self.osm.boundary, self.osm_file)
            draft.layers["townships"] = Drafted(self.osm_source())
            if not draft.townships:
                self.found.error(
                    "missing-layer", self.osm_file, "holds no administrative areas below the county",
                    "give the townships in a file (--townships), or their admin_level with --township-level",
                )  # fmt: skip
        elif Role.TOWNSHIPS not in self.request.files:
            self._tell_missing("townships", "a table or map of the townships")
        if Role.BOUNDARY in self.request.files or self.request.osm or self.request.place:
            return
        draft.boundary = boundary_from_townships(draft.townships)
        if draft.boundary is None:
            self._tell_missing("boundary", "a map with the county's polygon")
        else:
            like = draft.layers["townships"].source
            draft.layers["boundary"] = Drafted(derived("the townships' areas joined", like))

    def _townships_by_name(self, table: Table, osm: OsmExtract) -> None:
        """A list without positions takes them from the areas of OpenStreetMap."""
        draft, boundary = self.draft, self.draft.boundary or osm.boundary
        draft.townships = townships_by_name(table, osm.townships, boundary, self.osm_file, self.found) or []
        source = self.osm_source()
        position = Source(
            Provenance.REAL, f"{source.text}: seat of the area of that name", source.licence, source.vintage
        )
        draft.layers["townships"].columns |= {"lon": position, "lat": position}
        left = [area.name for area in osm.townships if area.polygon not in [t.polygon for t in draft.townships]]
        if left:
            draft.facts.append(f"areas of OpenStreetMap that the list of townships lacks: {', '.join(left)}")

    def _villages(self) -> None:
        table, draft = self.tables.get(Role.VILLAGES), self.draft
        if table is not None:
            villages = villages_from_table(table, draft.townships, self.request, self.found) or []
            self._note_table(Role.VILLAGES, "villages", table)
            if villages and self.request.positions_elsewhere:
                self.positions = look_up_positions(self, table, villages)
            draft.villages = placed_only(villages)
        elif self._from_osm(Role.VILLAGES) and self.osm is not None:
            draft.villages, sentences = villages_from_osm(self.osm.settlements, self.request, self.osm_file)
            draft.layers["villages"] = Drafted(self.osm_source())
            draft.facts += sentences
            if all(village.kind is PlaceKind.RESIDENTS_COMMITTEE for village in draft.villages):
                self.found.error(
                    "missing-layer", self.osm_file, f"holds no place={'|'.join(self.request.settlements)}",
                    "give the villages in a file (--villages), or other kinds of place with --settlements",
                )  # fmt: skip
        elif Role.VILLAGES not in self.request.files:
            self._tell_missing("villages", "a table or map of the villages")

    def _roads(self) -> None:
        table, draft = self.tables.get(Role.ROADS), self.draft
        if table is not None:
            draft.roads = roads_from_table(table, self.request, self.found, self.review)
            self._note_table(Role.ROADS, "roads", table)
            layer = draft.layers["roads"]
            if (how := self.conversions[Role.ROADS]).startswith("converted"):
                layer.source = derived(f"{layer.source.text}, {how}", layer.source)
        elif self._from_osm(Role.ROADS) and self.osm is not None and len(self.osm.roads):
            draft.roads = roads_from_osm(self.osm.roads, self.review, self.osm_file)
            draft.layers["roads"] = Drafted(self.osm_source())
        elif Role.ROADS not in self.request.files and (self.osm is not None or not self.osm_file):
            self.found.warning(
                "without-roads", "roads", "no roads were given, so this county has none",
                "give them with --roads or --osm; else a plan needs --set network.straight_line_factor=1.4",
            )  # fmt: skip
        if draft.roads is not None:
            file = self.osm_file if table is None else table.file
            draft.roads = self._joined(draft.roads, file)
            draft.roads = without_points(draft.roads, file, self.review)
            if self.request.drop_islands_km > 0:
                draft.roads, sentence = without_islands(draft.roads, self.request.drop_islands_km, file, self.review)
                draft.facts.append(sentence)

    def _joined(self, roads: Roads, file: str) -> Roads:
        """Roads joined as the request asks, and a word on what is still apart."""
        request, steps = self.request, []
        if request.join_within_m > 0:
            roads, sentence = join_ends(roads, request.join_within_m, file, self.review)
            steps.append(sentence)
        if request.node_crossings:
            roads, sentence = node_crossings(roads, file, self.review)
            steps.append(sentence)
        self.gaps = tell_unjoined(roads, file, self.found, crossings_meant=Role.ROADS not in self.tables)
        self.draft.facts += steps
        if steps:
            source = self.draft.layers["roads"].source
            self.draft.layers["roads"].source = derived(f"{source.text}; {'; '.join(steps)}", source)
        return roads

    def _bus(self) -> None:
        table = self.tables.get(Role.BUS)
        if table is not None:
            self.draft.bus = bus_from_table(table, self.request, self.found) or ()
            self._note_table(Role.BUS, "bus", table)
        elif self._from_osm(Role.BUS) and self.osm is not None and self.osm.bus_lines:
            self.draft.bus = tuple(sorted(self.osm.bus_lines, key=lambda line: line.line_id))
            self.draft.layers["bus"] = Drafted(self.osm_source())

    # -- places --------------------------------------------------------------------------------------------------

    def _another_boundary(self, boundary: Polygon | MultiPolygon, listed: list[Facility]) -> bool:
        """Whether the boundary that was given is not this county's, as far as the other files tell."""
        given = self.read.get(Role.BOUNDARY)
        groups = ((Role.TOWNSHIPS, self.draft.townships), (Role.VILLAGES, self.draft.villages), (Role.STATIONS, listed))
        from_files = [places for role, places in groups if role in self.tables]
        return given is not None and nothing_inside(boundary, given.file, from_files, self.found)

    def _within(self, role: Role, places: list[P], boundary: Polygon | MultiPolygon, table: schema.Table) -> list[P]:
        """Places outside: of OpenStreetMap left out and counted; of files errors, or left out and listed."""
        kept, out = keep_inside(boundary, places)
        if not out:
            return places
        if role in self.tables and not self.request.drop_outside:
            tell_outside(boundary, places, table, self.found)
            return places
        self.draft.facts.append(f"{role}: {len(out)} of {len(places)} lie outside the boundary and were left out")
        self.draft.left_out |= {code for place in out if (code := getattr(place, "code", ""))}
        if role in self.tables:
            note_outside(out, self.review)
        return kept

    def _tell_outside_too(self, listed: list[Facility]) -> None:
        """Points outside the boundary, when other errors end the import before they are looked for."""
        draft, boundary = self.draft, self.draft.boundary
        if boundary is None or self.request.drop_outside or self._another_boundary(boundary, listed):
            return
        if Role.TOWNSHIPS in self.tables:
            self._within(Role.TOWNSHIPS, draft.townships, boundary, schema.TOWNSHIPS)
        if Role.VILLAGES in self.tables:
            self._within(Role.VILLAGES, draft.villages, boundary, schema.VILLAGES)
        if Role.STATIONS in self.tables:
            self._within(Role.STATIONS, listed, boundary, schema.SITES)

    def _complete_places(self, plane: Plane) -> None:
        """Codes, kinds and residents of every place, and where they come from."""
        draft = self.draft
        give_codes(draft, self.found)
        assumed_kinds = decide_kinds(draft.villages, self.review)
        tell_same_names(draft.villages, draft.townships)
        dwellings = None if self.osm is None else self.osm.dwellings
        filled = fill_population(draft, self.request, dwellings, plane, self.found)
        towns, villages = draft.layers["townships"], draft.layers["villages"]
        towns.columns |= place_columns(draft.townships, towns.source, self.conversions.get(Role.TOWNSHIPS, ""))
        conversion = self.conversions.get(Role.VILLAGES, "")
        villages.columns |= place_columns(draft.villages, villages.source, conversion, self.positions)
        villages.columns |= village_columns(draft.villages, villages.source, assumed_kinds)
        if filled is not None and filled.provenance is Provenance.DERIVED:
            osm = self.osm_source()
            filled = replace(filled, licence=osm.licence, vintage=osm.vintage)
        if filled is not None:
            villages.columns["population"] = filled

    def _road_assumptions(self) -> None:
        """What was assumed of the roads that are left, counted as they are written."""
        if self.draft.roads is not None:
            layer = self.draft.layers["roads"]
            layer.columns |= assumed_columns(assumptions(self.draft.roads), layer.source)

    def _elevation(self) -> None:
        draft, raster = self.draft, self.request.elevation
        if raster is None or draft.roads is None:
            return
        from planner.geodata.intake.elevation import add_elevation

        result = add_elevation(draft.roads, raster, draft.metric_crs, self.found, self.review)
        if result is not None:
            draft.roads, sentence = result
            draft.facts.append(sentence)
            source = Source(Provenance.DERIVED, sentence)
            draft.layers["roads"].columns |= {"climb_m": source, "altitude_m": source}

    # -- helpers -------------------------------------------------------------------------------------------------

    def translate(self, defect: Defect) -> Defect:
        """A defect of the written county: an error with the row that it came from, a warning with its new file."""
        name = Path(defect.file).name
        written = replace(defect, file=f"{self.request.out.name}/{name}")
        if defect.code == "shifted":
            role = name.removesuffix(".csv") if name in {"townships.csv", "villages.csv"} else Role.STATIONS
            if role == Role.VILLAGES and Role.POSITIONS in self.conversions:
                role = Role.POSITIONS
            return replace(written, fix=f"if they come from such a map, import again with --datum {role}=…")
        if defect.code == "road-parts":
            return with_places(written, self.draft, gaps=self.gaps)
        if defect.severity is not Severity.ERROR:
            return written
        if defect.file == ROADS_FILE and self.draft.roads is not None:
            table, rows = self.tables.get(Role.ROADS), self.draft.roads.row
            file = self.osm_file if table is None else table.file
            row = None if defect.row is None or rows is None or table is None else int(rows[defect.row - 1])
            return replace(defect, file=file, row=row)
        if defect.row is None:
            return written
        places: list[Township | Village] = []
        if defect.file in {"townships.csv", "villages.csv"}:
            places += self.draft.townships if defect.file == "townships.csv" else self.draft.villages
        origin = next(iter(sorted(places, key=lambda place: place.code)[defect.row - 2 :]), None)
        return written if origin is None or origin.row is None else replace(defect, file=origin.file, row=origin.row)

    def _from_osm(self, role: Role) -> bool:
        """Whether OpenStreetMap is where ``role`` must come from."""
        return self.osm is not None and role not in self.request.files

    def _note_table(self, role: Role, layer: str, table: Table) -> None:
        self.draft.layers[layer] = Drafted(file_source(self.request, role, table.file))
        self.conversions[role] = conversion_of(table, self.request)

    def osm_source(self) -> Source:
        """How the extract is cited."""
        from planner.geodata.osm import LICENCE

        stand = "" if self.osm is None else self.osm.timestamp
        return Source(Provenance.REAL, f"OpenStreetMap, {Path(self.osm_file).name}", LICENCE, stand)

    def _tell_missing(self, layer: str, what: str) -> None:
        if self.request.osm is None and self.request.place is None:
            self.found.error(
                "missing-layer", f"--{layer}", "is not given, and there is no OpenStreetMap extract to take it from",
                f"give {what}, or --osm",
            )  # fmt: skip
