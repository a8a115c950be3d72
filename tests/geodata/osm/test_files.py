"""Files in every format, in any order; and damaged, cut, empty, misnamed and malicious ones: one defect each."""

from __future__ import annotations

import gzip
import time
from pathlib import Path

import pytest

from planner.geodata.log import DefectLog
from planner.geodata.osm import read_osm

NAMES = ("map.osm", "map.osm.gz", "map.osm.bz2", "map.osm.pbf", "MAP.PBF")


def read(path, **options):
    found = DefectLog()
    extract = read_osm(path, path.name, found, **{"county": "循化县", "cache": False, **options})
    return extract, [defect.code for defect in found.defects], "\n".join(defect.line() for defect in found.defects)


@pytest.mark.parametrize("name", NAMES)
def test_every_format_gives_the_same(drawn, name):
    drawn.map.node(102.05, 35.65, {"place": "village", "name": "团结村 & “co”"})
    extract = drawn.read(name)
    assert drawn.codes == []
    assert [area.name for area in extract.townships] == ["西镇", "东镇"]
    assert [place.name for place in extract.settlements] == ["团结村 & “co”"]
    assert list(extract.roads.name) == ["循白路"]
    assert len(extract.sha256) == 64


def test_a_file_with_its_nodes_last_reads_the_same(drawn):
    drawn.map.nodes_first = False
    extract = drawn.read()
    assert drawn.codes == []
    assert [area.name for area in extract.townships] == ["西镇", "东镇"]
    assert list(extract.roads.geometry[0].coords) == [(102.05, 35.7), (102.1, 35.7), (102.15, 35.7)]


def test_positions_may_lie_in_a_file_when_there_are_too_many_for_memory(drawn, monkeypatch):
    monkeypatch.setattr("planner.geodata.osm.reading.MOST_NODES_IN_MEMORY", 0)
    assert len(drawn.read("map.osm.pbf").roads) == 1


def test_the_state_of_the_data_is_the_newest_edit_when_the_file_does_not_say(drawn):
    assert drawn.read().timestamp.startswith("2020-04-22T20:59:03")


def test_the_state_of_the_data_is_the_headers_where_it_says(drawn, tmp_path):
    import osmium

    header = osmium.io.Header()
    header.set("osmosis_replication_timestamp", "2024-01-02T03:04:05Z")
    xml = drawn.map.write(tmp_path / "plain.osm")
    with osmium.SimpleWriter(str(tmp_path / "dated.osm.pbf"), header=header) as writer:
        for item in osmium.FileProcessor(str(xml)):
            writer.add(item)
    assert read(tmp_path / "dated.osm.pbf")[0].timestamp == "2024-01-02T03:04:05Z"


@pytest.mark.parametrize("name", ["roads.shp", "map.osm.zip", "map.xml", "map.osh.pbf.txt", "map"])
def test_another_ending_is_refused_with_those_accepted(tmp_path, name):
    (tmp_path / name).write_bytes(b"x")
    extract, codes, text = read(tmp_path / name)
    assert (extract, codes) == (None, ["osm-format"])
    assert ".osm.pbf" in text


def test_a_missing_file_and_a_folder(tmp_path):
    assert read(tmp_path / "map.osm.pbf")[:2] == (None, ["missing-file"])
    (tmp_path / "folder.osm").mkdir()
    assert read(tmp_path / "folder.osm")[:2] == (None, ["not-a-file"])


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_file(tmp_path, name):
    (tmp_path / name).write_bytes(b"")
    assert read(tmp_path / name)[:2] == (None, ["empty-file"])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("share", [0.02, 0.5, 0.97])
def test_a_file_cut_short(drawn, tmp_path, name, share):
    path = drawn.map.write(tmp_path / name)
    path.write_bytes(path.read_bytes()[: max(1, int(share * path.stat().st_size))])
    extract, codes, _ = read(path)
    assert (extract, codes) == (None, ["osm-unreadable"])


@pytest.mark.parametrize("name", NAMES)
def test_bytes_that_are_nothing_of_the_kind(tmp_path, name):
    (tmp_path / name).write_bytes(bytes(range(256)) * 20)
    assert read(tmp_path / name)[:2] == (None, ["osm-unreadable"])


@pytest.mark.parametrize("name", NAMES[:4])
@pytest.mark.parametrize("real", NAMES[:4])
def test_one_format_under_the_name_of_another(drawn, tmp_path, name, real):
    if name != real:
        content = drawn.map.write(tmp_path / real).read_bytes()
        (tmp_path / f"wrong-{name}").write_bytes(content)
        assert read(tmp_path / f"wrong-{name}")[:2] == (None, ["osm-unreadable"])


def test_damage_in_the_middle(drawn, tmp_path):
    for step in range(2000):
        drawn.map.node(102.05 + step / 50_000, 35.65, {"place": "village", "name": f"村{step}"})
    path = drawn.map.write(tmp_path / "map.osm.pbf")
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 40] = b"\xff" * 40
    path.write_bytes(content)
    assert read(path)[:2] == (None, ["osm-unreadable"])


def test_an_xml_bomb_is_refused_at_once(tmp_path):
    entities = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(12))
    text = f'<?xml version="1.0"?><!DOCTYPE osm [<!ENTITY a0 "ha">{entities}]><osm version="0.6">'
    (tmp_path / "bomb.osm").write_text(f'{text}<node id="1" lat="1" lon="1"><tag k="name" v="&a12;"/></node></osm>')
    start = time.monotonic()
    extract, codes, text = read(tmp_path / "bomb.osm")
    assert (extract, codes) == (None, ["osm-unreadable"])
    assert "entities" in text
    assert time.monotonic() - start < 2


def test_an_outside_entity_is_not_fetched(tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    text = f'<!DOCTYPE osm [<!ENTITY x SYSTEM "file://{tmp_path}/secret.txt">]><osm version="0.6">&x;</osm>'
    (tmp_path / "map.osm").write_text(text)
    extract, codes, text = read(tmp_path / "map.osm")
    assert (extract, codes) == (None, ["osm-unreadable"])
    assert "secret" not in text


@pytest.mark.parametrize("name", ["bomb.osm.gz", "bomb.osm.bz2"])
def test_a_file_that_unpacks_beyond_measure_is_refused_before_it_is_parsed(tmp_path, monkeypatch, name):
    import bz2

    monkeypatch.setattr("planner.geodata.osm.reading.FREE_EXPANSION_BYTES", 1_000_000)
    content = b'<osm version="0.6"><!--' + b" " * 20_000_000 + b"--></osm>"
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else bz2.compress(content))
    extract, codes, text = read(tmp_path / name)
    assert (extract, codes) == (None, ["osm-unreadable"])
    assert "unpacks to more than 1 MB" in text


def test_a_pbf_that_says_it_unpacks_beyond_measure_is_refused(drawn, tmp_path, monkeypatch):
    for step in range(8000):
        drawn.map.node(102.05, 35.65, number=10_000 + step)
    path = drawn.map.write(tmp_path / "map.osm.pbf")
    assert read(path)[1] == []
    monkeypatch.setattr("planner.geodata.osm.reading.FREE_EXPANSION_BYTES", 1000)
    monkeypatch.setattr("planner.geodata.osm.reading.MOST_EXPANSION", 1)
    assert "unpacks to more than" in read(path)[2]


def test_a_file_without_ways(drawn):
    drawn.map.ways.clear()
    assert drawn.read("map.osm.pbf") is None
    assert drawn.codes == ["osm-no-ways"]


def test_html_from_a_captive_portal(tmp_path):
    (tmp_path / "map.osm").write_text("<html><body>Log in</body></html>")
    assert read(tmp_path / "map.osm")[:2] == (None, ["osm-unreadable"])


def test_a_file_too_large_to_sort_says_how(drawn, monkeypatch):
    drawn.map.ways = dict(reversed(drawn.map.ways.items()))
    monkeypatch.setattr("planner.geodata.osm.reader.MOST_SORTED_BYTES", dict.fromkeys(("osm",), 0))
    assert drawn.read() is None
    assert drawn.codes == ["osm-unreadable"]
    assert "osmium sort" in drawn.messages[0]


@pytest.mark.parametrize("value", ["nan", "inf", "1e40", "", "abc"])
def test_a_position_that_is_no_number(drawn, value):
    drawn.map.road((102.1, value), (102.11, 35.7), (102.12, 35.7))
    assert drawn.read() is None
    assert drawn.codes == ["osm-unreadable"]


def test_a_position_off_the_globe_is_a_gap(drawn):
    drawn.map.road((102.1, 200), (102.11, 35.7), (102.12, 35.7), name="怪")
    extract = drawn.read()
    assert (
        "Cut at gaps: 1 way near the county, some of whose nodes this file lacks; kept up to the gap." in extract.facts
    )
    assert len(extract.roads) == 2


def test_a_misplaced_point_does_not_make_a_road_across_the_continent(drawn, fact):
    drawn.map.road((102.1, "1e400"), (102.11, 35.7), (102.12, 35.7), name="怪")  # libosmium reads 0
    extract = drawn.read()
    assert list(extract.roads.name) == ["循白路"]
    assert "a point is misplaced: 1 way," in fact(extract, "Left out: leaps")


def test_an_address_is_a_missing_file_and_nothing_is_fetched():
    """libosmium would fetch ``http:…``; it is only ever given absolute paths of files that exist."""
    assert read(Path("http://127.0.0.1:9/map.osm.pbf"))[1] == ["missing-file"]


@pytest.mark.parametrize("name", ["循白路", "西镇", "循化县", "团结村", "邮政所", "一路", "站"])
def test_text_that_is_not_utf8_is_an_error(drawn, tmp_path, name):
    drawn.map.node(102.05, 35.65, {"place": "village", "name": "团结村"})
    drawn.map.node(102.05, 35.65, {"amenity": "post_office", "name": "邮政所"})
    stops = [("node", drawn.map.node(lon, 35.7, {"name": "站"}), "stop") for lon in (102.05, 102.1)]
    drawn.map.relation(stops, {"type": "route", "route": "bus", "name": "一路"})
    path = drawn.map.write(tmp_path / "plain.osm.pbf")
    text = name.encode()
    assert text in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(text, (name.encode("gbk") + b"\xff" * len(text))[: len(text)]))
    extract, codes, line = read(path, county="Xunhua County")
    assert (extract, codes) == (None, ["osm-unreadable"])
    assert "UTF-8" in line
