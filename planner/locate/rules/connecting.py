"""Broadband and 4G at sites: a gate, or an investment that connects the site first (``docs/model.md`` §1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.domain import Broadband, County, Site
from planner.scenario import Scenario, Sites


def passes_broadband(county: County, rules: Sites) -> NDArray[np.bool_]:
    """Which sites may open as far as broadband goes: all, unless it is required and known to be missing."""
    missing = np.array([site.broadband is Broadband.NONE for site in county.sites], dtype=bool)
    return ~missing | (rules.broadband != "required")


def passes_mobile(county: County, rules: Sites) -> NDArray[np.bool_]:
    """Which sites may open as far as 4G goes; one of which nobody knows passes."""
    missing = np.array([site.mobile_4g is False for site in county.sites], dtype=bool)
    return ~missing | (rules.mobile_4g != "required")


def connect_cny(site: Site, scenario: Scenario) -> int | None:
    """Investment in whole yuan to connect ``site`` before it opens; None where nothing is to be connected.

    The site's own figure, where its file gives one, else the scenario's for each of the two that it lacks.
    """
    rules = scenario.sites
    costs = []
    if rules.broadband == "connect" and site.broadband is Broadband.NONE:
        costs.append(rules.connect_cost_cny)
    if rules.mobile_4g == "connect" and site.mobile_4g is False:
        costs.append(rules.mobile_connect_cost_cny)
    if not costs:
        return None
    return sum(costs) if site.connect_cost_cny is None else site.connect_cost_cny


def new_site_connect_cny(scenario: Scenario) -> int:
    """Investment in whole yuan to connect a new site of which only `candidates.broadband` is known."""
    dark = scenario.candidates.broadband is Broadband.NONE
    return scenario.sites.connect_cost_cny if dark and scenario.sites.broadband == "connect" else 0
