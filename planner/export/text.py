"""A plan in a screenful of plain text, Chinese and English names side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from planner.domain import UNSERVED_WORDS, County, Plan, Reason, SolveReport
from planner.domain.clock import DAY_NAMES
from planner.domain.fix_words import fix_cost_sentence, fix_sentence
from planner.domain.indicators import COLD_INDICATORS, INDICATORS
from planner.scenario import Scenario

if TYPE_CHECKING:
    from planner.evaluate import Evaluation
    from planner.evaluate.figures import Ratio

LISTED_VILLAGES = 20


def summary_lines(county: County, scenario: Scenario, plan: Plan, evaluation: Evaluation) -> Iterator[str]:
    """Lines for a terminal: proof, indicators, stations, cost, and every village left out with its reason."""
    counts, costs, access = evaluation.counts, evaluation.costs, evaluation.access
    name = " ".join(dict.fromkeys((county.name, county.display_name("en"))))
    yield f"{name} ({county.code}) · coverage radius {scenario.radius_label}"
    yield from _proof_lines(plan)
    yield from _together_lines(plan)
    yield from _carrier_lines(evaluation)
    for definition in (*INDICATORS, *(COLD_INDICATORS if scenario.cold.planned else ())):
        share = evaluation.indicators[definition.key]
        parts = 100 if definition.key == "cold_produce_coverage" else 1  # counted in hundredths of a parcel
        shown = f"{share.numerator / parts:>6.0f} / {share.denominator / parts:<6.0f}"
        yield f"  {share.percent:>6s}  {shown} {definition.zh} · {definition.en}"
    yield (
        f"stations: {counts.county_centres} {'county centre' if counts.county_centres == 1 else 'county centres'}, "
        f"{counts.township_stations} township, "
        f"{counts.village_points} village; {counts.routes} routes, {counts.route_km_per_week.decimal(0)} km a week"
    )
    yield from _week_lines(evaluation)
    if access.mean_m is not None:
        way = scenario.network.straight_words
        by = f", {way}" if way else " by road"
        yield f"access distance{by}: mean {access.mean_m} m, P90 {access.p90_m} m, largest {access.max_m} m"
    yield (
        f"cost: investment {costs.capex_cny:,} CNY; a year {costs.total_cny_per_year:,} CNY (stations "
        f"{costs.station_cny_per_year:,}, transport {costs.transport_cny_per_year:,}"
        f"{f', transfers {costs.transfer_cny_per_year:,}' if costs.transfer_cny_per_year else ''}"
        f"{f', market days and vans {costs.outreach_cny_per_year:,}' if scenario.outreach.allowed else ''}); "
        f"{costs.cost_per_parcel_cny.decimal()} CNY a parcel"
    )
    yield from _way_lines(county, plan, evaluation)
    yield from _bus_lines(evaluation)
    yield from _connect_lines(county, evaluation)
    yield from _evenness_lines(evaluation)
    yield from _reuse_lines(evaluation)
    yield from _backup_lines(county, evaluation)
    yield from _service_lines(scenario, plan, evaluation)
    yield from _unviable_lines(county, evaluation)
    yield from _uncovered_lines(county, plan)


def _week_lines(evaluation: Evaluation) -> Iterator[str]:
    """Vehicles, drivers' hours, and the busiest and quietest day of the routes' week; nothing without routes."""
    week = evaluation.week
    hours = week.driver_hours
    if hours is None:
        return
    needed = ", ".join(f"{count} {kind}" for kind, count in week.vehicles.items() if count) or "no vehicle"

    def said(day: int, figure: Ratio) -> str:
        zh, en = DAY_NAMES[day - 1]
        return f"{zh} {en} {figure.decimal(1)} h, {week.days[day - 1].parcels.decimal(0)} parcels"

    yield (
        f"week · 每周: {needed}; drivers {week.driver_hours_total.decimal(1)} h; "
        f"busiest {said(hours.largest_day, hours.largest)}; quietest {said(hours.smallest_day, hours.smallest)}"
    )


def _carrier_lines(evaluation: Evaluation) -> Iterator[str]:
    """Carriers that each drive for themselves beside one network for all."""
    if not evaluation.carriers:
        return
    yield f"joint delivery · 共同配送, {len(evaluation.carriers) - 2} carriers (routes only, stations are the same):"
    names = {"separate": "each for itself · 各自配送", "pooled": "one network · 共同配送"}
    for row in evaluation.carriers:
        figures = row.as_json()
        parcel, co2 = figures["cny_per_parcel"], figures["co2_kg_per_year"]
        yield (
            f"  {names.get(row.network, f'carrier {row.network} · 企业{row.network}')} ({float(row.share):.0%}): "
            f"{row.cny_per_year:,} CNY a year, {'-' if parcel is None else f'{parcel:.2f}'} CNY a parcel, "
            f"{figures['km_per_year']:,.0f} km, {row.vehicles} vehicles, "
            f"CO₂ {'unknown · 未知' if co2 is None else f'{co2 / 1000:,.1f} t'}"
            + (f", {row.stations_unserved} stations unserved · 未通线路" if row.stations_unserved else "")
        )


def _together_lines(plan: Plan) -> Iterator[str]:
    """What planning stations and routes together saved, and what of it is proven."""
    saved = plan.together
    if saved is None:
        return
    yield (
        f"stations and routes together · 选址与线路联合优化: {saved.kept.total_cny:,} CNY a year, "
        f"{saved.gain_cny:,} ({100 * saved.gain_share:.1f} %) less than with stations first, routes after "
        f"({saved.first.total_cny:,}); {saved.rounds} {'round' if saved.rounds == 1 else 'rounds'}. The sum is "
        "found by search and not proven least · 总费用由搜索得出，未证明为最低"
    )


def _way_lines(county: County, plan: Plan, evaluation: Evaluation) -> Iterator[str]:
    """What points supplied straight from the centre save, and every station that no route reaches."""
    direct, saved = evaluation.counts.points_direct, evaluation.costs.ways_saved_cny_per_year
    if direct:
        yield (
            f"supplied straight from the county centre · 县—村直达: {direct} of {evaluation.counts.village_points} "
            f"village points; saves {saved:,} CNY a year against echelon by echelon · 比逐级配送每年省 {saved:,} 元"
        )
    if plan.unserved:
        yield f"without a route · 无线路到达, {len(plan.unserved)} of {evaluation.counts.stations} stations:"
    for site_id, reason in list(plan.unserved.items())[:LISTED_VILLAGES]:
        zh, en = UNSERVED_WORDS[reason]
        yield f"  {site_id} {county.site_by_id[site_id].name}: {en} · {zh}"
    if len(plan.unserved) > LISTED_VILLAGES:
        yield f"  … and {len(plan.unserved) - LISTED_VILLAGES} more in stations.csv"


def _bus_lines(evaluation: Evaluation) -> Iterator[str]:
    """Stations supplied by passenger bus, what that saves, and townships on a cooperation line."""
    buses = evaluation.buses
    if buses is None:
        return
    if not buses.stations:
        yield "by passenger bus · 客货邮: no station, vans cost no more · 没有站点，货车不更贵"
        return
    share, saving = buses.townships_on_line, f"{buses.saving_cny_per_year:,}"
    yield (
        f"by passenger bus · 客货邮: {buses.stations} stations on {buses.lines} lines, {buses.rides_per_week} rides "
        f"and {buses.parcels_per_week.decimal(0)} parcels a week for {buses.cny_per_year:,} CNY a year; saves "
        f"{saving} CNY a year against vans alone · 比全部用货车每年省 {saving} 元"
    )
    yield (
        f"townships on a cooperation line · 客货邮线路覆盖率: {share.percent} ({share.numerator} / {share.denominator})"
        " (bus_supply.csv)"
    )


def _evenness_lines(evaluation: Evaluation) -> Iterator[str]:
    worst, farthest = evaluation.evenness.worst, evaluation.evenness.farthest
    if worst is not None:
        share, name = worst.villages, worst.name
        which = "every township alike · 各乡镇相同" if share.numerator == share.denominator else name
        counts = "" if which != name else f" ({share.numerator} / {share.denominator})"
        yield f"worst township · 覆盖最差乡镇: {which}, {share.percent} of its villages{counts}"
    if farthest is not None:
        yield f"farthest township · 平均路程最远乡镇: {farthest.name}, mean {farthest.mean.rounded} m"


def _reuse_lines(evaluation: Evaluation) -> Iterator[str]:
    reuse = evaluation.reuse
    counts = reuse.statuses
    yield (
        f"premises · 利旧: {counts['existing']} existing, {counts['retrofit']} retrofitted, {counts['new']} new; "
        f"all new they would cost {reuse.all_new_capex_cny:,} CNY and {reuse.all_new_cny_per_year:,} CNY a year, "
        f"saved: {reuse.saved_capex_cny:,} CNY and {reuse.saved_cny_per_year:,} CNY a year"
    )


def _backup_lines(county: County, evaluation: Evaluation) -> Iterator[str]:
    backup = evaluation.backup
    if backup is None:
        return
    station, worst = backup.station, backup.worst_station
    line = f"any one station lost · 任一站点停运: {station.numerator} of {station.denominator} villages keep service"
    if worst is not None:
        name = county.site_by_id[worst[0]].name
        line += f"; worst {name} ({worst[0]}): {worst[1].villages} villages, {worst[1].population} people"
    yield line
    if backup.link is not None:
        kept = backup.link
        line = f"any one road cut · 任一路段中断: {kept.numerator} of {kept.denominator} villages keep service"
        if backup.links:
            link, loss = backup.links[0], backup.losses[0]
            line += (
                f"; {len(backup.links)} critical stretches, worst {link.road_id} near {link.from_lon:.4f}, "
                f"{link.from_lat:.4f}: {loss.villages} villages, {loss.population} people (critical_links.csv)"
            )
        yield line


def _service_lines(scenario: Scenario, plan: Plan, evaluation: Evaluation) -> Iterator[str]:
    """Cold stores, and villages served on market days or by a van, where the scenario asks for them."""
    counts, costs = evaluation.counts, evaluation.costs
    if scenario.cold.planned:
        origins = Counter(station.cold.origin for station in plan.stations if station.cold)
        yield (
            f"cold stores · 冷库: {counts.cold_stores} ({origins['existing']} standing, {origins['extended']} enlarged,"
            f" {origins['new']} new), within {scenario.cold.radius_km:g} km; investment {costs.cold_capex_cny:,} CNY, "
            f"a year {costs.cold_cny_per_year:,} CNY, both counted above"
        )
    if scenario.outreach.allowed:
        nobody = sum(assignment.service is None for assignment in plan.assignments)
        yield (
            f"left out but served: {counts.villages_on_market_days} villages on market days · 赶集日服务, "
            f"{counts.villages_by_van} by a van that calls · 流动服务; {nobody} by nobody"
        )


_ALTERNATIVES = {
    "shared": "share premises and staff · 共用场所和人员",
    "market_day": "serve it on market days · 赶集日服务",
    "mobile": "let a van call instead · 流动服务",
}


_LACKS = {"broadband": "broadband · 宽带", "mobile_4g": "4G · 4G信号"}


def _connect_lines(county: County, evaluation: Evaluation) -> Iterator[str]:
    first = evaluation.to_connect
    if first:
        yield (
            f"to connect first (先通网), {len(first)} of {evaluation.counts.stations} stations, "
            f"{evaluation.costs.connect_cny:,} CNY of the investment:"
        )
    for station in first[:LISTED_VILLAGES]:
        lacks = ", ".join(_LACKS[what] for what in station.lacks)
        yield f"  {station.site_id} {county.site_by_id[station.site_id].name}: {lacks}; {station.connect_cny:,} CNY"
    if len(first) > LISTED_VILLAGES:
        yield f"  … and {len(first) - LISTED_VILLAGES} more in stations.csv"


def _unviable_lines(county: County, evaluation: Evaluation) -> Iterator[str]:
    below = evaluation.below_viable
    if below:
        yield f"below the volume worth their keep, {len(below)} of {evaluation.counts.stations} stations:"
    for station in below[:LISTED_VILLAGES]:
        name = county.site_by_id[station.site_id].name
        yield (
            f"  {station.site_id} {name} ({station.tier}): {station.parcels_per_day.decimal()} of "
            f"{station.viable_parcels_per_day} parcels a day; {_ALTERNATIVES[station.alternative.value]}"
        )
    if len(below) > LISTED_VILLAGES:
        yield f"  … and {len(below) - LISTED_VILLAGES} more in summary.json"


def _proof_lines(plan: Plan) -> Iterator[str]:
    siting = [report for report in plan.reports if report.stage.startswith("locate")]
    routing = [report for report in plan.reports if report.stage.startswith("route ")]
    building = [report for report in plan.reports if report.stage.startswith("build ")]
    yield f"siting: {plan.status.value}" + ("" if not siting else f" ({'; '.join(map(_stage, siting))})")
    if routing:
        tally = Counter(report.status.value for report in routing)
        yield f"routing: {', '.join(f'{number} {status}' for status, number in sorted(tally.items()))}"
    for report in building:
        yield f"{report.stage}: {report.objective:,.0f} villages served by the end of the year ({report.status.value})"


def _stage(report: SolveReport) -> str:
    name = report.stage.removeprefix("locate.")
    gap = "" if not report.gap else f", gap {100 * report.gap:.2f} %"
    if report.objective is not None and report.unit == "share":
        return f"{name} {100 * report.objective:.1f} %{gap}"
    value = "?" if report.objective is None else f"{report.objective:,.{0 if report.objective % 1 == 0 else 1}f}"
    return f"{name} {value} {report.unit}{gap}"


def _uncovered_lines(county: County, plan: Plan) -> Iterator[str]:
    left_out = plan.uncovered
    if not left_out:
        return
    yield f"not covered, {len(left_out)} of {len(plan.assignments)} villages:"
    for assignment in left_out[:LISTED_VILLAGES]:
        village = county.village_by_code[assignment.village_code]
        reason = assignment.reason
        code = "unknown" if reason is None else reason.code.value
        detail = f"nearest road {assignment.snap_distance_m} m away"
        if reason is not None and reason.nearest_site_id is not None:
            site = county.site_by_id[reason.nearest_site_id]
            detail = f"nearest candidate {site.name} ({site.site_id}), {reason.nearest_distance_m} m"
        yield f"  {village.code} {village.name} ({village.population} people): {code}; {detail}{_missing(reason)}"
        if reason is not None and reason.cheapest is not None:
            words, cost = fix_sentence(county, reason.cheapest), fix_cost_sentence(reason.cheapest)
            yield f"    cheapest fix: {words.en}; {cost.en}"
            yield f"    最省办法：{words.zh}；{cost.zh}"
    if len(left_out) > LISTED_VILLAGES:
        yield f"  … and {len(left_out) - LISTED_VILLAGES} more in assignments.csv"


def _missing(reason: Reason | None) -> str:
    """By how much the radius misses the first usable site, where that is the reason."""
    if reason is None or (reason.missing_m is None and reason.missing_s is None):
        return ""
    return f", {reason.missing_m} m too far" if reason.missing_s is None else f", {reason.missing_s} s too far"


def frontier_lines(points: Sequence[Mapping[str, Any]], years: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Lines for a terminal: every row of ``frontier.csv``, then every row of ``years.csv``."""
    yield "    investment  villages    people  stations  CNY/village  10k CNY/year  status"
    for row in points:
        price = row["marginal_cny_per_village"]
        yield (
            f"{row['budget_cny']:>14,}  {row['villages_covered']:4d}/{row['villages']:<3d}"
            f"  {row['population_covered']:8d}  {row['stations']:8d}"
            f"  {'-' if price is None else format(price, ',.0f'):>11s}"
            f"  {row['station_cost_cny_per_year'] / 10_000:12.1f}  {row['status']}"
            + (" (plan without a budget: least cost a year)" if row["kind"] == "plan" else "")
        )
    yield "year        budget         spent  stations  townships  priority  villages  own optimum  gap  status"
    for row in years:
        yield (
            f"{row['year']}  {row['budget_cny']:>12,}  {row['spent_cny']:>12,}  {row['stations']:8d}"
            f"  {row['townships_with_station']:4d}/{row['townships']:<4d}"
            f"  {row['priority_villages_covered']:3d}/{row['priority_villages']:<4d}"
            f"  {row['villages_covered']:3d}/{row['villages']:<4d}  {row['own_optimum_villages']:11d}"
            f"  {row['gap_villages']:3d}  {row['status']}"
        )
