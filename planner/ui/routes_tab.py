"""The tab of routes: the weekly timetable, what each day takes, and the files for planner and drivers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from planner.domain import Plan, Route
from planner.domain.clock import DAY_NAMES, clock
from planner.evaluate.figures import Ratio
from planner.mapping.words import DAYS, route_words, say
from planner.pipeline import CountyPlan
from planner.scenario import DAYS_PER_WEEK
from planner.ui import compute
from planner.ui.texts import text

_DAY = "routes_day"
"""Where the session keeps the day of the week that is looked at; 0 for all."""


def chosen_day() -> int:
    """The day of the week that the planner looks at, 1 = Monday; 0 for the whole week."""
    return int(st.session_state.get(_DAY, 0))


def on_day(plan: Plan, day: int) -> Plan:
    """The plan with only the routes driven on ``day``; all of them for 0."""
    return replace(plan, routes=tuple(route for route in plan.routes if day in route.days)) if day else plan


def show_routes(solved: CountyPlan, language: str) -> None:
    """Choice of a day, timetable, what each day takes, and downloads."""
    if solved.near:
        st.caption(text("routes_later", language))
        return
    if not solved.plan.routes:
        st.info(text("no_routes", language))
        return
    left, middle, right = st.columns([2, 1, 1], vertical_alignment="bottom")
    with left:
        day = _choose_day(language)
    middle.download_button(
        text("download_timetable", language), solved.timetable_csv(), file_name="timetable.csv", mime="text/csv",
        on_click="ignore", width="stretch",
    )  # fmt: skip
    right.download_button(
        text("download_sheets", language), compute.route_sheets(solved, language), file_name="route_sheets.html",
        mime="text/html", on_click="ignore", width="stretch",
    )  # fmt: skip
    routes = on_day(solved.plan, day).routes
    st.caption(week_words(solved, language) + (text("map_of_day", language) if day else ""))
    if routes:
        _table(timetable(solved, routes, language), language)
    else:
        st.info(text("no_routes_that_day", language))
    _table(days_table(solved, language), language)


def _choose_day(language: str) -> int:
    # The browser keeps the words of a choice, so that each language needs its own widget.
    key = f"{_DAY}-{language}"
    words = [text("whole_week", language), *(say(name, language) for name in DAYS)]
    chosen = st.segmented_control(
        text("weekday", language), range(DAYS_PER_WEEK + 1), format_func=words.__getitem__, default=chosen_day(),
        key=key, on_change=_keep_day, args=(key,),
    )  # fmt: skip
    return chosen_day() if chosen is None else int(chosen)


def _keep_day(key: str) -> None:
    """Before the page is drawn anew, so that the map above knows of it; no choice means the whole week."""
    st.session_state[_DAY] = st.session_state[key] or 0


def week_words(solved: CountyPlan, language: str) -> str:
    """Vehicles, drivers' hours, and the busiest and quietest day, in a sentence."""
    week = solved.evaluation.week
    hours = week.driver_hours
    if hours is None:
        return ""
    vehicles = say(("、", ", "), language).join(f"{kind} {count}" for kind, count in week.vehicles.items() if count)
    return text(
        "week_words", language,
        vehicles=vehicles or "0", hours=week.driver_hours_total.decimal(1),
        largest_day=say(DAY_NAMES[hours.largest_day - 1], language), largest=hours.largest.decimal(1),
        smallest_day=say(DAY_NAMES[hours.smallest_day - 1], language), smallest=hours.smallest.decimal(1),
    )  # fmt: skip


def timetable(solved: CountyPlan, routes: tuple[Route, ...], language: str) -> pd.DataFrame:
    """The weekly timetable in the planner's words, one route a row."""
    return _named([_route_row(solved, route, language) for route in routes], language)


def _route_row(solved: CountyPlan, route: Route, language: str) -> dict[str, object]:
    sites, starts_s = solved.county.site_by_id, solved.scenario.service.day_starts_s
    first, last = route.stops[0], route.stops[-1]
    out = sum(stop.delivery_centiparcels for stop in route.stops)
    back = sum(stop.pickup_centiparcels for stop in route.stops)
    return {
        "col_route": route.route_id,
        "col_echelon": say(route_words(route), language),
        "col_days": " ".join(say(DAYS[day - 1], language) for day in route.days),
        "col_start": clock(starts_s + first.leave_s),
        "col_back": clock(starts_s + last.arrive_s),
        "col_depot": sites[route.depot_id].name,
        "col_vehicle": text("by_bus", language, line=_line(solved, route)) if route.is_bus else route.vehicle_type,
        "col_trips": route.trips,
        "col_stop_count": len(route.visits),
        "col_route_km": route.distance_m / 1000,
        "col_hours": route.duration_s / 3600,
        "col_out": out / 100,
        "col_in": back / 100,
        "col_parcels_per_day": Ratio((out + back) * len(route.days), 100 * DAYS_PER_WEEK).value,
        "col_annual": route.annual_cost_cny,
        "col_stops": " → ".join(sites[stop.site_id].name for stop in route.called_at),
    }


def _line(solved: CountyPlan, route: Route) -> str:
    """The name of the passenger line that carries a route; its id where it has none."""
    names = {line.line_id: line.name for line in solved.county.bus_lines}
    return names.get(route.vehicle_type) or route.vehicle_type


def days_table(solved: CountyPlan, language: str) -> pd.DataFrame:
    """What each day of the week takes, one a row; the column of loads by bus only where there are any."""
    week = solved.evaluation.week
    by_bus = any(day.bus_runs for day in week.days)
    return _named(
        [
            {
                "weekday": say(DAY_NAMES[day.day - 1], language),
                "col_routes": day.routes,
                "col_trips": day.trips,
                **({"col_bus_runs": day.bus_runs} if by_bus else {}),
                **{f"{kind}": count for kind, count in day.vehicles.items()},
                "col_driver_hours": Ratio(day.driver_s, 3600).value,
                "col_route_km": Ratio(day.distance_m, 1000).value,
                "col_out": Ratio(day.delivery_centiparcels, 100).value,
                "col_in": Ratio(day.pickup_centiparcels, 100).value,
            }
            for day in week.days
        ],
        language,
    )


_ROUTE_ID_PX = 130
_FORMATS = {
    "col_route_km": "%.1f",
    "col_hours": "%.2f",
    "col_driver_hours": "%.1f",
    "col_out": "%.0f",
    "col_in": "%.0f",
    "col_parcels_per_day": "%.0f",
    "col_annual": "localized",
}


def _named(rows: list[dict[str, object]], language: str) -> pd.DataFrame:
    """Columns by their headings; those of vehicle types keep the type's name."""
    table = pd.DataFrame(rows)
    ours = ("weekday", "col_")
    return table.rename(
        columns={name: text(str(name), language) for name in table.columns if str(name).startswith(ours)}
    )


def _table(table: pd.DataFrame, language: str) -> None:
    formats: dict[str, Any] = {
        text(key, language): st.column_config.NumberColumn(format=form) for key, form in _FORMATS.items()
    }
    formats[text("col_route", language)] = st.column_config.TextColumn(width=_ROUTE_ID_PX)
    st.dataframe(table, hide_index=True, column_config=formats, placeholder="–")
