"""One county's siting problems in a row: the next radius, lock or budget is answered from what the last one left.

A drag of the radius asks for forty plans in a few seconds. A session answers each with a whole network and true bounds,
as soon as its cost is within a gap of the bound, and goes on to proof when asked to. What it keeps are hints (prices,
listed loads) and answers already given: no answer's truth depends on what was asked before.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from dataclasses import MISSING, dataclass, field, fields, replace
from threading import Lock

import numpy as np

from planner.domain.plan import SolveReport, SolveStatus
from planner.locate.engine import Deadline
from planner.locate.parents import best_parents
from planner.locate.problem import ThreeTierProblem, ThreeTierResult
from planner.locate.sessions.access_quick import AccessPrices, Pairs, access_bound, brought_nearer
from planner.locate.sessions.covered import CapacityError, CoveredRun, Held
from planner.locate.solution import Network, stage_values, violations
from planner.locate.stages import MAXIMISED, UNITS, place_tiers

NEAR = 0.005
"""Gap of cost at which an answer is near enough, as a share of the cost."""
KEPT_ANSWERS = 400
QUICK = 0.02
"""Gap asked for where an answer stands in for a proof that did not end."""
KNOWN_FIELDS = frozenset({
    "population", "demand_centiparcels", "site_township", "max_tier", "capex_cny", "annual_cost_cny",
    "capacity_centiparcels", "access_indptr", "access_site", "access_m", "supply_indptr", "supply_child", "supply_m",
    "county_to_township_m", "township_to_village_m", "required_townships", "required_township_count",
    "target_villages", "budget_cny", "least_tier", "site_unit", "priority", "village_township",
})  # fmt: skip
"""Rules that near answers know. A problem with another one in force is solved whole, to proof."""


@dataclass(slots=True, eq=False)
class LocationSession:
    """Answers one county's three-tier problems, each from what is held of those before.

    Problems may differ in everything but the numbers of villages and sites. Threads may share a session.
    """

    _hints: Held = field(default_factory=Held)
    _access_prices: AccessPrices | None = None
    _answers: OrderedDict[bytes, ThreeTierResult] = field(default_factory=OrderedDict)
    _shape: tuple[int, int] = (0, 0)
    _lock: Lock = field(default_factory=Lock)

    def solve(
        self, problem: ThreeTierProblem, *, gap: float = NEAR, time_limit_s: float | None = None, seed: int = 0
    ) -> ThreeTierResult:
        """A network whose coverage is proven and whose cost is at most ``gap`` (a share of it) above a true bound.

        A gap of 0 asks for the proof of every stage: the values are those of `place_tiers`, with the same errors.
        Stages that are not proven are ``feasible``; each ``bound`` holds for the values reported before it.
        """
        key = _digest(problem, seed)
        with self._lock:
            known = self._answers.get(key)
            if known is not None and (known.optimal or (gap > 0 and within(known, gap))):
                return known
            deadline, result = Deadline(time_limit_s), None
            if gap > 0 and not unknown_rules(problem):
                result = self._near(problem, gap, deadline, seed)
                self._keep(key, result)
        if result is None:
            result = self._proven(problem, deadline, seed)
            with self._lock:
                self._keep(key, result)
        return result

    def near(self, problem: ThreeTierProblem, deadline: Deadline, seed: int) -> ThreeTierResult | None:
        """An answer that is rather quick than near; None where there is none without the proof."""
        with self._lock:
            return self._near(problem, QUICK, deadline, seed)

    def _keep(self, key: bytes, result: ThreeTierResult | None) -> None:
        if result is not None:
            self._answers[key] = result
        while len(self._answers) > KEPT_ANSWERS:
            self._answers.popitem(last=False)

    def _proven(self, problem: ThreeTierProblem, deadline: Deadline, seed: int) -> ThreeTierResult:
        """Every stage to proof, as far as the time goes."""
        if not unknown_rules(problem):
            run = CoveredRun(problem, deadline, seed, with_flows=False, hints=Held(loads=self._hints.loads), gap=0.0)
            try:
                result = run.solve()
            except CapacityError:
                result = None
            if result is not None:
                return result
        return place_tiers(problem, time_limit_s=deadline.left_s(), seed=seed)

    def _near(self, problem: ThreeTierProblem, gap: float, deadline: Deadline, seed: int) -> ThreeTierResult | None:
        """An answer within the gap; None where parents cannot carry what they would have to pass on."""
        if self._shape != (problem.n_villages, problem.n_sites):
            self._shape = (problem.n_villages, problem.n_sites)
            self._hints, self._access_prices = Held(), None
        run = CoveredRun(problem, deadline, seed, with_flows=False, hints=self._hints, gap=gap)
        try:
            run.settle()
        except CapacityError:
            return None
        settled, pairs = run.settled(), Pairs.of(problem)
        clock = time.perf_counter()
        found = None
        for network in (brought_nearer(problem, settled, pairs), settled):
            found, _, _ = best_parents(problem, network, deadline=deadline, seed=seed)
            if found is not None:
                break
        if found is None or violations(problem, found):
            return None
        tilt = np.zeros(problem.n_villages) if self._hints.prices is None else self._hints.prices.village
        least, self._access_prices = access_bound(
            problem, found, np.ascontiguousarray(run.kept[:, 1:]), pairs, self._access_prices, tilt
        )
        reports = _reports(problem, found, run.reports, least, time.perf_counter() - clock, seed)
        return ThreeTierResult(found.tier, found.station, found.parent, reports)


def near_instead(problem: ThreeTierProblem, result: ThreeTierResult, deadline: Deadline, seed: int) -> ThreeTierResult:
    """A near answer where it does better than ``result``, which ran out of time, in the first stage they differ in.

    A search for proof that is cut short may have found next to nothing. Only for problems whose rules near answers
    know; and never below a bound of ``result``, which hold for either.
    """
    if unknown_rules(problem):
        return result
    near = LocationSession().near(problem, deadline, seed)
    if near is None:
        return result
    for ours, other in zip(result.reports, near.reports, strict=False):
        if ours.stage != other.stage or ours.objective is None or other.objective is None:
            return result
        if ours.objective != other.objective:
            more = other.objective > ours.objective
            return near if more == (ours.stage.removeprefix("locate.") in MAXIMISED) else result
    return result


def within(result: ThreeTierResult, gap: float) -> bool:
    """Whether coverage is proven and the cost at most ``gap`` (a share of it) above its bound."""
    above = cost_gap(result)
    return above is not None and above <= gap


def cost_gap(result: ThreeTierResult) -> float | None:
    """By how much the cost may lie above the least, as a share of it; None where coverage or a bound is not proven."""
    for report in result.reports:
        if report.stage == "locate.cost":
            if report.bound is None or report.objective is None:
                return None
            return (report.objective - report.bound) / max(1.0, report.objective)
        if report.status is not SolveStatus.OPTIMAL:
            return None
    return None


def unknown_rules(problem: ThreeTierProblem) -> tuple[str, ...]:
    """Fields in force that near answers do not know."""
    found = []
    for item in fields(problem):
        value = getattr(problem, item.name)
        off = value is None or (item.default is not MISSING and np.isscalar(value) and value == item.default)
        if item.name not in KNOWN_FIELDS and not off:
            found.append(item.name)
    return tuple(found)


def _reports(  # noqa: PLR0917 (what a report says)
    problem: ThreeTierProblem, network: Network, settled: list[SolveReport], access: int, seconds: float, seed: int
) -> tuple[SolveReport, ...]:
    """Reports of a near answer: the settled stages, cost as the network has it, access with its bound, supply."""
    values = stage_values(problem, network)
    reports: list[SolveReport] = []
    for report in settled:
        name = report.stage.removeprefix("locate.")
        value = float(values[name]) if name == "cost" else report.objective
        reports.append(_ranked(replace(report, objective=value), reports))
    for name, bound in (("access", float(access)), ("supply", None)):
        report = SolveReport(
            stage=f"locate.{name}", status=SolveStatus.FEASIBLE, objective=float(values[name]), bound=bound,
            unit=UNITS[name], seconds=seconds if name == "access" else 0.0, seed=seed, engine=settled[-1].engine,
        )  # fmt: skip
        reports.append(_ranked(report, reports))
    return tuple(reports)


def _ranked(report: SolveReport, before: list[SolveReport]) -> SolveReport:
    """The report as ``optimal`` when its value meets its bound and all before it are, else ``feasible``."""
    proven = all(earlier.status is SolveStatus.OPTIMAL for earlier in before)
    if report.bound is None or report.objective is None:
        proven = False
    elif report.stage.removeprefix("locate.") in MAXIMISED | {"townships"}:
        proven = proven and report.objective >= report.bound
    else:
        proven = proven and report.objective <= report.bound
    return replace(report, status=SolveStatus.OPTIMAL if proven else SolveStatus.FEASIBLE)


def _digest(problem: ThreeTierProblem, seed: int) -> bytes:
    """A fingerprint of everything in a problem, and the seed."""
    digest = hashlib.sha256(f"{seed} ".encode())
    for part in (problem, problem.cold):
        for item in () if part is None else fields(part):
            value = getattr(part, item.name)
            digest.update(f"{item.name} ".encode())
            if isinstance(value, np.ndarray):
                digest.update(f"{value.dtype} {value.shape} ".encode())
                digest.update(np.ascontiguousarray(value).data)
            elif item.name != "cold":  # numbered field by field, as long arrays are not written out
                digest.update(repr(value).encode())
    return digest.digest()
