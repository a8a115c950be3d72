"""The committed counties: what someone who knows such a county would check on the map."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import shapely
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

from planner.domain.codes import is_administrative_village, is_code, is_residents_committee
from planner.domain.schema import SITES, TOWNSHIPS, VILLAGES

VILLAGES_BY_COUNTY = {"xunhua": 154, "xihe": 384}
TOWNSHIPS_BY_COUNTY = {"xunhua": 9, "xihe": 20}
NO_ROAD = {"xunhua": 4, "xihe": 3}
SITES_BY_COUNTY = {"xunhua": (260, 330), "xihe": (600, 700)}
DENSITY_KM_PER_100KM2 = {"xunhua": (40, 60), "xihe": (80, 120)}


def administrative(committed):
    return np.array([row["kind"] == "administrative_village" for row in committed.villages])


def test_counts_are_the_real_ones(committed):
    assert len(committed.townships) == TOWNSHIPS_BY_COUNTY[committed.name]
    assert administrative(committed).sum() == VILLAGES_BY_COUNTY[committed.name]


def test_codes_nest_and_tell_the_kind(committed):
    townships = {row["code"] for row in committed.townships}
    assert all(code.startswith(committed.manifest["code"]) and is_code(code, 9) for code in townships)
    for row in committed.villages:
        assert is_code(row["code"], 12)
        assert row["township_code"] == row["code"][:9]
        assert row["township_code"] in townships
        right = is_residents_committee if row["kind"] == "residents_committee" else is_administrative_village
        assert right(row["code"])


def test_columns_are_the_schema_and_rows_are_sorted(committed):
    tables = ((TOWNSHIPS, committed.townships, "code"), (VILLAGES, committed.villages, "code"),
              (SITES, committed.sites, "site_id"))  # fmt: skip
    for table, content, key in tables:
        assert tuple(content[0]) == tuple(column.name for column in table.columns if not column.sparse)
        ids = [row[key] for row in content]
        assert ids == sorted(set(ids))


def test_names_are_shown_without_committee(committed):
    assert not [row["name"] for row in committed.villages if row["name"].endswith(("委会", "村村"))]


def test_everything_lies_inside_the_boundary(committed):
    inner = committed.boundary.buffer(-50.0)
    assert shapely.contains_xy(inner, *committed.positions(committed.villages).T).all()
    assert shapely.contains_xy(inner, *committed.positions(committed.sites).T).all()
    assert shapely.contains(committed.boundary, [shapely.LineString(line) for line in committed.lines]).all()


def test_villages_keep_apart(committed):
    points = committed.positions(committed.villages)
    assert cKDTree(points).query(points, k=2)[0][:, 1].min() >= 300.0


def test_villages_gather_around_their_own_seat(committed):
    seats = committed.positions(committed.townships)
    own = np.array([[row["code"] for row in committed.townships].index(v["township_code"]) for v in committed.villages])
    away = np.hypot(*(committed.positions(committed.villages)[:, None] - seats[None]).T).T
    to_own = away[np.arange(len(own)), own]
    assert (to_own <= 1.25 * away.min(axis=1)).mean() > 0.75
    assert np.median(to_own) < 4500.0


def test_road_density_is_a_highland_county_s(committed):
    low, high = DENSITY_KM_PER_100KM2[committed.name]
    assert low <= committed.road_m.sum() / 1e3 / (committed.boundary.area / 1e8) <= high


def test_roads_wind(committed):
    straight = np.array([np.hypot(*(line[-1] - line[0])) for line in committed.lines])
    long = straight > 800.0
    assert 1.15 <= committed.road_m[long].sum() / straight[long].sum() <= 1.6
    legs = np.concatenate([np.hypot(*np.diff(line, axis=0).T) for line in committed.lines])
    assert 50.0 <= np.median(legs) <= 150.0


def test_every_class_of_road_has_its_share(committed):
    metres = Counter()
    for road, length in zip(committed.roads, committed.road_m, strict=True):
        metres[road["properties"]["road_class"]] += length
    assert metres["village"] > metres["township"] > metres["county"] > 0
    assert metres["national_provincial"] > 60_000.0


def test_road_ids_are_unique_and_names_claim_no_real_number(committed):
    properties = [road["properties"] for road in committed.roads]
    ids = [row["road_id"] for row in properties]
    assert ids == sorted(set(ids))
    assert all("合成" in row["name"] for row in properties if row["name"])


def test_roads_are_one_network_also_with_one_way_streets(committed):
    assert any(road["properties"]["oneway"] for road in committed.roads)
    count, _ = connected_components(committed.graph[1], directed=True, connection="strong")
    assert count == 1


def test_roads_meet_only_at_shared_vertices(committed):
    legs = [leg for road in committed.roads for leg in pairwise(map(tuple, road["geometry"]["coordinates"]))]
    shapes = shapely.linestrings(np.array(legs))
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = [(legs[i], legs[j]) for i, j in zip(one, other, strict=True) if i < j]
    crossing = [pair for pair in pairs if not set(pair[0]) & set(pair[1])]
    assert crossing == []


def test_a_few_villages_have_no_road_and_no_site(committed):
    far = administrative(committed) & (committed.snapped > 1500.0)
    assert far.sum() == NO_ROAD[committed.name]
    assert committed.snapped[far].max() < 4000.0
    hosts = {row["village_code"] for row in committed.sites}
    assert not hosts & {row["code"] for row, cut_off in zip(committed.villages, far, strict=True) if cut_off}


def test_the_others_stand_by_a_road(committed):
    near = administrative(committed) & (committed.snapped <= 1500.0)
    assert committed.snapped[near].max() < 200.0


def test_every_seat_has_two_premises_fit_for_a_township_station(committed):
    fit = Counter(
        row["township_code"] for row in committed.sites
        if row["max_tier"] in ("township", "county") and row["broadband"] == "connected"
    )  # fmt: skip
    assert all(fit[row["code"]] >= 2 for row in committed.townships)


def test_the_county_town_has_premises_for_the_centre(committed):
    centres = [row for row in committed.sites if row["max_tier"] == "county"]
    assert len(centres) >= 3
    assert len({row["township_code"] for row in centres}) == 1


def test_existing_tier_is_given_exactly_for_existing_outlets(committed):
    assert all((row["existing_tier"] != "") == (row["status"] == "existing") for row in committed.sites)


def test_sites_are_as_many_and_as_mixed_as_meant(committed):
    low, high = SITES_BY_COUNTY[committed.name]
    assert low <= len(committed.sites) <= high
    assert {row["status"] for row in committed.sites} == {"existing", "retrofit", "new"}
    share = Counter(row["broadband"] for row in committed.sites)
    assert 0.80 < share["connected"] / len(committed.sites) < 0.92
    assert 0.0 < share["none"] / len(committed.sites) < 0.06


def test_about_nine_villages_in_ten_have_premises_and_the_rest_a_neighbour_with_some(committed):
    xy, graph = committed.graph
    tree = cKDTree(xy)
    hosts = {row["village_code"] for row in committed.sites}
    at_site = np.unique(tree.query(committed.positions(committed.sites))[1])
    with_road = administrative(committed) & (committed.snapped <= 1500.0)
    own = np.array([row["code"] in hosts for row in committed.villages])
    assert 0.86 <= own[with_road].mean() <= 0.94
    bare = committed.positions(committed.villages)[with_road & ~own]
    by_road = dijkstra(graph, indices=tree.query(bare)[1], limit=20_000.0)[:, at_site].min(axis=1)
    assert by_road.max() < 5500.0
    assert (by_road > 1000.0).mean() > 0.8


def test_every_seat_is_within_100_km_by_road_of_the_county_town(committed):
    xy, graph = committed.graph
    seats = cKDTree(xy).query(committed.positions(committed.townships))[1]
    county_town = [row["code"][6:] for row in committed.townships].index("100")
    assert dijkstra(graph, indices=seats[county_town])[seats].max() < 100_000.0


def test_residents_add_up(committed):
    total = Counter()
    for row in committed.villages:
        total[row["township_code"]] += int(row["population"])
        assert int(row["population"]) > 0
    known = [row for row in committed.townships if row["population"]]
    assert all(total[row["code"]] == int(row["population"]) for row in known)
    if not known:
        villages = sum(int(row["population"]) for row in committed.villages if is_administrative_village(row["code"]))
        assert 120_000 <= villages <= 135_000
        assert 20_000 <= sum(total.values()) - villages <= 25_000


@pytest.mark.parametrize("column", ["lon", "lat", "population", "priority"])
def test_what_is_made_up_says_so(committed, column):
    layers = committed.manifest["layers"]
    assert layers["villages"]["columns"][column]["provenance"] == "synthetic"
    assert {layers[name]["provenance"] for name in ("roads", "sites")} == {"synthetic"}
    assert {layers[name]["provenance"] for name in ("boundary", "townships", "villages")} == {"real"}


def test_passenger_lines_lead_from_the_county_town_to_every_township_and_back(committed):
    lines = committed.bus_lines
    ends = [(stops[0]["stop_name"], stops[-1]["stop_name"]) for stops in lines.values()]
    assert ends[::2] == [end[::-1] for end in ends[1::2]]
    assert len({start for start, _ in ends[::2]}) == 1
    called = {row["stop_name"] for stops in lines.values() for row in stops}
    county_town = f"{committed.manifest['code']}100"
    assert {row["name"] for row in committed.townships if row["code"] != county_town} <= called


def test_passenger_lines_run_at_the_speed_of_a_bus_and_stop_by_the_road(committed):
    roads = shapely.STRtree([shapely.LineString(line) for line in committed.lines])
    for stops in committed.bus_lines.values():
        xy = committed.positions(stops)
        assert roads.query_nearest(shapely.points(xy), return_distance=True)[1].max() < 60.0
        minutes = [int(row["minutes_from_start"]) for row in stops]
        assert minutes[0] == 0
        assert all(a < b for a, b in pairwise(minutes))
        straight_kmh = np.hypot(*np.diff(xy, axis=0).T).sum() / 1000 / (minutes[-1] / 60)
        assert 8.0 < straight_kmh < 45.0


def test_passenger_lines_say_that_they_are_made_up(committed):
    assert committed.manifest["layers"]["bus"]["provenance"] == "synthetic"
    assert all("合成" in stops[0]["line_name"] for stops in committed.bus_lines.values())
