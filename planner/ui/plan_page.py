"""The page on which a county is planned: settings left, figures above, map in the middle, tables below."""

from __future__ import annotations

from uuid import uuid4

import pandas as pd
import streamlit as st

from planner.domain import County
from planner.errors import InfeasibleError, InputError, NoSolutionInTimeError, PlannerError, ScenarioError
from planner.geodata import list_counties
from planner.pipeline import CountyPlan
from planner.scenario import Scenario
from planner.ui import cards, compute, controls, routes_tab, tables
from planner.ui.advice import advice_lines
from planner.ui.map_view import show_map
from planner.ui.texts import text

PATIENCE_S = 1.5
"""How long the page waits for a near plan before it shows the last one and looks again later."""
PROOF_PATIENCE_S = 0.3
"""How long it then waits for the proven plan before it shows the near one."""
LOOKED_FOR_EVERY_S = 0.5


def show() -> None:
    """The whole page. Every trouble is told in words; none ends in a traceback."""
    st.html(cards.CSS)
    with st.sidebar:
        language = controls.choose_language()
    try:
        _plan(language)
    except PlannerError as error:
        _tell(error, language)


def _tell(error: PlannerError, language: str) -> None:
    if isinstance(error, InputError):
        st.error(text("bad_input", language, count=len(error.defects)))
        st.code("\n".join(defect.line() for defect in error.defects), language=None, wrap_lines=True)
    elif isinstance(error, InfeasibleError):
        st.error(text("infeasible", language))
        st.text("\n".join(line.say(language) for line in (*error.reasons, *error.given_up())))
        st.info(text("relaxation", language))
        st.text("\n".join(advice_lines(error.advice, language)))
    else:
        known = {NoSolutionInTimeError: "out_of_time", ScenarioError: "bad_setting"}
        st.error(text(known.get(type(error), "trouble"), language))
        st.text(str(error))


def _plan(language: str) -> None:
    names = list_counties()
    if not names:
        st.error(text("no_county", language))
        return
    with st.sidebar:
        county = compute.load_county(controls.choose_county(names, language))
        scenario = controls.choose_settings(county, compute.defaults(county), language)
    near, solved = _answers(county, scenario, PATIENCE_S, PROOF_PATIENCE_S)
    last: CountyPlan | None = st.session_state.get("last_plan")
    if solved is not None:
        st.session_state["last_plan"] = solved
        _show_plan(county, solved, language)
        return
    if near is not None:
        st.session_state["last_plan"] = near
        _show_plan(county, near, language, working=cards.nearness(near, language))
    elif last is not None and last.county is county:
        _show_plan(county, last, language, working=text("solving_shown_last", language))
    else:
        st.html(cards.heading(county, language, text("solving", language)))
    _wait_for_plan(county, scenario, near_shown=near is not None)


def _answers(
    county: County, scenario: Scenario, patience_s: float, proof_patience_s: float
) -> tuple[CountyPlan | None, CountyPlan | None]:
    """The near plan and the proven one, as far as they are there; the proof begins when the near plan is done."""
    owner = _session()
    if not compute.is_planned(county, scenario):
        if not compute.may_be_near(county, scenario):
            return None, compute.plan_county(county, scenario, owner=owner, patience_s=patience_s)
        near = compute.near_county_plan(county, scenario, owner=owner, patience_s=patience_s)
        if near is None:
            return None, None
        return near, compute.plan_county(county, scenario, owner=owner, patience_s=proof_patience_s)
    return None, compute.plan_county(county, scenario, owner=owner, patience_s=0.0)


@st.fragment(run_every=LOOKED_FOR_EVERY_S)
def _wait_for_plan(county: County, scenario: Scenario, *, near_shown: bool) -> None:
    """Draw the page anew when there is a better plan than the one shown, also when it ended badly."""
    try:
        near, solved = _answers(county, scenario, 0.0, 0.0)
        there = solved is not None or (near is not None and not near_shown)
    except PlannerError:
        there = True
    if there:
        st.rerun()


def _session() -> str:
    """A name for this browser session among the jobs."""
    return str(st.session_state.setdefault("session", uuid4().hex))


def _show_plan(county: County, solved: CountyPlan, language: str, *, working: str = "") -> None:
    notes = solved.notes(language)
    note = cards.synthetic_note(county, notes, language)
    st.html(cards.heading(county, language, working) + note + cards.indicator_cards(solved, language))
    middle, side = st.columns([4, 1], gap="small")
    with middle:
        show_map(solved, language, routes_tab.chosen_day())
    with side:
        st.html(cards.proof_line(solved, language) + cards.facts_panel(solved, language))
        st.download_button(
            text("download", language),
            solved.stations_csv(),
            file_name="stations.csv",
            mime="text/csv",
            on_click="ignore",
            width="stretch",
            disabled=solved.near,  # what is handed on is the proven plan
        )
    st.html(cards.legend_strip(solved.county, language))
    _show_tables(solved, language)


def _show_tables(solved: CountyPlan, language: str) -> None:
    uncovered, stations = tables.uncovered_table(solved, language), tables.stations_table(solved, language)
    assumptions = tables.assumptions_table(solved, language)
    headings = [
        text("tab_uncovered", language),
        text("tab_stations", language),
        text("tab_routes", language),
        text("tab_townships", language),
        text("tab_links", language),
        text("tab_assumptions", language),
        text("tab_proof", language),
        text("tab_sources", language),
    ]
    # Labels that change would make new tabs, and the open one would close: counts stand elsewhere.
    first, second, routes, townships, critical, third, fourth, fifth = st.tabs(headings)
    with first:
        if solved.near:
            st.caption(text("reasons_later", language))
        if uncovered.empty:
            st.success(text("all_covered", language))
        else:
            _table(uncovered, language)
    with second:
        _table(stations, language)
    with routes:
        routes_tab.show_routes(solved, language)
    with townships:
        _table(tables.townships_table(solved, language), language)
    with critical:
        _show_critical(solved, language)
    with third:
        st.caption(text("assumptions_intro", language))
        _table(assumptions, language)
    with fourth:
        _table(tables.proof_table(solved, language), language)
    with fifth:
        for note in solved.notes(language):
            st.text(f"⚠ {note}")
        _table(tables.sources_table(solved.county, language), language)


def _show_critical(solved: CountyPlan, language: str) -> None:
    """The station missed most, and the stretches of road that villages depend on, as far as there are any."""
    backup = solved.evaluation.backup
    if solved.near:
        st.caption(text("reasons_later", language))
        return
    if backup is not None and backup.worst_station is not None:
        site_id, loss = backup.worst_station
        name = solved.county.site_by_id[site_id].name
        people = f"{loss.population:,}"
        st.text(text("worst_station", language, name=name, villages=loss.villages, people=people))
    if backup is None or backup.link is None:
        st.info(text("no_roads_known", language))
    elif not backup.links:
        st.success(text("no_links", language))
    else:
        st.caption(text("links_intro", language))
        _table(tables.links_table(solved, language), language)


def _table(table: pd.DataFrame, language: str) -> None:
    """A table without row numbers; a cell with nothing in it shows a dash."""
    st.dataframe(table, hide_index=True, column_config=tables.column_formats(language), placeholder="–")
