"""An extract comes back from the cache as it was, warnings and all; a damaged entry is read again with a note."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
import shapely

from planner.geodata.osm import reader


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("PLANNER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def rich(drawn):
    """A county with one of everything."""
    sketch = drawn.map
    sketch.node(102.05, 35.65, {"place": "village", "name": "团结村", "population": "80", "name:en": "Tuanjie"})
    sketch.node(102.05, 35.65, {"amenity": "post_office", "name": "邮政所"})
    sketch.box(102.05, 35.65, 102.0502, 35.6502, {"building": "house"})
    sketch.road((102.1, 35.7), (102.1, 35.71), highway="track", oneway="yes", maxspeed="20")
    stops = [("node", sketch.node(lon, 35.7, {"name": f"站{lon}"}), "stop") for lon in (102.05, 102.1)]
    sketch.relation(stops, {"type": "route", "route": "bus", "name": "一路", "departures": "07:00"})
    sketch.relations[sketch.west][0].append(("way", 999_999, "outer"))
    sketch.relations[sketch.county][0].append(("node", sketch.node(102.06, 35.66, {"name": "县城"}), "admin_centre"))
    return drawn


@pytest.fixture
def never(monkeypatch):
    """Reading anew is a mistake from here on."""

    def forbid():
        def refuse(*_):
            raise AssertionError("read anew")

        monkeypatch.setattr(reader, "_extract", refuse)

    return forbid


def same(value, other):
    if isinstance(value, np.ndarray):
        assert value.dtype == other.dtype
        if value.dtype == object and len(value) and isinstance(value[0], shapely.Geometry):
            return all(a.equals_exact(b, 0) for a, b in zip(value, other, strict=True))
        return np.array_equal(value, other, equal_nan=value.dtype.kind == "f")
    if isinstance(value, shapely.Geometry):
        return value.equals_exact(other, 0)
    if isinstance(value, tuple):
        return len(value) == len(other) and all(same(a, b) for a, b in zip(value, other, strict=True))
    if hasattr(value, "__dataclass_fields__"):
        assert type(value) is type(other)
        return all(same(getattr(value, f.name), getattr(other, f.name)) for f in fields(value))
    assert type(value) is type(other)
    return value == other


def test_an_extract_comes_back_as_it_was(rich, never):
    first = rich.read(cache=True)
    warnings = list(rich.found.defects)
    assert [defect.code for defect in warnings] == ["osm-broken-area"]
    assert all(
        len(getattr(first, name)) for name in ("townships", "settlements", "facilities", "bus_lines", "dwellings")
    )
    assert first.seat is not None
    never()
    rich.found.defects.clear()
    second = rich.read(cache=True)
    assert same(first, second)
    assert rich.found.defects == warnings


def test_an_extract_without_anything_comes_back_too(drawn, never):
    del drawn.map.ways[drawn.map.main_road]
    first = drawn.read(cache=True)
    never()
    assert same(first, drawn.read(cache=True))


@pytest.mark.parametrize(
    "options",
    [
        {"township_level": 9},
        {"county": "630225"},
        {"settlement_places": frozenset({"town"})},
        {"boundary": shapely.box(102.0, 35.6, 102.1, 35.8)},
    ],
)
def test_another_question_is_another_entry(rich, folder, options):
    rich.read(cache=True)
    rich.read(cache=True, **options)
    assert len(list(folder.iterdir())) == 2


def test_another_file_is_another_entry(rich):
    rich.read(cache=True)
    rich.map.road((102.1, 35.72), (102.1, 35.73), name="新路")
    assert "新路" in rich.read(cache=True).roads.name


def test_no_cache_leaves_nothing_behind(rich, folder):
    rich.read(cache=False)
    assert not folder.exists()


def test_an_input_with_errors_is_not_kept(drawn, folder):
    assert drawn.read(cache=True, county="化隆县") is None
    assert not folder.exists()


@pytest.mark.parametrize(
    "damage", [lambda content: content[:-40], lambda content: content[:200] + b"x" + content[201:], lambda _: b""]
)
def test_a_damaged_entry_is_read_again_with_a_note(rich, folder, damage):
    first = rich.read(cache=True)
    (entry,) = folder.iterdir()
    entry.write_bytes(damage(entry.read_bytes()))
    again = rich.read(cache=True)
    assert again.facts[:-1] == first.facts
    assert "made anew" in again.facts[-1]
    assert str(folder) not in again.facts[-1]
    assert rich.read(cache=True).facts == first.facts
