"""Local search: one change after another that makes stations and routes together cheaper, all coverage kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from planner.locate.solution import Network, stage_values, violations
from planner.together.costs import CENTRE, Round, RoundCosts
from planner.together.moves import Change, Reach, changes
from planner.together.prices import Legs, RoundPrices, estimated_change

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.locate.problem import ThreeTierProblem

PASSES = 3
"""Times that all changes are listed anew."""
SLACK = 0.01
"""Changes are tried that are estimated to cost less than this share of the total more: estimates may be wrong."""
FAILURES = 20
"""A pass ends when so many changes in a row, those that promise most first, have brought nothing."""
EFFORT = 6000
"""A search ends when it has routed rounds of so many stations, their numbers squared: a count and no clock."""

Key = tuple[int, int, int]
"""Villages without a route, yuan a year of stations and routes, person-metres: the less the better, in this order."""


@dataclass(slots=True, eq=False)
class LocalSearch:
    """What a search over networks of one county needs; ``kept`` says whether a network covers all it should."""

    problem: ThreeTierProblem
    costs: RoundCosts
    reach: Reach
    legs: Legs
    kept: Callable[[Network], bool]
    _most: int = 0
    _prices: dict[Round, RoundPrices] = field(default_factory=dict)

    def key(self, network: Network) -> Key:
        """What is compared."""
        missed, cny = self.costs.total(network)
        values = stage_values(self.problem, network)
        return missed, values["cost"] + cny, values["access"]

    def improved(self, network: Network) -> Network:
        """The network after every change found that makes it better; itself when none does."""
        key = self.key(network)
        self._most = self.costs.effort + EFFORT
        for _ in range(PASSES):
            better, key = self._pass(network, key)
            if better is network:
                break
            network = better
        return network

    def _pass(self, network: Network, key: Key) -> tuple[Network, Key]:
        ranked = []
        for number, change in enumerate(changes(self.reach, network)):
            after = self.reach.changed(network, change)
            if after is not None:
                ranked.append((self._estimate(network, after, exact_below=False), number, change))
        most = SLACK * key[1]
        promising = sorted((entry for entry in ranked if entry[0] < most), key=lambda entry: entry[:2])
        current, failures = network, 0
        for _, _, change in promising:
            if failures == FAILURES or self.costs.effort >= self._most:
                break
            if not _still_meant(change, network, current):
                continue
            after = self.reach.changed(current, change)
            if after is None or self._estimate(current, after, exact_below=True) >= most or not self._legal(after):
                continue
            failures += 1
            there = self.key(after)
            if there < key:
                current, key, failures = after, there, 0
        return current, key

    def _legal(self, network: Network) -> bool:
        return self.kept(network) and not violations(self.problem, network)

    def _estimate(self, before: Network, after: Network, *, exact_below: bool) -> float:
        """Yuan a year that a change is likely to bring; with ``exact_below`` only the centres' rounds are estimated."""
        old = {each.depot: each for each in self.costs.rounds(before)}
        new = {each.depot: each for each in self.costs.rounds(after)}
        total = float(self._station_cny(after) - self._station_cny(before))
        for depot in sorted({*old, *new}):
            was, now = old.get(depot), new.get(depot)
            if was == now:
                continue
            if was is not None and now is not None and (not exact_below or after.tier[depot] == CENTRE):
                total += estimated_change(was, now, self._prices_of(was))
                continue
            total -= self.costs.of(was).cny if was is not None else 0
            total += self.costs.of(now).cny if now is not None else 0
        return total

    def _station_cny(self, network: Network) -> int:
        opened = np.flatnonzero(network.tier)
        return int(self.problem.annual_cost_cny[opened, network.tier[opened] - 1].sum())

    def _prices_of(self, each: Round) -> RoundPrices:
        prices = self._prices.get(each)
        if prices is None:
            prices = RoundPrices.of(self.legs, self.costs.scenario, each, self.costs.of(each))
            self._prices[each] = prices
        return prices


def _still_meant(change: Change, listed: Network, current: Network) -> bool:
    """Whether the sites that a change names are still as they were when it was listed."""
    sites = [*change.tier, *change.parent]
    return bool((listed.tier[sites] == current.tier[sites]).all())
