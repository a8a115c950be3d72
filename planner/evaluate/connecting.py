"""What connecting sites costs, counted from the county's data and the scenario: broadband and 4G."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from planner.domain import Broadband, County, Plan, Site
from planner.scenario import Scenario

BROADBAND, MOBILE_4G = "broadband", "mobile_4g"


@dataclass(frozen=True, slots=True)
class ToConnect:
    """A station that must be connected before it opens: what it lacks, and the investment in whole yuan."""

    site_id: str
    lacks: tuple[str, ...]
    connect_cny: int

    def as_json(self) -> dict[str, Any]:
        """Every field by its name."""
        return {"station_id": self.site_id, "lacks": list(self.lacks), "connect_cny": self.connect_cny}


def lacking(site: Site) -> tuple[str, ...]:
    """What the site is known to lack."""
    lacks = {BROADBAND: site.broadband is Broadband.NONE, MOBILE_4G: site.mobile_4g is False}
    return tuple(what for what, missing in lacks.items() if missing)


def shut_out(site: Site, scenario: Scenario) -> tuple[str, ...]:
    """What the site lacks and the scenario requires: with anything there it may not be opened."""
    rule = {BROADBAND: scenario.sites.broadband, MOBILE_4G: scenario.sites.mobile_4g}
    return tuple(what for what in lacking(site) if rule[what] == "required")


def counted_connection(site: Site, scenario: Scenario) -> ToConnect | None:
    """What is to be connected at a site that opens; None where nothing is."""
    rules = scenario.sites
    price = {
        BROADBAND: (rules.broadband, rules.connect_cost_cny),
        MOBILE_4G: (rules.mobile_4g, rules.mobile_connect_cost_cny),
    }
    lacks = tuple(what for what in lacking(site) if price[what][0] == "connect")
    if not lacks:
        return None
    own = site.connect_cost_cny
    return ToConnect(site.site_id, lacks, sum(price[what][1] for what in lacks) if own is None else own)


def stations_to_connect(county: County, scenario: Scenario, plan: Plan) -> tuple[ToConnect, ...]:
    """Every station to connect first, by site id."""
    found = (counted_connection(county.site_by_id[station.site_id], scenario) for station in plan.stations)
    return tuple(sorted((each for each in found if each is not None), key=lambda each: each.site_id))
