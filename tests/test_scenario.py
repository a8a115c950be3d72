"""Scenario: frozen, strict, explained."""

import pytest

from planner.domain import RoadClass, SiteStatus, Surface, Tier
from planner.errors import ScenarioError
from planner.scenario import CoverageMetric, Scenario, round_half_up


def test_settings_are_dotted_and_typed_as_toml():
    scenario = Scenario().with_settings(["targets.villages=0.95", "coverage_metric=minutes", "budget_cny=500000"])
    assert scenario.targets.villages == 0.95
    assert scenario.coverage_metric is CoverageMetric.MINUTES
    assert scenario.budget_cny == 500_000


def test_two_settings_of_one_table_keep_each_other():
    scenario = Scenario().with_settings(["tiers.village.capex_cny=1", "tiers.village.opex_cny_per_year=2"])
    assert (scenario.tiers.village.capex_cny, scenario.tiers.village.opex_cny_per_year) == (1, 2)


def test_all_wrong_settings_are_reported_together():
    with pytest.raises(ScenarioError) as caught:
        Scenario().with_settings(["radius_km=-1", "tiers.vilage.capex_cny=1"])
    assert "radius_km = -1" in str(caught.value)
    assert "tiers.vilage" in str(caught.value)


@pytest.mark.parametrize("setting", ["radius_km", "=3", "radius_km=nan", "radius_km=inf", "radius_km="])
def test_a_malformed_setting_is_refused(setting):
    with pytest.raises(ScenarioError):
        Scenario().with_settings([setting])


def test_a_file_with_a_wrong_key_names_the_file_and_the_key(tmp_path):
    path = tmp_path / "s.toml"
    path.write_text("radius = 3\n", "utf-8")
    with pytest.raises(ScenarioError, match=r"s\.toml: radius = 3"):
        Scenario.from_toml(path)


def test_a_file_that_is_not_toml_is_named(tmp_path):
    path = tmp_path / "s.toml"
    path.write_text("radius km 3", "utf-8")
    with pytest.raises(ScenarioError, match=r"s\.toml: cannot be read"):
        Scenario.from_toml(path)


def test_scenarios_are_immutable_and_hashable():
    scenario = Scenario()
    with pytest.raises(ValueError, match="frozen"):
        scenario.radius_km = 9
    assert hash(scenario) == hash(Scenario())


def test_an_unverified_default_is_listed_as_an_assumption_until_it_is_set():
    name = "tiers.village.capex_cny"
    assert name in {entry[0] for entry in Scenario().assumptions()}
    assert name not in {entry[0] for entry in Scenario().with_settings([f"{name}=12000"]).assumptions()}


def test_every_documented_default_has_a_source_and_a_confidence():
    for name, value, default in Scenario().facts():
        assert default.source, name
        off = value in (False, 0, 1, "free", "ignore", "none", "flag")  # a rule that nobody asked for says nothing
        assert default.confidence in (("H", "M", "L", "A", "") if off else ("H", "M", "L", "A")), name


@pytest.mark.parametrize(
    ("status", "existing", "tier", "capex"),
    [
        (SiteStatus.NEW, None, Tier.VILLAGE, 15_000),
        (SiteStatus.RETROFIT, None, Tier.VILLAGE, 7_500),
        (SiteStatus.EXISTING, Tier.TOWNSHIP, Tier.VILLAGE, 0),
        (SiteStatus.EXISTING, Tier.TOWNSHIP, Tier.TOWNSHIP, 0),
        (SiteStatus.EXISTING, Tier.VILLAGE, Tier.TOWNSHIP, 30_000),
    ],
)
def test_investment_depends_on_what_stands_there(status, existing, tier, capex):
    assert Scenario().tiers.capex_cny(status, existing, tier) == capex


def test_an_unpaved_road_is_capped():
    network = Scenario().network
    assert network.speed_kmh(RoadClass.COUNTY, Surface.PAVED) == 40
    assert network.speed_kmh(RoadClass.COUNTY, Surface.UNPAVED) == 15


@pytest.mark.parametrize(("value", "rounded"), [(0.5, 1), (1.5, 2), (2.4999, 2), (2.675 * 100, 268), (-0.5, -1)])
def test_halves_round_up(value, rounded):
    assert round_half_up(value) == rounded


def test_vehicle_names_must_differ():
    van = {"name": "van", "capacity_parcels": 1, "cost_cny_per_km": 1, "driver_cny_per_day": 1}
    with pytest.raises(ScenarioError, match="vehicle names must differ"):
        Scenario.from_mapping({"service": {"fleet": [van, van]}})


def test_produce_travels_cooled_only_where_a_vehicle_can_cool():
    with pytest.raises(
        ScenarioError, match=r"no vehicle of service\.fleet has a cooled compartment: give one cold_parcels"
    ):
        Scenario().with_settings(["cold.route_share=0.3"])
    van = {"name": "van", "capacity_parcels": 9, "cold_parcels": 1, "cost_cny_per_km": 1, "driver_cny_per_day": 1}
    scenario = Scenario.from_mapping({"service": {"fleet": [van]}, "cold": {"route_share": 0.3}})
    assert scenario.service.fleet[0].cold_parcels == 1
    with pytest.raises(ScenarioError, match=r"set cold\.route_share = 0 or routing\.siting_rounds = 0"):
        scenario.with_settings(["routing.siting_rounds=1"])


def test_shifts_begin_at_a_time_of_day():
    assert Scenario().service.day_starts_s == 8 * 3600
    assert Scenario().with_settings(["service.day_starts_at=06:30"]).service.day_starts_s == 23_400
    for wrong in ("6:30", "24:00", "08:60", "8", "08:00:00"):
        with pytest.raises(ScenarioError, match=r"service\.day_starts_at = .*written HH:MM such as 08:00"):
            Scenario().with_settings([f"service.day_starts_at={wrong}"])


@pytest.mark.parametrize(
    ("setting", "meant"),
    [
        ("radus_km=1", "radius_km"),
        ("network.snap_limit=9", "network.snap_limit_m"),
        ("village_host=shop", "candidates.village_host"),
    ],
)
def test_a_parameter_that_there_is_not_is_refused_with_the_one_that_may_be_meant(setting, meant):
    with pytest.raises(ScenarioError, match=rf"no such parameter \(did you mean {meant}\?\); docs/parameters.md"):
        Scenario().with_settings([setting])


@pytest.mark.parametrize(
    ("phasing", "money", "years"),
    [
        ({}, None, 1),
        ({"years": 4}, None, 4),
        ({"yearly_budget_cny": 7}, (7,), 1),
        ({"yearly_budget_cny": "7", "years": 3}, (7, 7, 7), 3),
        ({"yearly_budget_cny": "7,8"}, (7, 8), 2),
        ({"yearly_budget_cny": [7, 8], "years": 2}, (7, 8), 2),
    ],
)
def test_yearly_money_is_one_number_for_every_year_or_one_each(phasing, money, years):
    asked = Scenario.from_mapping({"phasing": phasing})
    assert (asked.phasing.money_cny, asked.phasing.n_years) == (money, years)
    assert asked.limit_cny == (None if money is None else sum(money))
    assert asked.update({"budget_cny": 9}).limit_cny == min(9, sum(money or (9,)))


@pytest.mark.parametrize(
    "phasing",
    [{"years": 0}, {"years": 31}, {"yearly_budget_cny": []}, {"yearly_budget_cny": [-1]}, {"yearly_budget_cny": "x"},
     {"yearly_budget_cny": [1, 2], "years": 3}, {"yearly_budget_cny": [10**14]}],
)  # fmt: skip
def test_senseless_phasing_is_refused(phasing):
    with pytest.raises(ScenarioError, match="phasing"):
        Scenario.from_mapping({"phasing": phasing})


@pytest.mark.parametrize(("old", "new"), [(True, "required"), (False, "ignore")])
def test_the_old_name_of_the_broadband_rule_is_still_understood(tmp_path, old, new):
    path = tmp_path / "old.toml"
    path.write_text(f"require_broadband = {str(old).lower()}\n", "utf-8")
    scenario = Scenario.from_toml(path)
    assert scenario.sites.broadband == new
    assert scenario == Scenario.from_mapping({"sites": {"broadband": new}})
    assert scenario.with_settings(["require_broadband=false"]).sites.broadband == "ignore"
    assert scenario.with_settings(["sites.broadband=connect"]).sites.broadband == "connect"


@pytest.mark.parametrize("settings", [["require_broadband=false", "sites.broadband=connect"], ["require_broadband=no"]])
def test_the_old_name_beside_the_new_one_or_with_an_odd_value_is_refused(settings):
    with pytest.raises(ScenarioError, match=r"old name of sites\.broadband"):
        Scenario().with_settings(settings)


def test_what_connecting_costs_is_an_assumption_only_where_sites_are_connected():
    def assumed(*settings):
        return {name for name, _, _ in Scenario().with_settings(settings).assumptions() if "connect" in name}

    assert assumed() == set()
    assert assumed("sites.broadband=connect") == {"sites.connect_cost_cny"}
    assert assumed("sites.mobile_4g=connect") == {"sites.mobile_connect_cost_cny"}
    assert assumed("sites.broadband=connect", "sites.connect_cost_cny=5000") == set()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (["targets.priority_weight=2", "targets.priority_first=true"], "drop one of the two"),
        (["targets.priority_weight=2", "targets.villages=0.9"], "set villages=1"),
        (["targets.priority_weight=1.25"], "in tenths"),
        (["targets.priority_weight=0.5"], "greater than or equal to 1"),
    ],
)
def test_a_senseless_weight_of_priority_villages_is_refused_with_the_fix(settings, words):
    with pytest.raises(ScenarioError, match=words) as caught:
        Scenario().with_settings(settings)
    assert "priority_weight" in str(caught.value)
    assert Scenario().with_settings(["targets.priority_weight=2.5"]).targets.priority_weight == 2.5


def test_what_rests_on_cold_stores_and_outreach_is_an_assumption_only_where_they_are_asked_for():
    def listed(*settings):
        names = [name for name, _, _ in Scenario().with_settings(settings).assumptions()]
        return {name.partition(".")[0] for name in names} & {"cold", "outreach"}

    assert listed() == set()
    assert listed("cold.planned=true") == {"cold"}
    assert listed("outreach.mobile=true") == {"outreach"}


def test_a_cold_store_costs_what_is_missing_and_runs_for_what_is_asked():
    cold = Scenario().cold
    assert [cold.capex_cny(standing_m3) for standing_m3 in (0, 299, 300, 5_000)] == [129_000, 430, 0, 0]
    assert cold.annual_cost_cny(129_000) == 12_900 + 12_000


@pytest.mark.parametrize(
    "settings",
    [["outreach.mobile=true"], ["tiers.county.viable_rule=refuse", "tiers.county.viable_parcels_per_day=100"]],
)
def test_what_is_planned_under_one_centre_only_is_refused_beside_several(settings):
    Scenario().with_settings(settings)
    with pytest.raises(ScenarioError, match=r"set tiers\.county\.max_centres=1"):
        Scenario().with_settings([*settings, "tiers.county.max_centres=2"])
