"""Rule packs: the policy of each province as data, laid under what the planner sets."""

from __future__ import annotations

from planner.policy.apply import AppliedPack, apply_rule_pack, pack_assumptions
from planner.policy.packs import (
    Document,
    Override,
    Priority,
    Reuse,
    RulePack,
    Target,
    rule_pack_for,
    rule_packs,
)

__all__ = [
    "AppliedPack",
    "Document",
    "Override",
    "Priority",
    "Reuse",
    "RulePack",
    "Target",
    "apply_rule_pack",
    "pack_assumptions",
    "rule_pack_for",
    "rule_packs",
]
