"""A rule pack laid under a scenario: it fills what the planner left unset, and says what it filled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from planner.policy.packs import Override, RulePack, rule_pack_for, rule_pack_named
from planner.scenario import Default, Scenario

AUTO, NONE = "auto", "none"


@dataclass(frozen=True, slots=True)
class AppliedPack:
    """A scenario with its rule pack in force.

    ``overrides`` holds (dotted name, value, what stands behind it) of every value in force that is the pack's, in
    order of name. A value that the planner set to exactly the pack's is listed too, so that applying a pack a second
    time loses nothing.
    """

    scenario: Scenario
    pack: RulePack | None
    overrides: tuple[tuple[str, Any, Default], ...]

    def assumptions(self) -> tuple[tuple[str, Any, Default], ...]:
        """Every value in force that nobody has verified: defaults left unset, and the pack's own of A or L."""
        return (*self.scenario.assumptions(), *pack_assumptions(self))


def apply_rule_pack(scenario: Scenario, county_code: str) -> AppliedPack:
    """Fill the fields that ``scenario`` leaves unset from the pack that its ``rule_pack`` names.

    ``auto`` takes the pack of the county's province (else the national one), ``none`` changes nothing.
    Raises ScenarioError for an unknown name.
    """
    if scenario.rule_pack == NONE:
        return AppliedPack(scenario, None, ())
    pack = rule_pack_for(county_code) if scenario.rule_pack == AUTO else rule_pack_named(scenario.rule_pack)
    given = scenario.model_dump(exclude_unset=True)
    changes: dict[str, Any] = {}
    in_force = []
    for override in pack.overrides_for(county_code):
        keys = override.key.split(".")
        is_set, value = _look_up(given, keys)
        if not is_set:
            _put(changes, keys, override.value)
        if not is_set or value == override.value:
            in_force.append((override, _default(scenario, override)))
    filled = scenario.update(changes) if changes else scenario
    return AppliedPack(filled, pack, tuple((override.key, override.value, default) for override, default in in_force))


def pack_assumptions(applied: AppliedPack) -> tuple[tuple[str, Any, Default], ...]:
    """The values in force from the rule pack whose confidence is A or L: nobody has verified them."""
    return tuple(entry for entry in applied.overrides if entry[2].confidence in ("A", "L"))


def _default(scenario: Scenario, override: Override) -> Default:
    unit = next((default.unit for name, _, default in scenario.facts() if name == override.key), "")
    return Default(unit, override.source, override.confidence)


def _look_up(given: Mapping[str, Any], keys: list[str]) -> tuple[bool, Any]:
    """Whether the planner set the field at ``keys``, and to what."""
    value: Any = given
    for key in keys:
        if not isinstance(value, Mapping) or key not in value:
            return False, None
        value = value[key]
    return True, value


def _put(changes: dict[str, Any], keys: list[str], value: object) -> None:
    for key in keys[:-1]:
        changes = changes.setdefault(key, {})
    changes[keys[-1]] = value
