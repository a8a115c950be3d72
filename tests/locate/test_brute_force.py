"""The model against trying everything, on random tiny counties with every rule in play."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from siting_brute import best_by_trying
from siting_judge import judge, order_key, values

from planner.domain import SolveStatus
from planner.errors import InfeasibleError, NoSolutionInTimeError
from planner.locate import ColdStores, ThreeTierProblem, place_tiers


def tiny_problem(seed: int) -> ThreeTierProblem:
    """5 villages, 5 sites, 2 townships; capacities, budget, supply radii and targets bind now and then."""
    rng = np.random.default_rng(seed)
    n_villages, n_sites = 5, 5
    village, site = rng.uniform(0, 10, (n_villages, 2)), rng.uniform(0, 10, (n_sites, 2))
    access = np.rint(100 * np.hypot(*(village[:, None] - site[None]).transpose(2, 0, 1))).astype(int)
    supply = np.rint(100 * np.hypot(*(site[:, None] - site[None]).transpose(2, 0, 1))).astype(int)
    population = rng.integers(1, 9, n_villages) * 10
    capex = np.sort(rng.integers(1, 12, (n_sites, 3)), axis=1)
    share = int(rng.integers(1, 3))
    return ThreeTierProblem.from_dense(
        population=population,
        demand_centiparcels=population * 2,
        site_township=rng.integers(0, 2, n_sites),
        max_tier=np.r_[3, rng.choice([0, 1, 2, 2, 3], n_sites - 1, p=[0.1, 0.2, 0.3, 0.3, 0.1])],
        capex_cny=capex,
        annual_cost_cny=rng.integers(1, 4, (n_sites, 3)) + np.array([0, 3, 6]),
        capacity_centiparcels=rng.choice([100, 160, 240, 2_000], 3) * np.array([1, 1, 3]),
        access_m=np.where(access <= rng.integers(300, 700), access, -1),
        supply_m=supply,
        county_to_township_m=int(rng.integers(400, 1_200)),
        township_to_village_m=int(rng.integers(300, 900)),
        required_townships=np.arange(2),
        required_township_count=share,
        target_villages=int(rng.choice([5, 5, 3, 4])),
        budget_cny=None if rng.random() < 0.5 else int(rng.integers(12, 30)),
    )


def locked(problem: ThreeTierProblem, rng: np.random.Generator) -> ThreeTierProblem:
    """One or two sites must be open, at a tier that their premises mostly carry."""
    least = np.zeros(problem.n_sites, dtype=int)
    for j in rng.choice(problem.n_sites, int(rng.integers(1, 3)), replace=False):
        least[j] = min(max(1, problem.max_tier[j]), int(rng.choice([1, 1, 2, 3])))
    return replace(problem, least_tier=least)


def one_per_unit(problem: ThreeTierProblem, rng: np.random.Generator) -> ThreeTierProblem:
    """Sites stand in one of two units or in none."""
    return replace(problem, site_unit=rng.integers(-1, 2, problem.n_sites))


def locked_and_one_per_unit(problem: ThreeTierProblem, rng: np.random.Generator) -> ThreeTierProblem:
    return one_per_unit(locked(problem, rng), rng)


def priority_first(problem: ThreeTierProblem, rng: np.random.Generator) -> ThreeTierProblem:
    return replace(problem, priority=rng.integers(0, 2, problem.n_villages))


def weighted(problem: ThreeTierProblem, rng: np.random.Generator) -> ThreeTierProblem:
    """Some villages count for up to three; all are asked for."""
    tenths = np.where(rng.random(problem.n_villages) < 0.4, int(rng.integers(11, 31)), 10)
    return replace(problem, weight_tenths=tenths, target_villages=problem.n_villages)


def weighted_and_every_other_option(problem: ThreeTierProblem, rng: np.random.Generator) -> ThreeTierProblem:
    changed = several_centres_evened_and_backed_up(problem, rng)
    return weighted(replace(changed, priority=None), rng)


def priority_first_below_all(problem: ThreeTierProblem, rng: np.random.Generator) -> ThreeTierProblem:
    """Three villages are asked for, and often not all that come first can be covered."""
    site_unit = rng.integers(0, 2, problem.n_sites)
    return priority_first(replace(problem, target_villages=3, site_unit=site_unit), rng)


def several_centres(problem: ThreeTierProblem, rng: np.random.Generator) -> ThreeTierProblem:
    """Two or three centres, which one alone often cannot replace: its capacity or its reach is too small."""
    max_tier = problem.max_tier.copy()
    max_tier[1:] = rng.choice([0, 1, 2, 3, 3], problem.n_sites - 1)
    capacity = problem.capacity_centiparcels.copy()
    capacity[2] = rng.choice([160, 240, 320, 400, 2_000])
    return replace(
        problem, max_centres=int(rng.integers(2, 4)), max_tier=max_tier, capacity_centiparcels=capacity,
        county_to_township_m=int(rng.integers(200, 900)),
    )  # fmt: skip


def several_centres_and_every_option(problem: ThreeTierProblem, rng: np.random.Generator) -> ThreeTierProblem:
    return several_centres(every_option(problem, rng), rng)


def several_centres_evened_and_backed_up(problem: ThreeTierProblem, rng: np.random.Generator) -> ThreeTierProblem:
    return several_centres(evened_and_backed_up(problem, rng), rng)


def cold_stores(problem: ThreeTierProblem, rng: np.random.Generator) -> ThreeTierProblem:
    """Stores at some tier and above, some of them there already; the target is met at times, and the budget binds."""
    reach = rng.random((problem.n_villages, problem.n_sites)) < rng.choice([0.2, 0.4, 0.7])
    produce = rng.integers(0, 5, problem.n_villages) * 10
    cold = ColdStores(
        least_tier=int(rng.choice([1, 2, 2, 3])),
        target_centiparcels=int(produce.sum() * rng.choice([0.3, 0.7, 1.0])),
        produce_centiparcels=produce,
        reach_indptr=np.r_[0, np.cumsum(reach.sum(axis=1))],
        reach_site=np.nonzero(reach)[1],
        capex_cny=rng.choice([0, 1, 3, 6], problem.n_sites),
        annual_cost_cny=rng.choice([0, 1, 2, 5], problem.n_sites),
    )
    return replace(problem, cold=cold)


def least_volumes(problem: ThreeTierProblem, rng: np.random.Generator) -> ThreeTierProblem:
    """Least volumes at some of the tiers, some of them never reached."""
    least = rng.choice([0, 60, 120, 200], 3) * rng.choice([1, 1, 0], 3)
    return replace(problem, least_centiparcels=least)


def several_centres_and_least_volumes(problem: ThreeTierProblem, rng: np.random.Generator) -> ThreeTierProblem:
    least = least_volumes(problem, rng).least_centiparcels.copy()
    least[2] = 0
    return several_centres(replace(problem, least_centiparcels=least), rng)


def least_volumes_and_locked(problem: ThreeTierProblem, rng: np.random.Generator) -> ThreeTierProblem:
    return least_volumes(locked(problem, rng), rng)


def evened(measure):
    """The measure counts before cost; villages are of two townships."""

    def change(problem: ThreeTierProblem, rng: np.random.Generator) -> ThreeTierProblem:
        share = Fraction([1, 1, 3, 4][int(rng.integers(4))], [1, 2, 5, 5][int(rng.integers(4))])
        township = rng.integers(0, 2, problem.n_villages)
        return replace(problem, equity=measure, village_township=township, township_share=min(share, Fraction(1)))

    return change


def backed_up(problem: ThreeTierProblem, rng: np.random.Generator) -> ThreeTierProblem:
    return replace(problem, backup_villages=int(rng.integers(1, problem.n_villages + 1)))


def evened_and_backed_up(problem: ThreeTierProblem, rng: np.random.Generator) -> ThreeTierProblem:
    """Every rule at once, with one of the measures."""
    measure = ("max_distance", "p90", "worst_township")[int(rng.integers(3))]
    return backed_up(evened(measure)(every_option(problem, rng), rng), rng)


def every_option(problem: ThreeTierProblem, rng: np.random.Generator) -> ThreeTierProblem:
    return priority_first(locked_and_one_per_unit(problem, rng), rng)


def cold_least_volumes_and_every_option(problem: ThreeTierProblem, rng: np.random.Generator) -> ThreeTierProblem:
    return cold_stores(least_volumes(every_option(problem, rng), rng), rng)


def cold_least_volumes_evened_and_backed_up(problem: ThreeTierProblem, rng: np.random.Generator) -> ThreeTierProblem:
    return cold_stores(least_volumes(evened_and_backed_up(problem, rng), rng), rng)


OPTIONS = {
    "plain": lambda problem, rng: problem, "locked": locked, "one_per_unit": one_per_unit,
    "locked_and_one_per_unit": locked_and_one_per_unit, "priority_first": priority_first,
    "priority_first_below_all": priority_first_below_all, "every_option": every_option,
    "several_centres": several_centres, "several_centres_and_every_option": several_centres_and_every_option,
    "several_centres_evened_and_backed_up": several_centres_evened_and_backed_up,
    "several_centres_and_least_volumes": several_centres_and_least_volumes,
    "weighted": weighted, "weighted_and_every_other_option": weighted_and_every_other_option,
    "cold_stores": cold_stores, "least_volumes": least_volumes, "least_volumes_and_locked": least_volumes_and_locked,
    "cold_least_volumes_and_every_option": cold_least_volumes_and_every_option,
    "max_distance": evened("max_distance"), "p90": evened("p90"), "worst_township": evened("worst_township"),
    "backed_up": backed_up, "evened_and_backed_up": evened_and_backed_up,
    "cold_least_volumes_evened_and_backed_up": cold_least_volumes_evened_and_backed_up,
}  # fmt: skip


FEWER = frozenset({"max_distance", "p90", "worst_township", "backed_up"})
"""Options of which the quick tests try six seeds, as others have them in play too."""
CASES = [
    pytest.param(option, seed, marks=pytest.mark.slow) if seed >= (6 if option in FEWER else 25) else (option, seed)
    for option in OPTIONS
    for seed in range(200)
]


@pytest.mark.parametrize(("option", "seed"), CASES)
def test_the_lexicographic_optimum_is_the_one_found_by_trying_everything(option, seed):
    agrees_with_trying(OPTIONS[option](tiny_problem(seed), np.random.default_rng([seed, 1])))


def agrees_with_trying(problem: ThreeTierProblem) -> None:
    best = best_by_trying(problem)
    if best is None:
        with pytest.raises(InfeasibleError):
            place_tiers(problem)
        return
    result = place_tiers(problem)
    network = (result.tier.tolist(), result.station.tolist(), result.parent.tolist())
    stores = [] if result.cold is None else np.flatnonzero(result.cold).tolist()
    assert judge(problem, *network, cold=stores) == []
    found = values(problem, *network, cold=stores)
    assert order_key(problem, found) == best
    assert result.optimal
    for report in result.reports:
        assert report.status is SolveStatus.OPTIMAL
        assert report.bound == report.objective
        if report.stage in found:
            assert report.objective == float(found[report.stage])


def test_the_trials_meet_every_kind_of_case():
    cases = [best_by_trying(tiny_problem(seed)) for seed in range(12)]
    assert any(case is None for case in cases)
    assert any(case is not None and -case[1] < 5 for case in cases)
    assert any(case is not None and -case[1] == 5 for case in cases)


def test_the_trials_meet_centres_that_share_the_parcels_because_one_cannot_carry_them():
    shared = 0
    for seed in range(25):
        problem = several_centres(tiny_problem(seed), np.random.default_rng([seed, 1]))
        best, alone = best_by_trying(problem), best_by_trying(replace(problem, max_centres=1))
        shared += problem.centres_share and best is not None and (alone is None or best[:2] < alone[:2])
    assert shared >= 3


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("option", OPTIONS)
def test_without_time_the_result_is_feasible_and_its_bounds_are_true(option, seed):
    problem = OPTIONS[option](tiny_problem(seed), np.random.default_rng([seed, 1]))
    best = best_by_trying(problem)
    if best is None:
        with pytest.raises((InfeasibleError, NoSolutionInTimeError)):
            place_tiers(problem, time_limit_s=1e-9)
        return
    try:
        result = place_tiers(problem, time_limit_s=1e-9)
    except NoSolutionInTimeError:
        assert problem.least_centiparcels is not None  # the network that covers nobody may be below a least volume
        return
    assert judge(problem, result.tier.tolist(), result.station.tolist(), result.parent.tolist()) == []
    bounds = {report.stage: report.bound for report in result.reports}
    assert ("locate.villages" in bounds) != ("locate.weighted" in bounds)
    assert bounds.get("locate.villages", 0) >= -best[1]
    assert bounds.get("locate.priority", 0) + bounds.get("locate.weighted", 0) >= -best[0]
    if problem.cold is not None:
        capped = problem.target_villages < problem.n_villages and -best[1] == problem.target_villages
        assert bounds["locate.cold"] >= -best[5 if capped else 6]
    assert {"locate.people", "locate.cost", "locate.access", "locate.supply"} <= set(bounds)
