"""Fixtures of the OpenStreetMap tests: a sketch to draw on, and a reader of what was drawn."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from planner.geodata.log import DefectLog
from planner.geodata.osm import read_osm

# Tests are imported by path (import-mode=importlib), so the module beside them is loaded by path too.
_SPEC = importlib.util.spec_from_file_location("osm_sketch", Path(__file__).with_name("sketch.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
osm_sketch = importlib.util.module_from_spec(_SPEC)
sys.modules["osm_sketch"] = osm_sketch
_SPEC.loader.exec_module(osm_sketch)


class Drawn:
    """A sketch, and what reading it gives."""

    def __init__(self, folder: Path, sketch) -> None:
        self.folder = folder
        self.map = sketch
        self.found = DefectLog()

    def read(self, name="map.osm", **options):
        """The extract of the county 循化县 (or as ``options`` say); defects in ``found``."""
        if "boundary" not in options:
            options.setdefault("county", "循化县")
        path = self.map.write(self.folder / name)
        return read_osm(path, name, self.found, **{"cache": False, **options})

    @property
    def codes(self):
        return [defect.code for defect in self.found.defects]

    @property
    def messages(self):
        return [defect.line() for defect in self.found.defects]


@pytest.fixture
def drawn(tmp_path):
    """The county of two townships."""
    return Drawn(tmp_path, osm_sketch.two_townships())


@pytest.fixture
def blank(tmp_path):
    """An empty map."""
    return Drawn(tmp_path, osm_sketch.Sketch())


def fact(extract, start):
    """The one fact that begins so."""
    (text,) = [text for text in extract.facts if text.startswith(start)]
    return text


@pytest.fixture(name="fact")
def _fact():
    return fact
