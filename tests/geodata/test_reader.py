"""A good county is read whole, sorted, and with its sources; nothing is reported and nothing is written."""

from __future__ import annotations

import hashlib
import os

import pytest
import shapely

from planner.domain.county import Broadband, Host, PlaceKind, Provenance, RoadClass, SiteStatus, Surface, Tier
from planner.errors import InputError, Severity, UsageError
from planner.geodata import check_county, county_folder, list_counties, read_county


def test_a_good_county_has_no_defects(county):
    report = check_county(county.write())
    assert report.defects == ()
    assert report.lines()[-1].startswith("0 errors, 0 warnings in ")


def test_every_value_of_a_county_is_read(county):
    read = read_county(county.write())
    assert (read.code, read.name, read.metric_crs) == ("630225", "循化撒拉族自治县", "EPSG:32648")
    assert read.display_name("en") == "Xunhua"
    assert read.boundary.equals(shapely.box(102.0, 35.6, 102.4, 35.8))
    jishi, baizhuang, _ = read.townships
    assert (jishi.code, jishi.names["en"], jishi.population) == ("630225100", "Jishi", 5000)
    assert baizhuang.population is None
    village = read.village_by_code["630225100201"]
    assert (village.name, village.township_code, village.kind) == (
        "东街村",
        "630225100",
        PlaceKind.ADMINISTRATIVE_VILLAGE,
    )
    assert (village.lon, village.lat, village.population) == (102.12, 35.703, 800)
    assert village.priority == {"key_county", "poverty"}
    assert len(read.administrative_villages) == 6
    site = read.site_by_id["S001"]
    assert (site.host, site.status, site.max_tier, site.existing_tier, site.broadband) == (
        Host.POST_OFFICE,
        SiteStatus.EXISTING,
        Tier.COUNTY,
        Tier.TOWNSHIP,
        Broadband.CONNECTED,
    )
    assert read.site_by_id["S003"].village_code is None
    road = read.roads[0]
    assert (road.road_id, road.name, road.road_class, road.surface, road.oneway) == (
        "R1",
        "循白路",
        RoadClass.NATIONAL_PROVINCIAL,
        Surface.PAVED,
        False,
    )
    assert road.geometry.coords[0] == (102.1, 35.7)


def test_4g_and_connection_cost_are_optional_columns_of_sites(county):
    assert {(site.mobile_4g, site.connect_cost_cny) for site in read_county(county.write()).sites} == {(None, None)}
    head, *rows = county.sites.splitlines()
    cells = ["true,", "false,12000", *[","] * (len(rows) - 2)]
    county.sites = "\n".join(
        f"{a},{b}" for a, b in zip([head, *rows], ["mobile_4g,connect_cost_cny", *cells], strict=True)
    )
    read = [(site.mobile_4g, site.connect_cost_cny) for site in read_county(county.write()).sites]
    assert read[:3] == [(True, None), (False, 12_000), (None, None)]


def test_layers_carry_their_source_and_digest(county):
    folder = county.write()
    read = read_county(folder)
    layer = read.layer("townships")
    assert layer.source.provenance is Provenance.REAL
    assert layer.columns["population"].provenance is Provenance.SYNTHETIC
    assert layer.sha256 == hashlib.sha256((folder / "townships.csv").read_bytes()).hexdigest()
    assert read.layer("sites").file == "../../stations/toy.csv"


def test_everything_is_sorted_by_id_whatever_the_order_of_the_files(county):
    header, *rows = county.villages.splitlines()
    county.villages = "\n".join([header, *reversed(rows)]) + "\n"
    county.roads.reverse()
    read = read_county(county.write())
    assert [village.code for village in read.villages] == sorted(village.code for village in read.villages)
    assert [road.road_id for road in read.roads] == ["R1", "R2", "R3"]


def test_facts_count_what_was_read(county):
    facts = check_county(county.write()).facts
    assert (facts.townships, facts.administrative_villages, facts.residents_committees, facts.sites) == (3, 6, 1, 5)
    assert (facts.population, facts.village_population) == (5550, 3450)
    assert facts.road_km_by_class["national_provincial"] == pytest.approx(9.05, abs=0.02)
    assert facts.road_km == sum(facts.road_km_by_class.values())
    assert (facts.road_components, facts.road_km_outside_largest) == (1, 0.0)
    assert "townships.population: synthetic — made for a test" in facts.provenance
    assert set(facts.digests) == {"boundary", "townships", "villages", "roads", "sites"}


def test_nothing_is_written_by_a_check(county):
    county.swap("villages", "900,", "-900,")
    folder = county.write()
    before = {path: path.read_bytes() for path in county.root.rglob("*") if path.is_file()}
    check_county(folder)
    assert {path: path.read_bytes() for path in county.root.rglob("*") if path.is_file()} == before


def test_reading_a_broken_county_raises_every_defect_at_once(county):
    county.swap("villages", "900,", "-900,")
    county.swap("sites", "connected\nS002", "fibre\nS002")
    with pytest.raises(InputError) as caught:
        read_county(county.write())
    assert {defect.code for defect in caught.value.defects} == {"negative", "unknown-choice"}
    assert len(str(caught.value).splitlines()) == 2


def test_an_unknown_county_names_the_known_ones():
    with pytest.raises(UsageError, match=r"did you mean xunhua.*known names: .*xihe"):
        county_folder("xunhwa")


def test_a_folder_without_a_manifest_is_one_error(tmp_path):
    (defect,) = check_county(tmp_path).defects
    assert (defect.code, defect.file) == ("missing-file", "county.toml")


def test_an_endless_manifest_is_not_read(county):
    folder = county.write()
    with (folder / "county.toml").open("r+b") as stream:
        stream.truncate(1 << 30)
    (defect,) = check_county(folder).defects
    assert (defect.code, defect.file) == ("file-size", "county.toml")


@pytest.mark.parametrize("make", ["mkdir", "mkfifo"])
def test_a_manifest_that_is_no_file_is_one_error(county, make):
    path = county.write() / "county.toml"
    path.unlink()
    getattr(os, make)(path)
    (defect,) = check_county(path.parent).defects
    assert (defect.code, defect.file) == ("not-a-file", "county.toml")


def test_counties_are_found_by_name_under_the_variable_too(county, monkeypatch):
    folder = county.write()
    monkeypatch.setenv("PLANNER_DATA", str(county.root))
    assert county_folder("toy") == folder
    assert "toy" in list_counties()
    assert read_county("toy").code == "630225"


@pytest.mark.parametrize(("name", "townships", "villages"), [("xunhua", 9, 154), ("xihe", 20, 384)])
def test_the_counties_that_come_with_the_planner_have_no_errors(name, townships, villages):
    report = check_county(name)
    assert [defect.line() for defect in report.errors] == []
    assert (report.facts.townships, report.facts.administrative_villages) == (townships, villages)
    assert {"villages.population", "roads", "sites"} <= {
        line.split(":")[0] for line in report.facts.provenance if ": synthetic" in line
    }


def test_a_county_may_be_without_roads_and_says_so(county):
    county.without_roads()
    report = check_county(county.write())
    (defect,) = report.defects
    assert (defect.code, defect.severity) == ("no-roads", Severity.WARNING)
    assert "straight_line_factor" in defect.fix
    assert report.county.roads == ()
    assert (report.facts.road_count, report.facts.road_components, report.facts.road_km) == (0, 0, 0)
    assert "roads: none" in report.lines()


def test_facts_tell_of_ferries_limits_and_closed_months(county):
    county.roads[1]["properties"] |= {"road_class": "ferry", "closed_months": "12|1"}
    county.roads[2]["properties"] |= {"speed_limit_kmh": 30}
    report = check_county(county.write())
    assert report.defects == ()
    assert report.county.roads[1].closed_months == {1, 12}
    lines = report.lines()
    assert "ferries: 1" in lines
    assert "roads with a signed speed limit: 1.8 km" in lines
    assert "roads closed in some months: 9.1 km" in lines
    assert not any("ferries" in line for line in check_county("xihe").lines())


def test_provisional_codes_are_read_and_warned_about_once_a_file(county):
    for name in ("townships", "villages", "sites"):
        setattr(county, name, getattr(county, name).replace("630225200", "630225600"))
        setattr(county, name, getattr(county, name).replace("630225100200", "630225100600"))
    report = check_county(county.write())
    assert [(defect.code, defect.file, defect.severity) for defect in report.defects] == [
        ("provisional-codes", "townships.csv", Severity.WARNING),
        ("provisional-codes", "villages.csv", Severity.WARNING),
    ]
    assert "3 codes" in report.defects[1].message
    assert "provisional codes: 4 places have no official code" in report.lines()


def recode(county, old, new, *names):
    """Write another county code into the files of ``names``."""
    for name in names:
        setattr(county, name, getattr(county, name).replace(old, new))


def test_a_county_under_its_old_code_is_read_with_a_warning(county):
    recode(county, "630225", "632128", "manifest", "townships", "villages", "sites")
    (defect,) = check_county(county.write()).defects
    assert (defect.code, defect.file, defect.severity) == ("code-vintage", "county.toml", Severity.WARNING)
    assert "632128 became 630225 (循化撒拉族自治县)" in defect.message


@pytest.mark.parametrize("names", [("manifest",), ("townships", "villages", "sites")])
def test_files_from_another_year_than_the_countys_code_are_one_error(county, names):
    recode(county, "630225", "632128", *names)
    (defect,) = check_county(county.write()).defects
    assert (defect.code, defect.file, defect.severity) == ("code-vintage", "county.toml", Severity.ERROR)


def test_one_row_under_the_old_code_is_one_error(county):
    county.swap("sites", ",630225101,,", ",632128101,,")
    (defect,) = check_county(county.write()).defects
    assert (defect.code, defect.row, defect.value) == ("code-vintage", 4, "632128101")


def test_warnings_do_not_stop_a_county(county):
    county.swap("townships", "population\n", "population,remark\n")
    county.townships = (
        county.townships.replace("5000\n", "5000,x\n").replace(",\n", ",,\n").replace("3000\n", "3000,\n")
    )
    report = check_county(county.write())
    (defect,) = report.defects
    assert (defect.code, defect.severity, defect.column) == ("unknown-column", Severity.WARNING, "remark")
    assert report.county is not None
