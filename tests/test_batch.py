"""Many counties: going on past a failing one, taking up where it stopped, the same plan however many workers."""

import csv
import shutil

import pytest

from planner.batch import BatchRow, solve_batch, write_batch
from planner.errors import UsageError
from planner.scenario import Scenario

PLAN_FILES = ("stations.csv", "assignments.csv", "routes.csv")


@pytest.mark.slow
def test_two_workers_give_the_plan_of_one_run(xunhua_result, tmp_path):
    rows = list(solve_batch(["xunhua", "xihe"], Scenario(), tmp_path, workers=2))
    assert [row.outcome for row in rows] == ["done", "done"]
    for name in PLAN_FILES:
        assert (tmp_path / "xunhua" / name).read_bytes() == (xunhua_result / name).read_bytes()


def test_a_failing_county_does_not_stop_the_others_and_a_second_run_keeps_what_is_done(tmp_path):
    names = ["atlantis", "xunhua"]
    rows = {row.county: row for row in solve_batch(names, Scenario(), tmp_path)}
    assert rows["atlantis"].outcome == "failed"
    assert "atlantis" in rows["atlantis"].error
    assert rows["xunhua"].outcome == "done"
    again = {row.county: row for row in solve_batch(names, Scenario(), tmp_path)}
    assert again["xunhua"].outcome == "kept"
    assert again["xunhua"].annual_cost_cny == rows["xunhua"].annual_cost_cny
    (tmp_path / "xunhua" / "stations.csv").unlink()
    third = {row.county: row for row in solve_batch(["xunhua"], Scenario(), tmp_path)}
    assert third["xunhua"].outcome == "done", "a result with a file missing is not kept"


@pytest.mark.slow
def test_a_county_whose_manifest_changed_is_solved_anew(repository, tmp_path):
    shutil.copytree(repository / "data", tmp_path / "data")
    folder = tmp_path / "data" / "geo" / "xunhua"
    assert [row.outcome for row in solve_batch([str(folder)], Scenario(), tmp_path / "out")] == ["done"]
    manifest = folder / "county.toml"
    manifest.write_text(manifest.read_text("utf-8").replace("循化撒拉族自治县", "改名县"), "utf-8")
    (row,) = solve_batch([str(folder)], Scenario(), tmp_path / "out")
    assert (row.outcome, row.name) == ("done", "改名县")


@pytest.mark.slow
def test_another_scenario_is_solved_anew(tmp_path):
    assert [row.outcome for row in solve_batch(["xunhua"], Scenario(), tmp_path)] == ["done"]
    assert [row.outcome for row in solve_batch(["xunhua"], Scenario(radius_km=4), tmp_path)] == ["done"]


def test_two_counties_are_never_written_to_one_folder(tmp_path):
    with pytest.raises(UsageError, match="county-a"):
        list(solve_batch(["x/county-a", "y/county-a"], Scenario(), tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_the_table_has_one_row_a_county_whatever_order_they_end_in(tmp_path):
    path = write_batch(tmp_path, [BatchRow("b", "failed", error="x"), BatchRow("a", "done", villages=3)])
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["county"] for row in rows] == ["a", "b"]
    assert rows[0]["villages"] == "3"
    assert rows[1]["error"] == "x"
