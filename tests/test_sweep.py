"""One county at many radii."""

import pytest

from planner.errors import UsageError
from planner.scenario import Scenario
from planner.sweep import parse_radii, sweep, write_sweep


@pytest.mark.parametrize(
    ("text", "radii"), [("1:2:0.5", (1.0, 1.5, 2.0)), ("1:1:1", (1.0,)), ("3,1,2.5", (1.0, 2.5, 3.0))]
)
def test_radii_are_a_range_with_both_ends_or_a_list(text, radii):
    assert parse_radii(text) == radii


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "1:2",
        "1:2:0",
        "2:1:1",
        "0,1",
        "-1",
        "1:9999:0.1",
        "nan",
        "1:inf:1",
        "1e9",
        "100,101",
        "1e400",
        "1e-400",
    ],
)
def test_anything_else_is_wrong_usage(text):
    with pytest.raises(UsageError, match="radius-km"):
        parse_radii(text)


def test_minutes_are_not_swept_in_kilometres(xunhua):
    with pytest.raises(UsageError, match="coverage_metric"):
        list(sweep(xunhua, Scenario.from_mapping({"coverage_metric": "minutes"}), [1.0]))


def test_shrinking_the_radius_never_lowers_the_proven_minimum(xunhua, tmp_path):
    rows = list(sweep(xunhua, Scenario(), [float(radius) for radius in range(1, 9)]))
    minima = [row.minimum_stations for row in rows]
    assert None not in minima
    assert minima == sorted(minima, reverse=True)
    assert minima[0] > minima[-1]
    assert all(row.status == "optimal" for row in rows)
    covered = [row.villages_covered for row in rows]
    assert covered == sorted(covered)
    csv, png = write_sweep(tmp_path, xunhua, rows, "note")
    assert csv.read_bytes().startswith(b"\xef\xbb\xbf")
    assert csv.read_text("utf-8-sig").count("\n") == 9
    assert png.read_bytes().startswith(b"\x89PNG")
