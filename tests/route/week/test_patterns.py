"""Days of the week: how visits spread, and how routes share them."""

from __future__ import annotations

import pytest

from planner.errors import UsageError
from planner.route.week import day_patterns, patterns_for, share_out_days, vehicles_needed


@pytest.mark.parametrize(
    ("visits", "patterns"),
    [
        (1, ((1,), (2,), (3,), (4,), (5,), (6,))),
        (2, ((1, 4), (2, 5), (3, 6))),
        (3, ((1, 3, 5), (2, 4, 6))),
        (4, ((1, 2, 4, 6),)),
        (5, ((1, 2, 3, 4, 5),)),
        (6, ((1, 2, 3, 4, 5, 6),)),
        (7, ((1, 2, 3, 4, 5, 6, 7),)),
    ],
)
def test_patterns(visits, patterns):
    assert day_patterns(visits) == patterns


@pytest.mark.parametrize("visits", range(1, 8))
def test_patterns_have_the_right_length_and_share_no_day(visits):
    patterns = day_patterns(visits)
    days = [day for pattern in patterns for day in pattern]
    assert all(len(pattern) == visits for pattern in patterns)
    assert len(days) == len(set(days))
    assert set(days) <= set(range(1, 8))


@pytest.mark.parametrize("visits", [0, 8])
def test_other_numbers_of_visits_are_refused(visits):
    with pytest.raises(UsageError, match="from 1 to 7"):
        day_patterns(visits)


@pytest.mark.parametrize("visits", range(1, 8))
def test_without_market_days_the_patterns_are_the_common_ones(visits):
    assert patterns_for(visits) == day_patterns(visits)


@pytest.mark.parametrize(
    ("visits", "market", "patterns"),
    [
        (3, [4], ((2, 4, 6),)),
        (3, [2, 5], ((1, 2, 5), (2, 5, 6))),
        (2, [1, 2], ((1, 2),)),
        (3, [7], ((2, 4, 7), (2, 5, 7), (3, 5, 7))),
        (5, [6], ((1, 2, 3, 4, 6),)),
        (1, [7], ((7,),)),
    ],
)
def test_patterns_hold_the_market_days_and_are_as_even_as_can_be(visits, market, patterns):
    found = patterns_for(visits, market)
    assert all(set(market) <= set(pattern) and len(pattern) == visits for pattern in found)
    assert set(patterns) <= set(found)


def test_sunday_stays_free_unless_it_is_a_market_day_or_needed():
    assert all(
        7 not in pattern for visits in range(1, 7) for day in range(1, 7) for pattern in patterns_for(visits, [day])
    )
    assert patterns_for(7, [7]) == (tuple(range(1, 8)),)


@pytest.mark.parametrize(("visits", "market"), [(2, [1, 3, 5]), (3, [0]), (3, [8])])
def test_market_days_that_cannot_be_kept_are_refused(visits, market):
    with pytest.raises(UsageError, match="days"):
        patterns_for(visits, market)


def test_routes_alternate_and_the_days_balance():
    patterns = day_patterns(3)
    days = share_out_days(patterns, [0, 0, 0, 0], [100, 90, 20, 10])
    assert days == (patterns[0], patterns[1], patterns[1], patterns[0])
    assert vehicles_needed(days) == 2


def test_each_type_alternates_by_itself_so_that_few_vehicles_are_needed():
    patterns = day_patterns(3)
    days = share_out_days(patterns, [0, 1, 0, 1], [40, 30, 20, 10])
    assert vehicles_needed([days[0], days[2]]) == 1
    assert vehicles_needed([days[1], days[3]]) == 1


def test_without_routes_no_vehicle_is_needed():
    assert vehicles_needed([]) == 0
