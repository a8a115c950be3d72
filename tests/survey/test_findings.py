"""What is found on the roads of small counties whose numbers can be counted by eye."""

import sys

import pytest

from planner.errors import Severity
from planner.survey import inspect_county


def toy():
    return sys.modules["geodata_toy"]


def add_island(county):
    """A road 550 m north of the last village pair, joined to nothing; R3 goes, so that both stand on it."""
    county.roads = [*county.roads[:2], toy().road("X9", [[102.308, 35.7015], [102.325, 35.7025]], "孤路")]
    return inspect_county(county.write())


def lines_of(inspection, code):
    return [defect for defect in inspection.defects if defect.code == code]


def test_a_part_that_people_stand_on_is_named_with_its_road_and_row(toy_county):
    inspection = add_island(toy_county)
    main, island = inspection.survey.parts
    assert (main.number, main.roads, main.villages) == (1, (0, 1), 4)
    assert (island.number, island.roads, island.villages, island.sites) == (2, (2,), 2, 0)
    (warning,) = lines_of(inspection, "road-island")
    assert (warning.file, warning.row, warning.value, warning.severity) == ("roads.geojson", 3, "X9", Severity.WARNING)
    assert warning.message.startswith("2 villages and 0 sites stand on a part of 1.5 km (1 road, X9 among them)")


def test_the_parts_hold_every_road_and_every_place_once(toy_county):
    parts = add_island(toy_county).survey.parts
    assert sorted(road for part in parts for road in part.roads) == [0, 1, 2]
    assert sum(part.villages for part in parts) == 6
    assert sum(part.sites for part in parts) == 5


def test_an_empty_part_is_a_fact_and_no_warning_of_its_own(toy_county):
    toy_county.roads.append(toy().road("X9", [[102.05, 35.65], [102.06, 35.65]]))
    inspection = inspect_county(toy_county.write())
    assert lines_of(inspection, "road-island") == []
    assert len(lines_of(inspection, "road-parts")) == 1
    assert any(line.startswith("road part 2: 906 m in 1 road") for line in inspection.lines())


def test_a_joined_network_is_one_part(xunhua_prepared):
    from planner.survey import survey_county

    survey = survey_county(xunhua_prepared)
    (part,) = survey.parts
    assert part.villages == int(xunhua_prepared.village_snaps.ok.sum())
    assert part.length_m == pytest.approx(xunhua_prepared.network.edge_mm.sum() / 1000, abs=1)
    assert survey.closed == 0


def test_snap_distances_are_those_of_the_plan(xunhua_prepared):
    from planner.pipeline import network_facts
    from planner.survey import survey_county

    snaps = survey_county(xunhua_prepared).villages
    assert snaps.distance_m.tolist() == xunhua_prepared.village_snaps.distance_m.tolist()
    assert int(snaps.over.sum()) == 4
    far = [snaps.distance_m[index] for index in snaps.farthest_first]
    assert far == sorted(far, reverse=True)
    (said,) = [fact for fact in network_facts(xunhua_prepared) if fact.startswith("villages: 154")]
    assert f"median {snaps.share_m(0.5)} m, P90 {snaps.share_m(0.9)} m, largest {snaps.share_m(1)} m" in said


def test_a_village_without_a_road_is_named_with_its_row(toy_county):
    toy_county.swap("villages", "102.320000,35.702000,0", "102.320000,35.780000,500")
    (warning,) = lines_of(inspect_county(toy_county.write()), "no-road")
    assert (warning.file, warning.row) == ("villages.csv", 8)


def test_an_empty_village_is_named(toy_county):
    (warning,) = lines_of(inspect_county(toy_county.write()), "population-outlier")
    assert (warning.row, warning.column, warning.value) == (8, "population", "0")


def test_a_county_of_empty_villages_is_one_line(toy_county):
    for people in (900, 800, 700, 650, 400):
        toy_county.villages = toy_county.villages.replace(f",{people},", ",0,")
    (warning,) = lines_of(inspect_county(toy_county.write()), "population-outlier")
    assert warning.row is None
    assert "any of the 6 administrative villages" in warning.message


def test_close_villages_and_sites_of_one_host_are_paired(toy_county):
    toy_county.swap("villages", "102.120000,35.703000", "102.110300,35.702000")
    toy_county.sites += "S006,西街二店,shop,retrofit,village,,630225100,,102.110550,35.702000,connected\n"
    toy_county.sites += "S007,西街供销社,supply_coop,retrofit,village,,630225100,,102.110550,35.702000,connected\n"
    survey = inspect_county(toy_county.write()).survey
    (villages,) = survey.close_villages
    assert (villages.first, villages.second) == ("630225100200", "630225100201")
    assert villages.distance_m == pytest.approx(27.1, abs=0.2)
    (sites,) = survey.same_sites
    assert (sites.first, sites.second) == ("S002", "S006"), "another host in the same house is another site"


def test_straight_lines_snap_nothing(toy_county):
    from planner.scenario import Scenario

    toy_county.manifest = toy_county.manifest.replace('[layers.roads]\nfile = "roads.geojson"', "[layers.roads_]")
    scenario = Scenario().with_settings(["network.straight_line_factor=1.4"])
    folder = toy_county.write()
    text = toy_county.path("manifest").read_text("utf-8")
    start = text.index("[layers.roads_]")
    toy_county.path("manifest").write_text(text[:start] + text[text.index("[layers.sites]") :], "utf-8")
    survey = inspect_county(folder, scenario).survey
    assert survey.villages is None
    assert survey.sites is None
    assert survey.parts == ()


def test_a_county_without_roads_is_told_so_and_not_planned(toy_county):
    text = toy_county.manifest
    toy_county.manifest = text[: text.index("[layers.roads]")] + text[text.index("[layers.sites]") :]
    inspection = inspect_county(toy_county.write())
    assert inspection.survey is None
    assert not inspection.can_be_planned
    assert len(lines_of(inspection, "no-roads")) == 1
    assert inspection.lines()[-1].startswith("1 error,")


def test_a_road_closed_in_the_month_planned_for_is_left_out(toy_county):
    from planner.scenario import Scenario

    toy_county.roads[2]["properties"]["closed_months"] = "12|1"
    scenario = Scenario().with_settings(["network.month=1"])
    survey = inspect_county(toy_county.write(), scenario).survey
    assert survey.closed == 1
    assert [part.roads for part in survey.parts] == [(0, 1)]


def test_ends_and_crossings_lie_where_they_are(toy_county):
    metre = 1 / 111_000
    toy_county.roads += [
        toy().road("X8", [[102.11, 35.71], [102.11, 35.69]], "桥或路口"),
        toy().road("X9", [[102.25, 35.71], [102.25, 35.7 + 1.5 * metre]], "断头路"),
    ]
    inspection = inspect_county(toy_county.write())
    (miss,), (crossing,) = lines_of(inspection, "undershoot"), lines_of(inspection, "crossing-unjoined")
    assert (miss.row, crossing.row) == (5, 1)
    assert "X9 (断头路) stops " in miss.message
    assert inspection.ground.spot(miss) == pytest.approx((102.25, 35.7 + 1.5 * metre), abs=1e-6)
    assert inspection.ground.spot(crossing) == pytest.approx((102.11, 35.7), abs=1e-3)
    assert (inspection.survey.misses, inspection.survey.crossings) == (1, 1)


def test_the_terminal_lists_the_first_ends_and_counts_the_rest(toy_county):
    metre = 1 / 111_000
    for i in range(14):
        at = 102.101 + i * 0.001
        toy_county.roads.append(toy().road(f"X{i}", [[at, 35.71], [at, 35.69]]))
        toy_county.roads.append(toy().road(f"Y{i}", [[at, 35.72], [at, 35.71 + metre]]))
    inspection = inspect_county(toy_county.write())
    assert len(lines_of(inspection, "undershoot")) == 14
    shown = [line for line in inspection.lines() if "without a common vertex" in line]
    assert len(shown) == 20
    assert "warning: 4 more undershoot like these; --html and --csv list up to 1,000" in inspection.lines()


def test_a_village_that_a_oneway_lets_vans_only_enter_is_named(toy_county):
    trap = toy().road("R3", [[102.30, 35.70], [102.32, 35.702]], "石头坡路", "village")
    trap["properties"]["oneway"] = True
    toy_county.roads[2] = trap
    inspection = inspect_county(toy_county.write())
    (warning,) = lines_of(inspection, "oneway-trap")
    assert (warning.row, warning.value) == (3, "R3")
    assert "that one-ways let vans enter, but not leave" in warning.message
    assert lines_of(inspection, "road-island") == []


def test_a_part_that_a_season_cuts_off_is_not_to_be_joined_at_a_vertex(toy_county):
    from planner import Scenario
    from planner.scenario import Network

    toy_county.roads[1]["properties"]["closed_months"] = "1"
    for road in (toy_county.roads[0], toy_county.roads[2]):
        road["properties"]["closed_months"] = ""
    inspection = inspect_county(toy_county.write(), Scenario(network=Network(month=1)))
    warnings = lines_of(inspection, "road-island")
    assert warnings
    assert all("closed in month 1" in warning.fix for warning in warnings)


def test_roads_that_lie_on_another_are_one_line_and_opposite_oneways_are_none(toy_county):
    line = [[102.10, 35.70], [102.15, 35.701], [102.20, 35.70]]
    toy_county.roads += [toy().road("D1", line), toy().road("D2", line[::-1])]
    for name, vertices in (("O1", [[102.2, 35.7], [102.2, 35.72]]), ("O2", [[102.2, 35.72], [102.2, 35.7]])):
        oneway = toy().road(name, vertices)
        oneway["properties"]["oneway"] = True
        toy_county.roads.append(oneway)
    (warning,) = lines_of(inspect_county(toy_county.write()), "same-road")
    assert "2 with 18." in warning.message
    assert (warning.row, warning.value) == (5, "D2")  # roads are in the order of their ids
