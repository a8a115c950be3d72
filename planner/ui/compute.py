"""What the pages ask the pipeline for, kept between reruns: counties, networks and plans.

Caches are keyed on digests of the input files and on the settings as text, never on the bulk itself (Streamlit leaves
arguments that begin with an underscore out of the key).
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import streamlit as st

from planner.domain import County
from planner.geodata import county_folder, read_county
from planner.locate.stopping import current_flag
from planner.mapping.county_map import county_text
from planner.pipeline import CountyPlan, Prepared, near_plan, near_possible, prepare, solve_prepared
from planner.policy import apply_rule_pack
from planner.scenario import Scenario
from planner.ui.background import Jobs


def load_county(name: str) -> County:
    """The county called ``name``, read anew when one of its files has changed. Raises InputError with every defect."""
    return _county(name, _files_state(name))


def county_label(name: str, language: str) -> str:
    """The county's own name for a list, from its ``county.toml`` alone; the folder's name when that cannot be read."""
    try:
        manifest = tomllib.loads((county_folder(name) / "county.toml").read_text("utf-8-sig"))
    except (OSError, ValueError):
        return name
    names = manifest.get("names")
    own = names.get(language) if isinstance(names, dict) else None
    label = own or manifest.get("name")
    return label if isinstance(label, str) else name


def defaults(county: County) -> Scenario:
    """What is in force when the planner has set nothing: the scenario with the rule pack of the county's province."""
    return apply_rule_pack(Scenario(), county.code).scenario


def plan_county(county: County, scenario: Scenario, *, owner: str, patience_s: float) -> CountyPlan | None:
    """The county's plan under ``scenario``, worked out beside the page; None while it is not there yet: ask again.

    ``owner`` is the session that asks: what it asked for before and is not done is stopped. Raises
    InfeasibleError and NoSolutionInTimeError as the pipeline does.
    """
    prepared = _prepared_for(county, scenario)
    return _jobs().result(
        _key(county, scenario), lambda: solve_prepared(prepared, scenario, progress=_look_at_flag),
        owner=owner, patience_s=patience_s,
    )  # fmt: skip


def route_sheets(solved: CountyPlan, language: str) -> bytes:
    """The bytes of ``route_sheets.html`` for a proven plan, made once."""
    return _route_sheets((*_key(solved.county, solved.scenario), len(solved.assumptions())), language, solved)


def is_planned(county: County, scenario: Scenario) -> bool:
    """Whether `plan_county` has an answer at once, or an error."""
    return _jobs().is_done(_key(county, scenario))


def may_be_near(county: County, scenario: Scenario) -> bool:
    """Whether there are near plans under the rules of ``scenario``."""
    return _may_be_near(_key(county, scenario), _prepared_for(county, scenario), scenario)


def near_county_plan(county: County, scenario: Scenario, *, owner: str, patience_s: float) -> CountyPlan | None:
    """A near plan (`planner.pipeline.near_plan`) to show until the proven one is there; None as in `plan_county`."""
    prepared = _prepared_for(county, scenario)
    return _near_jobs().result(
        _key(county, scenario), lambda: near_plan(prepared, scenario), owner=owner, patience_s=patience_s
    )


def _key(county: County, scenario: Scenario) -> tuple[str, str]:
    """What is unset matters too: the rule pack fills it."""
    return county.digest, scenario.model_dump_json(exclude_unset=True)


def _prepared_for(county: County, scenario: Scenario) -> Prepared:
    in_force = apply_rule_pack(scenario, county.code).scenario
    network = f"{in_force.network.model_dump_json()} {in_force.coverage_metric}"
    return _prepared(county.digest, network, county, scenario)


def _look_at_flag(_stage: str) -> None:
    """End between two stages when nobody waits for the plan any more."""
    flag = current_flag()
    if flag is not None:
        flag.check()


def county_layers_text(county: County, language: str) -> str:
    """The county's map layers as text (see `planner.mapping.county_map.county_text`)."""
    return _county_text(county.digest, language, county)


def _files_state(name: str) -> str:
    """A text that changes when any file a county may be read from is touched."""
    folder = county_folder(name)
    files = [*folder.rglob("*"), *(folder.parent.parent / "stations").glob("*.csv")]
    states = [(path, path.stat()) for path in sorted(files) if path.is_file()]
    return "\n".join(f"{_inside(path, folder)} {state.st_mtime_ns} {state.st_size}" for path, state in states)


def _inside(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder.parent.parent)) if path.is_relative_to(folder.parent.parent) else str(path)


@st.cache_resource(max_entries=8, show_spinner=False)
def _county(name: str, files_state: str) -> County:
    return read_county(name)


@st.cache_resource(max_entries=8, show_spinner=False)
def _prepared(digest: str, network: str, _county: County, _scenario: Scenario) -> Prepared:
    return prepare(_county, _scenario)


@st.cache_resource(max_entries=8, show_spinner=False)
def _route_sheets(key: tuple[str, str, int], language: str, _solved: CountyPlan) -> bytes:
    return _solved.route_sheets_html(language).encode()


@st.cache_resource(show_spinner=False)
def _jobs() -> Jobs[CountyPlan]:
    return Jobs()


@st.cache_resource(max_entries=500, show_spinner=False)
def _may_be_near(key: tuple[str, str], _prepared: Prepared, _scenario: Scenario) -> bool:
    return near_possible(_prepared, _scenario)


@st.cache_resource(show_spinner=False)
def _near_jobs() -> Jobs[CountyPlan]:
    return Jobs()


@st.cache_resource(max_entries=16, show_spinner=False)
def _county_text(digest: str, language: str, _county: County) -> str:
    return county_text(_county, language)
