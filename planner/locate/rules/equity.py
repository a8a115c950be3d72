"""The stage of evenness (LE): the best level of one measure at which the coverage reached so far can be kept.

Every measure takes one of finitely many values, and a network that meets a value meets all worse ones. So the best is
found by halving: is there a network of at least this coverage at this level? Each "no" is a proof (``docs/model.md``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from scipy.sparse import csr_array

from planner.locate.engine import Bools, Deadline, MatrixModel, minimise
from planner.locate.model import Layout, build, can_carry, openable
from planner.locate.problem import Ints, ThreeTierProblem
from planner.locate.rules.fair_rows import P90
from planner.locate.solution import Network, access_lengths_m, read_point

SHARE_OF_TIME = 0.4
"""Most of the time left that is spent on this stage when there is a limit."""

Level = int | Fraction


@dataclass(frozen=True, slots=True, eq=False)
class Evened:
    """What the stage found: the problem with the level reached as a rule, the network at hand, and what is proven.

    ``bound`` is the best level not ruled out.
    """

    problem: ThreeTierProblem
    network: Network
    value: Level
    bound: Level

    @property
    def proven(self) -> bool:
        """Whether every better level is ruled out."""
        return self.value == self.bound


def even_out(
    problem: ThreeTierProblem,
    network: Network,
    reached: Mapping[str, int],
    *,
    with_flows: bool,
    deadline: Deadline,
    seed: int,
) -> Evened:
    """The best level of ``problem.equity``, from the level of ``network`` on.

    ``reached`` are the least values to keep of ``villages``, ``people`` and ``priority``, as far as they are stages
    before this one; ``network`` has them.
    """
    left_s = deadline.left_s()
    own = Deadline(None if left_s is None else left_s * SHARE_OF_TIME)
    scale = levels(problem)
    at, low = scale.index(attained(problem, network)), scale.index(_best_alone(problem, reached, scale))
    while low < at and not own.passed:
        middle = (low + at) // 2
        trial = at_level(problem, scale[middle])
        found, impossible = _network(trial, reached, with_flows=with_flows, deadline=own, seed=seed)
        if impossible:
            low = middle + 1
        elif found is None:
            break
        else:
            network, at = found, scale.index(attained(problem, found))
    return Evened(at_level(problem, scale[at]), network, scale[at], scale[low])


def levels(problem: ThreeTierProblem) -> Sequence[Level]:
    """Every value that the measure can take, best first."""
    if problem.equity == "worst_township":
        sizes = set(_township_sizes(problem))
        shares = {Fraction(count, size) for size in sizes for count in range(size + 1) if size}
        top = problem.township_share
        return sorted({share for share in shares if share < top} | {top}, reverse=True)
    lengths = problem.access_m[can_carry(problem).any(axis=1)]
    return [int(length) for length in np.unique(np.append(lengths, 0))]


def attained(problem: ThreeTierProblem, network: Network) -> Level:
    """The measure's value for a network; distances are 0 when nobody is covered."""
    return _value(problem, network.station >= 0, access_lengths_m(problem, network))


def _value(problem: ThreeTierProblem, covered: Bools, way_m: Ints) -> Level:
    """The measure's value when these villages are covered and go so far."""
    if problem.equity == "worst_township":
        sizes = _township_sizes(problem)
        counts = np.bincount(_township(problem)[covered], minlength=len(sizes)).tolist()
        shares = (Fraction(count, size) for count, size in zip(counts, sizes, strict=True) if size)
        return min(problem.township_share, min(shares, default=Fraction(1)))
    way_m, people = way_m[covered], problem.population[covered]
    if problem.equity == "max_distance":
        return int(way_m.max(initial=0))
    order = np.argsort(way_m, kind="stable")
    within = np.cumsum(people[order])
    if not len(within) or within[-1] == 0:
        return 0
    return int(way_m[order][np.flatnonzero(P90[1] * within >= P90[0] * within[-1])[0]])


def _best_alone(problem: ThreeTierProblem, reached: Mapping[str, int], scale: Sequence[Level]) -> Level:
    """The value if every village that can be covered were, by the site nearest to it: no network is better.

    Distances know such a bound only where all of them are to be covered.
    """
    pairs = np.flatnonzero((can_carry(problem) & openable(problem)[problem.access_site]).any(axis=1))
    nearest = np.full(problem.n_villages, np.iinfo(np.int64).max)
    np.minimum.at(nearest, problem.access_village[pairs], problem.access_m[pairs])
    coverable = nearest < np.iinfo(np.int64).max
    if problem.equity != "worst_township" and coverable.sum() != reached.get("villages"):
        return scale[0]
    return _value(problem, coverable, nearest)


def at_level(problem: ThreeTierProblem, level: Level) -> ThreeTierProblem:
    """The problem with the level as a rule: (M14), (M15) or (M16)."""
    if problem.equity == "worst_township":
        floors = [-(-level.numerator * size // level.denominator) for size in _township_sizes(problem)]
        return replace(problem, least_covered=np.array(floors, dtype=np.int64))
    if problem.equity == "max_distance":
        return replace(problem, farthest_m=int(level))
    return replace(problem, near_m=int(level))


def coverage_rows(
    problem: ThreeTierProblem, layout: Layout, model: MatrixModel, reached: Mapping[str, int]
) -> MatrixModel:
    """The model with rows that keep the coverage reached."""
    covered = layout.covered[layout.covered >= 0]
    weights = {
        "villages": np.ones(problem.n_villages),
        "people": problem.population.astype(float),
        "priority": problem.comes_first.astype(float),
        "weighted": problem.weights.astype(float),
    }
    for name, least in reached.items():
        row = np.zeros(layout.n_columns)
        row[covered] = weights[name][layout.covered >= 0]
        model = model.with_rows(csr_array(row[None, :]), float(least), np.inf)
    if everybody(problem, layout, reached):
        low = model.low.copy()
        low[covered] = 1
        model = model.with_bounds(low, model.high)
    return model


def everybody(problem: ThreeTierProblem, layout: Layout, reached: Mapping[str, int]) -> bool:
    """Whether all that can be covered are, by the coverage reached."""
    coverable = layout.covered >= 0
    most = {"villages": int(coverable.sum()), "weighted": int(problem.weights[coverable].sum())}
    return any(reached.get(name) == value for name, value in most.items())


def _network(
    problem: ThreeTierProblem, reached: Mapping[str, int], *, with_flows: bool, deadline: Deadline, seed: int
) -> tuple[Network | None, bool]:
    """A network that keeps the coverage reached, and whether there is proven to be none."""
    layout, model = build(problem, with_links=with_flows, with_flows=with_flows)
    if (layout.covered >= 0).sum() < reached.get("villages", 0):
        return None, True
    model = coverage_rows(problem, layout, model, reached)
    outcome = minimise(model, np.zeros(layout.n_columns), deadline=deadline, seed=seed)
    if outcome.values is None:
        return None, outcome.infeasible
    return read_point(problem, layout, outcome.values), False


def _township(problem: ThreeTierProblem) -> Ints:
    assert problem.village_township is not None  # noqa: S101 (checked where the problem is made)
    return problem.village_township


def _township_sizes(problem: ThreeTierProblem) -> list[int]:
    """Villages of each township; 0 for a number that none has."""
    sizes: list[int] = np.bincount(_township(problem)).tolist()
    return sizes
