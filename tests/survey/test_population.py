"""The rule for unusual populations, recounted by hand, and the sums by township."""

import math
from fractions import Fraction
from statistics import median

import pytest

from planner.survey.population import PopulationRule, township_sums, unusual_villages

USUAL = [400, 500, 640, 800, 1000, 1250, 1600]


def test_bounds_are_three_and_a_half_robust_deviations_of_the_logarithm():
    rule = PopulationRule.of(USUAL)
    logs = [math.log10(people) for people in USUAL]
    spread = 1.4826 * median(abs(value - math.log10(800)) for value in logs)
    assert rule.median == pytest.approx(800)
    assert rule.spread == pytest.approx(spread)
    assert rule.low == pytest.approx(800 / 10 ** (3.5 * spread))
    assert rule.high == pytest.approx(800 * 10 ** (3.5 * spread))


def test_only_what_lies_outside_the_bounds_stands_out():
    rule = PopulationRule.of(USUAL)
    assert not any(rule.stands_out(people) for people in USUAL)
    assert rule.stands_out(math.floor(rule.low))
    assert not rule.stands_out(math.ceil(rule.low))
    assert rule.stands_out(math.ceil(rule.high))


def test_zeros_stand_out_and_do_not_move_the_bounds():
    assert PopulationRule.of([*USUAL, 0, 0, 0]).median == PopulationRule.of(USUAL).median
    assert PopulationRule.of([*USUAL, 0]).stands_out(0)


def test_villages_that_are_much_alike_may_still_differ_by_a_factor_of_two():
    rule = PopulationRule.of([1000, 1001, 1002, 1003, 1004, 1005, 1006])
    assert not rule.stands_out(600)
    assert rule.stands_out(400)


@pytest.mark.parametrize("populations", [[500] * 9 + [20_000], [3, 90_000, 400, 100], [0, 0], []])
def test_without_a_usual_size_only_zeros_stand_out(populations):
    rule = PopulationRule.of(populations)
    assert not any(rule.stands_out(people) for people in populations if people)
    assert rule.stands_out(0)


def test_villages_come_fewest_people_first(xunhua):
    villages = xunhua.administrative_villages
    unusual = unusual_villages(villages, PopulationRule.of([village.population for village in villages]))
    assert [(village.name, village.population) for village in unusual] == [("麻尕村", 139)]


def test_township_sums_take_in_residents_committees(toy_county):
    from planner.geodata import read_county

    first, second, _ = township_sums(read_county(toy_county.write()))
    assert (first.units, first.people, first.given) == (3, 2100 + 900 + 800, 5000)
    assert first.difference == Fraction(3800 - 5000, 5000)
    assert second.difference is None
