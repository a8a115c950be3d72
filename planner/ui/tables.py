"""The tables of the app, with headings and words in the planner's language."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from planner.domain import UNSERVED_WORDS, Assignment, County, Fix, Reason, SolveStatus, Station
from planner.domain.fix_words import fix_cost_sentence, fix_sentence
from planner.mapping.words import (
    COLD_STORES,
    HOSTS,
    MAP,
    REASONS,
    SERVICES,
    STATUSES,
    TIERS,
    Word,
    distance_words,
    say,
)
from planner.pipeline import CountyPlan
from planner.scenario import CoverageMetric, Default
from planner.ui.cards import layer_words
from planner.ui.texts import PARAMETERS, STAGES, UNITS, text


def uncovered_table(solved: CountyPlan, language: str) -> pd.DataFrame:
    """Villages left out, each with its reason in words, the nearest site, and the cheapest single fix."""
    county = solved.county
    straight = solved.scenario.network.straight_line_factor is not None
    rows: list[dict[str, object]] = []
    for assignment in solved.plan.uncovered:
        village, reason = county.village_by_code[assignment.village_code], assignment.reason
        site = county.site_by_id[reason.nearest_site_id].name if reason and reason.nearest_site_id else ""
        metres = reason.nearest_distance_m if reason else None
        rows.append(
            {
                "col_village": village.name,
                "col_township": _township(county, village.township_code),
                "col_population": village.population,
                "col_reason": say(REASONS[reason.code], language) if reason else "",
                **_service_words(solved, assignment, language),
                "col_nearest": site,
                "col_nearest_straight_km" if straight else "col_nearest_km": None if metres is None else metres / 1000,
                "col_missing": _missing_words(reason, language),
                **_fix_words(county, reason.cheapest if reason else None, language),
                "col_snap_m": assignment.snap_distance_m,
                "col_code": village.code,
            }
        )
    return _table(rows, language)


def _missing_words(reason: Reason | None, language: str) -> str:
    if reason is None or (reason.missing_m is None and reason.missing_s is None):
        return ""
    if reason.missing_s is not None:
        return text("minutes", language, amount=f"{reason.missing_s / 60:.1f}")
    return distance_words(reason.missing_m, language)


def _fix_words(county: County, fix: Fix | None, language: str) -> dict[str, object]:
    """The cheapest fix, what it costs, and how many villages the same change brings in."""
    if fix is None:
        return {"col_fix": text("no_fix", language), "col_fix_cost": "", "col_fix_villages": None}
    return {
        "col_fix": fix_sentence(county, fix).say(language),
        "col_fix_cost": fix_cost_sentence(fix).say(language),
        "col_fix_villages": fix.villages,
    }


def _service_words(solved: CountyPlan, assignment: Assignment, language: str) -> dict[str, object]:
    """How a village left out is served all the same, in a column that is only there when the scenario allows it."""
    if not solved.scenario.outreach.allowed:
        return {}
    return {"col_service": say(SERVICES[assignment.service], language) if assignment.service else ""}


def stations_table(solved: CountyPlan, language: str) -> pd.DataFrame:
    """Opened stations, highest tier first."""
    county, served = solved.county, _served(solved)
    connecting = bool(solved.evaluation.to_connect)
    rows: list[dict[str, object]] = []
    for station in sorted(solved.plan.stations, key=lambda station: (-station.tier, station.site_id)):
        site = county.site_by_id[station.site_id]
        metres = station.distance_to_parent_m
        villages, people = served.get(station.site_id, (0, 0))
        rows.append(
            {
                "col_station": site.name,
                "col_tier": say(TIERS[station.tier], language),
                "col_township": _township(county, site.township_code),
                "col_host": say(HOSTS[site.host], language),
                "col_status": say(STATUSES[site.status], language),
                "col_villages": villages,
                "col_people": people,
                "col_parent": county.site_by_id[station.parent_id].name if station.parent_id else "",
                "col_parent_km": None if metres is None else metres / 1000,
                **_way_words(solved, station, language),
                "col_capex": station.capex_cny,
                **({"col_connect": station.connect_cny} if connecting else {}),
                "col_annual": station.annual_cost_cny,
                **_cold_words(solved, station, language),
            }
        )
    return _table(rows, language)


def townships_table(solved: CountyPlan, language: str) -> pd.DataFrame:
    """Service township by township, the worst first."""
    served = sorted(solved.evaluation.evenness.townships, key=lambda each: (each.villages.value or 0, each.code))
    return _table(
        [
            {
                "col_township": each.name,
                "col_all_villages": each.villages.denominator,
                "col_covered": each.villages.numerator,
                "col_covered_share": each.villages.percent,
                "col_people_share": each.people.percent,
                "col_mean_m": each.mean.rounded,
            }
            for each in served
        ],
        language,
    )


def links_table(solved: CountyPlan, language: str) -> pd.DataFrame:
    """Stretches of road without which some village reaches no station, worst first."""
    backup, county = solved.evaluation.backup, solved.county
    roads = {road.road_id: road for road in county.roads}
    rows: list[dict[str, object]] = [
        {
            "col_road": roads[link.road_id].name or link.road_id,
            "col_villages_lost": loss.villages,
            "col_people_lost": loss.population,
            "col_village_names": say(("、", ", "), language).join(
                county.village_by_code[code].name for code in link.village_codes
            ),
            "col_length_m": link.length_m,
            "col_from": f"{link.from_lon:.5f}, {link.from_lat:.5f}",
            "col_to": f"{link.to_lon:.5f}, {link.to_lat:.5f}",
        }
        for link, loss in (zip(backup.links, backup.losses, strict=True) if backup else ())
    ]
    return _table(rows, language)


def _way_words(solved: CountyPlan, station: Station, language: str) -> dict[str, object]:
    """Whose vans stop there, or why none does; no column before routes are planned."""
    plan = solved.plan
    if not plan.routes and not plan.unserved:
        return {}
    reason, depot_id = plan.unserved.get(station.site_id), plan.depot_by_station.get(station.site_id)
    if reason is not None:
        return {"col_way": say(UNSERVED_WORDS[reason], language)}
    if depot_id is None:
        return {"col_way": ""}
    return {"col_way": text("way_parent" if depot_id == station.parent_id else "way_direct", language)}


def _cold_words(solved: CountyPlan, station: Station, language: str) -> dict[str, object]:
    """The station's cold store, in a column that is only there when some are planned."""
    if not solved.scenario.cold.planned:
        return {}
    store = station.cold
    return {"col_cold": f"{say(COLD_STORES[store.origin], language)} {store.volume_m3} m³" if store else ""}


def proof_table(solved: CountyPlan, language: str) -> pd.DataFrame:
    """What each optimisation reached and proved."""
    return _table(
        [
            {
                "col_stage": _stage_words(report.stage, solved.county, language),
                "col_outcome": outcome_words(report.status, language),
                "col_value": report.objective,
                "col_bound": report.bound,
                "col_unit": say(UNITS[report.unit], language) if report.unit in UNITS else report.unit,
                "col_gap": "" if report.gap is None else f"{report.gap:.2%}",
                "col_seconds": round(report.seconds, 3),
                "col_engine": report.engine,
            }
            for report in solved.plan.reports
        ],
        language,
    )


def assumptions_table(solved: CountyPlan, language: str) -> pd.DataFrame:
    """Every value in force that nobody has verified, each called an assumption."""
    return _table(
        [
            {
                "col_parameter": say(PARAMETERS[name], language) if name in PARAMETERS else name,
                "col_in_force": _value_words(value, default, language),
                "col_sure": text({"A": "sure_a", "L": "sure_l"}.get(default.confidence, "sure_pack"), language),
                "col_source": default.source,
            }
            for name, value, default in solved.assumptions()
        ],
        language,
    )


def sources_table(county: County, language: str) -> pd.DataFrame:
    """The county's layers: real, derived or synthetic, and where each comes from."""
    return _table(
        [
            {
                "col_layer": layer_words(layer.name, language),
                "col_provenance": text(f"provenance_{layer.source.provenance}", language),
                "col_synthetic_columns": ", ".join(layer.synthetic_columns()),
                "col_citation": layer.source.text,
                "col_licence": layer.source.licence,
                "col_vintage": layer.source.vintage,
            }
            for layer in county.layers
        ],
        language,
    )


def outcome_words(status: SolveStatus, language: str) -> str:
    """A solver's outcome in words."""
    return text(f"status_{status}", language)


def _stage_words(stage: str, county: County, language: str) -> str:
    if stage in STAGES:
        return say(STAGES[stage], language)
    kind, _, rest = stage.partition(" ")
    if kind == "build":
        return text("stage_build", language, year=rest)
    tier, _, depot_id = rest.partition(" ")
    if kind != "route" or depot_id not in county.site_by_id:
        return stage
    words = MAP[Word.WEEK_COUNTY if tier == "county" else Word.WEEK_TOWNSHIP]
    return f"{say(words, language)}: {county.site_by_id[depot_id].name}"


def _value_words(value: object, default: Default, language: str) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(getattr(item, "name", item)) for item in value)
    if isinstance(value, CoverageMetric):
        return text(f"metric_{value}", language)
    figure = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else f"{value}"
    return f"{figure} {default.unit}".strip()


def column_formats(language: str) -> dict[str, Any]:
    """How number columns are written: distances with two decimals, people and money with separators."""
    formats = dict.fromkeys(("col_nearest_km", "col_nearest_straight_km", "col_parent_km"), "%.2f")
    formats |= dict.fromkeys(
        (
            "col_value",
            "col_bound",
            "col_population",
            "col_people",
            "col_capex",
            "col_connect",
            "col_annual",
            "col_snap_m",
            "col_people_lost",
        ),
        "localized",
    )
    return {text(key, language): st.column_config.NumberColumn(format=form) for key, form in formats.items()}


def _served(solved: CountyPlan) -> dict[str, tuple[int, int]]:
    served: dict[str, tuple[int, int]] = {}
    for assignment in solved.plan.assignments:
        if assignment.station_id is not None:
            villages, people = served.get(assignment.station_id, (0, 0))
            population = solved.county.village_by_code[assignment.village_code].population
            served[assignment.station_id] = (villages + 1, people + population)
    return served


def _township(county: County, code: str) -> str:
    return county.township_by_code[code].name


def _table(rows: list[dict[str, object]], language: str) -> pd.DataFrame:
    table = pd.DataFrame(rows)
    return table.rename(columns={name: text(str(name), language) for name in table.columns})
