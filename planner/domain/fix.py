"""What would bring a village that is left out into the plan: one change, what it opens, and what that costs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from planner.domain.county import Tier


class FixKind(StrEnum):
    """One kind of single change, in the order in which equally cheap ones are taken (docs/model.md §8)."""

    NEW_SITE = "new_site"
    """A new village point where the village stands, which the county's list of candidates does not have."""
    LIFT_BAN = "lift_ban"
    """One site is taken out of ``sites.closed``."""
    TARGET = "target"
    """The coverage target is raised to every village that can be covered."""
    BUDGET = "budget"
    """The budget is raised."""
    OTHER_TOWNSHIP = "other_township"
    """Stations of other townships may serve the village."""
    ONE_PER_VILLAGE = "one_per_village"
    """More than one site may open in a village."""
    SUPPLY_RADIUS = "supply_radius"
    """A supply radius is raised."""
    LEAST_VOLUME = "least_volume"
    """Stations of one tier below their least volume are flagged and not refused."""
    RADIUS = "radius"
    """The coverage radius is raised."""
    BROADBAND_RULE = "broadband_rule"
    """Sites without broadband may open."""
    CONNECT_BROADBAND = "connect_broadband"
    """One site gets broadband."""
    MOBILE_RULE = "mobile_rule"
    """Sites without 4G signal may open."""
    CONNECT_MOBILE = "connect_mobile"
    """One site gets 4G signal."""
    CAPACITY = "capacity"
    """The stations of one tier get more capacity."""
    OPEN_ROAD = "open_road"
    """The roads that close in the month planned for are kept open."""
    ROAD = "road"
    """A road is built from the village to the nearest road."""
    ROAD_AND_SITE = "road_and_site"
    """The road alone does not help: it takes a new village point as well."""
    CONNECT_ROADS = "connect_roads"
    """The village's road is joined with the rest of the network."""
    MORE_TIME = "more_time"
    """The solver gets more time."""


class FixCost(StrEnum):
    """How sure the cost of a fix is."""

    EXACT = "exact"
    """Proven: no network that covers all that the plan covers and this village is built for less."""
    ADDED = "added"
    """What it costs, to the yuan, to add the village to the plan as it stands; a plan made anew may cost less."""
    STATION_ONLY = "station_only"
    """As ``added``, without what has no cost in the scenario: the road, the line, the larger premises."""
    UNKNOWN = "unknown"
    """Not calculated."""


NEW_POINT = "new"
"""Stands for the id of the site that `FixKind.NEW_SITE` adds."""


@dataclass(frozen=True, slots=True)
class Fix:
    """One change that brings a village that is left out into the plan, all else as it is.

    Attributes
    ----------
    setting, value
        Scenario key to change, and the value to give it as after ``--set``; both None for a change on the ground.
        For ``lift_ban`` the value is the site to take out of ``sites.closed``.
    site_id
        Site that then serves the village: a site of the county, `NEW_POINT`, or None when that is not known.
    opens
        Sites opened or raised to a tier for it, over the plan: (site id, tier).
    road_m
        Straight distance that has no road today, in metres.
    capex_cny, annual_cost_cny
        Investment, and yearly cost, over the plan's; None when not calculated.
    over_budget_cny
        By how much plan and fix together exceed the budget: it has to be raised as well, or the plan changed.
    villages
        Villages left out that the same change would bring in, each by itself, this one included.
    """

    kind: FixKind
    cost: FixCost
    setting: str | None = None
    value: str | None = None
    site_id: str | None = None
    opens: tuple[tuple[str, Tier], ...] = ()
    road_m: int | None = None
    capex_cny: int | None = None
    annual_cost_cny: int | None = None
    over_budget_cny: int = 0
    villages: int = 1

    @property
    def opens_text(self) -> str:
        """``opens`` as files hold it: ``S12=village|S3=township``."""
        return "|".join(f"{site_id}={tier.word}" for site_id, tier in self.opens)


_SURE = (FixCost.EXACT, FixCost.ADDED, FixCost.STATION_ONLY, FixCost.UNKNOWN)
_KINDS = tuple(FixKind)


def cheapest_first(fixes: Iterable[Fix], *, too_far: bool) -> tuple[Fix, ...]:
    """Fixes in order: known cost first, within the budget first, then investment, yearly cost, kind and site.

    A longer radius lowers the standard for everybody and has no price: where distance is not the reason (``too_far``),
    it comes after all others of known cost.
    """
    return tuple(sorted(fixes, key=lambda fix: _order(fix, too_far)))


def _order(fix: Fix, too_far: bool) -> tuple[int, bool, bool, int, int, int, str]:
    known = 0 if fix.cost in (FixCost.EXACT, FixCost.ADDED) else _SURE.index(fix.cost)
    return (
        known,
        fix.kind is FixKind.RADIUS and not too_far,
        fix.over_budget_cny > 0,
        fix.capex_cny or 0,
        fix.annual_cost_cny or 0,
        _KINDS.index(fix.kind),
        fix.site_id or "",
    )


def read_opens(text: str) -> tuple[tuple[str, Tier], ...]:
    """``opens`` of `Fix.opens_text`; raises ValueError for what is not of that form."""
    entries = [entry.rpartition("=") for entry in text.split("|")] if text else []
    return tuple((site_id, Tier.from_word(word)) for site_id, _, word in entries)
