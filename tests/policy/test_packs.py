"""Rule packs say only what their sources say, and fit the scenario they fill."""

from __future__ import annotations

import pytest

from planner.domain import schema
from planner.domain.county import Host
from planner.policy import rule_pack_for, rule_packs
from planner.scenario import Scenario


def test_there_is_a_pack_for_the_nation_and_for_each_of_four_provinces():
    assert list(rule_packs()) == ["guizhou", "national", "qinghai", "sichuan", "yunnan"]


@pytest.mark.parametrize(
    ("county_code", "name"),
    [
        ("630225", "qinghai"),
        ("520103", "guizhou"),
        ("530581", "yunnan"),
        ("513321", "sichuan"),
        ("621225", "national"),
        ("110101", "national"),
    ],
)
def test_a_county_gets_the_pack_of_its_province_or_the_national_one(county_code, name):
    assert rule_pack_for(county_code).name == name


def test_every_override_names_a_scenario_field_and_a_value_that_it_allows():
    for pack in rule_packs().values():
        for override in pack.overrides:
            changed = Scenario(rule_pack="none").with_settings([f"{override.key}={override.value}"])
            value = changed
            for key in override.key.split("."):
                value = getattr(value, key)
            assert value == override.value


def test_mountain_factors_follow_from_the_relief_of_the_province():
    factors = {
        pack.name: override
        for pack in rule_packs().values()
        for override in pack.overrides
        if override.key == "network.mountain_factor"
    }
    assert {name: override.relief for name, override in factors.items()} == {
        "guizhou": 1.32,
        "qinghai": 3.99,
        "sichuan": 2.05,
        "yunnan": 2.56,
    }
    for override in factors.values():
        assert override.value == round(1 / (1 + 0.1 * override.relief), 4)
        assert override.confidence == "A"


def test_every_statement_has_a_source():
    for pack in rule_packs().values():
        for statement in (*pack.documents, *pack.overrides, *pack.targets, pack.reuse, pack.priority):
            assert statement is not None
            assert statement.source


def test_a_province_keeps_its_own_targets_and_adds_the_national_ones():
    targets = [(t.indicator, t.value, t.deadline) for t in rule_packs()["qinghai"].targets]
    assert targets[:2] == [("township_outlet_coverage", 1.0, 2020), ("village_express_access", 1.0, 2020)]
    assert ("village_service_coverage", 1.0, 2025) in targets


def test_a_province_reuses_the_hosts_of_its_own_document_else_the_national_ones():
    assert rule_packs()["guizhou"].reuse.hosts == (Host.INFO_STATION, Host.POST_OFFICE)
    assert rule_packs()["sichuan"].reuse == rule_packs()["national"].reuse


def test_priority_words_are_those_of_the_villages_table():
    for pack in rule_packs().values():
        assert set(pack.priority.words) <= set(schema.PRIORITIES)
    assert rule_packs()["yunnan"].priority.words == ("old_revolutionary", "poverty", "border")
