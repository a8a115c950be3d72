"""Fixtures of the geodata tests: a toy county that each test may spoil before it is written."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

# Tests are imported by path (import-mode=importlib), so the builder beside them is loaded by path too.
_SPEC = importlib.util.spec_from_file_location("geodata_toy", Path(__file__).with_name("toy.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
toy = importlib.util.module_from_spec(_SPEC)
sys.modules["geodata_toy"] = toy
_SPEC.loader.exec_module(toy)


@pytest.fixture
def county(tmp_path):
    return toy.ToyCounty(tmp_path)
