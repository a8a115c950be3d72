"""A place by name, through osmnx itself, against a small server on this machine that plays Nominatim and Overpass."""

from __future__ import annotations

import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from planner.geodata.log import DefectLog
from planner.geodata.osm import download, download_osm, read_osm

PLACE = "循化撒拉族自治县, 青海"
SQUARE = [[102.0, 35.6], [102.2, 35.6], [102.2, 35.8], [102.0, 35.8], [102.0, 35.6]]


def elements(sketch):
    """The sketch as Overpass writes it."""
    nodes = [
        {"type": "node", "id": number, "lon": lon, "lat": lat, **({"tags": tags} if tags else {})}
        for number, (lon, lat, tags) in sketch.nodes.items()
    ]
    ways = [{"type": "way", "id": number, "nodes": refs, "tags": tags} for number, (refs, tags) in sketch.ways.items()]
    relations = [
        {
            "type": "relation",
            "id": number,
            "members": [{"type": kind, "ref": ref, "role": role} for kind, ref, role in members],
            "tags": tags,
        }
        for number, (members, tags) in sketch.relations.items()
    ]
    return [*relations, *ways, *nodes]


class Servers:
    """Both servers' answers, to be changed by a test; ``asked`` lists the paths and queries."""

    def __init__(self, sketch) -> None:
        self.asked = []
        found = {
            "osm_type": "relation",
            "osm_id": sketch.county,
            "importance": 0.5,
            "display_name": "循化县, 青海省, 中国",
        }
        outline = {"geojson": {"type": "Polygon", "coordinates": [SQUARE]}, "lat": "35.7", "lon": "102.1"}
        self.places = [{**found, **outline, "boundingbox": ["35.6", "35.8", "102.0", "102.2"]}]
        self.data = {"osm3s": {"timestamp_osm_base": "2024-05-06T07:08:09Z"}, "elements": elements(sketch)}
        self.status = 200
        self.silent = False

    def answer(self, path, query):
        self.asked.append((path.split("?")[0], query))
        if self.silent:
            time.sleep(2)
        if path.startswith("/api/status"):
            return 200, "text/plain", "a\nb\nc\nd\n2 slots available now.\n"
        data = self.places if path.startswith("/search") else self.data
        return self.status, "application/json", data if isinstance(data, str) else json.dumps(data)


@pytest.fixture
def servers(drawn, monkeypatch, tmp_path):
    import osmnx

    drawn.map.node(102.05, 35.65, {"place": "village", "name": "团结村"})
    drawn.map.node(102.05, 35.65, {"amenity": "post_office", "name": "邮政所"})
    drawn.map.box(102.05, 35.65, 102.0502, 35.6502, {"building": "house"})
    stops = [("node", drawn.map.node(lon, 35.7, {"name": f"站{lon}"}), "stop") for lon in (102.05, 102.1)]
    drawn.map.relation(stops, {"type": "route", "route": "bus", "name": "一路"})
    play = Servers(drawn.map)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.do_POST()

        def do_POST(self):
            query = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            status, kind, text = play.answer(self.path, query)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # a client that gave up
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    base = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setattr(osmnx.settings, "nominatim_url", f"{base}/")
    monkeypatch.setattr(osmnx.settings, "overpass_url", f"{base}/api")
    monkeypatch.setattr("osmnx._nominatim.time", SimpleNamespace(sleep=lambda _: None))  # our own server needs no rest
    monkeypatch.setenv("PLANNER_CACHE", str(tmp_path / "cache"))
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    yield play
    server.shutdown()
    server.server_close()
    thread.join()


def fetch():
    found = DefectLog()
    return download_osm(PLACE, found), [defect.code for defect in found.defects], found


def test_a_place_gives_what_its_file_would(servers, drawn):
    extract, codes, _ = fetch()
    assert codes == []
    path = drawn.map.write(drawn.folder / "map.osm.pbf")
    same = read_osm(path, "map", DefectLog(), county="循化县", cache=False)
    assert extract.boundary.equals(same.boundary)
    assert extract.name == "循化县"
    assert [area.name for area in extract.townships] == ["西镇", "东镇"]
    assert [place.osm_id for place in extract.settlements] == [place.osm_id for place in same.settlements]
    assert [item.osm_id for item in extract.facilities] == [item.osm_id for item in same.facilities]
    assert extract.bus_lines == same.bus_lines
    assert extract.roads.to_roads() == same.roads.to_roads()
    assert len(extract.dwellings) == 1
    assert extract.timestamp == "2024-05-06T07:08:09Z"
    assert extract.facts[0] == f"Downloaded: 循化县, 青海省, 中国 (r{drawn.map.county})."


def test_the_questions_cover_everything_that_is_read(servers):
    fetch()
    from urllib.parse import unquote_plus

    questions = " ".join(unquote_plus(query) for path, query in servers.asked if path == "/api/interpreter")
    for word in ("highway", "ferry", "admin_level", "place", "bus", "post_office", "shop", "building", "landuse"):
        assert word in questions


def test_answers_are_kept_and_used_again_and_nothing_is_left_beside(servers, tmp_path):
    fetch()
    asked = len(servers.asked)
    extract, codes, _ = fetch()
    assert codes == []
    assert len(extract.roads) == 1
    assert len(servers.asked) == asked
    assert {path.name for path in tmp_path.iterdir()} == {"cache"}


def test_osmnx_and_the_resolver_are_left_as_they_were(servers):
    import osmnx

    before = {name: value for name, value in vars(osmnx.settings).items() if not name.startswith("__")}
    resolver = socket.getaddrinfo
    fetch()
    assert {name: value for name, value in vars(osmnx.settings).items() if not name.startswith("__")} == before
    assert socket.getaddrinfo is resolver


def test_without_a_network_there_is_one_clear_error(servers, monkeypatch):
    import osmnx

    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setattr(osmnx.settings, "nominatim_url", f"http://127.0.0.1:{closed.getsockname()[1]}/")
        extract, codes, found = fetch()
    assert (extract, codes) == (None, ["osm-download"])
    line = found.defects[0].line()
    assert "cannot ask Nominatim for the place: no connection" in line
    assert "--osm" in line


def test_a_name_that_resolves_to_nothing_is_the_same_error(servers, monkeypatch):
    import osmnx

    monkeypatch.setattr(osmnx.settings, "nominatim_url", "http://nominatim.invalid/")
    assert fetch()[1] == ["osm-download"]


def test_a_server_that_never_answers_is_given_up(servers, monkeypatch):
    monkeypatch.setattr(download, "PLACE_TIMEOUT_S", 0.2)
    servers.silent = True
    start = time.monotonic()
    extract, codes, found = fetch()
    assert (extract, codes) == (None, ["osm-download"])
    assert "no answer in time" in found.defects[0].message
    assert time.monotonic() - start < 10


@pytest.mark.parametrize(
    "places", [[], [{"osm_type": "node", "importance": 1, "geojson": {"type": "Point"}}], [{}], {}]
)
def test_a_place_that_is_no_area_is_an_error_and_asked_again_next_time(servers, places):
    good = servers.places
    servers.places = places
    assert fetch()[:2] == (None, ["osm-place"])
    servers.places = good
    assert fetch()[1] == []


@pytest.mark.parametrize("status", [400, 403, 500])
def test_a_refusal_is_an_error(servers, status):
    servers.status = status
    extract, codes, found = fetch()
    assert (extract, codes) == (None, ["osm-download"])
    assert f"HTTP {status}" in found.defects[0].message


def test_a_server_that_stays_busy_is_given_up(servers, monkeypatch):
    monkeypatch.setattr(download, "MOST_BUSY_ANSWERS", 0)
    servers.status = 429
    assert "the server is busy (HTTP 429)" in fetch()[2].defects[0].message


def test_a_remark_in_place_of_data_is_an_error(servers):
    servers.data = {"elements": [], "remark": "runtime error: Query timed out"}
    extract, codes, found = fetch()
    assert (extract, codes) == (None, ["osm-download"])
    assert "Query timed out" in found.defects[0].message


@pytest.mark.parametrize(
    "data",
    ["<html>Log in</html>", {"elements": [{"type": "node", "id": 1}]}, {"elements": 5}, {"nothing": 1}, []],
)
def test_an_answer_without_sense_is_an_error(servers, data):
    servers.data = data
    assert fetch()[:2] == (None, ["osm-download"])


def test_an_answer_without_objects_is_an_error(servers):
    servers.data = {"elements": []}
    assert fetch()[:2] == (None, ["osm-no-ways"])


def test_a_cache_that_cannot_be_written_is_an_error(servers, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("PLANNER_CACHE", str(tmp_path / "file" / "cache"))
    assert fetch()[:2] == (None, ["osm-download"])
