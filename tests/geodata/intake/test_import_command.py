"""`planner import` on the command line: options, what it prints, and its exit codes."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from planner.cli import app
from planner.domain import Datum, Provenance
from planner.errors import UsageError
from planner.geodata.intake.aliases import Role
from planner.geodata.intake.request import Citation, parse_citations, parse_datums, parse_layers, parse_maps


def run(*arguments):
    return CliRunner().invoke(app, ["import", *map(str, arguments)])


@pytest.fixture
def arguments(raw):
    """Options for the toy county's files."""
    files = [text for role, path in raw.request().files.items() for text in (f"--{role}", path)]
    return ["--name", "循化撒拉族自治县", "--out", raw.out, *files]


def test_it_prints_what_it_took_the_columns_for_and_what_to_do_next(raw, arguments):
    result = run(*arguments, "--datum", "WGS84")
    assert result.exit_code == 0, result.output
    assert "村名 → name, 所属乡镇 → township_name" in result.output
    assert "written: 2 townships, 3 villages" in result.output
    assert f"planner check {raw.out}" in result.output


def test_wrong_data_ends_with_1_and_every_line_names_file_and_fix(raw, arguments):
    result = run(*arguments)
    assert result.exit_code == 1
    lines = [line for line in result.output.splitlines() if line.startswith("error: ")]
    assert len(lines) == 3
    assert all("--datum" in line and "raw_" in line for line in lines)
    assert "nothing was written" in result.output
    assert not raw.out.exists()


def test_a_scenario_setting_reaches_the_candidates(raw, arguments):
    run(*arguments, "--datum", "WGS84", "--set", "candidates.new_site_beyond_m=100000")
    assert not any("拟设" in site.name for site in raw.read().sites)


def test_names_by_language_and_a_file_of_positions(raw, arguments):
    raw.villages = raw.villages.replace("102.11,35.702,900", ",,900")
    raw.positions = "村名,乡镇,经度,纬度\n西街,积石,102.11,35.71\n"
    files = [text for role, path in raw.request().files.items() for text in (f"--{role}", path)]
    result = run("--name", "循化撒拉族自治县", "--out", raw.out, *files, "--datum", "WGS84", "--name-in", "en=Xunhua")
    assert result.exit_code == 0, result.output
    assert "1 position-by-name" in result.output
    county = raw.read()
    assert county.names["en"] == "Xunhua"
    assert county.villages[0].lat == 35.71


def test_citations_reach_the_county(raw, arguments):
    run(*arguments, "--datum", "WGS84", "--source", "县交通局", "--source", "villages=民政局", "--vintage", "2024")
    county = raw.read()
    assert (county.layer("roads").source.text, county.layer("roads").source.vintage) == ("县交通局", "2024")
    assert county.layer("villages").source.text == "民政局"


def test_datums_by_file():
    common, single = parse_datums(["gcj02", "villages=BD-09", "roads=EPSG:4513"])
    assert common is not None
    assert common.datum is Datum.GCJ02
    assert single[Role.VILLAGES].datum is Datum.BD09
    assert single[Role.ROADS].crs is not None


@pytest.mark.parametrize("text", ["xian80", "village=GCJ-02", "EPSG:99999999"])
def test_a_datum_that_is_none_is_wrong_usage(text):
    with pytest.raises(UsageError, match="--datum"):
        parse_datums([text])


@pytest.mark.parametrize("text", ["村名", "村名=", "=name"])
def test_a_map_without_two_sides_is_wrong_usage(text):
    with pytest.raises(UsageError, match="RAW=OURS"):
        parse_maps([text])


def test_a_layer_belongs_to_a_file():
    assert parse_layers(["villages=Sheet2"]) == {Role.VILLAGES: "Sheet2"}
    with pytest.raises(UsageError, match="of which file"):
        parse_layers(["Sheet2"])


def test_a_citation_may_hold_an_equals_sign():
    assert parse_citations(["a = b"], [], [], [])[None] == Citation("a = b")


def test_what_is_said_of_one_file_adds_to_what_is_said_of_all():
    said = parse_citations(["甲"], ["CC BY"], [], ["roads=synthetic"])
    assert said[Role.ROADS] == Citation("甲", "CC BY", "", Provenance.SYNTHETIC)
    assert said[None] == Citation("甲", "CC BY", "", Provenance.REAL)


def test_an_unknown_provenance_is_wrong_usage():
    with pytest.raises(UsageError, match="--provenance"):
        parse_citations([], [], [], ["fake"])
