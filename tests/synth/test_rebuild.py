"""The same real layers and seed give the same bytes; another seed another county."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from planner.synth import build_synthetic_layers, county_files, read_real_layers, write_county
from planner.synth.real import RealLayers, shown_name

DATA = Path(__file__).parents[2] / "data"
COUNTIES = ("xunhua", "xihe")


@pytest.mark.slow
@pytest.mark.parametrize("name", COUNTIES)
def test_committed_files_are_what_the_script_makes(name):
    real = read_real_layers(DATA / "geo" / name)
    for path, content in county_files(real, build_synthetic_layers(real)).items():
        assert content == (DATA / path).read_bytes(), path


@pytest.mark.slow
def test_another_seed_makes_another_county_with_the_same_real_columns(tmp_path):
    real = read_real_layers(DATA / "geo" / "xunhua")
    other = build_synthetic_layers(real, seed=1)
    write_county(tmp_path, real, other, seed=1)
    again = read_real_layers(tmp_path / "geo" / "xunhua")
    assert again.villages == real.villages
    assert again.townships == real.townships
    assert again.boundary.equals(real.boundary)
    assert (tmp_path / "geo/xunhua/roads.geojson").read_bytes() != (DATA / "geo/xunhua/roads.geojson").read_bytes()
    assert "seed 1" in (tmp_path / "geo/xunhua/county.toml").read_text("utf-8")


def test_real_layers_survive_writing_and_reading(tmp_path):
    real = read_real_layers(DATA / "geo" / "xunhua")
    assert isinstance(real, RealLayers)
    assert real.code == "630225"
    assert [village.name for village in real.villages[:5]][-1] == "下草滩坝村"


@pytest.mark.parametrize(
    ("official", "shown"),
    [
        ("下草滩坝村委会", "下草滩坝村"),
        ("团结村村委会", "团结村"),
        ("新村村委会", "新村"),
        ("南关社区居委会", "南关社区"),
        ("白庄镇社区", "白庄镇社区"),
    ],
)
def test_names_lose_the_committee(official, shown):
    assert shown_name(official) == shown


def test_an_unknown_county_is_refused():
    real = read_real_layers(DATA / "geo" / "xihe")
    stranger = RealLayers("110101", real.boundary, real.townships, real.villages)
    with pytest.raises(KeyError, match="110101"):
        build_synthetic_layers(stranger)
    assert np.isfinite(real.boundary.area)
