"""A pack fills what the planner left unset, nothing else, and says so."""

from __future__ import annotations

import pytest

from planner.errors import ScenarioError
from planner.policy import apply_rule_pack, pack_assumptions, rule_packs
from planner.scenario import Scenario


def test_unset_fields_are_filled_from_the_province():
    applied = apply_rule_pack(Scenario(), "630225")
    assert applied.pack is rule_packs()["qinghai"]
    assert applied.scenario.demand.regional_factor == 0.25
    assert applied.scenario.network.mountain_factor == 0.7148


def test_a_value_that_the_planner_set_wins_and_is_no_assumption():
    scenario = Scenario().with_settings(["demand.regional_factor=0.4"])
    applied = apply_rule_pack(scenario, "630225")
    assert applied.scenario.demand.regional_factor == 0.4
    assert [name for name, _, _ in applied.overrides] == ["network.mountain_factor"]
    assert "demand.regional_factor" not in [name for name, _, _ in applied.assumptions()]


def test_a_value_set_to_the_default_counts_as_set():
    scenario = Scenario().with_settings(["demand.regional_factor=1.0"])
    assert apply_rule_pack(scenario, "630225").scenario.demand.regional_factor == 1.0


def test_a_neighbouring_field_set_in_the_same_table_stays():
    scenario = Scenario().with_settings(["network.snap_limit_m=900"])
    applied = apply_rule_pack(scenario, "630225").scenario
    assert (applied.network.snap_limit_m, applied.network.mountain_factor) == (900, 0.7148)
    assert "network.county_kmh" in [name for name, _, _ in applied.assumptions()]


def test_none_changes_nothing():
    scenario = Scenario(rule_pack="none")
    applied = apply_rule_pack(scenario, "630225")
    assert applied.scenario is scenario
    assert (applied.pack, applied.overrides) == (None, ())


def test_a_pack_named_outright_is_used_whatever_the_county():
    applied = apply_rule_pack(Scenario(rule_pack="yunnan"), "630225")
    assert applied.scenario.demand.regional_factor == 0.5


def test_the_longest_matching_prefix_wins_within_a_province():
    assert apply_rule_pack(Scenario(), "513321").scenario.demand.regional_factor == 0.25
    assert apply_rule_pack(Scenario(), "510104").scenario.demand.regional_factor == 0.5


def test_an_unknown_name_lists_the_names_there_are():
    with pytest.raises(ScenarioError, match=r"qinhai.*auto, none, guizhou, national, qinghai"):
        apply_rule_pack(Scenario(rule_pack="qinhai"), "630225")


def test_what_the_pack_assumes_is_listed_beside_the_defaults_left_unset():
    applied = apply_rule_pack(Scenario(), "630225")
    listed = {name: (value, default) for name, value, default in applied.assumptions()}
    assert len(listed) == len(applied.assumptions())
    assert listed["demand.regional_factor"][0] == 0.25
    assert listed["demand.regional_factor"][1].confidence == "A"
    assert "plateau" in listed["demand.regional_factor"][1].source
    assert "radius_km" in listed
    assert [name for name, _, _ in pack_assumptions(applied)] == ["demand.regional_factor", "network.mountain_factor"]


def test_applying_a_pack_twice_changes_nothing_and_loses_no_assumption():
    once = apply_rule_pack(Scenario(), "630225")
    twice = apply_rule_pack(once.scenario, "630225")
    assert twice.scenario == once.scenario
    assert twice.assumptions() == once.assumptions()


def test_a_province_without_a_pack_keeps_the_national_values():
    applied = apply_rule_pack(Scenario(), "621225")
    assert applied.scenario == Scenario()
    assert applied.overrides == ()
