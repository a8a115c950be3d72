from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.evaluate import evaluate
from planner.evaluate.figures import Ratio

PEOPLE = st.lists(st.tuples(st.integers(0, 9_000), st.integers(0, 3_000)), min_size=4, max_size=4)


@pytest.fixture(scope="module")
def measured(county, scenario, plan):
    def run(rows):
        """Access distances of the plan with its four covered villages at these distances, with these residents."""
        covered = [assignment.village_code for assignment in plan.assignments if assignment.covered]
        distance_m = {code: metres for code, (metres, _) in zip(covered, rows, strict=True)}
        people = {code: count for code, (_, count) in zip(covered, rows, strict=True)}
        changed = replace(
            county,
            villages=tuple(replace(v, population=people.get(v.code, v.population)) for v in county.villages),
        )
        assignments = tuple(replace(a, access_distance_m=distance_m.get(a.village_code)) for a in plan.assignments)
        return evaluate(changed, scenario, replace(plan, assignments=assignments)).access

    return run


@given(rows=PEOPLE)
def test_p90_is_the_ninth_tenth_person_in_a_queue(measured, rows):
    queue = sorted(metres for metres, count in rows for _ in range(count))
    expected = queue[-(-9 * len(queue) // 10) - 1] if queue else None
    assert measured(rows).p90_m == expected


@given(rows=PEOPLE)
def test_the_mean_lies_between_the_nearest_and_the_farthest(measured, rows):
    access = measured(rows)
    if access.mean.denominator:
        assert min(metres for metres, _ in rows) <= access.mean.value <= access.max_m


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_a_share_below_one_never_reads_as_full(numerator, denominator):
    ratio = Ratio(min(numerator, denominator), denominator)
    assert (ratio.percent == "100.0%") == (ratio.numerator == ratio.denominator)
