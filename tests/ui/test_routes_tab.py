"""The tab of routes, as functions of a solved county."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.ui import routes_tab
from planner.ui.texts import text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_timetable_has_every_route_with_its_clock_and_money(xunhua_plan, language):
    routes = xunhua_plan.plan.routes
    table = routes_tab.timetable(xunhua_plan, routes, language)
    file = xunhua_plan.timetable()
    assert table[text("col_route", language)].tolist() == [route.route_id for route in routes]
    columns = {
        "col_start": "start", "col_back": "back", "col_trips": "trips", "col_stop_count": "stops",
        "col_out": "parcels_out", "col_in": "parcels_in", "col_annual": "annual_cost_cny",
    }  # fmt: skip
    for heading, column in columns.items():
        assert table[text(heading, language)].tolist() == file[column].tolist()
    assert table[text("col_stops", language)].str.replace(" → ", "|").tolist() == file["stop_names"].tolist()


def test_a_day_leaves_only_the_routes_driven_on_it(xunhua_plan):
    plan = xunhua_plan.plan
    assert routes_tab.on_day(plan, 0) is plan
    for day in range(1, 8):
        kept = routes_tab.on_day(plan, day).routes
        assert kept == tuple(route for route in plan.routes if day in route.days)
        assert len(kept) == xunhua_plan.evaluation.week.days[day - 1].routes


def test_the_table_of_days_is_that_of_the_summary(xunhua_plan):
    table, week = routes_tab.days_table(xunhua_plan, "en"), xunhua_plan.evaluation.week
    assert table["Day of the week"].tolist()[::6] == ["Monday", "Sunday"]
    assert table["Routes driven"].tolist() == [day.routes for day in week.days]
    assert table["minivan"].tolist() == [day.vehicles["minivan"] for day in week.days]
    assert table["Drivers' hours"].sum() == pytest.approx(week.driver_hours_total.value)
    assert text("col_bus_runs", "en") not in table


def test_loads_by_bus_name_the_line_and_have_a_column(xunhua_plan):
    first, *others = xunhua_plan.plan.routes
    by_bus = replace(first, mode="bus", vehicle_type="L3")
    row = routes_tab.timetable(xunhua_plan, (by_bus,), "en").iloc[0]
    assert (row["Vehicle"], row["Kind"]) == ("passenger line L3", "Carried by passenger line")
    from planner.evaluate.week import count_week

    week = count_week(xunhua_plan.scenario, replace(xunhua_plan.plan, routes=(by_bus, *others)))
    solved = replace(xunhua_plan, evaluation=replace(xunhua_plan.evaluation, week=week))
    assert routes_tab.days_table(solved, "en")[text("col_bus_runs", "en")].max() == 1


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_week_in_words_names_vehicles_hours_and_both_days(xunhua_plan, language):
    words = routes_tab.week_words(xunhua_plan, language)
    assert xunhua_plan.evaluation.week.driver_hours_total.decimal(1) in words
    assert ("周一" if language == "zh" else "Monday") in words
    bare = replace(xunhua_plan, evaluation=replace(xunhua_plan.evaluation, week=_empty_week(xunhua_plan)))
    assert routes_tab.week_words(bare, language) == ""


def _empty_week(solved):
    from planner.evaluate.week import count_week

    return count_week(solved.scenario, replace(solved.plan, routes=()))
