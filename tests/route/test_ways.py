"""The search over ways: never worse than where it begins, and on small tasks against trying every choice."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from planner.route.county.search import Limits, Score, improve, neighbours


class Clusters:
    """A made-up task: a group's items pay for their own depot, opened once, or for a share of a vehicle at the centre.

    Each unit of load costs its own rate at either place; the centre needs a vehicle for every ``room`` units begun.
    """

    def __init__(self, rng, *, n_groups, n_items, noise=0.0):
        self.n = n_items
        self.group = rng.integers(0, n_groups, n_items)
        self.load = rng.integers(1, 10, n_items)
        self.near = rng.integers(1, 20, n_items)
        self.far = rng.integers(1, 60, n_items)
        self.open = rng.integers(10, 120, n_groups)
        self.vehicle, self.room = int(rng.integers(20, 120)), int(rng.integers(8, 40))
        self.banned = {int(k) for k in rng.choice(n_items, rng.integers(0, 2), replace=False)}
        self.noise = rng.normal(0, noise, 2**n_items) if noise else np.zeros(2**n_items)
        self.effort = 0
        self.seen = {}

    @property
    def kinds(self):
        return tuple(("parent", "direct") for _ in range(self.n))

    @property
    def groups(self):
        return tuple(tuple(np.flatnonzero(self.group == g).tolist()) for g in sorted(set(self.group.tolist())))

    def cost(self, choice):
        direct = np.array(choice, bool)
        opened = sorted(set(self.group[~direct].tolist()))
        vehicles = -(-int(self.load[direct].sum()) // self.room)
        moved = int(self.near[~direct].sum() + self.far[direct].sum())
        return int(self.open[opened].sum()) + vehicles * self.vehicle + moved

    def score(self, choice):
        if any(choice[k] for k in self.banned):
            return None
        if choice not in self.seen:
            self.effort += 1
            self.seen[choice] = Score(0, self.cost(choice))
        return self.seen[choice]

    def estimate(self, choice):
        if any(choice[k] for k in self.banned):
            return float("inf")
        number = int("".join(map(str, choice)), 2)
        return self.cost(choice) + float(self.noise[number])


def best_of_all(task):
    scores = [task.score(choice) for choice in product((0, 1), repeat=task.n)]
    return min(score for score in scores if score is not None)


def test_small_tasks_against_every_choice():
    """Of 200 made-up tasks the best of all choices is found in nearly all, and none ends worse than it began."""
    found = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        task = Clusters(rng, n_groups=int(rng.integers(1, 4)), n_items=int(rng.integers(1, 8)))
        improved = improve(task, Limits(effort=10_000))
        best = best_of_all(task)
        assert best <= improved.score <= improved.first
        assert improved.score == task.score(improved.choice)
        found += improved.score == best
    assert found >= 190


def test_a_wrong_estimate_costs_quality_but_never_makes_it_worse():
    for seed in range(100):
        rng = np.random.default_rng(seed)
        task = Clusters(rng, n_groups=2, n_items=6, noise=200.0)
        improved = improve(task, Limits(effort=4))
        assert improved.score <= improved.first
        assert task.effort <= 1 + 3 + 4


def test_the_search_ends_at_its_limit_of_effort():
    task = Clusters(np.random.default_rng(1), n_groups=2, n_items=7, noise=50.0)
    improve(task, Limits(effort=0))
    few = task.effort
    improve(task, Limits(effort=5))
    assert few <= 1 + 3
    assert task.effort <= few + 5


def test_closing_a_group_is_found_where_no_single_item_pays():
    task = Clusters(np.random.default_rng(0), n_groups=1, n_items=5)
    task.banned = set()
    task.load[:], task.near[:], task.far[:] = 1, 1, 10
    task.open[:], task.vehicle, task.room = 100, 20, 10
    assert improve(task, Limits(effort=1000)).choice == (1, 1, 1, 1, 1)


def test_neighbours_are_groups_single_items_and_swaps():
    task = Clusters(np.random.default_rng(0), n_groups=1, n_items=3)
    found = set(neighbours(task, (0, 1, 0), swaps=True))
    assert found == {(0, 0, 0), (1, 1, 1), (1, 1, 0), (0, 1, 1), (1, 0, 0), (0, 0, 1)}
    assert (1, 0, 0) not in set(neighbours(task, (0, 1, 0), swaps=False))


def test_a_start_that_is_not_allowed_is_refused():
    task = Clusters(np.random.default_rng(0), n_groups=1, n_items=3)
    task.score = lambda choice: None
    with pytest.raises(ValueError, match="first option"):
        improve(task, Limits(effort=10))
