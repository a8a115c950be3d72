"""The names that the indicators go by, in Chinese and English, and how each is counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Definition:
    """What an indicator is called and how it is counted; ``key`` is its name in files."""

    key: str
    zh: str
    en: str
    counted: str


INDICATORS: Final = (
    Definition(
        "township_outlet_coverage", "乡镇网点覆盖率", "Townships with an outlet",
        "townships (街道 out unless targets.include_subdistricts) with at least one station of any tier / all of them",
    ),
    Definition(
        "village_express_access", "建制村快递通达率", "Villages with express delivery",
        "administrative villages visited at least service.village_visits_per_week times a week, by a route at their "
        "station or by a van that calls / all of them",
    ),
    Definition(
        "village_station_coverage", "村级站点覆盖率", "Villages with a station of their own",
        "administrative villages in which a station stands / all of them",
    ),
    Definition(
        "village_service_coverage", "村村有服务率", "Villages with service",
        "administrative villages with an own or shared station within the coverage radius / all of them",
    ),
    Definition(
        "population_coverage", "人口覆盖率", "People with service",
        "residents of the villages with service / residents of all administrative villages",
    ),
    Definition(
        "reuse_rate", "资源利旧率", "Stations reusing premises",
        "stations at existing or retrofitted premises / all stations",
    ),
)  # fmt: skip
"""Every share that each evaluation has, in order of showing."""

COLD_INDICATORS: Final = (
    Definition(
        "cold_produce_coverage", "冷链覆盖率（上行件）", "Produce with a cold store in reach",
        "outbound parcels of administrative villages within cold.radius_km by road of a station with a cold store / "
        "outbound parcels of all of them",
    ),
    Definition(
        "cold_village_coverage", "冷链覆盖率（建制村）", "Villages with a cold store in reach",
        "administrative villages with outbound parcels within cold.radius_km by road of a station with a cold store / "
        "all with outbound parcels",
    ),
)  # fmt: skip
"""Shares that an evaluation has only when the scenario plans cold stores."""

HEADLINE: Final = INDICATORS[:4]
"""The four that official statistics mix up; always shown together."""
