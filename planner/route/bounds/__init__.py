"""A strong lower bound on the cost of a routing plan: set partitioning over ng-routes, relaxed, in exact integers.

    minimise Σ cost_r x_r   subject to   every stop on one trip,   vehicles within their counts,   x_r ≥ 0

Trips r come from a set that holds every real trip and more: *ng-routes* (Baldacci, Mingozzi and Roberti 2011,
doi:10.1287/opre.1110.0975) may call twice at a stop when they have been far from it in between. The programme is
solved by column generation: labels find the trips of negative reduced cost, and completion bounds by q-routes
without two-stop cycles (Christofides, Mingozzi and Toth 1981) say which labels can't lead to any. The number of
vehicles is whole, so that the plans are split into those with at most k and those with at least k + 1 where the
relaxation lies between, and the least bound counts.

Duals are rounded to whole numbers (of a fraction of the cost's unit) and the trips priced in integers, so the figure
holds whatever the linear solver's tolerances did: a plan's cost is the dual objective plus its trips' reduced costs,
and it has at most so many trips. A run that is ended early has the best such figure so far.

Where stops are visited several times, on as many days, the right-hand side is their visits (`Visits`).

Kept exactly: load of every compartment with deliveries and pickups (the peak on board), limits on a trip's time
and distance, legs that don't exist, vehicle types with their own depot, rates, capacity and count. Relaxed, which
weakens the bound and never falsifies it:

* Waiting for a time window costs nothing and does not count against the shift; windows themselves are kept.
* Of a vehicle with several trips only sums are kept: the trips' time with reloading, their number and their way
  against the vehicles used, whose number may be a fraction.
* Where labels would be too many, one resource only is kept, in coarse units.
"""

from planner.route.bounds.closing import can_close, close_gap
from planner.route.bounds.search import WORK_LIMIT, Visits, lower_bound, visits_bound

__all__ = ["WORK_LIMIT", "Visits", "can_close", "close_gap", "lower_bound", "visits_bound"]
