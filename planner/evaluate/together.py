"""Stations and routes planned together, counted again: what they cost, and that it is no more than stations first.

What stations first, routes after would have cost cannot be counted from a plan: it is taken as stated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from planner.domain import County, Plan, Together, YearlyCosts
from planner.evaluate.comparing import SUMMARY
from planner.evaluate.files import Difference
from planner.evaluate.indicators import evaluate
from planner.scenario import Scenario

TOGETHER_STAGE: Final = "locate.together"


def yearly_costs(county: County, scenario: Scenario, plan: Plan) -> YearlyCosts:
    """Yuan a year of the plan's stations, of its transport, and of its market days and calling vans."""
    costs = evaluate(county, scenario, plan).costs
    transport_cny = costs.total_cny_per_year - costs.station_cny_per_year - costs.outreach_cny_per_year
    return YearlyCosts(costs.station_cny_per_year, transport_cny, costs.outreach_cny_per_year)


def villages_missed(plan: Plan) -> int:
    """Villages with a station that no route visits."""
    return sum(a.station_id is not None and a.service_per_week == 0 for a in plan.assignments)


def counted_together(county: County, scenario: Scenario, plan: Plan, stated: Mapping[str, Any]) -> Together:
    """What ``summary.json`` states of stations and routes together, with all counted again that the plan tells."""
    first = stated["siting_first"]
    return Together(
        YearlyCosts(*(int(first[f"{part}_cny_per_year"]) for part in ("stations", "routes", "outreach"))),
        yearly_costs(county, scenario, plan),
        int(stated["rounds"]),
        int(stated["villages_without_route_siting_first"]),
        villages_missed(plan),
    )


def together_differences(
    summary: Mapping[str, Any], scenario: Scenario, together: Together | None
) -> Iterator[Difference]:
    """Whether the plan is as the scenario asks, and better than stations first by what it counts by, or the same."""
    asked = scenario.routing.siting_rounds
    if together is None:
        if asked and summary["counts"]["routes"]:
            yield Difference(SUMMARY, None, "together", "missing", f"routing.siting_rounds is {asked}")
        return
    if not 1 <= together.rounds <= asked:
        yield Difference(SUMMARY, None, "together.rounds", str(together.rounds), f"1 to {asked}")
    before = together.villages_missed_first, together.first.total_cny
    after = together.villages_missed, together.kept.total_cny
    if after > before:
        words = "villages without a route, then yuan a year: no more than with stations first"
        yield Difference(SUMMARY, None, "together", f"{after} after {before}", words)
    bounds = {entry["stage"]: entry["bound"] for entry in summary["reports"]}
    if bounds.get(TOGETHER_STAGE) != bounds.get("locate.cost"):
        yield Difference(SUMMARY, None, "reports", str(bounds.get(TOGETHER_STAGE)), "the bound on the stations' cost")
