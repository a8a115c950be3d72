"""What of a plan's coverage survives the loss of one station or one road: the figures, from facts measured before."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from planner.domain import County, Plan
from planner.domain.resilience import CriticalLink, Resilience
from planner.evaluate.figures import Ratio


@dataclass(frozen=True, slots=True)
class Loss:
    """What goes with one station or stretch of road: villages and residents left without service."""

    villages: int
    population: int

    def as_json(self) -> dict[str, Any]:
        """Both counts."""
        return {"villages_lost": self.villages, "population_lost": self.population}


@dataclass(frozen=True, slots=True)
class Backup:
    """Shares of all administrative villages, and of their residents, that keep service whichever one thing fails.

    ``station`` counts villages with a second station in reach, ``link`` those that no single stretch of road cuts off
    from all stations within the radius (None where distances follow no road). ``worst_station`` is the station whose
    loss leaves most villages without service, None when none does; the first of ``links`` is such a stretch of road.
    """

    station: Ratio
    station_population: Ratio
    worst_station: tuple[str, Loss] | None
    link: Ratio | None
    link_population: Ratio | None
    links: tuple[CriticalLink, ...]
    losses: tuple[Loss, ...]

    def as_json(self) -> dict[str, Any]:
        """The figures as ``summary.json`` holds them; the links themselves stand in ``critical_links.csv``."""
        worst = self.worst_station
        return {
            "villages_with_second_station": self.station.as_json(),
            "population_with_second_station": self.station_population.as_json(),
            "worst_station": None if worst is None else {"station_id": worst[0], **worst[1].as_json()},
            "villages_surviving_any_link": None if self.link is None else self.link.as_json(),
            "population_surviving_any_link": None if self.link_population is None else self.link_population.as_json(),
            "critical_links": None if self.link is None else len(self.links),
            "worst_link": self.losses[0].as_json() if self.losses else None,
        }


def count_backup(county: County, plan: Plan, resilience: Resilience) -> Backup:
    """The figures of a plan whose resilience was measured."""
    villages = county.administrative_villages
    covered = {assignment.village_code for assignment in plan.assignments if assignment.covered}
    links = resilience.links
    cut_off = {code for link in links or () for code in link.village_codes}
    losses = tuple(_loss(county, link.village_codes) for link in links or ())
    everyone = sum(village.population for village in villages)

    def kept(codes: Collection[str]) -> tuple[Ratio, Ratio]:
        loss = _loss(county, codes)
        return Ratio(loss.villages, len(villages)), Ratio(loss.population, everyone)

    station, station_people = kept(resilience.second_station & covered)
    link, link_people = kept(covered - cut_off)
    return Backup(
        station=station,
        station_population=station_people,
        worst_station=_worst_station(county, plan, resilience.second_station),
        link=None if links is None else link,
        link_population=None if links is None else link_people,
        links=links or (),
        losses=losses,
    )


def _loss(county: County, codes: Collection[str]) -> Loss:
    return Loss(len(codes), sum(county.village_by_code[code].population for code in codes))


def _worst_station(county: County, plan: Plan, second: Collection[str]) -> tuple[str, Loss] | None:
    """The station without which most villages (then most people; then the lowest id) have none, if there is one."""
    alone: dict[str, list[str]] = {}
    for assignment in plan.assignments:
        if assignment.station_id is not None and assignment.village_code not in second:
            alone.setdefault(assignment.station_id, []).append(assignment.village_code)
    losses = [(site_id, _loss(county, codes)) for site_id, codes in alone.items()]
    return min(losses, key=lambda each: (-each[1].villages, -each[1].population, each[0]), default=None)
