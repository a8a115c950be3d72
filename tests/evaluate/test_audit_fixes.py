"""``fixes.csv`` passes the audit as written; whatever cell of it is changed afterwards, the audit sees it."""

import csv
import io
from dataclasses import replace

import pytest

from planner.domain import Broadband
from planner.domain.schema import FIXES, Kind
from planner.evaluate import audit
from planner.pipeline import prepare, solve_prepared
from planner.scenario import Scenario


@pytest.fixture(scope="module")
def dark(county):
    """The county with one site that has no broadband, so that its village has fixes of several kinds."""
    sites = [replace(site, broadband=Broadband.NONE) if site.site_id == "V4" else site for site in county.sites]
    return replace(county, sites=tuple(sites))


@pytest.fixture(scope="module")
def written(dark, tmp_path_factory):
    scenario = Scenario(rule_pack="none").with_settings(["radius_km=1"])
    directory = tmp_path_factory.mktemp("fixes") / "out"
    solve_prepared(prepare(dark, scenario), scenario).write(directory)
    return directory


def read(path):
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


@pytest.fixture
def put(written):
    """Writes rows into the folder's file, and puts back what was there."""
    path = written / FIXES.name
    before = path.read_bytes()

    def write(rows):
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\r\n").writerows(rows)
        path.write_bytes(text.getvalue().encode("utf-8-sig"))

    yield write
    path.write_bytes(before)


def other(column, cell):
    if column.choices:
        return next(choice for choice in column.choices if choice != cell)
    if column.kind is Kind.INTEGER:
        return f"{int(cell or 0) + 1}"
    return f"{cell}x" if cell else "C1"


def test_the_file_as_written_agrees(dark, written):
    report = audit(written, dark)
    assert [str(difference) for difference in report.differences] == []
    rows = read(written / FIXES.name)
    kinds = [row[5] for row in rows[1:]]
    assert {"new_site", "radius", "broadband_rule", "connect_broadband"} <= set(kinds)
    assert [row[4] for row in rows[1:]].count("1") == len({row[0] for row in rows[1:]})


@pytest.mark.parametrize("number", range(len(FIXES.columns)), ids=FIXES.names)
def test_any_changed_cell_is_seen(dark, written, put, number):
    rows = read(written / FIXES.name)
    for position in range(1, len(rows)):
        changed = [list(row) for row in rows]
        changed[position][number] = other(FIXES.columns[number], rows[position][number])
        put(changed)
        assert audit(written, dark).differences, f"row {position + 1}: {changed[position][number]}"


def test_rows_that_are_doubled_or_in_another_order_or_a_cheapest_one_missing_are_seen(dark, written, put):
    rows = read(written / FIXES.name)
    for changed in ([rows[0], *rows[2:]], [rows[0], *rows[:0:-1]], [*rows, rows[-1]]):
        put(changed)
        assert audit(written, dark).differences, changed
