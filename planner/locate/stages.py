"""The lexicographic stages (L0) … (L5), (LE), (LB) and (LC) of the three-tier model, run one after another."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from importlib.metadata import version

import numpy as np
from scipy.sparse import coo_array, csr_array

from planner.domain.plan import SolveReport, SolveStatus
from planner.errors import InfeasibleError, NoSolutionInTimeError, Sentence
from planner.locate.engine import Bools, Columns, Deadline, Floats, MatrixModel
from planner.locate.model import Layout, build, can_carry
from planner.locate.parents import best_parents
from planner.locate.polish import Places, nearest_sites
from planner.locate.problem import TENTHS, ThreeTierProblem, ThreeTierResult
from planner.locate.rules.cold import least_stores
from planner.locate.rules.equity import Level, attained, even_out, everybody
from planner.locate.rules.volume import asks_volume, served_once, volume_relaxation
from planner.locate.search import Found, Search
from planner.locate.skeleton import start_network
from planner.locate.solution import Network, misloaded, read_point, stage_values, violations

UNITS = {
    "townships": "township", "priority": "village", "villages": "village", "weighted": "weighted village",
    "people": "person", "cost": "CNY/year",
    "access": "person-metre", "supply": "metre", "backup": "village", "max_distance": "metre", "p90": "metre",
    "worst_township": "share", "cold": "centiparcel/day",
}  # fmt: skip
SCALE = {"weighted": TENTHS}
"""Stages whose values are counted in parts of the unit they are reported in."""
NETWORKS_LISTED = 4
"""Networks of equal coverage, cost and access that are listed before links go into the model."""
PROVING = 0.75
"""Share of a time limit spent on proofs; in the rest a near answer is sought where they did not end."""
MAXIMISED = frozenset({"priority", "villages", "weighted", "people", "backup", "cold"})


def place_tiers(problem: ThreeTierProblem, *, time_limit_s: float | None = None, seed: int = 0) -> ThreeTierResult:
    """Place the three tiers: exact and lexicographic, each stage with its proof.

    Parameters
    ----------
    time_limit_s
        For all stages together, None for none. Stages it cuts short are ``feasible``, with a true bound or None.
    seed
        Of the solver. The same input, seed and versions give the same result.

    Raises
    ------
    InfeasibleError
        No network meets the hard rules (M1) … (M21).
    NoSolutionInTimeError
        Not even a network that covers nobody was found in time, which takes a fraction of a second.
    """
    from planner.locate.sessions.session import near_instead

    whole = Deadline(time_limit_s)
    deadline = Deadline(None if time_limit_s is None else PROVING * time_limit_s)
    result = _Run(problem, deadline, seed, with_flows=False).solve()
    if result is None:
        result = _Run(problem, deadline, seed, with_flows=True).solve()
    if result is None:
        raise NoSolutionInTimeError(
            "the time limit passed before any network was found: raise --set solver.locate_time_limit_s=…"
        )
    return result if result.optimal or time_limit_s is None else near_instead(problem, result, whole, seed)


@dataclass(slots=True, eq=False)
class _Run:
    """One pass over all stages, with the flow through parents in the model or without.

    ``held`` are the values proven so far, as (objective, largest value) over the whole model's columns.
    """

    problem: ThreeTierProblem
    deadline: Deadline
    seed: int
    with_flows: bool
    layout: Layout = field(init=False)
    whole: MatrixModel = field(init=False)
    search: Search = field(init=False)
    network: Network | None = None
    point: Floats = field(default_factory=lambda: np.zeros(0))
    reports: list[SolveReport] = field(default_factory=list)
    held: list[tuple[Floats, int]] = field(default_factory=list)
    clock: float = field(default_factory=time.perf_counter)

    def __post_init__(self) -> None:
        self.layout, self.whole = build(self.problem, with_links=self.with_flows, with_flows=self.with_flows)

    def solve(self) -> ThreeTierResult | None:
        """All stages; None when the parents in reach may not carry what they are to pass on, so that flows count."""
        self._cover_and_cost()
        self._stage("access")
        if not self._supply():
            return None
        network = self._at_hand()
        broken = violations(self.problem, network)
        if broken:
            raise AssertionError(f"the solver returned a network that breaks its rules: {'; '.join(broken)}")
        return ThreeTierResult(network.tier, network.station, network.parent, tuple(self.reports), network.cold)

    def _cover_and_cost(self) -> None:
        """(L0) to (L3), first as if all that can be covered alone could be covered together.

        When that succeeds it proves (L1'), (L1), (L2) and (LC) by itself (R10); else priority villages come by
        themselves. Where only the cold stores are in the way, (LC) comes by itself before (L3).
        """
        everyone = int((self.layout.covered >= 0).sum())
        wanted = min(self.problem.target_villages, everyone)
        first = int(self._coverable_first.sum())
        found = self._trial(wanted, first)
        alone = self.layout.cold.goal > 0 and not self._pays_later
        if found.infeasible and alone and self._cold_by_itself(wanted, first):
            return
        if found.infeasible and first:
            self._begin(0, 0)
            if not self._first_stage("priority"):
                return
            first = stage_values(self.problem, self._at_hand())["priority"]
            if wanted < everyone:
                found = self._another_trial(wanted, first)
        elif first and found.values is not None:
            self._report_townships()
            self._report("priority", first, first, proven=True)
        if found.infeasible:
            self._begin(0, first)
            if self._first_stage(self._coverage_stage):
                self._between("villages")
                self._stage("people")
                self._between("people")
                self._stage("cost")
        elif found.values is None:
            self._out_of_time()
        else:
            self._covered_as_wanted(found, wanted, everyone)

    def _covered_as_wanted(self, found: Found, wanted: int, everyone: int) -> None:
        """(L1) to (L3) from a least cost at which as many villages as wanted are covered, all produce in reach."""
        self._report_covered(wanted, everyone)
        if self._pays_later and found.values is not None:
            self.network = read_point(self.problem, self.layout, found.values)
            self._between("villages")
            self._between("people")
            self._stage("cost")
        else:
            if self.problem.cold is not None:
                self._report("cold", self.layout.cold.goal, self.layout.cold.goal, proven=True)
            self._accept("cost", found)
        if wanted < everyone:  # what is covered at no further cost counts too
            self._stage("people")

    def _report_covered(self, wanted: int, everyone: int) -> None:
        """Report (L0), (L1) and (L2) as proven where a network covers as many villages as wanted."""
        self._report_townships()
        whole = self._most_weighted if self._coverage_stage == "weighted" else wanted
        self._report(self._coverage_stage, whole, whole, proven=True)
        if wanted == everyone:
            people = int(self.problem.population[self.layout.covered >= 0].sum())
            self._report("people", people, people, proven=True)

    def _cold_by_itself(self, wanted: int, first: int) -> bool:
        """(LC) and (L3) where all wanted villages can be covered, but not with all the produce in reach."""
        self._begin(wanted, first, cold=0)
        found = self._find("cold")
        if found.infeasible:
            return False
        if found.values is None:
            self._out_of_time()
            return True
        everyone = int((self.layout.covered >= 0).sum())
        if first:
            self._report_townships()
            self._report("priority", first, first, proven=True)
        self._report_covered(wanted, everyone)
        self._accept("cold", found)
        self._hold_stores()
        self._stage("cost")
        if wanted < everyone:
            self._stage("people")
        return True

    def _trial(self, wanted: int, first: int) -> Found:
        """The least cost at which ``wanted`` villages are covered, and ``first`` of those that come first."""
        if self._pays_later:
            self._begin(wanted, first)
            return self._find("nothing")
        self._begin(wanted, first, cold=self.layout.cold.goal)
        return self._find("cost")

    @property
    def _coverage_stage(self) -> str:
        """The stage that raises coverage: (L1), or (L1w) where villages have weights."""
        return "villages" if self.problem.weight_tenths is None else "weighted"

    @property
    def _most_weighted(self) -> int:
        """The weights of all villages that could be covered, in tenths."""
        return int(self.problem.weights[self.layout.covered >= 0].sum())

    @property
    def _pays_later(self) -> bool:
        """Whether stages stand between coverage and cost: then the trial asks only whether there is a network.

        Cold stores alone do not make it so: the trial asks for all of them too.
        """
        return self.problem.equity is not None or self.problem.backup_villages > 0

    def _between(self, done: str) -> None:
        """The stages after the coverage stage ``done``: evenness (LE), second stations (LB), cold stores (LC)."""
        equity = self.problem.equity
        if equity is not None and (done == "villages") == (equity == "worst_township"):
            self._even_out(equity)
        if done == "people" and self.problem.backup_villages:
            self._stage("backup")
        if done == "people" and self.problem.cold is not None:
            self._stage("cold")
            self._hold_stores()

    def _even_out(self, name: str) -> None:
        """(LE), and what it reached as a rule of all later stages."""
        reports = {report.stage.removeprefix("locate."): report.objective or 0.0 for report in self.reports}
        stages = {"priority", "villages", "weighted", "people"}
        reached = {stage: round(value * SCALE.get(stage, 1)) for stage, value in reports.items() if stage in stages}
        flows = self.with_flows
        found = even_out(
            self.problem, self._at_hand(), reached, with_flows=flows, deadline=self.deadline, seed=self.seed
        )
        self._report(name, found.value, float(found.bound), proven=found.proven)
        self.problem, self.network, self.point = found.problem, found.network, np.zeros(0)
        self.layout, self.whole = build(self.problem, with_links=flows, with_flows=flows)
        self.held = [(_objective(stage, self.problem, self.layout), -least) for stage, least in reached.items()]
        covered, low, coverage = self.layout.covered[self.layout.covered >= 0], self.whole.low.copy(), None
        if everybody(self.problem, self.layout, reached):
            low[covered] = 1
            coverage = _coverage(self.problem, self.layout)
        self.whole = self.whole.with_bounds(low, self.whole.high)
        self._search_in(np.arange(self.layout.n_columns), coverage)

    def _another_trial(self, wanted: int, first: int) -> Found:
        """A trial after (L1'), whose network is at hand and may cover too few: it comes back when nothing is found."""
        at_hand, self.network = self.network, None
        found = self._trial(wanted, first)
        if found.values is None:
            self.network = at_hand
        return found

    def _first_stage(self, name: str) -> bool:
        """Run a stage that may find that there is no network at all; False when nothing was found in time."""
        found = self._find(name)
        if found.infeasible:
            raise _no_network(self.problem)
        if found.values is None and self.network is None:
            self._out_of_time()
            return False
        self._report_townships()
        self._accept(name, found)
        return True

    def _out_of_time(self) -> None:
        """Settle for the network at hand, else for one that serves whom its least stations can.

        Bounds are what could be covered village by village.
        """
        self.deadline = self.search.deadline = Deadline(0.0)
        if self.network is None:
            self.network = start_network(self.problem, seed=self.seed)
            if self.network is None:
                raise _no_network(self.problem)
            if len(misloaded(self.problem, self.network)):  # a least volume that it does not reach
                self.network = None
        network = self._at_hand()
        self._report_townships()
        covered = self.layout.covered >= 0
        values: dict[str, Level] = {**stage_values(self.problem, network)}
        values["villages"] = min(values["villages"], self.problem.target_villages)
        most: dict[str, int] = {
            "priority": int(self._coverable_first.sum()),
            "villages": min(self.problem.target_villages, int(covered.sum())),
            "weighted": self._most_weighted,
            "people": int(self.problem.population[covered].sum()),
            "cold": self.layout.cold.goal,
        }
        done = {report.stage for report in self.reports}
        equity = self.problem.equity
        if equity is not None:
            values[equity] = attained(self.problem, network)
        stages = ("priority", self._coverage_stage, "people", *([equity] if equity else ()), "backup", "cold", "cost")
        asked = {
            "priority": bool(most["priority"]), "backup": self.problem.backup_villages > 0,
            "cold": self.problem.cold is not None,
        }  # fmt: skip
        for name in stages:
            if f"locate.{name}" not in done and asked.get(name, True):
                bound = most.get(name)
                self._report(name, values[name], bound, proven=values[name] == bound)

    @property
    def _coverable_first(self) -> Bools:
        """Villages that come first and could be covered."""
        return (self.layout.covered >= 0) & self.problem.comes_first

    def _report_townships(self) -> None:
        if not self.reports:
            rule = self.problem.required_township_count
            self._report("townships", rule, rule, proven=True)

    def _supply(self) -> bool:
        """(L5); False when no network found so far has parents that can carry what they are to pass on."""
        if self.with_flows:
            self._stage("supply")
            return True
        done = self._supply_by_listing()
        if done is not None:
            return done
        for with_flows in (False, True):
            self._link(with_flows=with_flows)
            found = self._find("supply")
            if found.values is None:
                break
            if not len(misloaded(self.problem, read_point(self.problem, self.layout, found.values))):
                break
        if found.values is None and len(misloaded(self.problem, self._at_hand())):
            return False
        self._accept("supply", found)
        return True

    def _supply_by_listing(self) -> bool | None:
        """(L5) by listing every network that is optimal so far, usually just one (R11).

        True when done, False when none of them has parents that can carry the flow, None when there are too many.
        """
        if not all(report.status is SolveStatus.OPTIMAL for report in self.reports):
            self.network, _, _ = best_parents(self.problem, self._at_hand(), deadline=Deadline(1.0), seed=self.seed)
            if self.network is not None:
                self._report("supply", _supply_m(self.problem, self.network), None, proven=False)
            return self.network is not None
        if (
            len(self.point) < self.layout.n_columns
            or not (_objective("cost", self.problem, self.layout)[: len(self.layout.open_site)] > 0).all()
        ):
            return None
        listed = [self.point]
        best: Network | None = None
        bound = math.inf
        for _ in range(NETWORKS_LISTED):
            network = read_point(self.problem, self.layout, listed[-1])
            parents, least, ended = best_parents(self.problem, network, deadline=self.deadline, seed=self.seed)
            bound = min(bound, least)
            candidates = [candidate for candidate in (best, parents) if candidate is not None]
            best = min(candidates, key=lambda candidate: _supply_m(self.problem, candidate), default=None)
            found = self.search.another(_objective("access", self.problem, self.layout), listed)
            if found.infeasible and ended:
                break
            if found.values is None or not ended:
                bound = -math.inf
                break
            listed.append(found.values)
        else:
            return None
        if best is None:
            return None if math.isinf(bound) and bound < 0 else False
        self.network = best
        value = _supply_m(self.problem, best)
        self._report("supply", value, bound if math.isfinite(bound) else None, proven=bound >= value)
        return True

    def _begin(self, wanted: int, first: int, *, cold: int = 0) -> None:
        """Start searching the whole feasible set for networks that cover at least ``wanted`` villages.

        At least ``first`` of them are to be villages that come first, and ``cold`` of the produce is to be in reach of
        a cold store.
        """
        covered = self.layout.covered[self.layout.covered >= 0]
        low, coverage = np.zeros(self.layout.n_columns), None
        self.held = []
        if wanted == len(covered):
            low[covered] = 1
            coverage = _coverage(self.problem, self.layout)
        elif wanted:
            self.held = [(_objective("villages", self.problem, self.layout), -wanted)]
        if first == self._coverable_first.sum():
            low[self.layout.covered[self._coverable_first]] = 1
        elif first:
            self.held.append((_objective("priority", self.problem, self.layout), -first))
        if cold:
            low[self.layout.cold.produce] = cold
            self.held += self._store_cuts(cold)
        self.whole = self.whole.with_bounds(low, self.whole.high)
        self._search_in(np.arange(self.layout.n_columns), coverage)

    def _store_cuts(self, amount: int) -> list[tuple[Floats, int]]:
        """What reaching ``amount`` of the produce takes at least (R16), as rows held."""
        sites, cuts = self.layout.cold.site, []
        for weight, least in least_stores(
            self.problem, self.layout.cold, amount, deadline=self.deadline, seed=self.seed
        ):
            row = np.zeros(self.layout.n_columns)
            row[sites[sites >= 0]] = -weight[sites >= 0]
            cuts.append((row, -least))
        return cuts

    def _hold_stores(self) -> None:
        """From (LC) on, the cuts that follow from its value."""
        cuts = self._store_cuts(stage_values(self.problem, self._at_hand())["cold"])
        self.held += cuts
        for row, high in cuts:
            part = csr_array(row[self.search.columns][None, :])
            self.search.model = self.search.model.with_rows(part, -np.inf, float(high))

    def _link(self, *, with_flows: bool) -> None:
        """Go on in the model with links: the columns left, and links between sites that may still open."""
        low, columns = self.whole.low, self.search.columns
        plain = self.layout.n_plain
        self.layout, self.whole = build(self.problem, with_links=True, with_flows=with_flows)
        lows = np.zeros(self.layout.n_columns)
        lows[:plain] = low[:plain]
        self.whole = self.whole.with_bounds(lows, self.whole.high)
        self.held = [(np.append(row[:plain], np.zeros(self.layout.n_columns - plain)), high) for row, high in self.held]
        columns = columns[columns < plain]
        opening = columns[columns < len(self.layout.open_site)]
        may_open = np.zeros((self.problem.n_sites, 4), dtype=bool)
        may_open[self.layout.open_site[opening], self.layout.open_tier[opening]] = True
        parent, child = self.problem.supply_parent, self.problem.supply_child
        point = may_open[parent, 2:].any(axis=1) & may_open[child, 1]
        station = may_open[parent, 3] & may_open[child, 2]
        links = [
            numbers[(numbers >= 0) & usable]
            for numbers, usable in (
                (self.layout.link, point), (self.layout.centre_link, station), (self.layout.flow, point),
                (self.layout.centre_flow, station),
            )
        ]  # fmt: skip
        self._search_in(np.concatenate([columns, *links]), None)

    def _search_in(self, columns: Columns, coverage: csr_array | None) -> None:
        model = self.whole
        for row, high in self.held:
            model = model.with_rows(csr_array(row[None, :]), -np.inf, float(high))
        one_of = self.layout.one_of(self.problem)
        self.search = Search(model.take(columns), columns, one_of, self.deadline, self.seed, coverage)

    def _find(self, name: str) -> Found:
        """Run one stage from the solution at hand. Coverage and cost need only sets nothing more fits into (R6)."""
        larger = None
        if name not in {"access", "supply"} and not self.with_flows and not served_once(self.problem).any():
            larger = self.layout.stand_in
        objective = _objective(name, self.problem, self.layout)
        start = self.point if name == "access" and len(self.point) == self.layout.n_columns else None
        if start is not None:
            self.search.places = _places(self.problem, self.layout)
        return self.search.stage(objective, larger=larger, known=self._value(name), start=start)

    def _stage(self, name: str) -> None:
        self._accept(name, self._find(name))

    def _value(self, name: str) -> int | None:
        """The stage's objective, as minimised, of the solution at hand."""
        if self.network is None or (name == "supply" and len(misloaded(self.problem, self.network))):
            return None
        value = stage_values(self.problem, self.network)[name]
        return -value if name in MAXIMISED else value

    def _accept(self, name: str, found: Found) -> None:
        """Take a stage's solution when no worse than the one at hand, report it and hold its value from now on."""
        if found.values is not None:
            network = read_point(self.problem, self.layout, found.values)
            value, at_hand = stage_values(self.problem, network)[name], self._value(name)
            if at_hand is None or (-value if name in MAXIMISED else value) <= at_hand:
                self.network, self.point = network, found.values
        value = stage_values(self.problem, self._at_hand())[name]
        sign = -1 if name in MAXIMISED else 1
        self._report(name, value, None if found.bound is None else sign * found.bound, proven=found.proven)
        objective = _objective(name, self.problem, self.layout)
        self.search.keep_optimal(objective, sign * value)
        self.held.append((objective, sign * value))

    def _at_hand(self) -> Network:
        if self.network is None:
            raise NoSolutionInTimeError(
                "the time limit passed before any network was found: raise --set solver.locate_time_limit_s=…"
            )
        return self.network

    def _report(self, name: str, value: Level, bound: float | None, *, proven: bool) -> None:
        now, scale = time.perf_counter(), SCALE.get(name, 1)
        self.reports.append(
            SolveReport(
                stage=f"locate.{name}",
                status=SolveStatus.OPTIMAL if proven else SolveStatus.FEASIBLE,
                objective=float(value) / scale,
                bound=None if bound is None else float(bound) / scale,
                unit=UNITS[name],
                seconds=now - self.clock,
                seed=self.seed,
                engine=f"OR-Tools {version('ortools')} (SCIP, GLOP)",
            )
        )
        self.clock = now


def _no_network(problem: ThreeTierProblem) -> InfeasibleError:
    volumes = asks_volume(problem)
    return InfeasibleError(
        [
            Sentence(
                "no network meets the township rule, the sites that must be open, the supply radii, the capacities"
                f"{', the least volumes of stations' if volumes else ''} and the budget together",
                f"没有方案能同时满足乡镇网点、必须设站、供货半径、处理能力{'、站点最低业务量' if volumes else ''}"
                "和投资预算的要求",
            )
        ],
        volume_relaxation(problem) if volumes else Sentence("loosen one of them", "请放宽其中一项"),
    )


def _supply_m(problem: ThreeTierProblem, network: Network) -> int:
    return stage_values(problem, network)["supply"]


def _objective(name: str, problem: ThreeTierProblem, layout: Layout) -> Floats:
    """Objective (L1) … (L5) or (LB) over the columns, to be minimised, integers; zeros for ``nothing``."""
    row = np.zeros(layout.n_columns)
    covered = layout.covered[layout.covered >= 0]
    if name == "villages":
        row[covered] = -1
    elif name == "weighted":
        row[covered] = -problem.weights[layout.covered >= 0]
    elif name == "priority":
        row[covered] = -problem.comes_first[layout.covered >= 0].astype(float)
    elif name == "people":
        row[covered] = -problem.population[layout.covered >= 0]
    elif name == "cold":
        row[layout.cold.produce] = -1
    elif name == "backup":
        row[layout.second[layout.second >= 0]] = -1
    elif name == "cost":
        row[: len(layout.open_site)] = problem.annual_cost_cny[layout.open_site, layout.open_tier - 1]
        if problem.cold is not None:
            row[layout.cold.site[layout.cold.site >= 0]] = problem.cold.annual_cost_cny[layout.cold.site >= 0]
    elif name == "access":
        person_metres = problem.access_m * problem.population[problem.access_village]
        row[layout.serve[layout.serve >= 0]] = person_metres[layout.serve >= 0]
        np.add.at(row, layout.pattern_column, person_metres[layout.pattern_pair])
    elif name == "supply":
        for links in (layout.link, layout.centre_link):
            row[links[links >= 0]] = problem.supply_m[links >= 0]
    return row


def _places(problem: ThreeTierProblem, layout: Layout) -> Places:
    """The site of every column that opens one or serves from one."""
    site = np.full(layout.n_columns, -1)
    site[: len(layout.open_site)] = layout.open_site
    served = np.flatnonzero(layout.serve >= 0)
    site[layout.serve[served]] = problem.access_site[served]
    stores = np.flatnonzero(layout.cold.site >= 0)
    site[layout.cold.site[stores]] = stores
    near = nearest_sites(problem.n_sites, problem.supply_parent, problem.supply_child, problem.supply_m)
    return Places(site, np.arange(layout.n_columns) < len(layout.open_site), near)


def _coverage(problem: ThreeTierProblem, layout: Layout) -> csr_array:
    """Village × column: 1 where a column that opens a site lets it serve the village (for the cuts, R8)."""
    carried = can_carry(problem)
    by_itself = layout.by_itself
    village = [problem.access_village[layout.pattern_pair]]
    column = [layout.pattern_column]
    for tier in (1, 2, 3):
        opening = layout.opening(tier)
        opening = opening[~by_itself[opening]]
        opens = np.full(problem.n_sites, -1)
        opens[layout.open_site[opening]] = opening
        pairs = np.flatnonzero(carried[:, tier - 1] & (opens[problem.access_site] >= 0))
        village.append(problem.access_village[pairs])
        column.append(opens[problem.access_site[pairs]])
    entries = (np.concatenate(village), np.concatenate(column))
    shape = (problem.n_villages, layout.n_columns)
    return csr_array(coo_array((np.ones(len(entries[0])), entries), shape=shape))
