"""The warning about unconnected roads says who stands on them, and what would leave them out."""

from __future__ import annotations

import pytest

from planner.errors import Severity
from planner.geodata.intake.parts import round_up


def road_parts(raw):
    """The warning about parts of the roads."""
    (defect,) = [defect for defect in raw.run().defects if defect.code == "road-parts"]
    return defect


def lane(raw, shapes, lon, lat, km):
    """A lane of its own, north from a place."""
    _, line = shapes
    raw.roads.append(line([[lon, lat], [lon, lat + km / 110.95]], 名称="", 等级="村道", 路面="砂石", 单行="否"))


def test_the_parts_that_places_stand_on_are_counted_and_their_length_is_advised(raw, shapes):
    lane(raw, shapes, 102.1102, 35.702, 2.2)
    lane(raw, shapes, 102.3, 35.62, 4.4)
    defect = road_parts(raw)
    assert defect.severity is Severity.WARNING
    assert "3 unconnected parts" in defect.message
    assert "1 village and 1 site stand on 1 of them, up to 2.2 km long" in defect.message
    assert defect.fix.endswith("or leave these parts out with --drop-islands-km 3")


def test_the_advice_leaves_out_those_parts_and_keeps_a_longer_one(raw, shapes):
    lane(raw, shapes, 102.1102, 35.702, 2.2)
    lane(raw, shapes, 102.3, 35.62, 4.4)
    raw.options["drop_islands_km"] = 3.0
    defect = road_parts(raw)
    assert "2 unconnected parts" in defect.message
    assert "no village and no site stands on them" in defect.message
    assert "--drop-islands-km" not in defect.fix


def test_sites_count_as_villages_do(raw, shapes):
    lane(raw, shapes, 102.1012, 35.7006, 0.3)
    assert "1 site stands on 1 of them, up to 0.3 km long" in road_parts(raw).message


def test_a_long_part_may_lack_a_bridge(raw, shapes):
    lane(raw, shapes, 102.1102, 35.702, 10.5)
    raw.roads[0]["geometry"]["coordinates"][1] = [102.15, 35.61]
    assert "bridge or a ferry" in road_parts(raw).fix


@pytest.mark.parametrize(
    ("km", "rounded"), [(2.2, 3), (3.0, 3), (0.34, 0.4), (0.3, 0.3), (12, 20), (99.5, 100), (0.07, 0.07), (0, 0)]
)
def test_lengths_are_rounded_up_to_one_digit(km, rounded):
    assert round_up(km) == rounded
