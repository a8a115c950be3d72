"""Damaged inputs, each with one thing wrong: one line says what and where, nothing is written, and soon."""

from __future__ import annotations

import subprocess
import sys

import pytest
from broken_bases import County, RawFiles, osm_arguments
from broken_harness import run, snapshot, template
from cases_commands import CASES as COMMANDS
from cases_maps import CASES as MAPS
from cases_osm import CASES as OSM
from cases_tables import CASES as TABLES

CASES = [*TABLES, *MAPS, *OSM, *COMMANDS]
BY_NAME = {case.name: case for case in CASES}
MOST_SECONDS = 10.0


@pytest.fixture(scope="session")
def outcome(tmp_path_factory):
    """What came of a case; each is run once a session."""
    known = {}

    def of(case):
        if case.name not in known:
            folder = tmp_path_factory.mktemp("broken")
            known[case.name] = run(case.build(folder), folder, case.environment)
        return known[case.name]

    return of


def one_line_of(case, outcome):
    """The one line that says what is wrong, and its defect (None for a command that makes no sense)."""
    if case.code == "usage":
        (line,) = [line for line in outcome.err.splitlines() if line.strip() and not line.startswith("Import: ")]
        return line, None
    (line,) = outcome.errors
    (defect,) = [defect for defect in outcome.defects if line == f"error: {defect.line()}"]
    return line, defect


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_one_mistake_gives_one_line_and_nothing_is_written(case, outcome):
    came = outcome(case)
    assert came.code == (2 if case.code == "usage" else 1)
    line, defect = one_line_of(case, came)
    assert case.message
    assert case.message in line
    assert "Traceback" not in came.out + came.err
    if defect is not None:
        assert (defect.code, defect.row, defect.column) == (case.code, case.row, case.column)
        assert defect.file == case.file
        assert defect.fix
    assert came.written == ()
    assert came.seconds < MOST_SECONDS


def test_each_mistake_has_a_message_of_its_own(outcome):
    seen = {}
    for case in CASES:
        line, defect = one_line_of(case, outcome(case))
        said = template(defect) if defect else ("usage", line)
        if case.alike:
            assert said == template(one_line_of(BY_NAME[case.alike], outcome(BY_NAME[case.alike]))[1]), case.name
        else:
            assert said not in seen, (case.name, seen[said])
            seen[said] = case.name
    assert len(seen) == sum(not case.alike for case in CASES)
    assert len(seen) >= 100


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gbk_with_a_broken_byte", "extract_cut_off", "datum_left_out", "nothing_to_import"])
def test_the_command_in_a_process_of_its_own_says_the_same(name, outcome, tmp_path):
    case = BY_NAME[name]
    arguments = case.build(tmp_path)
    before = snapshot(tmp_path)
    command = [sys.executable, "-m", "planner.cli", *arguments]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    came = outcome(case)
    said = [line for line in ended.stdout.splitlines() if line.startswith("error: ")]
    assert (ended.returncode, said, ended.stderr) == (came.code, came.errors, came.err)
    assert snapshot(tmp_path) == before


def test_the_cases_have_names_of_their_own():
    assert len(BY_NAME) == len(CASES)


@pytest.mark.parametrize("build", [lambda folder: RawFiles(folder).arguments(), osm_arguments], ids=["tables", "osm"])
def test_without_the_mistake_the_county_is_written_and_can_be_checked(build, tmp_path):
    came = run(build(tmp_path), tmp_path)
    assert came.code == 0, came.out + came.err
    assert {path.split("/")[0] for path in came.written} == {"out"}
    again = run(["check", "out"], tmp_path)
    assert again.code == 0, again.out
    assert again.written == ()


def test_without_the_mistake_the_county_folder_is_right(tmp_path):
    assert run(County(tmp_path).arguments(), tmp_path).errors == []
