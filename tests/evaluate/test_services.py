"""Least volumes, cold stores, market days and vans: the judge's rules, the indicators, and the audit of their cells."""

import csv
import io
import shutil
from dataclasses import replace

import pytest
from shapely import LineString

from planner.domain import ColdReach, ColdReason, ColdStore, Outreach, ServiceKind
from planner.domain.schema import ASSIGNMENTS, STATIONS
from planner.evaluate import audit, check_plan, evaluate
from planner.export import write_plan
from planner.export.text import summary_lines

A1, A2, A3, B1, B2 = "999001101201", "999001101202", "999001101203", "999001201201", "999001201202"
WAYS = {"R1": LineString([(102.0, 35.5), (102.132, 35.5)]), "R2": LineString([(102.0, 35.5), (102.055, 35.5)])}
STORE = ColdStore("new", 300, 129_000, 12_000, 24_900)
OTHER_STORE = replace(STORE, origin="existing")


@pytest.fixture
def judge(county, rich_scenario, travel):
    def run(plan, *settings, county=county):
        return check_plan(county, rich_scenario.with_settings(settings), plan, travel=travel)

    return run


def village(plan, code, **changes):
    changed = (replace(a, **changes) if a.village_code == code else a for a in plan.assignments)
    return replace(plan, assignments=tuple(changed))


def station(plan, site_id, **changes):
    return replace(plan, stations=tuple(replace(s, **changes) if s.site_id == site_id else s for s in plan.stations))


def test_the_hand_made_plan_with_a_cold_store_and_market_days_keeps_every_rule(judge, rich_plan):
    assert judge(rich_plan) == ()


TAMPERED = {
    "volume of the store": ("station-figures", "T2", lambda p: station(p, "T2", cold=replace(STORE, volume_m3=301))),
    "store said to stand": ("station-figures", "T2", lambda p: station(p, "T2", cold=OTHER_STORE)),
    "store's money": ("station-figures", "T2", lambda p: station(p, "T2", cold=replace(STORE, annual_cost_cny=24_899))),
    "store not in the station's money": ("station-figures", "T2", lambda p: station(p, "T2", capex_cny=30_000)),
    "store too low": ("cold-store", "V3", lambda p: station(p, "V3", cold=STORE)),
    "store forgotten": ("cold", A2, lambda p: station(p, "T2", cold=None)),
    "said to be in reach": ("cold", A1, lambda p: village(p, A1, cold=ColdReach(True, "T2", 12_400, None))),
    "distance to the store": ("cold", A2, lambda p: village(p, A2, cold=ColdReach(True, "T2", 7_299, None))),
    "reason": ("cold-reason", A1, lambda p: village(p, A1, cold=ColdReach(False, "T2", 12_400, ColdReason.BUDGET))),
    "no reach stated": ("cold", A2, lambda p: village(p, A2, cold=None)),
    "market day forgotten": ("outreach", B2, lambda p: village(p, B2, outreach=None, service_per_week=0)),
    "market day's cost": (
        "outreach", B2, lambda p: village(p, B2, outreach=Outreach(ServiceKind.MARKET_DAY, "T2", 2_400, 1_999)),
    ),
    "market day's distance": (
        "outreach", B2, lambda p: village(p, B2, outreach=Outreach(ServiceKind.MARKET_DAY, "T2", 2_401, 2_000)),
    ),
    "a dearer way": (
        "outreach", B2, lambda p: village(p, B2, outreach=Outreach(ServiceKind.MOBILE, "T2", 2_400, 2_159)),
    ),
    "from a village point": (
        "outreach", B2, lambda p: village(p, B2, outreach=Outreach(ServiceKind.MOBILE, "V3", 9_600, 3_956)),
    ),
    "a covered village too": (
        "outreach", B1, lambda p: village(p, B1, outreach=Outreach(ServiceKind.MARKET_DAY, "T2", 200, 2_000)),
    ),
    "market days a week": ("visits", B2, lambda p: village(p, B2, service_per_week=3)),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERED)
def test_the_judge_names_what_is_wrong(judge, rich_plan, name):
    rule, subject, tamper = TAMPERED[name]
    assert any(v.rule == rule and v.subject == subject for v in judge(tamper(rich_plan)))


def test_nothing_is_said_of_stores_and_market_days_where_none_are_asked_for(judge, rich_plan):
    rules = {
        v.rule for v in judge(rich_plan, "cold.planned=false", "outreach.market_day=false", "outreach.mobile=false")
    }
    assert {"cold-store", "cold", "outreach"} <= rules


def test_a_market_day_beyond_its_radius_or_the_station_s_room_is_refused(judge, rich_plan):
    far = judge(rich_plan, "outreach.market_day_radius_km=2.3")
    assert any(v.rule == "outreach" and "near enough" in v.message for v in far)
    full = judge(station(rich_plan, "T2", capacity_centiparcels=20_900), "tiers.township.capacity_parcels_per_day=209")
    assert any(v.rule == "capacity" and "market days" in v.message for v in full)


def test_where_a_store_stands_only_what_is_missing_is_paid_for(judge, county, rich_plan):
    def with_store(volume_m3):
        sites = (replace(s, cold_store_m3=volume_m3) if s.site_id == "T2" else s for s in county.sites)
        return replace(county, sites=tuple(sites))

    standing = replace(STORE, origin="existing", volume_m3=500, capex_cny=0, annual_cost_cny=12_000)
    plan = station(rich_plan, "T2", cold=standing, capex_cny=30_000, annual_cost_cny=51_000)
    assert judge(plan, county=with_store(500)) == ()
    enlarged = replace(STORE, origin="extended", capex_cny=43_000, annual_cost_cny=16_300)
    plan = station(rich_plan, "T2", cold=enlarged, capex_cny=73_000, annual_cost_cny=55_300)
    assert judge(plan, county=with_store(200)) == ()


@pytest.mark.parametrize(
    ("viable", "rule", "refused"), [(210, "refuse", False), (211, "refuse", True), (211, "flag", False)]
)
def test_a_station_below_a_least_volume_that_refuses_breaks_a_rule(  # noqa: PLR0917 (fixtures and cases)
    county, scenario, plan, travel, viable, rule, refused
):
    """T2 has 210 parcels a day."""
    chosen = scenario.with_settings(
        [f"tiers.township.viable_parcels_per_day={viable}", f"tiers.township.viable_rule={rule}"]
    )
    rules = {v.rule for v in check_plan(county, chosen, plan, travel=travel)}
    assert ("least-volume" in rules) is refused
    locked = chosen.with_settings(["sites.open=T2"])
    assert "least-volume" not in {v.rule for v in check_plan(county, locked, plan, travel=travel)}


def test_market_days_do_not_make_a_village_reached_by_express_and_calls_do_when_frequent(
    county, rich_scenario, rich_plan
):
    def reached(plan, *settings):
        return (
            evaluate(county, rich_scenario.with_settings(settings), plan).indicators["village_express_access"].numerator
        )

    assert reached(rich_plan) == 3
    assert reached(village(rich_plan, B2, service_per_week=7)) == 3
    called = village(rich_plan, B2, outreach=Outreach(ServiceKind.MOBILE, "T2", 2_400, 2_159), service_per_week=2)
    assert reached(called) == 3
    assert reached(village(called, B2, service_per_week=3)) == 4
    evaluation = evaluate(county, rich_scenario, called)
    assert evaluation.indicators["village_service_coverage"].numerator == 3
    assert evaluation.indicators["village_station_coverage"].numerator == 3


def test_cold_indicators_and_money_are_counted_by_hand(county, rich_scenario, rich_plan, plan, scenario):
    evaluation = evaluate(county, rich_scenario, rich_plan)
    produce, villages = (evaluation.indicators[f"cold_{name}_coverage"] for name in ("produce", "village"))
    assert (produce.numerator, produce.denominator) == (2_100 + 3_360 + 840, 4_200 + 2_100 + 1_260 + 3_360 + 840)
    assert (villages.numerator, villages.denominator) == (3, 5)
    costs, counts = evaluation.costs, evaluation.counts
    assert (costs.cold_capex_cny, costs.cold_cny_per_year, costs.outreach_cny_per_year) == (129_000, 24_900, 2_000)
    assert costs.total_cny_per_year == 568_400 + 59_488 + 33_072 + 2_000
    assert costs.cost_per_parcel_cny.denominator == 2_500 * 21 * 365
    assert (counts.cold_stores, counts.villages_on_market_days, counts.villages_by_van) == (1, 1, 0)
    assert "cold_produce_coverage" not in evaluate(county, scenario, plan).indicators


def test_the_terminal_tells_of_stores_and_market_days(county, rich_scenario, rich_plan):
    text = "\n".join(summary_lines(county, rich_scenario, rich_plan, evaluate(county, rich_scenario, rich_plan)))
    assert "1 (0 standing, 0 enlarged, 1 new)" in text
    assert "1 villages on market days" in text
    assert "63 / 118    冷链覆盖率（上行件）" in text
    assert "all new they would cost 3,075,000 CNY" in text
    assert "saved: 3,030,000 CNY" in text


@pytest.fixture(scope="module")
def pristine(county, rich_scenario, rich_plan, tmp_path_factory):
    directory = tmp_path_factory.mktemp("rich") / "out"
    evaluation = evaluate(county, rich_scenario, rich_plan)
    write_plan(directory, county, rich_scenario, rich_plan, evaluation, route_geometry=WAYS)
    return directory


def test_an_untouched_folder_agrees(county, travel, pristine):
    assert [str(each) for each in audit(pristine, county, travel=travel).differences] == []


NEW = [
    (table.name, column.name)
    for table in (STATIONS, ASSIGNMENTS)
    for column in table.columns
    if column.name.startswith(("cold", "outreach")) or column.name in {"service", "capex_cny", "service_per_week"}
]


@pytest.mark.parametrize(("file", "name"), NEW, ids=[f"{file}-{name}" for file, name in NEW])
def test_any_changed_cell_is_seen(county, travel, pristine, tmp_path, file, name):  # noqa: PLR0917 (fixtures)
    written = shutil.copytree(pristine, tmp_path / "out")
    rows = list(csv.reader(io.StringIO((written / file).read_bytes().decode("utf-8-sig"), newline="")))
    at = rows[0].index(name)
    others = {"true": "false", "fixed": "mobile", "market_day": "mobile", "new": "extended", "target": "budget"}
    for position in range(1, len(rows)):
        changed = [list(row) for row in rows]
        cell = changed[position][at]
        changed[position][at] = others.get(cell, "" if cell else "T2" if name.endswith("_id") else "true")
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\r\n").writerows(changed)
        (written / file).write_bytes(text.getvalue().encode("utf-8-sig"))
        found = audit(written, county, travel=travel).differences
        assert any(each.file in {file, "plan", "summary.json"} for each in found), (position, cell)
