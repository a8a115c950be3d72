"""The command line: exit codes, what is printed where, and that nothing is written when the input is wrong."""

import csv
import os
import shutil
import subprocess
import sys

import pytest

from planner import __version__
from planner.cli import main


def run(monkeypatch, capsys, *arguments):
    """Run the command line in this process; returns (exit code, stdout, stderr)."""
    monkeypatch.setattr(sys, "argv", ["planner", *map(str, arguments)])
    with pytest.raises(SystemExit) as stop:
        main()
    printed = capsys.readouterr()
    return stop.value.code or 0, printed.out, printed.err


@pytest.fixture
def broken_county(repository, tmp_path):
    """A copy of the demo county whose villages can be damaged, laid out as in the repository."""
    shutil.copytree(repository / "data", tmp_path / "data")
    return tmp_path / "data" / "geo" / "xunhua"


def damage(path, change):
    path.write_text(change(path.read_text("utf-8-sig")), "utf-8-sig")


def test_help_needs_no_heavy_package():
    heavy = ["numpy", "pandas", "geopandas", "ortools", "folium", "osmnx", "streamlit", "numba", "scipy"]
    script = (
        "import sys, planner.cli; from typer.testing import CliRunner\n"
        "assert CliRunner().invoke(planner.cli.app, ['solve', '--help']).exit_code == 0\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_version(monkeypatch, capsys):
    code, out, _ = run(monkeypatch, capsys, "--version")
    assert (code, out.strip()) == (0, f"planner {__version__}")


def test_check_of_the_demo_county_finds_no_error(monkeypatch, capsys):
    code, out, _ = run(monkeypatch, capsys, "check", "xunhua")
    assert code == 0
    assert "error:" not in out
    assert "0 errors" in out.splitlines()[-1]


def test_solve_writes_the_plan_and_the_audit_agrees(monkeypatch, capsys, tmp_path):
    code, out, err = run(monkeypatch, capsys, "solve", "xunhua", "--out", tmp_path / "out")
    assert code == 0
    assert "optimal" in out
    assert "合成" in out, "a result that rests on synthetic layers says so"
    assert "Data: GeoNames (CC BY 4.0)" in out.splitlines()
    assert "siting" in err, "stages go to stderr"
    with (tmp_path / "out" / "stations.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) > 9
    code, out, _ = run(monkeypatch, capsys, "audit", tmp_path / "out")
    assert code == 0
    assert "0 differ" in out


def test_the_audit_finds_a_changed_figure(monkeypatch, capsys, xunhua_result, tmp_path):
    shutil.copytree(xunhua_result, tmp_path / "out")
    stations = tmp_path / "out" / "stations.csv"
    rows = stations.read_bytes().decode("utf-8-sig").split("\r\n")
    cells = rows[1].split(",")
    cells[rows[0].split(",").index("capex_cny")] = "1"
    rows[1] = ",".join(cells)
    stations.write_bytes("\r\n".join(rows).encode("utf-8-sig"))
    code, out, _ = run(monkeypatch, capsys, "audit", tmp_path / "out")
    assert code == 1
    assert "capex_cny" in out


def test_defects_are_all_listed_and_nothing_is_written(monkeypatch, capsys, broken_county, tmp_path):
    damage(broken_county / "villages.csv", lambda text: text.replace("630225100200,", "630225100201,", 1))
    damage(broken_county / "townships.csv", lambda text: text.replace("lat", "latt", 1))
    code, _, err = run(monkeypatch, capsys, "solve", broken_county, "--out", tmp_path / "out")
    assert code == 1
    assert "villages.csv:" in err
    assert "townships.csv" in err
    assert "Traceback" not in err
    assert not (tmp_path / "out").exists()


def test_check_exits_1_and_names_file_row_and_fix(monkeypatch, capsys, broken_county):
    damage(broken_county / "villages.csv", lambda text: text.replace("630225100200,", "630225100201,", 1))
    code, out, _ = run(monkeypatch, capsys, "check", broken_county)
    assert code == 1
    assert "villages.csv:" in out


@pytest.mark.parametrize("language", ["zh", "en"])
def test_check_writes_its_page_and_table_also_for_a_county_with_errors(
    monkeypatch, capsys, broken_county, tmp_path, language
):
    damage(broken_county / "villages.csv", lambda text: text.replace("630225100200,", "630225100201,", 1))
    page, table = tmp_path / "new" / "check.html", tmp_path / "defects.csv"
    arguments = ["check", broken_county, "--html", page, "--csv", table, "--lang", language]
    code, out, err = run(monkeypatch, capsys, *arguments)
    assert code == 1
    assert "Traceback" not in err
    assert out.splitlines()[-1] == f"Written: {page}, {table}"
    assert {"zh": "改正错误后才能规划", "en": "Cannot be planned"}[language] in page.read_text("utf-8")
    with table.open(encoding="utf-8-sig", newline="") as file:
        assert "duplicate-code" in {row["code"] for row in csv.DictReader(file)}
    assert {path.name for path in tmp_path.iterdir()} == {"data", "new", "defects.csv"}, "nothing half-written"


@pytest.mark.parametrize(
    "arguments",
    [
        ["solve", "xunhua", "--out", "x", "--set", "radius=3"],
        ["solve", "xunhua", "--out", "x", "--radius-km", "-1"],
        ["solve", "xunhua", "--out", "x", "--scenario", "no-such-file.toml"],
        ["solve", "xunhua"],
        ["solve", "xunhua", "--out", "x", "--lang", "fr"],
        ["sweep", "xunhua", "--out", "x", "--radius-km", "8:1:1"],
        ["solve", "xunhua", "--out", ""],
        ["solve", "xunhua", "--out", "/dev/null/x"],
        ["sweep", "xunhua", "--out", "/dev/null", "--radius-km", "1"],
        ["batch", "xunhua", "--out", "/dev/null/x"],
        ["check", "xunhua", "--html", "/dev/null/x.html"],
        ["check", "xunhua", "--html", "."],
        ["check", "xunhua", "--csv", ""],
        ["check", "xunhua", "--lang", "fr"],
        ["no-such-command"],
    ],
)
def test_wrong_usage_exits_2(monkeypatch, capsys, tmp_path, arguments):
    monkeypatch.chdir(tmp_path)
    code, _, err = run(monkeypatch, capsys, *arguments)
    assert code == 2
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_a_county_that_is_not_there_is_named_with_the_ones_that_are(monkeypatch, capsys):
    code, _, err = run(monkeypatch, capsys, "check", "atlantis")
    assert code in (1, 2)
    assert "atlantis" in err
    assert "xunhua" in err


def test_no_feasible_plan_exits_3_and_names_the_relaxation(monkeypatch, capsys, tmp_path):
    arguments = ["solve", "xunhua", "--out", tmp_path / "out", "--set", "supply.county_to_township_km=1"]
    code, _, err = run(monkeypatch, capsys, *arguments)
    assert code == 3
    assert "township_outlets" in err or "county_to_township_km" in err
    assert not (tmp_path / "out").exists()


def test_a_terminal_that_knows_no_chinese_ends_nothing(tmp_path):
    command = [sys.executable, "-m", "planner.cli", "solve", "xunhua", "--out", str(tmp_path / "out")]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    assert "\\u5faa" in done.stdout


def test_loads_cut_into_equal_parts_pass_the_audit(monkeypatch, capsys, tmp_path):
    settings = ["service.shift_hours=1.5", "service.stop_minutes=10", "solver.route_solution_limit=1"]
    short_shift = [word for setting in settings for word in ("--set", setting)]
    run(monkeypatch, capsys, "solve", "xunhua", "--out", tmp_path / "out", *short_shift)
    _, out, _ = run(monkeypatch, capsys, "audit", tmp_path / "out")
    assert "load_after_parcels" not in out


def test_a_plan_with_stations_no_vehicle_can_reach_is_written_and_exits_1(monkeypatch, capsys, tmp_path):
    arguments = ["solve", "xunhua", "--out", tmp_path / "out", "--set", "service.shift_hours=1.2"]
    code, out, err = run(monkeypatch, capsys, *arguments)
    assert code == 1
    assert "visits" in err
    assert "100.0%" in out, "every township still has its outlet"
    assert (tmp_path / "out" / "stations.csv").is_file()


@pytest.mark.slow
def test_synth_makes_another_county_that_can_be_planned(monkeypatch, capsys, tmp_path):
    code, out, _ = run(monkeypatch, capsys, "synth", "xunhua", "--out", tmp_path, "--seed", "7")
    assert code == 0
    assert len(out.splitlines()) == 8
    assert "planner synth xunhua, seed 7" in (tmp_path / "geo" / "xunhua" / "county.toml").read_text("utf-8")
    code, out, _ = run(monkeypatch, capsys, "solve", tmp_path / "geo" / "xunhua", "--out", tmp_path / "out")
    assert code == 0
    assert "合成" in out


def test_synth_knows_which_counties_it_can_make(monkeypatch, capsys, tmp_path):
    code, _, err = run(monkeypatch, capsys, "synth", "atlantis", "--out", tmp_path / "data")
    assert code == 2
    assert "xihe, xunhua" in err
    assert not (tmp_path / "data").exists()


def test_an_infeasible_scenario_names_the_demands_to_give_up_in_both_languages(monkeypatch, capsys, tmp_path):
    arguments = ["solve", "xunhua", "--out", tmp_path / "out", "--set", "budget_cny=1000000"]
    code, _, err = run(monkeypatch, capsys, *arguments)
    assert code == 3
    assert "smallest set of demands to give up: 1 (proven)" in err
    assert "530,000 yuan more" in err
    assert "最少须放弃的要求：1 项（已证明）" in err
    assert err.count("--set budget_cny=1530000") == 2
