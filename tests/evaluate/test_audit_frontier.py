"""The audit of a frontier's folder: clean as written, and no changed figure passes."""

import csv
import io
import json
import shutil

import pytest

from planner.domain.schema import FRONTIER_TABLES, Kind
from planner.errors import UsageError
from planner.evaluate import FRONTIER_JSON, audit_frontier, recount_travel
from planner.frontier import plan_frontier, write_frontier
from planner.scenario import Scenario

UNCOUNTED = {
    ("frontier.csv", "bound_cny"),  # judged by what they must not contradict, below
    ("frontier.csv", "villages_bound"),
    ("frontier.csv", "limit_cny"),
    ("years.csv", "own_optimum_bound"),
    ("years.csv", "own_optimum_villages"),
}
FIGURES = [
    (table.name, column.name)
    for table in FRONTIER_TABLES
    for column in table.columns
    if column.kind in {Kind.INTEGER, Kind.DECIMAL} and (table.name, column.name) not in UNCOUNTED
]
TEXTS = [
    (table.name, column)
    for table in FRONTIER_TABLES
    for column in ("name", "township_code", "synthetic_layers", "station_id", "tier", "parent_id")
    if column in table.names
]


@pytest.fixture(scope="module")
def written(xunhua, tmp_path_factory):
    directory = tmp_path_factory.mktemp("audited") / "frontier"
    phased = Scenario.from_mapping({"phasing": {"yearly_budget_cny": [1_530_000, 60_000, 60_000]}})
    write_frontier(directory, plan_frontier(xunhua, phased, most_points=2), "note")
    return directory


@pytest.fixture(scope="module")
def travel(xunhua, xunhua_plan):
    return recount_travel(xunhua, xunhua_plan.scenario, xunhua_plan.plan)


@pytest.fixture
def folder(written, tmp_path):
    return shutil.copytree(written, tmp_path / "copy")


def change(folder, file, column, new):
    """Put ``new`` (of the old cell) into the column's last cell that is not empty, if any; returns its row."""
    rows = list(csv.reader(io.StringIO((folder / file).read_text("utf-8-sig"), newline="")))
    place = rows[0].index(column)
    number = max((number for number, row in enumerate(rows) if row[place] and number), default=len(rows) - 1)
    rows[number][place] = new(rows[number][place])
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    (folder / file).write_bytes(text.getvalue().encode("utf-8-sig"))
    return number + 1


@pytest.fixture
def look(folder, xunhua, travel):
    """The differences found in a folder that a test may change."""

    def run():
        return audit_frontier(folder, xunhua, travel=travel).differences

    run.folder = folder
    return run


def test_what_was_written_is_clean_and_every_cell_was_looked_at(written, xunhua):
    report = audit_frontier(written, xunhua)
    assert report.differences == ()
    cells = sum(len(text.splitlines()) - 1 for text in (p.read_text("utf-8-sig") for p in written.glob("*.csv")))
    assert report.checked > 5 * cells


@pytest.mark.parametrize(("file", "column"), FIGURES, ids=lambda part: part)
def test_a_figure_that_is_one_off_is_found(look, file, column):
    def more(cell):
        return f"{float(cell) + 1:.2f}" if "." in cell else str(int(cell or 0) + 1)

    change(look.folder, file, column, more)
    assert look()


@pytest.mark.parametrize(("file", "column"), TEXTS, ids=lambda part: part)
def test_another_word_is_found(look, file, column):
    other = {"tier": lambda cell: "township" if cell == "village" else "village"}
    change(look.folder, file, column, other.get(column, lambda cell: cell + "x"))
    assert look()


@pytest.mark.parametrize(
    ("file", "column", "new"),
    [
        ("frontier.csv", "bound_cny", lambda cell: str(int(cell) + 10**7)),
        ("frontier.csv", "villages_bound", lambda cell: str(int(cell) - 1)),
        ("years.csv", "own_optimum_villages", lambda _: "1"),
        ("years.csv", "own_optimum_bound", lambda _: "1"),
        ("years.csv", "own_optimum_status", lambda _: "feasible"),
    ],
)
def test_a_bound_that_contradicts_a_value_is_found(look, file, column, new):
    number = change(look.folder, file, column, new)
    assert (file, number) in {(difference.file, difference.row) for difference in look()}


def test_a_village_taken_away_or_a_station_taken_away_is_found(look):
    for file in ("frontier_villages.csv", "frontier_stations.csv", "phases.csv", "phase_villages.csv", "years.csv"):
        content = (look.folder / file).read_bytes()
        (look.folder / file).write_bytes(b"\r\n".join(content.split(b"\r\n")[:-2]) + b"\r\n")
        assert look(), file
        (look.folder / file).write_bytes(content)


def test_a_station_built_before_its_parent_is_found(look):
    rows = list(csv.DictReader(io.StringIO((look.folder / "phases.csv").read_text("utf-8-sig"))))
    late = next(row for row in rows if row["build_year"] == "2028")
    assert late["parent_id"]
    change(look.folder, "phases.csv", "build_year", lambda _: "2025")
    assert any("2025" in str(difference) for difference in look())


@pytest.mark.parametrize(
    ("key", "value"), [("radius", "9 km"), ("inputs", []), ("attribution", ["nobody"]), ("format", 2)]
)
def test_what_it_rests_on_is_read_again(look, key, value):
    facts = json.loads((look.folder / FRONTIER_JSON).read_text("utf-8"))
    (look.folder / FRONTIER_JSON).write_text(json.dumps(facts | {key: value}), "utf-8")
    differences = look()
    assert {difference.file for difference in differences} == {FRONTIER_JSON}


def test_a_changed_scenario_is_found_and_a_wrong_one_is_named(look):
    facts = json.loads((look.folder / FRONTIER_JSON).read_text("utf-8"))
    facts["scenario"]["radius_km"] = 2.4
    (look.folder / FRONTIER_JSON).write_text(json.dumps(facts), "utf-8")
    assert look()
    facts["scenario"]["radius_km"] = -1
    (look.folder / FRONTIER_JSON).write_text(json.dumps(facts), "utf-8")
    (difference,) = look()
    assert "radius_km" in difference.exported


def test_a_folder_without_a_frontier_is_no_folder_to_audit(tmp_path, xunhua):
    with pytest.raises(UsageError, match=FRONTIER_JSON):
        audit_frontier(tmp_path, xunhua)
