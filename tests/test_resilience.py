"""What survives the loss of a station or road, on the demo county: the audit counts it by other code."""

import csv
import io
import json
import shutil

import pytest

from planner.evaluate import audit, recount_travel
from planner.pipeline import solve_prepared
from planner.scenario import Scenario


@pytest.fixture(scope="module")
def look(xunhua, xunhua_plan):
    travel = recount_travel(xunhua, xunhua_plan.scenario, xunhua_plan.plan)

    def run(directory):
        return [str(difference) for difference in audit(directory, xunhua, travel=travel).differences]

    return run


@pytest.fixture
def written(xunhua_result, tmp_path):
    return shutil.copytree(xunhua_result, tmp_path / "out")


def _change(path, change):
    rows = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(change(rows))
    path.write_bytes(text.getvalue().encode("utf-8-sig"))


def test_every_village_lost_with_a_stretch_is_covered_while_it_is_open(xunhua_plan):
    covered = {assignment.village_code for assignment in xunhua_plan.plan.assignments if assignment.covered}
    links = xunhua_plan.evaluation.backup.links
    assert links
    assert all(set(link.village_codes) <= covered and link.village_codes for link in links)
    assert len({link.village_codes for link in links}) > 1


def test_a_village_with_a_station_in_reach_is_not_lost_with_another(xunhua_plan):
    evaluation = xunhua_plan.evaluation
    site_id, loss = evaluation.backup.worst_station
    served = [a for a in xunhua_plan.plan.assignments if a.station_id == site_id]
    assert 0 < loss.villages <= len(served)


def test_the_audit_sees_a_changed_cell_a_missing_row_and_a_missing_file(look, written):
    path = written / "critical_links.csv"

    def fewer(rows):
        return [rows[0], *rows[2:]]

    def milder(rows):
        rows[1][rows[0].index("villages_lost")] = "1"
        return rows

    before = path.read_bytes()
    _change(path, milder)
    assert any(line.startswith("critical_links.csv:2 [villages_lost] exported: 1") for line in look(written))
    path.write_bytes(before)
    _change(path, fewer)
    assert any("rows" in line for line in look(written))
    path.unlink()
    assert any("critical_links.csv" in line for line in look(written))


@pytest.mark.slow
@pytest.mark.parametrize("key", ["villages_with_second_station", "villages_surviving_any_link", "critical_links"])
def test_the_audit_sees_a_changed_figure(look, written, key):
    path = written / "summary.json"
    data = json.loads(path.read_text("utf-8"))
    data["backup"][key] = 7
    path.write_text(json.dumps(data), "utf-8")
    assert any(f"backup.{key}" in line for line in look(written))


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [
        ["coverage_metric=minutes", "radius_min=8", "targets.equity=max_distance"],
        ["coverage_metric=straight_km", "targets.backup=station", "targets.backup_share=0.3"],
        ["sites.own_township=true", "targets.equity=p90", "budget_cny=3000000"],
        ["network.straight_line_factor=1.4", "targets.equity=worst_township", "targets.villages=0.9"],
        ["network.month=1", "targets.backup=station"],
    ],
)
def test_every_metric_and_objective_agrees_with_the_audit(xunhua, xunhua_prepared, tmp_path, settings):
    solved = solve_prepared(xunhua_prepared, Scenario().with_settings(settings))
    solved.write(tmp_path / "out")
    assert [str(difference) for difference in audit(tmp_path / "out", xunhua).differences] == []
