"""Datums: published pairs are met, the inverse is exact, and a CRS is taken or refused by what it declares."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Transformer

from planner.domain.county import Datum
from planner.geodata import datum as datums
from planner.geodata.crs import ELLIPSOID, missing_zone, zones_inside
from planner.geodata.datum import Frame, from_wgs84, geometries_to_wgs84, resolve_crs, shift_m, to_wgs84
from planner.geodata.log import DefectLog

SHIFTED = (Datum.GCJ02, Datum.BD09)
LON = st.floats(datums.CHINA_WEST, datums.CHINA_EAST)
LAT = st.floats(datums.CHINA_SOUTH, datums.CHINA_NORTH)

ESRI_ZONE_39 = (
    'PROJCS["CGCS2000_3_Degree_GK_Zone_39",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",'
    'DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],'
    'UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",39500000.0],'
    'PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",117.0],PARAMETER["Scale_Factor",1.0],'
    'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)
OWN_MERIDIAN = (
    ESRI_ZONE_39.replace("39500000", "500000")
    .replace("117.0", "102.5")
    .replace("CGCS2000_3_Degree_GK_Zone_39", "county")
)
NO_SHIFT = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563],TOWGS84[0,0,0,0,0,0,0]],'
    'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]'
)
BEIJING_WITH_SHIFT = ESRI_ZONE_39.replace("D_China_2000", "D_Beijing_1954").replace(
    'SPHEROID["CGCS2000",6378137.0,298.257222101]',
    'SPHEROID["Krasovsky_1940",6378245.0,298.3],TOWGS84[15.8,-154.4,-82.3,0,0,0,0]',
)


def metres(lon, lat, other_lon, other_lat):
    """Geodesic distance between points."""
    return ELLIPSOID.inv(lon, lat, other_lon, other_lat)[2]


def test_published_pairs_of_gcj02_and_bd09_are_met():
    # The pair that the public converters (coordtransform and its ports) give in their own tests.
    lon, lat = from_wgs84(116.404, 39.915, Datum.GCJ02)
    assert (float(lon), float(lat)) == pytest.approx((116.41024449916938, 39.91640428150164), abs=1e-12)
    wgs = to_wgs84(116.404, 39.915, Datum.GCJ02)
    lon, lat = from_wgs84(*wgs, Datum.BD09)  # BD-09 of a GCJ-02 point
    assert (float(lon), float(lat)) == pytest.approx((116.41036949371029, 39.92133699351021), abs=1e-9)
    # A chain of both from another converter, in other words of the same formula.
    lon, lat = from_wgs84(121.0917077, 30.6107779, Datum.GCJ02)
    assert (float(lon), float(lat)) == pytest.approx((121.09626935575027, 30.608604331756705), abs=2e-7)
    lon, lat = from_wgs84(121.0917077, 30.6107779, Datum.BD09)
    assert (float(lon), float(lat)) == pytest.approx((121.10271732371203, 30.61484572185035), abs=2e-7)


@pytest.mark.parametrize(
    ("datum", "lon", "lat"),
    [(Datum.GCJ02, 121.434204, 31.158247), (Datum.BD09, 121.4406138425, 31.1646093426)],
)
def test_a_place_read_off_the_phone_maps_is_met_to_metres(datum, lon, lat):
    # One street corner in Shanghai read off a satellite picture, AutoNavi and Baidu by the authors of pjutils.
    there = to_wgs84(lon, lat, datum)
    assert metres(121.42958967, 31.16014354, *map(float, there)) < 5


@pytest.mark.parametrize("datum", SHIFTED)
@given(lon=LON, lat=LAT)
def test_there_and_back_is_below_a_micrometre(datum, lon, lat):
    back = to_wgs84(*from_wgs84(lon, lat, datum), datum)
    assert metres(lon, lat, *map(float, back)) < 1e-6


@pytest.mark.parametrize("datum", SHIFTED)
@given(x=st.floats(-1e-9, 1e-9), y=st.floats(-1e-9, 1e-9))
def test_there_and_back_holds_where_the_formula_has_its_kinks(datum, x, y):
    lon, lat = 105 + x, 35 + y
    back = to_wgs84(*from_wgs84(lon, lat, datum), datum)
    assert metres(lon, lat, *map(float, back)) < 1e-6


@pytest.mark.parametrize("datum", SHIFTED)
def test_many_points_at_once_are_as_each_alone(datum):
    rng = np.random.default_rng(7)
    lon, lat = rng.uniform(73, 135, 100_000), rng.uniform(18, 53, 100_000)
    many = to_wgs84(lon, lat, datum)
    for i in (0, 1, 8_191, 8_192, 65_536, 99_999):
        alone = to_wgs84(lon[i], lat[i], datum)
        assert (float(alone[0]), float(alone[1])) == (many[0][i], many[1][i])


@pytest.mark.parametrize("datum", SHIFTED)
def test_the_edge_of_the_box_is_handled_without_gaps(datum):
    edge = datums.CHINA_WEST
    inside, outside = (edge + 1e-7, 40.0), (edge - 0.2, 40.0)
    assert to_wgs84(*from_wgs84(*inside, datum), datum)[0] == pytest.approx(inside[0], abs=1e-11)
    assert to_wgs84(*outside, datum) == outside == from_wgs84(*outside, datum)
    # Nothing is shifted onto a point just inside; it still gets a place near by, not a jump to somewhere else.
    assert metres(*inside, *map(float, to_wgs84(*inside, datum))) < 1500


def test_what_is_not_finite_or_far_away_stays_as_it_is():
    lon = np.array([np.nan, np.inf, 103.0, -1.3, 35.7, 500_000.0])
    lat = np.array([35.0, 35.0, -np.inf, 50.7, 102.1, 3_900_000.0])
    for datum in SHIFTED:
        got = to_wgs84(lon, lat, datum)
        assert np.array_equal(got[0], lon, equal_nan=True)
        assert np.array_equal(got[1], lat, equal_nan=True)


def test_shapes_are_kept_and_must_agree():
    assert to_wgs84(np.full((2, 3), 102.0), np.full((2, 3), 35.0), Datum.GCJ02)[0].shape == (2, 3)
    for convert in (to_wgs84, from_wgs84):
        with pytest.raises(ValueError, match="equally shaped"):
            convert([102.0], [35.0, 36.0], Datum.GCJ02)


def test_the_input_is_not_changed():
    lon, lat = np.array([102.0]), np.array([35.0])
    to_wgs84(lon, lat, Datum.BD09)
    from_wgs84(lon, lat, Datum.BD09)
    assert (lon[0], lat[0]) == (102.0, 35.0)


def test_the_shift_in_xunhua_is_some_hundred_metres():
    east, north = shift_m(102.48, 35.85, Datum.GCJ02)
    assert 100 < np.hypot(east, north) < 700
    assert np.hypot(*shift_m(102.48, 35.85, Datum.BD09)) > 500
    assert np.hypot(*shift_m(102.48, 35.85, Datum.CGCS2000)) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("crs", ["EPSG:4527", "EPSG:4546", "EPSG:32650", ESRI_ZONE_39, OWN_MERIDIAN])
def test_projected_points_come_back_to_their_degrees(crs):
    crs = CRS.from_user_input(crs)
    lon, lat = np.array([116.9, 117.2]), np.array([36.0, 36.5])
    x, y = Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True).transform(lon, lat)
    got = to_wgs84(x, y, Datum.WGS84, crs)
    assert metres(lon, lat, *got).max() < 1e-4
    if "39" in crs.name:
        assert np.all(x // 1e6 == 39)


def test_geometries_are_moved_as_points_are_and_absent_ones_stay_absent():
    line = shapely.LineString([[102.0, 35.0], [102.1, 35.1]])
    area = shapely.box(102, 35, 103, 36).difference(shapely.box(102.4, 35.4, 102.6, 35.6))
    moved = geometries_to_wgs84(np.array([line, None, area], dtype=object), Datum.GCJ02)
    assert moved[1] is None
    for before, after in ((line, moved[0]), (area, moved[2])):
        xy = shapely.get_coordinates(before)
        expected = np.column_stack(to_wgs84(xy[:, 0], xy[:, 1], Datum.GCJ02))
        assert np.array_equal(shapely.get_coordinates(after), expected)
    assert geometries_to_wgs84(np.array([line]), Datum.CGCS2000)[0] is line


def resolve(crs, datum=None, default=None):
    """The frame of a layer, and the defects found."""
    found = DefectLog()
    declared = None if crs is None else CRS.from_user_input(crs)
    return resolve_crs(declared, datum, "roads.gpkg", found, default=default), found.defects


@pytest.mark.parametrize(
    ("crs", "datum", "default", "expected"),
    [
        ("EPSG:4326", None, None, Datum.WGS84),
        ("EPSG:4326", None, Datum.GCJ02, Datum.GCJ02),
        ("EPSG:4326", Datum.BD09, Datum.GCJ02, Datum.BD09),
        ("EPSG:4326", Datum.WGS84, Datum.GCJ02, Datum.WGS84),
        ("OGC:CRS84", None, Datum.BD09, Datum.BD09),
        (NO_SHIFT, None, None, Datum.WGS84),
        ("EPSG:4490", None, None, Datum.CGCS2000),
        ("EPSG:4490", None, Datum.CGCS2000, Datum.CGCS2000),
        ("EPSG:4480", None, None, Datum.CGCS2000),
        ("EPSG:4979", None, None, Datum.WGS84),
        (None, Datum.GCJ02, None, Datum.GCJ02),
    ],
)
def test_degrees_follow_what_was_said_of_them(crs, datum, default, expected):
    frame, defects = resolve(crs, datum, default)
    assert defects == []
    assert frame == Frame(expected)
    assert frame.converts == (expected in SHIFTED)


@pytest.mark.parametrize("crs", ["EPSG:4527", "EPSG:4542", "EPSG:32648", "EPSG:4491", ESRI_ZONE_39, OWN_MERIDIAN])
def test_a_projected_layer_declares_its_own_datum(crs):
    frame, defects = resolve(crs, default=Datum.GCJ02)
    assert defects == []
    assert frame.datum in (Datum.WGS84, Datum.CGCS2000)
    assert frame.converts


def test_a_projected_layer_is_in_gcj02_when_that_is_said_of_it():
    frame, _ = resolve("EPSG:3857", datum=Datum.GCJ02)
    x, y = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True).transform(
        116.41024449916938, 39.91640428150164
    )
    assert tuple(map(float, frame.points(x, y))) == pytest.approx((116.404, 39.915), abs=1e-9)
    assert "GCJ-02" in frame.text


@pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:4490"])
def test_what_can_be_meant_either_way_is_asked(crs):
    frame, (defect,) = resolve(crs, default=Datum.BD09)
    assert frame is None
    assert (defect.code, defect.file) == ("datum-unclear", "roads.gpkg")
    assert 'datum = "BD-09"' in defect.fix


@pytest.mark.parametrize(
    ("crs", "word", "fix"),
    [
        ("EPSG:2358", "Xian 1980", "surveying authority"),
        ("EPSG:4610", "EPSG:4610", "surveying authority"),
        ("EPSG:4214", "Beijing 1954", "surveying authority"),
        (BEIJING_WITH_SHIFT, "Beijing 1954", "surveying authority"),
        ("EPSG:4555", "New Beijing", "surveying authority"),
        ("EPSG:27700", "OSGB36", "reproject"),
        ("EPSG:4258", "ETRS89", "reproject"),
        ('LOCAL_CS["county grid",UNIT["metre",1]]', "county grid", "reproject"),
        ("+proj=tmerc +lon_0=102 +k=1 +x_0=500000 +ellps=GRS80 +units=m", "unknown", "reproject"),
        (NO_SHIFT.replace("0,0,0,0,0,0,0", "1,0,0,0,0,0,0"), "WGS 84", "reproject"),
        (NO_SHIFT.replace("298.257223563", "298.3"), "WGS 84", "reproject"),
        (NO_SHIFT.replace('"degree",0.0174532925199433', '"grad",0.01570796326794897'), "WGS 84", "reproject"),
    ],
)
def test_any_other_datum_is_refused_by_name(crs, word, fix):
    frame, (defect,) = resolve(crs, datum=Datum.WGS84)
    assert frame is None
    assert (defect.code, defect.file) == ("crs", "roads.gpkg")
    assert word in defect.message
    assert fix in defect.fix


def test_a_file_that_declares_nothing_is_refused_when_nothing_was_said_of_it():
    frame, (defect,) = resolve(None, default=Datum.WGS84)
    assert frame is None
    assert defect.code == "crs-missing"
    assert "GCJ-02" in defect.fix


def test_zones_that_would_fit_undeclared_metres_are_named():
    boundary = shapely.box(102.0, 35.6, 102.4, 35.8)
    to_zone = Transformer.from_crs("EPSG:4490", "EPSG:4543", always_xy=True)  # CM 102E
    x, y = (np.asarray(axis) for axis in to_zone.transform([102.1, 102.2, 102.3], [35.7, 35.7, 35.7]))
    assert [text.split(" ")[0] for text in zones_inside(boundary, x, y)] == ["EPSG:4543"]
    (swapped,) = zones_inside(boundary, y, x)
    assert swapped.startswith("EPSG:4543")
    assert "first column north" in swapped
    (prefixed,) = zones_inside(boundary, x + 34e6, y)
    assert prefixed.startswith("EPSG:4522 ")
    assert zones_inside(boundary, x + 5e6, y) == ()
    assert zones_inside(boundary, np.array([np.nan]), np.array([1.0])) == ()


def test_eastings_that_carry_a_zone_number_the_crs_lacks_are_noticed():
    assert missing_zone(CRS.from_epsg(4543), np.array([34_512_000.0, 34_511_000.0])) == 34
    assert missing_zone(CRS.from_epsg(4543), np.array([512_000.0])) is None
    assert missing_zone(CRS.from_epsg(4522), np.array([34_512_000.0])) is None
