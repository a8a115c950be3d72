"""What the pages ask the pipeline for, kept between reruns: counties, networks and plans.

Caches are keyed on digests of the input files and on the settings as text, never on the bulk itself (Streamlit leaves
arguments that begin with an underscore out of the key).
"""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import streamlit as st

from planner.domain import County
from planner.geodata import county_folder, read_county
from planner.mapping.county_map import county_text
from planner.pipeline import CountyPlan, Prepared, prepare, solve_prepared
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


def site_county(county: County, scenario: Scenario) -> CountyPlan:
    """The county's plan under ``scenario`` without routes: fast enough to follow the slider.

    Raises InfeasibleError and NoSolutionInTimeError as the pipeline does.
    """
    prepared = _prepare(county, scenario)
    return _sited(county_digest(county), _settings_key(scenario), prepared, scenario)


def routed_county(county: County, scenario: Scenario) -> CountyPlan | None:
    """The same plan with its routes once `start_routing` has brought it to an end; None before. Raises its errors."""
    return _jobs().result(_job_key(county, scenario))


def start_routing(county: County, scenario: Scenario) -> None:
    """Plan the routes beside the page; does nothing when that is done or under way."""
    prepared = _prepare(county, scenario)
    _jobs().start(_job_key(county, scenario), lambda: solve_prepared(prepared, scenario, routes=True))


def is_routed(county: County, scenario: Scenario) -> bool:
    """Whether `routed_county` has an answer, good or bad."""
    return _jobs().is_done(_job_key(county, scenario))


def county_layers_text(county: County, language: str) -> str:
    """The county's map layers as text (see `planner.mapping.county_map.county_text`)."""
    return _county_text(county_digest(county), language, county)


def county_digest(county: County) -> str:
    """SHA-256 over the digests of the county's files."""
    parts = [county.folder, county.code, *(f"{layer.name} {layer.file} {layer.sha256}" for layer in county.layers)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


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


def _prepare(county: County, scenario: Scenario) -> Prepared:
    in_force = apply_rule_pack(scenario, county.code).scenario
    network_key = f"{in_force.network.model_dump_json()} {in_force.coverage_metric}"
    return _prepared(county_digest(county), network_key, county, scenario)


def _settings_key(scenario: Scenario) -> str:
    # What is unset matters too: the rule pack fills it.
    return scenario.model_dump_json(exclude_unset=True)


def _job_key(county: County, scenario: Scenario) -> tuple[str, str]:
    return county_digest(county), _settings_key(scenario)


@st.cache_resource(show_spinner=False)
def _jobs() -> Jobs[CountyPlan]:
    return Jobs()


@st.cache_resource(max_entries=8, show_spinner=False)
def _prepared(digest: str, network: str, _county: County, _scenario: Scenario) -> Prepared:
    return prepare(_county, _scenario)


@st.cache_resource(max_entries=200, show_spinner=False)
def _sited(digest: str, settings: str, _prepared: Prepared, _scenario: Scenario) -> CountyPlan:
    return solve_prepared(_prepared, _scenario, routes=False)


@st.cache_resource(max_entries=16, show_spinner=False)
def _county_text(digest: str, language: str, _county: County) -> str:
    return county_text(_county, language)
