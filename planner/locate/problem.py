"""The three-tier siting problem and its result, as plain arrays; no solver is known here.

Sites and villages are numbered by position in the arrays; `county` joins them to ids. All data are
integers: persons, hundredths of a parcel a day, whole yuan, whole metres. Equation numbers (M…), (L…)
refer to ``docs/model.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from planner.domain.plan import SolveReport, SolveStatus
from planner.locate.rules.cold import ColdStores

Ints = NDArray[np.int64]

Equity = Literal["max_distance", "worst_township", "p90"]
"""What is made as even as possible before cost counts (LE)."""

TENTHS = 10
"""What a village counts for in tenths when all count alike."""

N_TIERS = 3
"""Village point, township station, county centre: column ``tier - 1`` of every per-tier array."""


@dataclass(frozen=True, slots=True, eq=False)
class ThreeTierProblem:
    """One county's siting problem.

    Parameters
    ----------
    population, demand_centiparcels
        Per village: residents, and inbound plus outbound parcels in hundredths a day.
    site_township
        Township of each site, 0 … or -1 for none; `required_townships` are numbers of the same kind.
    max_tier
        Highest tier each site may be opened at: 0 (not at all) … 3 (county centre).
    capex_cny, annual_cost_cny
        Site × tier: investment, and yearly cost, in whole yuan.
    capacity_centiparcels
        Per tier: largest throughput in hundredths of a parcel a day.
    access_indptr, access_site, access_m
        CSR village × site of the pairs within the coverage radius, columns ascending, with road metres.
    supply_indptr, supply_child, supply_m
        CSR parent × child of road metres; pairs left out cannot supply each other.
    county_to_township_m, township_to_village_m
        Supply radii: centre to township station, and station or centre to village point.
    required_townships, required_township_count
        Townships under the outlet rule, and how many of them must have a station.
    target_villages
        How many villages coverage is raised to before cost counts; all of them for a target of 100 %.
    budget_cny
        Limit on total investment, None for none.
    least_tier
        Per site the lowest tier at which it must be open (M12), 0 where it need not be; None for no such site.
    site_unit
        Per site the number of its village-level unit, -1 for none: at most one site of a unit opens (M13). None where
        that rule is off.
    priority
        Per village 1 when it is to be covered before others (L1'), else 0. None where all count alike.
    weight_tenths
        Per village how much it counts in (L1w), in tenths, at least 10. None where all count alike; not together with
        ``priority`` or a target below all villages.
    max_centres
        How many county centres may be open (M2); at least one is.
    equity, village_township, township_share
        What is made as even as possible before cost counts (LE), None for nothing; and for ``worst_township`` the
        number of each village's township, 0 …, and the share of its villages up to which a township counts.
    backup_villages
        How many villages are to have a second station within the radius before cost counts (LB); 0 for none.
    farthest_m, near_m, least_covered
        What an objective of evenness has reached, as rules of what comes after: no village goes farther (M14), nine
        tenths of the people covered go no farther (M15), villages covered in each township (M16).
    least_centiparcels
        Per tier the least throughput of a station that need not be open (M18), 0 for none; None where that rule is off.
    cold
        Cold stores (M19) … (M21), (LC); None where none are planned.

    Raises
    ------
    ValueError
        If an array has a wrong shape, a negative entry, an index out of range or an unsorted row.
    """

    population: Ints
    demand_centiparcels: Ints
    site_township: Ints
    max_tier: Ints
    capex_cny: Ints
    annual_cost_cny: Ints
    capacity_centiparcels: Ints
    access_indptr: Ints
    access_site: Ints
    access_m: Ints
    supply_indptr: Ints
    supply_child: Ints
    supply_m: Ints
    county_to_township_m: int
    township_to_village_m: int
    required_townships: Ints
    required_township_count: int
    target_villages: int
    budget_cny: int | None = None
    least_tier: Ints | None = None
    site_unit: Ints | None = None
    priority: Ints | None = None
    weight_tenths: Ints | None = None
    max_centres: int = 1
    equity: Equity | None = None
    village_township: Ints | None = None
    township_share: Fraction = Fraction(1)
    backup_villages: int = 0
    farthest_m: int | None = None
    near_m: int | None = None
    least_covered: Ints | None = None
    least_centiparcels: Ints | None = None
    cold: ColdStores | None = None

    def __post_init__(self) -> None:
        for name in _ARRAYS:
            object.__setattr__(self, name, _whole_numbers(name, getattr(self, name)))
        for name in _OPTIONAL_ARRAYS:
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _whole_numbers(name, getattr(self, name)))
        _check_shapes(self)
        _check_csr("access", self.access_indptr, self.access_site, self.access_m, self.n_villages, self.n_sites)
        _check_csr("supply", self.supply_indptr, self.supply_child, self.supply_m, self.n_sites, self.n_sites)
        _check_rules(self)

    @property
    def n_villages(self) -> int:
        """Number of villages."""
        return len(self.population)

    @property
    def n_sites(self) -> int:
        """Number of sites, eligible or not."""
        return len(self.max_tier)

    @property
    def locked_tier(self) -> Ints:
        """The lowest tier at which each site must be open, 0 where it need not be."""
        return np.zeros(self.n_sites, dtype=np.int64) if self.least_tier is None else self.least_tier

    @property
    def comes_first(self) -> NDArray[np.bool_]:
        """Which villages are to be covered before others."""
        return np.zeros(self.n_villages, dtype=bool) if self.priority is None else self.priority > 0

    @property
    def weights(self) -> Ints:
        """How much each village counts, in tenths."""
        return np.full(self.n_villages, TENTHS) if self.weight_tenths is None else self.weight_tenths

    @property
    def centres_share(self) -> bool:
        """Whether there may be several county centres and one alone could not carry everything (M9)."""
        return self.max_centres > 1 and int(self.demand_centiparcels.sum()) > int(self.capacity_centiparcels[2])

    @property
    def access_village(self) -> Ints:
        """Village of each access pair (the CSR's rows written out)."""
        return np.repeat(np.arange(self.n_villages), np.diff(self.access_indptr))

    @property
    def supply_parent(self) -> Ints:
        """Parent of each supply pair (the CSR's rows written out)."""
        return np.repeat(np.arange(self.n_sites), np.diff(self.supply_indptr))

    @classmethod
    def from_dense(cls, *, access_m: ArrayLike, supply_m: ArrayLike, **fields: object) -> Self:
        """Build from dense metre matrices, village × site and parent × child, where a negative entry means no pair."""
        access_indptr, access_site, access_length = _csr(np.asarray(access_m))
        supply_indptr, supply_child, supply_length = _csr(np.asarray(supply_m))
        return cls(
            access_indptr=access_indptr, access_site=access_site, access_m=access_length,
            supply_indptr=supply_indptr, supply_child=supply_child, supply_m=supply_length,
            **fields,  # type: ignore[arg-type]  # the caller names the fields
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class ThreeTierResult:
    """A feasible three-tier network and what was proven about it.

    ``tier`` is 0 for a closed site, else 1 … 3; ``station`` the site that serves each village and
    ``parent`` the site that supplies each open one, -1 for none; ``reports`` one `SolveReport` per stage; ``cold`` is 1
    for a site with a cold store, None where none are planned.
    """

    tier: Ints
    station: Ints
    parent: Ints
    reports: tuple[SolveReport, ...]
    cold: Ints | None = None

    @property
    def centres(self) -> Ints:
        """The county centres, by number of the site."""
        return np.flatnonzero(self.tier == N_TIERS)

    @property
    def optimal(self) -> bool:
        """Whether every stage was proven."""
        return all(report.status is SolveStatus.OPTIMAL for report in self.reports)


_ARRAYS = (
    "population", "demand_centiparcels", "site_township", "max_tier", "capex_cny", "annual_cost_cny",
    "capacity_centiparcels", "access_indptr", "access_site", "access_m", "supply_indptr", "supply_child", "supply_m",
    "required_townships",
)  # fmt: skip
_OPTIONAL_ARRAYS = (
    "least_tier", "site_unit", "priority", "weight_tenths", "village_township", "least_covered", "least_centiparcels",
)  # fmt: skip


def _whole_numbers(name: str, values: ArrayLike) -> Ints:
    """A read-only int64 copy; ValueError when a value is not a whole number."""
    given = np.asarray(values)
    if given.size and given.dtype.kind not in "iu":
        raise ValueError(f"{name} must hold integers, got dtype {given.dtype}")
    whole = given.astype(np.int64)
    whole.setflags(write=False)
    return whole


def _check_shapes(problem: ThreeTierProblem) -> None:
    n_villages, n_sites = problem.n_villages, problem.n_sites
    expected: dict[str, tuple[int, ...]] = {
        "population": (n_villages,), "demand_centiparcels": (n_villages,), "site_township": (n_sites,),
        "max_tier": (n_sites,), "capex_cny": (n_sites, N_TIERS), "annual_cost_cny": (n_sites, N_TIERS),
        "capacity_centiparcels": (N_TIERS,),
    }  # fmt: skip
    for name, shape in expected.items():
        values: Ints = getattr(problem, name)
        if values.shape != shape:
            raise ValueError(f"{name} must have shape {shape}, got {values.shape}")
        if name != "site_township" and (values < 0).any():
            raise ValueError(f"{name} must not be negative")
    if n_sites and problem.max_tier.max() > N_TIERS:
        raise ValueError(f"max_tier must lie in 0 … {N_TIERS}")
    locked = problem.locked_tier
    if locked.shape != (n_sites,) or (n_sites and not 0 <= locked.min() <= locked.max() <= N_TIERS):
        raise ValueError(f"least_tier must be one number in 0 … {N_TIERS} per site")
    if problem.site_unit is not None and (problem.site_unit.shape != (n_sites,) or (problem.site_unit < -1).any()):
        raise ValueError("site_unit must be one number per site, -1 for none")
    if problem.priority is not None and problem.priority.shape != (n_villages,):
        raise ValueError("priority must be 0 or 1 per village")
    least = problem.least_centiparcels
    if least is not None and (least.shape != (N_TIERS,) or (least < 0).any()):
        raise ValueError("least_centiparcels must be one number from 0 up per tier")
    if problem.cold is not None:
        problem.cold.check(n_villages, n_sites)


def _check_csr(  # noqa: PLR0917 (the three arrays of a CSR and its shape)
    name: str, indptr: Ints, indices: Ints, lengths: Ints, n_rows: int, n_columns: int
) -> None:
    if indptr.shape != (n_rows + 1,) or indptr[0] != 0 or indptr[-1] != len(indices) or (np.diff(indptr) < 0).any():
        raise ValueError(f"{name}_indptr must rise from 0 to the number of pairs over {n_rows} rows")
    if lengths.shape != indices.shape or (lengths < 0).any():
        raise ValueError(f"{name} lengths must be one non-negative number of metres per pair")
    if len(indices) and not 0 <= indices.min() <= indices.max() < n_columns:
        raise ValueError(f"{name} columns must lie in 0 … {n_columns - 1}")
    row = np.repeat(np.arange(n_rows), np.diff(indptr))
    if (np.diff(row * n_columns + indices) <= 0).any():
        raise ValueError(f"{name} columns must ascend within each row, each once")


def _check_rules(problem: ThreeTierProblem) -> None:
    required = problem.required_townships
    if len(np.unique(required)) != len(required) or (len(required) and required.min() < 0):
        raise ValueError("required_townships must be distinct and not negative")
    if not 0 <= problem.required_township_count <= len(required):
        raise ValueError(f"required_township_count must lie in 0 … {len(required)}")
    if not 0 <= problem.target_villages <= problem.n_villages:
        raise ValueError(f"target_villages must lie in 0 … {problem.n_villages}")
    if problem.budget_cny is not None and problem.budget_cny < 0:
        raise ValueError("budget_cny must not be negative")
    _check_weights(problem)
    if problem.max_centres < 1:
        raise ValueError("max_centres must be at least 1")
    if problem.county_to_township_m < 0 or problem.township_to_village_m < 0:
        raise ValueError("supply radii must not be negative")
    if not 0 <= problem.backup_villages <= problem.n_villages:
        raise ValueError(f"backup_villages must lie in 0 … {problem.n_villages}")
    township = problem.village_township
    if township is None and problem.equity == "worst_township":
        raise ValueError("equity by township needs village_township")
    if township is not None and (township.shape != (problem.n_villages,) or (township < 0).any()):
        raise ValueError("village_township must be one number from 0 up per village")
    if not 0 <= problem.township_share <= 1:
        raise ValueError("township_share must lie in 0 … 1")


def _check_weights(problem: ThreeTierProblem) -> None:
    least = problem.least_centiparcels
    if problem.max_centres > 1 and least is not None and least[N_TIERS - 1] > 0:
        raise ValueError("a least volume of county centres goes with one centre only")
    weights = problem.weights
    if weights.shape != (problem.n_villages,) or (problem.n_villages and weights.min() < TENTHS):
        raise ValueError(f"weight_tenths must be one number from {TENTHS} up per village")
    capped = problem.priority is not None or problem.target_villages < problem.n_villages
    if problem.weight_tenths is not None and capped:
        raise ValueError("weight_tenths goes with neither priority nor a target below all villages")


def _csr(dense: NDArray[np.integer]) -> tuple[Ints, Ints, Ints]:
    row, column = np.nonzero(dense >= 0)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=dense.shape[0]))])
    return indptr.astype(np.int64), column.astype(np.int64), dense[row, column].astype(np.int64)
