"""Last year's outlets and the facilities found: the same, doubtful, or different."""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain import Host
from planner.geodata.intake.draft import Facility
from planner.geodata.intake.matching import match, names_alike
from planner.scenario import Candidates

RULES = Candidates()


def site(name, host=Host.POST_OFFICE):
    return Facility(name, name, host, 102.0, 35.0)


def pairs(outlets, facilities, outlet_m, facility_m):
    """Pairs of places along a line, by metre."""
    at = [np.array([[x, 0.0] for x in metres], dtype=float).reshape(-1, 2) for metres in (outlet_m, facility_m)]
    same, doubtful = match(outlets, facilities, *at, RULES)
    return [(p.outlet, p.facility) for p in same], [(p.outlet, p.facility) for p in doubtful]


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        ("白庄邮政所", "白庄镇邮政所", True), ("白庄邮政所", "白庄邮政所", True), ("白庄邮政所", "街子供销社", False),
        ("Ryde Post Office", "Ryde post office", True), ("", "白庄邮政所", False),
    ],
)  # fmt: skip
def test_names_that_are_alike(first, second, alike):
    assert names_alike(first, second) is alike


def test_near_and_of_like_name_is_the_same_whatever_the_host():
    assert pairs([site("白庄邮政所")], [site("白庄镇邮政所", Host.SHOP)], [0], [140]) == ([(0, 0)], [])


def test_near_and_of_one_host_is_the_same_whatever_the_name():
    assert pairs([site("甲")], [site("乙")], [0], [140]) == ([(0, 0)], [])


def test_near_with_neither_in_common_is_different():
    assert pairs([site("甲")], [site("乙", Host.SHOP)], [0], [10]) == ([], [])


def test_farther_off_it_is_doubtful_and_kept_apart():
    assert pairs([site("白庄邮政所")], [site("白庄镇邮政所")], [0], [900]) == ([], [(0, 0)])
    assert pairs([site("白庄邮政所")], [site("白庄镇邮政所")], [0], [1100]) == ([], [])


def test_each_takes_part_once_the_like_name_first():
    outlets = [site("白庄邮政所")]
    facilities = [site("丙"), site("白庄镇邮政所")]
    assert pairs(outlets, facilities, [0], [10, 100]) == ([(0, 1)], [])


def test_of_several_of_one_host_only_the_nearest_is_doubtful():
    outlets, facilities = [site("甲", Host.SHOP)], [site("乙", Host.SHOP), site("丙", Host.SHOP)]
    assert pairs(outlets, facilities, [0], [500, 300]) == ([], [(0, 1)])


def test_nothing_to_match():
    assert pairs([], [site("甲")], [], [0]) == ([], [])
