"""The figures above the map, as HTML in which every word from the data is escaped."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from itertools import takewhile
from typing import Final

from planner.domain import County, Plan, SolveStatus, Tier, carriers_json
from planner.mapping.legend import legend_html
from planner.mapping.words import COLD, INDICATORS, LANGUAGES, TIERS, distance_words, radius_words, say
from planner.pipeline import CountyPlan
from planner.ui.texts import TEXTS, text

CSS: Final = """<style>
[data-testid="stMainBlockContainer"]{padding:1.1rem 1.5rem 2rem}
[data-testid="stHeader"]{height:1.6rem;min-height:1.6rem;background:none}
[data-testid="stSidebar"] [data-testid="stSelectbox"] *{font-size:.84rem}
[data-testid="stSidebarHeader"]{height:2.2rem;margin-bottom:0;padding-top:.4rem}
[data-testid="stHtml"] h2{font-size:1.7rem;padding:0 0 .5rem;margin:0}
.rn-working{color:#00507d;font-size:.88rem;font-weight:400;margin-left:1rem}
.rn-cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(11.5rem,1fr));gap:.6rem}
.rn-card{border:1px solid #d5dad6;border-radius:.4rem;padding:.45rem .6rem .5rem;background:#fff}
.rn-card .name{font-size:.84rem;font-weight:600;line-height:1.25}
.rn-card .also{font-size:.76rem;color:#53605a;line-height:1.25;min-height:1.25em}
.rn-card .share{font-size:1.75rem;font-weight:600;line-height:1.2;font-variant-numeric:tabular-nums}
.rn-card .count{font-size:.85rem;color:#3a4540;margin-left:.4rem;font-weight:400;white-space:nowrap}
.rn-short{border-left:.3rem solid #D55E00}.rn-full{border-left:.3rem solid #009E73}
.rn-facts{font-size:.88rem;line-height:1.5}
.rn-facts h4{font-size:.88rem;margin:.55rem 0 .1rem;padding:0;color:#3a4540;border-bottom:1px solid #d5dad6}
.rn-facts table{width:100%;border-collapse:collapse}.rn-facts td{padding:.06rem 0}
.rn-facts td+td{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;padding-left:.5rem}
.rn-proof{font-size:.9rem;margin:0 0 .1rem}.rn-proof b{color:#00674c}.rn-proof b.open{color:#a34700}
.rn-legend-strip{display:flex;flex-wrap:wrap;gap:.1rem .9rem;font-size:.8rem;line-height:1.5}
.rn-legend-strip div{display:flex;align-items:center}.rn-legend-strip img{margin-right:.3rem}
.rn-synthetic{margin-bottom:.5rem;background:#fff3e0;border-left:.3rem solid #E69F00;color:#5c3300;font-size:.84rem;
line-height:1.45;padding:.3rem .7rem;border-radius:.2rem}
@media (max-width:1150px){[data-testid="stMainBlockContainer"] [data-testid="stHorizontalBlock"]{flex-wrap:wrap}
[data-testid="stMainBlockContainer"] [data-testid="stColumn"]{flex:1 1 100%;min-width:100%}}
</style>"""


NEEDS_ROUTES: Final = frozenset({"village_express_access"})
"""Indicators that a plan without routes cannot have."""


def indicator_cards(solved: CountyPlan, language: str) -> str:
    """The four indicators with numerator and denominator, the official Chinese names always among them.

    With cold stores planned, the share of produce in their reach comes fifth (in parcels a day).
    """
    cards = []
    other = next(each for each in LANGUAGES if each != language)
    shown = INDICATORS | ({"cold_produce_coverage": COLD["cold_produce_coverage"]} if _cold(solved) else {})
    for key, words in shown.items():
        name, also = say(words, language), say(words, other)
        ratio = solved.evaluation.indicators[key]
        full = "rn-full" if ratio.numerator == ratio.denominator else "rn-short"
        numerator, denominator = str(ratio.numerator), str(ratio.denominator)
        if key in COLD:  # hundredths of a parcel
            numerator, denominator = f"{ratio.numerator / 100:,.0f}", f"{ratio.denominator / 100:,.0f}"
        count = text(
            "share_of_parcels" if key in COLD else "share_of", language, numerator=numerator, denominator=denominator
        )
        figure = f'<div class="share">{ratio.percent}<span class="count">{escape(count)}</span></div>'
        if solved.near and key in NEEDS_ROUTES:
            full = "rn-open"
            figure = f'<div class="share">…<span class="count">{escape(text("later", language))}</span></div>'
        cards.append(
            f'<div class="rn-card {full}" data-indicator="{key}"><div class="name">{escape(name)}</div>'
            f'<div class="also">{escape(also)}</div>{figure}</div>'
        )
    return f'<div class="rn-cards">{"".join(cards)}</div>'


def nearness(solved: CountyPlan, language: str) -> str:
    """How far a near plan is from the best possible, in words; the share is rounded up."""
    reports = {report.stage.removeprefix("locate."): report for report in solved.plan.reports}
    coverage = [report for stage, report in reports.items() if stage in {"priority", "villages", "people"}]
    gap = reports["cost"].gap
    if gap is None or any(report.gap != 0 for report in coverage):
        return text("near_open", language)
    if gap == 0:
        return text("near_least", language)
    return text("near_within", language, gap=f"{math.ceil(gap * 1000) / 10:.1f}%")


def _cold(solved: CountyPlan) -> bool:
    return solved.scenario.cold.planned


def heading(county: County, language: str, working: str = "") -> str:
    """The page's heading, with what is being worked on beside it.

    As HTML, because a name read as Markdown could make the page load a picture.
    """
    name = escape(text("heading", language, county=county.display_name(language)))
    beside = f'<span class="rn-working">{escape(working)}</span>' if working else ""
    return f"<h2>{name}{beside}</h2>"


def synthetic_note(county: County, notes: Sequence[str], language: str) -> str:
    """One line on what is synthetic, with the whole sentences behind it, and every other note in full; else empty.

    ``notes`` begin with one sentence for each synthetic layer (`planner.network.result_notes`).
    """
    made_up, others = notes[: len(county.synthetic_layers)], notes[len(county.synthetic_layers) :]
    layers = say(("、", ", "), language).join(layer_words(layer.name, language) for layer in county.synthetic_layers)
    lines = [(text("synthetic", language, layers=layers), " ".join(made_up))] if made_up else []
    lines += [(note, "") for note in others]
    return "".join(
        f'<div class="rn-synthetic" title="{escape(behind)}">⚠ {escape(line)}</div>' for line, behind in lines
    )


def layer_words(name: str, language: str) -> str:
    """What an input layer is called; its own name when we have no word for it."""
    return text(f"layer_{name}", language) if f"layer_{name}" in TEXTS else name


def legend_strip(county: County, language: str) -> str:
    """The map's legend, to stand under the map instead of over it."""
    return f'<div class="rn-legend-strip">{legend_html(language, county=county)}</div>'


def proof_line(solved: CountyPlan, language: str) -> str:
    """Whether the siting is proven optimal, and under which radius."""
    proven = solved.plan.status is SolveStatus.OPTIMAL
    status = f'<b class="{"" if proven else "open"}">{"✔" if proven else "○"} '
    words = "proven" if proven else "near_line" if solved.near else "not_proven"
    if solved.plan.together is not None and not proven and _coverage_proven(solved.plan):
        words = "together_line"
    status += escape(text(words, language)) + "</b>"
    radius = escape(text("radius_line", language, radius=radius_words(solved.scenario, language)))
    return f'<div class="rn-proof">{status}<br>{radius}</div>'


def _coverage_proven(plan: Plan) -> bool:
    """Whether every stage of siting before cost is proven."""
    stages = [report for report in plan.reports if report.stage.startswith("locate.")]
    before = takewhile(lambda report: report.stage != "locate.cost", stages)
    return all(report.status is SolveStatus.OPTIMAL for report in before)


def facts_panel(solved: CountyPlan, language: str) -> str:
    """Stations by tier, service, and cost, beside the map."""
    evaluation = solved.evaluation
    tiers = [station.tier for station in solved.plan.stations]
    access = evaluation.access
    sections = [
        (
            text("stations_heading", language),
            [
                (say(TIERS[tier], language), str(tiers.count(tier)))
                for tier in (Tier.COUNTY, Tier.TOWNSHIP, Tier.VILLAGE)
            ]
            + [(text("status_counts", language), " / ".join(str(n) for n in evaluation.reuse.statuses.values()))],
        ),
        (
            text("people_heading", language),
            [
                (text("uncovered_count", language), str(len(solved.plan.uncovered))),
                (text("people_covered", language), evaluation.indicators["population_coverage"].percent),
                (text("mean_access", language), distance_words(access.mean_m, language)),
                (text("nine_in_ten_access", language), distance_words(access.p90_m, language)),
                (text("max_access", language), distance_words(access.max_m, language)),
                *_worst_township(solved, language),
            ],
        ),
        *([(text("backup_heading", language), _backup(solved, language))] if evaluation.backup else []),
        *_services(solved, language),
        (text("cost_heading", language), _costs(solved, language)),
        *_carriers(solved, language),
    ]
    html = "".join(
        f"<h4>{escape(heading)}</h4><table>"
        + "".join(f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in rows)
        + "</table>"
        for heading, rows in sections
    )
    assumed = escape(text("cost_assumed", language)) if solved.assumptions() else ""
    return f'<div class="rn-facts">{html}<div style="color:#7a3300;font-size:.78rem">{assumed}</div></div>'


def _worst_township(solved: CountyPlan, language: str) -> list[tuple[str, str]]:
    worst = solved.evaluation.evenness.worst
    if worst is None:
        return []
    every = worst.villages.numerator == worst.villages.denominator
    name = solved.county.township_by_code[worst.code].names.get(language, worst.name)
    label = text("worst_township", language)
    return [(label if every else f"{label}: {name}", worst.villages.percent)]


def _backup(solved: CountyPlan, language: str) -> list[tuple[str, str]]:
    """What of the coverage survives the loss of any one station or stretch of road."""
    backup = solved.evaluation.backup
    shares = [("station_lost", backup.station), ("road_cut", backup.link)] if backup else []
    return [(text(key, language), share.percent) for key, share in shares if share is not None]


def _services(solved: CountyPlan, language: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Cold stores, and villages served on market days or by a van, where the scenario asks for them."""
    evaluation, sections = solved.evaluation, []
    if _cold(solved):
        rows = [
            (text("cold_count", language), str(evaluation.counts.cold_stores)),
            (text("cold_villages", language), evaluation.indicators["cold_village_coverage"].percent),
            (text("cold_capex", language), money_words(evaluation.costs.cold_capex_cny, language)),
            (text("cold_annual", language), money_words(evaluation.costs.cold_cny_per_year, language)),
        ]
        sections.append((text("cold_heading", language), rows))
    if solved.scenario.outreach.allowed:
        nobody = sum(assignment.service is None for assignment in solved.plan.assignments)
        rows = [
            (text("outreach_market", language), str(evaluation.counts.villages_on_market_days)),
            (text("outreach_mobile", language), str(evaluation.counts.villages_by_van)),
            (text("outreach_nobody", language), str(nobody)),
        ]
        sections.append((text("outreach_heading", language), rows))
    return sections


def _costs(solved: CountyPlan, language: str) -> list[tuple[str, str]]:
    costs = solved.evaluation.costs
    stations = [
        (text("cost_capex", language), money_words(costs.capex_cny, language)),
        *_connecting(solved, language),
        (text("saved_capex", language), money_words(solved.evaluation.reuse.saved_capex_cny, language)),
        (text("cost_stations", language), money_words(costs.station_cny_per_year, language)),
    ]
    if solved.near:  # without routes there is no transport, and no whole
        later = text("later", language)
        return [*stations, *((text(key, language), later) for key in ("cost_transport", "cost_total", "cost_parcel"))]
    return [
        *stations,
        (text("cost_transport", language), money_words(costs.transport_cny_per_year, language)),
        *_ways(solved, language),
        *(
            [(text("cost_outreach", language), money_words(costs.outreach_cny_per_year, language))]
            if solved.scenario.outreach.allowed
            else []
        ),
        (text("cost_total", language), money_words(costs.total_cny_per_year, language)),
        *_saved_together(solved, language),
        (text("cost_parcel", language), text("yuan", language, amount=costs.cost_per_parcel_cny.decimal(2))),
    ]


def _carriers(solved: CountyPlan, language: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Carriers that each drive for themselves beside one network for all, where the scenario compares them."""
    if not solved.evaluation.carriers:
        return []
    figures = carriers_json(solved.evaluation.carriers)
    separate, pooled = figures["separate"], figures["pooled"]
    rows = [
        (text(name, language), money_words(each["cny_per_year"], language))
        for name, each in (("carriers_separate", separate), ("carriers_pooled", pooled))
    ]
    shown = {
        "carriers_parcel": "cny_per_parcel", "carriers_km": "km_per_year", "carriers_vehicles": "vehicles",
        "carriers_co2": "co2_kg_per_year",
    }  # fmt: skip
    for name, key in shown.items():
        words = " → ".join(_carried(key, each[key]) for each in (separate, pooled))
        rows.append((text(name, language), words))
    return [(text("carriers_heading", language), rows)]


def _carried(key: str, value: float | None) -> str:
    """A figure of carriers for people; CO₂ in tonnes."""
    if value is None:
        return "–"
    if key == "co2_kg_per_year":
        return f"{value / 1000:,.1f}"
    return f"{value:.2f}" if key == "cny_per_parcel" else f"{value:,.0f}"


def _saved_together(solved: CountyPlan, language: str) -> list[tuple[str, str]]:
    saved = solved.plan.together
    return [] if saved is None else [(text("together_saved", language), money_words(saved.gain_cny, language))]


def _ways(solved: CountyPlan, language: str) -> list[tuple[str, str]]:
    """Transfers, points supplied direct with what that saves, and stations without a route, where there are any."""
    costs, counts = solved.evaluation.costs, solved.evaluation.counts
    rows = []
    if costs.transfer_cny_per_year:
        rows.append((text("cost_transfer", language), money_words(costs.transfer_cny_per_year, language)))
    if counts.points_direct:
        rows.append((text("points_direct", language), f"{counts.points_direct} / {counts.village_points}"))
        rows.append((text("ways_saved", language), money_words(costs.ways_saved_cny_per_year, language)))
    buses = solved.evaluation.buses
    if buses is not None and buses.stations:
        rows.append((text("bus_stations", language), f"{buses.stations} / {counts.stations}"))
        rows.append((text("bus_saved", language), money_words(buses.saving_cny_per_year, language)))
        share = buses.townships_on_line
        rows.append((text("bus_townships", language), f"{share.numerator} / {share.denominator}"))
    if counts.stations_unserved:
        rows.append((text("unserved_stations", language), f"{counts.stations_unserved} / {counts.stations}"))
    return rows


def _connecting(solved: CountyPlan, language: str) -> list[tuple[str, str]]:
    """How many stations are to be connected first, and what of the investment that takes; nothing where none is."""
    first = solved.evaluation.to_connect
    if not first:
        return []
    money = money_words(solved.evaluation.costs.connect_cny, language)
    return [(text("to_connect", language, count=len(first)), money)]


def money_words(amount_cny: int, language: str) -> str:
    """An amount for people: in 万元 with one decimal, or in yuan with separators."""
    if language == "zh":
        return text("wan", "zh", amount=f"{amount_cny / 10_000:,.1f}")
    return text("wan", "en", amount=f"{amount_cny:,}")
