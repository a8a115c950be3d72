"""All stages with coverage and cost in covering form: to proof, or until the cost is near enough to its bound."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

import numpy as np
from scipy.sparse import csr_array

from planner.locate.engine import Bools, Columns
from planner.locate.model import assemble, build, openable
from planner.locate.search import Found
from planner.locate.sessions.access_quick import Pairs, brought_nearer
from planner.locate.sessions.assign import crowded_stations, nearest_stations, relieved, served_within_capacity
from planner.locate.sessions.cover import CoverForm, Loads, cover_form, open_tiers
from planner.locate.sessions.near import NearSearch, Prices, prices_paid
from planner.locate.solution import Network, stage_values, violations
from planner.locate.stages import MAXIMISED, _coverage, _objective, _Run  # the stages go on where this begins


@dataclass(slots=True, eq=False)
class Held:
    """What a county's problems leave behind for each other: hints, which no answer's truth depends on.

    ``loads`` are points' largest loads, ``prices`` those of the last cost relaxation, ``paired`` the sites that were
    once given more than they carry.
    """

    loads: Loads = field(default_factory=Loads)
    prices: Prices | None = None
    paired: Bools | None = None


TURNS = 1
"""Times that crowded sites are paired before a near answer takes more points instead."""


class CapacityError(Exception):
    """Stations cannot carry what the covering form gave them, and no site is left whose capacity it had left out."""


@dataclass(slots=True, eq=False)
class CoveredRun(_Run):
    """A pass over the stages whose coverage and cost are settled in covering form (R15), within ``gap`` of the bound.

    A gap of 0 is to proof. Sites turn out to be too small for what the form gives them: these are ``paired``, and the
    stages run again.
    """

    hints: Held = field(default_factory=Held)
    gap: float = 0.0
    paired: Bools = field(init=False)
    kept: Bools = field(init=False)
    form: CoverForm = field(init=False)

    def __post_init__(self) -> None:
        paired = self.hints.paired
        self.paired = np.zeros(self.problem.n_sites, dtype=bool) if paired is None else paired
        self._lay_out()

    def _lay_out(self) -> None:
        self.form = cover_form(self.problem, self.paired, self.hints.loads)
        self.layout = self.form.layout
        self.whole = assemble(self.problem, self.layout, with_links=False, with_flows=False)
        self.network, self.reports, self.held = None, [], []

    def settle(self) -> None:
        """(L0) to (L3) and a feasible assignment. Raises CapacityError when there is none with parents left out."""
        spare: Network | None = None
        for turn in count():
            _Run._cover_and_cost(self)  # noqa: SLF001 (a run of the same stages)
            self.kept = open_tiers(self.problem, self.layout, self.search.columns)
            network = self._at_hand()
            served = served_within_capacity(self.problem, network, deadline=self.deadline, seed=self.seed)
            if served is None and self.gap:
                spare = self._cheaper(spare, self._relieved(network))
                served = spare if turn >= TURNS or self._is_near(spare) else None
            if served is not None:
                self.network = served
                if served is spare:  # it may cost more than what the openings were narrowed to
                    self.kept = np.pad(openable(self.problem), ((0, 0), (1, 0)))
                return
            crowded = crowded_stations(self.problem, nearest_stations(self.problem, network))
            more = crowded & self.form.unlimited[np.arange(self.problem.n_sites), network.tier - 1]
            if not more.any():
                raise CapacityError
            self.hints.paired = self.paired = self.paired | more
            self._lay_out()

    def _relieved(self, network: Network) -> Network | None:
        """The network with more points where stations are overloaded, None when that breaks a rule."""
        points = openable(self.problem)[:, 0]
        found = relieved(self.problem, network, points, deadline=self.deadline, seed=self.seed)
        return None if found is None or violations(self.problem, found) else found

    def _cheaper(self, one: Network | None, other: Network | None) -> Network | None:
        """The one of less cost."""
        if one is None or other is None:
            return one or other
        first, second = (stage_values(self.problem, network)["cost"] for network in (one, other))
        return one if first <= second else other

    def _is_near(self, network: Network | None) -> bool:
        """Whether the network costs at most the gap more than the bound."""
        bound = next((report.bound for report in self.reports if report.stage == "locate.cost"), None)
        if network is None or bound is None:
            return False
        cost = stage_values(self.problem, network)["cost"]
        return cost - bound <= self.gap * cost

    def settled(self) -> Network:
        """The network after `settle`."""
        return self._at_hand()

    def _cover_and_cost(self) -> None:
        self.settle()
        self.pair_up()
        self.network = brought_nearer(self.problem, self._at_hand(), Pairs.of(self.problem))

    def pair_up(self) -> None:
        """Go on in the model with pairs, narrowed to openings that the cost stage left."""
        kept = self.kept
        values = {report.stage.removeprefix("locate."): round(report.objective or 0) for report in self.reports}
        self.layout, self.whole = build(self.problem, with_links=False, with_flows=False)
        coverable = self.layout.covered >= 0
        everyone = values["villages"] == coverable.sum()
        low = np.zeros(self.layout.n_columns)
        if everyone:
            low[self.layout.covered[coverable]] = 1
        self.whole = self.whole.with_bounds(low, self.whole.high)
        self.held = [
            (_objective(name, self.problem, self.layout), -value if name in MAXIMISED else value)
            for name, value in values.items()
            if name != "townships" and not (everyone and name in MAXIMISED)
        ]
        opening = np.flatnonzero(kept[self.layout.open_site, self.layout.open_tier])
        used: Bools = np.asarray(kept.any(axis=1))
        serve = self.layout.serve[(self.layout.serve >= 0) & used[self.problem.access_site]]
        columns = np.concatenate([opening, serve, self.layout.covered, self.layout.counted])
        columns = np.unique(columns[columns >= 0])
        self._search_in(columns, _coverage(self.problem, self.layout) if everyone else None)
        self.point = np.zeros(0)

    @property
    def _in_covering_form(self) -> bool:
        return self.layout is self.form.layout

    def _search_in(self, columns: Columns, coverage: csr_array | None) -> None:
        if not self.gap or not self._in_covering_form:
            _Run._search_in(self, columns, coverage)  # noqa: SLF001
            return
        model = self.whole
        for row, high in self.held:
            model = model.with_rows(csr_array(row[None, :]), -np.inf, float(high))
        one_of = self.layout.one_of(self.problem)
        self.search = NearSearch(model, columns, one_of, self.deadline, self.seed, coverage)

    def _find(self, name: str) -> Found:
        if name != "cost" or not isinstance(self.search, NearSearch):
            return _Run._find(self, name)  # noqa: SLF001
        cost, hint, first = _objective(name, self.problem, self.layout), self.hints.prices, None
        if hint is not None and len(self.search.columns) == self.layout.n_columns:
            cuts = self.search.begin_with(list(hint.triples))
            first = hint.reduced_cny(self.problem, self.layout, cuts)
        found = self.search.near_optimum(cost, self.gap, first)
        paid = prices_paid(self.problem, self.layout, self.search)
        self.hints.prices = hint if paid is None else paid
        return found
