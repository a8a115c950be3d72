"""`planner frontier`: every figure recounted from the written files, what must hold between them, and wrong usage."""

import sys
from collections import defaultdict
from itertools import pairwise

import pandas as pd
import pytest

from planner.build_order import parse_yearly_budgets
from planner.cli import main
from planner.domain.schema import FRONTIER_TABLES, Kind
from planner.errors import InfeasibleError, UsageError
from planner.frontier import FRONTIER_FILES, parse_budgets, plan_frontier, write_frontier
from planner.pipeline import solve_prepared
from planner.scenario import Scenario

YEARLY = (1_530_000, 60_000, 60_000)
PHASED = Scenario.from_mapping({"phasing": {"yearly_budget_cny": YEARLY}})
TEXT = {column.name: "string" for table in FRONTIER_TABLES for column in table.columns if column.kind is Kind.TEXT}
TIERS = {"county": "county_centres", "township": "township_stations", "village": "village_points"}


def read(folder, name):
    return pd.read_csv(folder / name, encoding="utf-8-sig", dtype=TEXT)


@pytest.fixture(scope="module")
def found(xunhua):
    """A thinned frontier, and a build order for less money than the plan without a budget takes."""
    return plan_frontier(xunhua, PHASED, most_points=6)


@pytest.fixture(scope="module")
def folder(found, tmp_path_factory):
    directory = tmp_path_factory.mktemp("frontier") / "new"
    write_frontier(directory, found, "note")
    return directory


@pytest.fixture(scope="module")
def counted(xunhua):
    return {township.code for township in xunhua.townships if not township.is_subdistrict}


def recount(stations, row, counted):
    """The figures of ``row`` that follow from its stations."""
    tiers = stations["tier"].value_counts()
    assert {tier: row[column] for tier, column in TIERS.items()} == {tier: int(tiers.get(tier, 0)) for tier in TIERS}
    assert row["stations"] == len(stations)
    assert row["villages_covered"] == stations["villages_served"].sum()
    assert row["population_covered"] == stations["population_served"].sum()
    assert row["station_cost_cny_per_year"] == stations["annual_cost_cny"].sum()
    high = stations[stations["tier"] != "village"]
    assert row["townships_with_station"] == len(set(high["township_code"]) & counted)
    tree(stations)


def tree(stations):
    """Every station but the one centre is supplied by one that stands and is of a higher tier."""
    tier = dict(zip(stations["station_id"], stations["tier"], strict=True))
    for station, parent in zip(stations["station_id"], stations["parent_id"], strict=True):
        if tier[station] == "county":
            assert pd.isna(parent)
        else:
            assert tier[parent] == "county" or (tier[parent], tier[station]) == ("township", "village")
    assert list(tier.values()).count("county") == 1


@pytest.mark.parametrize("table", FRONTIER_TABLES, ids=lambda table: table.name)
def test_the_files_have_the_columns_of_the_schema_and_every_row_says_what_is_made_up(folder, xunhua, table):
    written = read(folder, table.name)
    assert tuple(written.columns) == table.names
    assert set(written["synthetic_layers"]) == {xunhua.synthetic_label}
    for column in table.columns:
        assert not (column.required and written[column.name].isna().any()), column.name
        if column.choices:
            assert set(written[column.name].dropna()) <= set(column.choices)


def test_every_point_is_recounted_from_its_stations(folder, counted):
    points, stations = read(folder, "frontier.csv"), read(folder, "frontier_stations.csv")
    assert len(points) >= 6
    for _, row in points.iterrows():
        its = stations[stations["point"] == row["point"]]
        recount(its, row, counted)
        assert row["budget_cny"] == its["capex_cny"].sum()
    assert set(stations["point"]) == set(points["point"])


def test_points_rise_are_proven_and_priced_against_the_one_before(folder):
    points = read(folder, "frontier.csv")
    proven = [row for _, row in points.iterrows() if row["kind"] == "frontier"]
    for before, row in pairwise(proven):
        more = row["villages_covered"] - before["villages_covered"]
        assert more > 0
        price = (row["budget_cny"] - before["budget_cny"]) / more
        assert row["marginal_cny_per_village"] == pytest.approx(price, abs=0.0051)
        assert price > 0
    for row in proven:
        assert row["status"] == "optimal"
        assert row["bound_cny"] == row["budget_cny"]
        assert row["villages_bound"] == row["villages_covered"]
    plan = points.iloc[-1]
    assert plan["kind"] == "plan"
    assert plan["budget_cny"] > proven[-1]["budget_cny"] == plan["bound_cny"]
    assert plan["villages_covered"] == proven[-1]["villages_covered"]
    assert plan["station_cost_cny_per_year"] < proven[-1]["station_cost_cny_per_year"]


def test_a_point_is_what_solving_for_its_budget_covers_and_a_yuan_less_covers_less(found, xunhua_prepared):
    row = found.points[2]
    budget = row["budget_cny"]
    at = solve_prepared(xunhua_prepared, Scenario(budget_cny=budget), routes=False).evaluation.counts
    assert (at.villages_covered, at.population_covered) == (row["villages_covered"], row["population_covered"])
    below = solve_prepared(xunhua_prepared, Scenario(budget_cny=budget - 1), routes=False).evaluation.counts
    assert below.villages_covered < row["villages_covered"]
    with pytest.raises(InfeasibleError):
        solve_prepared(xunhua_prepared, Scenario(budget_cny=found.points[0]["budget_cny"] - 1), routes=False)


def test_every_year_is_recounted_from_the_stations_built(folder, counted):
    years, phases = read(folder, "years.csv"), read(folder, "phases.csv")
    money = spent = 0
    for budget, (_, row) in zip(YEARLY, years.iterrows(), strict=True):
        new, there = phases[phases["build_year"] == row["year"]], phases[phases["build_year"] <= row["year"]]
        money, spent = money + budget, spent + int(new["capex_cny"].sum())
        assert (row["budget_cny"], row["total_budget_cny"]) == (budget, money)
        assert (row["spent_cny"], row["total_spent_cny"]) == (new["capex_cny"].sum(), spent)
        assert row["carried_over_cny"] == money - spent >= 0
        assert row["stations_built"] == len(new)
        recount(there, row, counted)
        assert row["priority_villages_covered"] == there["priority_villages_served"].sum()
        assert row["gap_villages"] == row["own_optimum_villages"] - row["villages_covered"] >= 0
        assert (row["status"], row["own_optimum_status"]) == ("optimal", "optimal")
        assert row["own_optimum_bound"] == row["own_optimum_villages"]
    assert set(phases["build_year"]) <= set(years["year"])
    assert years["year"].tolist() == [2026, 2027, 2028]


def test_years_never_lose_anything_and_end_with_the_plan(folder, found):
    years = read(folder, "years.csv")
    for name in ("stations", "townships_with_station", "villages_covered", "population_covered", "own_optimum_villages",
                 "priority_villages_covered"):  # fmt: skip
        assert years[name].is_monotonic_increasing, name
    last, plan = years.iloc[-1], found.order.solved
    assert last["villages_covered"] == plan.evaluation.counts.villages_covered
    assert last["total_spent_cny"] == plan.evaluation.costs.capex_cny <= sum(YEARLY)
    assert last["gap_villages"] == 0, "all the money together is the budget that the plan was made for"
    assert last["villages_with_own_station"] == plan.evaluation.indicators["village_station_coverage"].numerator
    assert last["mean_access_m"] == plan.evaluation.access.mean_m


def test_a_years_own_optimum_is_the_frontier_at_its_money(found, xunhua_prepared):
    row = found.order.years[1]
    assert row["townships_with_station"] == row["townships"]
    at = solve_prepared(xunhua_prepared, Scenario(budget_cny=row["total_budget_cny"]), routes=False)
    assert at.evaluation.counts.villages_covered == row["own_optimum_villages"]


def test_sites_that_must_be_open_are_in_every_point_and_are_built_in_some_year(xunhua):
    asked = ("630225-S109", "630225-S146")
    scenario = Scenario.from_mapping({"sites": {"open": list(asked)}})
    locked = plan_frontier(xunhua, scenario, most_points=2)
    for point in {row["point"] for row in locked.points}:
        opened = {row["station_id"] for row in locked.stations if row["point"] == point}
        assert set(asked) <= opened
    assert set(asked) <= set(locked.order.build_year)
    assert [row["own_optimum_villages"] >= row["villages_covered"] for row in locked.order.years] == [True] * 3


@pytest.mark.parametrize(
    ("text", "years", "budgets"),
    [(None, 4, None), ("5", None, (5, 5, 5)), ("5", 2, (5, 5)), ("3,2", None, (3, 2)), ("3,2", 2, (3, 2))],
)
def test_yearly_budgets_are_one_number_or_a_list(text, years, budgets):
    phasing = Scenario.from_mapping({"phasing": parse_yearly_budgets(text, years)}).phasing
    assert (phasing.money_cny, phasing.n_years) == (budgets, len(budgets or range(4)))


@pytest.mark.parametrize("text", ["", "a", "1.5", "-1", "1,,2", "1e6", "9" * 15, ",".join("1" * 31), "²"])
def test_other_yearly_budgets_are_wrong_usage(text):
    with pytest.raises(UsageError, match="yearly-budget"):
        parse_yearly_budgets(text, None)


@pytest.mark.parametrize(
    ("text", "budgets"), [("10:20:5", (10, 15, 20)), ("3,1", (1, 3)), ("1e6", (1_000_000,)), ("7:7:1", (7,))]
)
def test_budgets_are_a_range_with_both_ends_or_a_list(text, budgets):
    assert parse_budgets(text) == budgets


@pytest.mark.parametrize("text", ["", "a", "1:2", "1:2:0", "2:1:1", "-1", "nan", "1:inf:1", "0.5", "0:9999:1", "1e99"])
def test_other_budgets_are_wrong_usage(text):
    with pytest.raises(UsageError, match="budgets"):
        parse_budgets(text)


def run(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, "argv", ["planner", "frontier", *map(str, arguments)])
    with pytest.raises(SystemExit) as stop:
        main()
    printed = capsys.readouterr()
    return stop.value.code or 0, printed.out, printed.err


def test_the_command_answers_single_budgets_and_says_whom_the_data_is_owed_to(monkeypatch, capsys, tmp_path):
    out = tmp_path / "out"
    arguments = ["xunhua", "--out", out, "--budgets", "1540000,1600000", "--years", "2"]
    code, printed, err = run(monkeypatch, capsys, *arguments)
    assert (code, "Traceback" in err) == (0, False)
    assert {path.name for path in out.iterdir()} == set(FRONTIER_FILES)
    points = read(out, "frontier.csv")
    asked = points[points["kind"] == "frontier"]
    assert asked["limit_cny"].tolist() == [1_540_000, 1_600_000]
    assert (asked["budget_cny"] <= asked["limit_cny"]).all()
    assert len(read(out, "years.csv")) == 2
    assert "Data: GeoNames" in printed
    assert "synthetic" in printed
    assert (out / "frontier.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("option", "least"),
    [
        (["--yearly-budget", "1000"], "1530000"),
        (["--yearly-budget", "400000,2000000"], "1500000"),
        (["--budgets", "1000000"], "1530000"),
        (["--set", "budget_cny=1000000"], "1530000"),
    ],
)
def test_money_that_cannot_do_exits_3_with_the_least_that_can(monkeypatch, capsys, tmp_path, option, least):
    code, _, err = run(monkeypatch, capsys, "xunhua", "--out", tmp_path / "out", "--points", "2", *option)
    assert code == 3
    assert least in err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "option",
    [
        ["--years", "0"],
        ["--years", "99"],
        ["--years", "2", "--yearly-budget", "1,2,3"],
        ["--budgets", "x"],
        ["--points", "1"],
        ["--out", "/dev/null/x"],
    ],
)
def test_wrong_usage_exits_2_before_any_work(monkeypatch, capsys, tmp_path, option):
    code, _, err = run(monkeypatch, capsys, "xunhua", "--out", tmp_path / "out", *option)
    assert code == 2
    assert "Traceback" not in err
    assert not (tmp_path / "out").exists()


def test_two_runs_write_the_same_bytes(found, folder, xunhua, tmp_path):
    again = plan_frontier(xunhua, PHASED, most_points=6)
    write_frontier(tmp_path, again, "note")
    same = defaultdict(list)
    for path in folder.iterdir():
        same[path.read_bytes() == (tmp_path / path.name).read_bytes()].append(path.name)
    assert same[False] == []


def test_a_thinned_frontier_says_so_in_both_languages(found):
    assert found.thinned
    assert "evenly spaced" in found.notes("en")[-1]
    assert "均匀" in found.notes("zh")[-1]


def test_a_point_that_runs_out_of_time_is_the_plans_network_with_true_bounds_and_the_rest_goes_on(xunhua):
    hurried = plan_frontier(xunhua, PHASED.update({"solver": {"locate_time_limit_s": 0.001}}), most_points=3)
    rows = [row for row in hurried.points if row["kind"] == "frontier"]
    assert {row["status"] for row in rows} == {"feasible"}
    for row in rows:
        assert row["bound_cny"] is None or row["bound_cny"] <= row["budget_cny"]
        assert row["villages_bound"] is None or row["villages_bound"] >= row["villages_covered"]


def test_a_failure_while_writing_leaves_the_folder_as_it_was(found, tmp_path, monkeypatch):
    out = tmp_path / "out"
    write_frontier(out, found, "note")
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    def fail(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("planner.export.picture.frontier_picture", fail)
    with pytest.raises(OSError, match="no space"):
        write_frontier(out, found, "another note")
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
