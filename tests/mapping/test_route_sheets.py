"""The sheets as a driver reads them, against the routes that they are made of."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

import pytest
from shapely import LineString

from planner.domain import BusLine, BusStop, Route, RouteStop
from planner.domain.bus_supply import BusTrip
from planner.export import csv_bytes, routes_table
from planner.mapping.assets import fetched_addresses
from planner.mapping.route_sheets import route_sheets_html
from planner.mapping.sheet_words import TEXTS
from planner.mapping.sketch import HEIGHT, WIDTH, Mark, sketch_svg
from planner.network import Stretch, StretchKind, Way


@dataclass
class Sheet:
    """One route's page, read back: each stop's cells and what stands behind them, metres of each leg, all text."""

    route_id: str
    stops: list[dict[str, str]] = field(default_factory=list)
    cells: list[list[str]] = field(default_factory=list)
    legs: list[list[int]] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    text: str = ""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.sheets: list[Sheet] = []
        self._inside = ("", "")

    def handle_starttag(self, tag, attrs):
        names = dict(attrs)
        if tag == "article":
            self.sheets.append(Sheet(names["id"]))
        if not self.sheets:
            return
        sheet = self.sheets[-1]
        if tag == "tr" and names.get("class") == "way":
            sheet.legs.append([])
            self._inside = ("way", "")
        elif tag == "tr":
            self._inside = ("tr", "")
            if "data-node" in names:
                sheet.stops.append({name.removeprefix("data-"): value for name, value in names.items()})
                sheet.cells.append([])
                self._inside = ("stop", "")
        elif tag == "td" and self._inside[0] == "stop":
            sheet.cells[-1].append("")
        elif tag == "td" and "data-field" in names:
            self._inside = ("field", names["data-field"])
        elif "data-m" in names:
            sheet.legs[-1].append(int(names["data-m"]))

    def handle_endtag(self, tag):
        if tag == "tr":
            self._inside = ("", "")

    def handle_data(self, data):
        if not self.sheets:
            return
        sheet = self.sheets[-1]
        sheet.text += data
        if self._inside[0] == "stop":
            sheet.cells[-1][-1] += data
        elif self._inside[0] == "field":
            sheet.fields[self._inside[1]] = data
            self._inside = ("tr", "")


def read(html: str) -> list[Sheet]:
    reader = _Reader()
    reader.feed(html)
    return reader.sheets


def _way(metres: int) -> Way:
    line = LineString([(102.48, 35.85), (102.65, 35.62)])
    return Way(line, (Stretch(StretchKind.ROAD, "G310", "national_provincial", metres),))


@pytest.fixture
def sheets(case):
    def made(language="zh", *, case=case, plan=None, ways=None, scenario=None, **options):
        plan = plan or case.plan
        ways = {"R-1": (_way(31_000), _way(31_000))} if ways is None else ways
        return route_sheets_html(case.county, scenario or case.scenario, plan, ways, language, **options)

    return made


def test_every_figure_is_that_of_routes_csv(xunhua_plan):
    table = csv_bytes(routes_table(xunhua_plan.county, xunhua_plan.scenario, xunhua_plan.plan)).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(table, newline="")))
    columns = {
        "node": "node_id", "arrive": "arrive_s", "leave": "leave_s", "leg": "leg_distance_m",
        "out": "delivery_parcels", "in": "pickup_parcels", "cold": "cold_pickup_parcels", "load": "load_after_parcels",
    }  # fmt: skip
    found = read(xunhua_plan.route_sheets_html("en"))
    assert [sheet.route_id for sheet in found] == [route.route_id for route in xunhua_plan.plan.routes]
    shown = [
        (sheet.route_id, cells[0], stop)
        for sheet in found
        for stop, cells in zip(sheet.stops, sheet.cells, strict=True)
    ]
    assert len(shown) == len(rows) > 0
    for (route_id, number, stop), row in zip(shown, rows, strict=True):
        assert (route_id, number) == (row["route_id"], row["stop_seq"])
        assert {name: stop[name] for name in columns} == {name: row[column] for name, column in columns.items()}


def test_the_roads_of_a_leg_add_up_to_its_metres(xunhua_plan):
    for sheet in read(xunhua_plan.route_sheets_html("zh")):
        assert [sum(metres) for metres in sheet.legs] == [int(stop["leg"]) for stop in sheet.stops[1:]]


def test_a_stop_says_when_where_how_far_and_what(sheets):
    (sheet,) = read(sheets("en"))
    assert sheet.cells[0][1:] == ["", "08:00", "县物流园 parcels loaded: 1", "积石镇", "", "", "", "1"]
    assert sheet.cells[1] == ["1", "08:33", "08:38", "道帏邮政所 post office", "积石镇", "31.0", "1", "1", "1"]
    assert sheet.cells[2] == ["2", "09:11", "", "县物流园 parcels unloaded: 1", "积石镇", "31.0", "", "", ""]
    assert (sheet.fields["start"], sheet.fields["back"], sheet.fields["km"]) == ("08:00", "09:11", "62.0 km")
    assert sheet.fields["days"] == "Mo Tu We Th Fr"
    assert "↓ 31.0 km, 33 min: G310 (National/provincial road) 31,000 m" in sheet.text


def test_the_clock_is_the_scenarios(sheets, case):
    early = case.scenario.with_settings(["service.day_starts_at=06:30"])
    assert read(sheets(scenario=early))[0].fields["start"] == "06:30"


def test_passing_the_depot_is_told_as_unloading_and_loading_the_next_trip(sheets, case):
    stops = (
        RouteStop(0, "S1", 0, 0, 5_000, 0),
        RouteStop(1, "S2", 600, 900, 2_000, 31_000, 5_000, 2_000),
        RouteStop(2, "S1", 1_500, 2_100, 4_000, 31_000),
        RouteStop(3, "S3", 2_700, 3_000, 1_000, 16_000, 4_000, 1_000),
        RouteStop(4, "S1", 3_600, 3_600, 1_000, 16_000),
    )
    route = Route("R-1", "county-mixed", "van", "minivan", (1, 4), "S1", stops, 94_000, 3_600, 1)
    plan = replace(case.plan, routes=(route,))
    ways = {"R-1": tuple(_way(metres) for metres in (31_000, 31_000, 16_000, 16_000))}
    (sheet,) = read(sheets("en", plan=plan, ways=ways))
    assert sheet.fields["trips"] == "2"
    assert sheet.cells[2][3] == "县物流园 end of trip 1; parcels unloaded: 20, loaded for trip 2: 40"
    assert sheet.cells[4][3] == "县物流园 parcels unloaded: 10"
    assert sheet.fields["carried"] == "90 out, 30 in"
    assert "第 1 趟结束：卸下 20 件，装第 2 趟 40 件" in read(sheets("zh", plan=plan, ways=ways))[0].cells[2][3]


def test_a_ride_by_bus_names_line_stops_and_clock_and_no_roads(sheets, case):
    line = BusLine("L3", "县城—道帏 <班线>", (BusStop("客运站", 102.48, 35.85), BusStop("道帏路口", 102.65, 35.62)))
    county = replace(case.county, bus_lines=(line,))
    trip = BusTrip("L3", 440, 1, 2)
    out = (RouteStop(0, "S1", -2_400, -2_400, 100, 0), RouteStop(1, "S2", 600, 600, 0, 0, 100, 0))
    back = (RouteStop(0, "S2", 0, 0, 50, 0, 0, 50), RouteStop(1, "S1", 3_000, 3_000, 0, 0))
    rides = tuple(
        Route(f"B-{k}", "county-township", "bus", "L3", (1, 2), "S1", stops, 0, 3_000, 1, trip)
        for k, stops in enumerate((out, back))
    )
    html = sheets("en", case=replace(case, county=county), plan=replace(case.plan, routes=rides), ways={})
    there, home = read(html)
    assert there.fields["vehicle"] == "in the hold of passenger line 县城—道帏 <班线>"
    assert (there.fields["start"], there.fields["back"], there.fields["km"]) == ("07:20", "08:10", "none of its own")
    assert [cells[3] for cells in there.cells] == [
        "县物流园 parcels loaded: 1; loaded at the bus stop 客运站",
        "道帏邮政所 post office; unloaded at the bus stop 道帏路口",
    ]  # fmt: skip
    assert there.cells[1][6:] == ["1", "0", "0"]
    assert home.cells[0][6:] == ["0", "1", "1"]
    assert home.cells[1][3].startswith("县物流园 parcels unloaded: 1")
    assert "50 min by the line's own way" in home.text
    assert there.legs == [[]]
    assert (there.fields["depot"], home.fields["depot"]) == ("县物流园", "道帏邮政所")
    assert "Clocks are those of the line's timetable" in home.text
    assert "5 min at a stop" not in home.text
    assert "<svg" not in html


def test_ways_along_no_road_are_said_to_be_straight(sheets, case):
    straight = case.scenario.with_settings(["network.straight_line_factor=1.4"])
    line = _way(1).line
    ways = {"R-1": (Way(line, (Stretch(StretchKind.STRAIGHT_LINE, "", None, 31_000),)), Way(line, ()))}
    text = read(sheets("en", scenario=straight, ways=ways))[0].text
    assert "straight line × 1.4 (no roads known; the driver finds the way) 31,000 m" in text
    assert "the same place" in text


def test_what_the_result_rests_on_stands_at_the_foot_of_every_sheet(sheets):
    (sheet,) = read(sheets("en", notes=["The roads are made up."], assumed=42))
    assert "⚠ The roads are made up." in sheet.text
    assert "42 values in force are unverified assumptions" in sheet.text
    assert "unverified" not in read(sheets("en"))[0].text


def test_what_is_personal_is_left_to_be_filled_in(sheets):
    html = sheets("zh")
    for key in ("driver", "plate", "date", "signed"):
        assert f"<span>{TEXTS[key][0]}</span>" in html


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_name_leaves_the_text_and_nothing_is_fetched(sheets, case, language):
    hostile = '</table><img src="http://evil.example/x" onerror=alert(1)>'
    county = replace(case.county, sites=tuple(replace(site, name=hostile) for site in case.county.sites))
    ways = {"R-1": tuple(Way(_way(1).line, (Stretch(StretchKind.ROAD, hostile, "village", 31_000),)) for _ in range(2))}
    html = sheets(language, case=replace(case, county=county), ways=ways, notes=[hostile])
    assert fetched_addresses(html) == ()
    assert "<img" not in html
    assert read(html)[0].cells[1][3].startswith(hostile)


def test_a_plan_without_routes_says_so(sheets, unrouted):
    html = sheets("zh", case=unrouted, ways={})
    assert read(html) == []
    assert TEXTS["none"][0] in html


def test_a_route_without_ways_has_neither_sketch_nor_roads(sheets):
    html = sheets("en", ways={})
    assert "<svg" not in html
    assert read(html)[0].legs == []
    assert TEXTS["no_sketch"][1] in html


def test_both_languages_say_everything():
    for chinese, english in TEXTS.values():
        assert chinese.strip()
        assert english.strip()
        assert not any("\u4e00" <= character <= "\u9fff" for character in english)


def test_numbers_that_would_hide_each_other_move_aside_and_stay_inside():
    line = LineString([(102.0, 35.0), (102.1, 35.05)])
    marks = [Mark("S", 102.0, 35.0, True), Mark("1", 102.0001, 35.0, False), Mark("2", 102.1, 35.05, False)]
    svg = sketch_svg([(line, 0)], marks, "a & b")
    boxes = [
        tuple(float(part.split('"')[1]) for part in rect.split()[1:4])
        for rect in svg.split("<rect ")[2:]
        for rect in ["rect " + rect]
    ]
    assert len(boxes) == 3
    assert all(0 <= x <= WIDTH - 20 and 0 <= y <= HEIGHT - 20 for x, y, _ in boxes)
    (ax, ay, _), (bx, by, _), _ = boxes
    assert abs(ax - bx) >= 20 or abs(ay - by) >= 20
    assert 'aria-label="a &amp; b"' in svg


def test_a_place_visited_twice_bears_both_numbers():
    line = LineString([(102.0, 35.0), (102.1, 35.05)])
    marks = [Mark("S", 102.0, 35.0, True), Mark("1", 102.1, 35.05, False), Mark("3", 102.1, 35.05, False)]
    assert ">1,3</text>" in sketch_svg([(line, 0), (line, 1)], marks, "")


def test_what_travels_cooled_is_said_at_the_stop(sheets, case):
    first, stop, last = case.plan.routes[0].stops
    stops = (first, replace(stop, cold_pickup_centiparcels=50), last)
    plan = replace(case.plan, routes=(replace(case.plan.routes[0], stops=stops),))
    assert read(sheets("en", plan=plan))[0].cells[1][3] == "道帏邮政所 post office; into the cooled compartment: 1"
    assert "；冷藏 1 件" in read(sheets("zh", plan=plan))[0].cells[1][3]
