"""The compiled large neighbourhood search of a week: groups are taken off all days and put back where they cost least.

Ruin and recreate (Schrimpf et al. 2000, doi:10.1006/jcph.1999.6413; related removal after Shaw 1998,
doi:10.1007/3-540-49481-2_30): a few groups near each other, or all of one route, lose their days and come back one
by one, each with the pattern and the places that cost least. A week is kept when it is not worse than the present one
by more than a threshold that falls to nothing (record-to-record travel; Dueck 1993, doi:10.1006/jcph.1993.1010).

Days of one class are alike and stand for ``weight`` days. A route is a row of stops with 0 between two trips.
Everything is an integer; numbers are drawn by a fixed linear congruence, so a run repeats exactly.
"""

# ruff: noqa: PLR0917, PLR0912, C901 (compiled functions take flat arrays, by position, and are one loop)

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from planner.network.compiled import compiled

NEVER: Final = 1 << 61
MOST_GONE: Final = 12
"""Most groups taken off at once, unless a route has more."""

FULL_BITS: Final = 10
BLINKS_IN: Final = 50
"""One place in so many is overlooked, so that the same groups do not always come back the same way."""

Ints = NDArray[np.int64]

# Columns of the table of vehicle types; capacities follow.
COUNT: Final = 0
FIXED: Final = 1
PER_M: Final = 2
PER_S: Final = 3
MOST_M: Final = 4
MOST_S: Final = 5
TRIPS: Final = 6
RELOAD: Final = 7
CAPACITY: Final = 8

_LOAD: Final = "i8[:,::1], i8[:,::1], i8[:,:,::1], i8[:,::1]"
"""Types of what a kernel knows of the problem: metres, seconds with service, loads, vehicle types."""


@compiled("i8(i8[::1], i8)")
def drawn(draw: Ints, below: int) -> int:
    """A number from 0 up to ``below``, drawn; ``draw`` holds the generator's state."""
    draw[0] = (draw[0] * 1103515245 + 12345) & 0x7FFFFFFF
    return int((draw[0] >> 8) % below)


@compiled(f"UniTuple(i8, 3)({_LOAD}, i8[::1], i8, i8)")
def count_route(
    metres: Ints, seconds: Ints, loads: Ints, fleet: Ints, stops: Ints, size: int, kind: int
) -> tuple[int, int, int]:
    """Cost, metres and seconds of the first ``size`` entries of ``stops`` by type ``kind``; `NEVER` where not allowed.

    ``seconds[a, b]`` holds the drive and the service at b, ``loads[i]`` deliveries and pickups of each kind of load.
    """
    n_loads = loads.shape[2]
    total_m, total_s, trips, before = 0, 0, 1, 0
    peak = np.zeros(n_loads, dtype=np.int64)
    picked = np.zeros(n_loads, dtype=np.int64)
    for position in range(size + 1):
        node = stops[position] if position < size else 0
        if metres[before, node] < 0:
            return NEVER, 0, 0
        total_m += metres[before, node]
        total_s += seconds[before, node]
        if node == 0:
            peak[:] = 0
            picked[:] = 0
            if position < size:
                trips += 1
                total_s += fleet[kind, RELOAD]
        for k in range(n_loads):
            picked[k] += loads[node, 1, k]
            peak[k] = max(peak[k] + loads[node, 0, k], picked[k])
            if peak[k] > fleet[kind, CAPACITY + k]:
                return NEVER, 0, 0
        before = node
    if total_m > fleet[kind, MOST_M] or total_s > fleet[kind, MOST_S] or trips > fleet[kind, TRIPS]:
        return NEVER, 0, 0
    return fleet[kind, FIXED] + total_m * fleet[kind, PER_M] + total_s * fleet[kind, PER_S], total_m, total_s


@compiled("void(i8[::1], i8, i8, i8, i8[::1])")
def put(stops: Ints, size: int, stop: int, position: int, into: Ints) -> None:
    """Write the route with ``stop`` at ``position`` into ``into``; after the end it is a further trip."""
    if position > size:
        into[:size] = stops[:size]
        into[size] = 0
        into[size + 1] = stop
    else:
        into[:position] = stops[:position]
        into[position] = stop
        into[position + 1 : size + 1] = stops[position:size]


@compiled(f"UniTuple(i8, 4)({_LOAD}, i8[:,::1], i8[:,::1], i8[::1], i8, i8, i8[::1])")
def best_place(
    metres: Ints, seconds: Ints, loads: Ints, fleet: Ints,
    routes: Ints, figures: Ints, draw: Ints, n_routes: int, stop: int, trial: Ints,
) -> tuple[int, int, int, int]:  # fmt: skip
    """Cheapest place for ``stop`` on one day: (added cost, route, position, kind); `NEVER` when there is none.

    ``routes[r]`` holds the stops, ``figures[r]`` their number, the type, cost, metres and seconds. Route
    ``n_routes`` is a new vehicle; the position after a route's end is a further trip.
    """
    best, at_route, at_position, with_kind = NEVER, -1, -1, -1
    for r in range(n_routes):
        size, kind = figures[r, 0], figures[r, 1]
        for position in range(size + 2):
            if drawn(draw, BLINKS_IN) == 0:
                continue
            a = routes[r, position - 1] if 0 < position <= size else 0
            b = routes[r, position] if position < size else 0
            if metres[a, stop] < 0 or metres[stop, b] < 0:
                continue
            more_m = metres[a, stop] + metres[stop, b] - metres[a, b]
            more_s = seconds[a, stop] + seconds[stop, b] - seconds[a, b]
            if position > size:
                more_s += fleet[kind, RELOAD]
            cost = more_m * fleet[kind, PER_M] + more_s * fleet[kind, PER_S]
            if (
                cost >= best
                or figures[r, 3] + more_m > fleet[kind, MOST_M]
                or figures[r, 4] + more_s > fleet[kind, MOST_S]
            ):
                continue
            put(routes[r], size, stop, position, trial)
            if count_route(metres, seconds, loads, fleet, trial, size + 1 + (position > size), kind)[0] < NEVER:
                best, at_route, at_position, with_kind = cost, r, position, kind
    for kind in range(fleet.shape[0]):
        used = 0
        for r in range(n_routes):
            used += figures[r, 1] == kind
        if used < fleet[kind, COUNT]:
            trial[0] = stop
            cost = count_route(metres, seconds, loads, fleet, trial, 1, kind)[0]
            if cost < best:
                best, at_route, at_position, with_kind = cost, n_routes, 0, kind
    return best, at_route, at_position, with_kind


@compiled(f"i8({_LOAD}, i8[:,::1], i8[:,::1], i8[::1], i8[::1], i8, i8, i8, i8, i8, i8[::1])")
def insert(
    metres: Ints, seconds: Ints, loads: Ints, fleet: Ints,
    routes: Ints, figures: Ints, n_routes: Ints, route_of: Ints, c: int, stop: int,
    r: int, position: int, kind: int, trial: Ints,
) -> int:  # fmt: skip
    """Put ``stop`` into one day's routes at a place that `best_place` gave; the cost added."""
    before, size = 0, 0
    if r == n_routes[c]:
        n_routes[c] += 1
        figures[r, 0] = 0
        figures[r, 1] = kind
    else:
        before, size = figures[r, 2], figures[r, 0]
    put(routes[r], size, stop, position, trial)
    size += 1 + (position > size)
    routes[r, :size] = trial[:size]
    figures[r, 0] = size
    figures[r, 2], figures[r, 3], figures[r, 4] = count_route(metres, seconds, loads, fleet, routes[r], size, kind)
    route_of[stop] = r
    return int(figures[r, 2]) - int(before)


@compiled(f"i8({_LOAD}, i8[:,::1], i8[:,::1], i8[::1], i8[::1], i8, i8)")
def remove(
    metres: Ints, seconds: Ints, loads: Ints, fleet: Ints,
    routes: Ints, figures: Ints, n_routes: Ints, route_of: Ints, c: int, stop: int,
) -> int:  # fmt: skip
    """Take ``stop`` off one day's routes; the cost added (usually below 0), `NEVER` where what is left is no route."""
    r = route_of[stop]
    size, before = figures[r, 0], figures[r, 2]
    to = 0
    for at in range(size):
        node = routes[r, at]
        if node == stop or (node == 0 and (to == 0 or routes[r, to - 1] == 0)):
            continue
        routes[r, to] = node
        to += 1
    if to > 0 and routes[r, to - 1] == 0:
        to -= 1
    route_of[stop] = -1
    if to == 0:
        last = n_routes[c] - 1
        n_routes[c] = last
        if r < last:
            figures[r] = figures[last]
            routes[r, : figures[r, 0]] = routes[last, : figures[r, 0]]
            for at in range(figures[r, 0]):
                if routes[r, at] > 0:
                    route_of[routes[r, at]] = r
        return -int(before)
    figures[r, 0] = to
    figures[r, 2], figures[r, 3], figures[r, 4] = count_route(
        metres, seconds, loads, fleet, routes[r], to, figures[r, 1]
    )
    after = int(figures[r, 2])
    return NEVER if after >= NEVER else after - int(before)


@compiled("i8(i8[::1], i8[::1], i8[:,::1], i8[:,::1], i8[::1], i8[:,:,::1], i8[:,:,::1], i8[::1], i8[::1], i8[::1])")
def pick(
    first_member: Ints, members: Ints, near: Ints, ranks: Ints,
    n_routes: Ints, routes: Ints, figures: Ints, choice: Ints, draw: Ints, gone: Ints,
) -> int:  # fmt: skip
    """Groups to take off into ``gone`` (in the order in which they come back), and those left out; how many."""
    n_groups = near.shape[0]
    most = min(n_groups, MOST_GONE)
    wanted = 1 + drawn(draw, most)
    taken = np.zeros(n_groups, dtype=np.bool_)
    n_gone = 0
    c = drawn(draw, n_routes.size)
    if drawn(draw, 2) == 0 and n_routes[c] > 0:
        r = drawn(draw, n_routes[c])
        for g in range(n_groups):
            for at in range(figures[c, r, 0]):
                if routes[c, r, at] == members[first_member[g]]:
                    taken[g] = True
    else:
        centre = drawn(draw, n_groups)
        left = wanted
        for k in range(n_groups):
            if left > 0 and drawn(draw, 4) > 0:
                taken[near[centre, k]] = True
                left -= 1
    for g in range(n_groups):
        if taken[g] or choice[g] < 0:
            gone[n_gone] = g
            n_gone += 1
    for k in range(n_gone - 1, 0, -1):
        other = drawn(draw, k + 1)
        gone[k], gone[other] = gone[other], gone[k]
    how = drawn(draw, 2 * ranks.shape[0])
    if how < ranks.shape[0]:
        gone[:n_gone] = gone[np.argsort(ranks[how][gone[:n_gone]], kind="mergesort")]
    return n_gone


@compiled(f"i8({_LOAD}, i8[:,:,::1], i8[:,:,::1], i8[::1], i8[:,::1], i8[::1], i8[::1], i8)")
def take_off(
    metres: Ints, seconds: Ints, loads: Ints, fleet: Ints,
    routes: Ints, figures: Ints, n_routes: Ints, route_of: Ints, weight: Ints, stops: Ints, days: int,
) -> int:  # fmt: skip
    """Take ``stops`` off the classes of days ``days`` (bits); the cost added, `NEVER` where no routes are left."""
    total = 0
    for c in range(weight.size):
        if (days >> c) & 1:
            for stop in stops:
                more = remove(metres, seconds, loads, fleet, routes[c], figures[c], n_routes, route_of[c], c, stop)
                if more >= NEVER:
                    return NEVER
                total += weight[c] * more
    return total


@compiled(
    f"UniTuple(i8, 2)({_LOAD}, i8[:,:,::1], i8[:,:,::1], i8[::1], i8[:,::1], i8[::1], i8[::1], i8[::1], i8[::1],"
    " i8[::1])"
)
def put_back(
    metres: Ints, seconds: Ints, loads: Ints, fleet: Ints,
    routes: Ints, figures: Ints, n_routes: Ints, route_of: Ints, weight: Ints, stops: Ints, options: Ints, draw: Ints,
    trial: Ints,
) -> tuple[int, int]:  # fmt: skip
    """Put ``stops`` where they cost least: (cost added, which of ``options``), −1 where they fit on none.

    Several stops are weighed one by one, as if the others were not there; where they then don't fit together the
    cost is `NEVER`.
    """
    place = np.zeros((weight.size, 4), dtype=np.int64)
    place[:, 0] = -1
    least, option = NEVER, -1
    for o in range(options.size):
        total = 0
        for c in range(weight.size):
            if not (options[o] >> c) & 1 or total >= NEVER:
                continue
            if place[c, 0] == -1:
                place[c, 0] = 0
                for stop in stops:
                    found = best_place(
                        metres, seconds, loads, fleet, routes[c], figures[c], draw, n_routes[c], stop, trial
                    )
                    place[c, 0] = min(NEVER, place[c, 0] + found[0])
                    place[c, 1], place[c, 2], place[c, 3] = found[1], found[2], found[3]
            total = NEVER if place[c, 0] >= NEVER else total + weight[c] * place[c, 0]
        if total < least:
            least, option = total, o
    if option < 0:
        return 0, -1
    total = 0
    for c in range(weight.size):
        if not (options[option] >> c) & 1:
            continue
        for stop in stops:
            if stops.size > 1:
                found = best_place(metres, seconds, loads, fleet, routes[c], figures[c], draw, n_routes[c], stop, trial)
                if found[0] >= NEVER:
                    return NEVER, option
                place[c, 1], place[c, 2], place[c, 3] = found[1], found[2], found[3]
            total += weight[c] * insert(
                metres, seconds, loads, fleet, routes[c], figures[c], n_routes, route_of[c], c, stop,
                place[c, 1], place[c, 2], place[c, 3], trial,
            )  # fmt: skip
    return total, option


@compiled("i8(i8[:,:,::1], i8[:,::1], i8[:,:,::1], i8[:,:,::1], i8[::1], i8[::1])")
def unevenness(loads: Ints, fleet: Ints, routes: Ints, figures: Ints, n_routes: Ints, weight: Ints) -> int:
    """Half the fixed costs times the square of how full vehicles are: more where some are full and others nearly idle.

    A vehicle is as full as its shift or, on one trip, its load says.
    """
    total = 0
    for c in range(weight.size):
        for r in range(n_routes[c]):
            kind = figures[c, r, 1]
            full = 0
            if 0 < fleet[kind, MOST_S] < NEVER:
                full = (figures[c, r, 4] << FULL_BITS) // fleet[kind, MOST_S]
            if fleet[kind, TRIPS] == 1:
                for k in range(loads.shape[2]):
                    if fleet[kind, CAPACITY + k] > 0:
                        for way in range(2):
                            load = 0
                            for at in range(figures[c, r, 0]):
                                load += loads[routes[c, r, at], way, k]
                            full = max(full, (load << FULL_BITS) // fleet[kind, CAPACITY + k])
            total += weight[c] * ((fleet[kind, FIXED] * full >> FULL_BITS) * full >> (FULL_BITS + 1))
    return total


@compiled("void(i8[:,:,::1], i8[:,:,::1], i8[::1], i8[:,:,::1], i8[:,:,::1], i8[::1])")
def copy_week(
    routes: Ints, figures: Ints, n_routes: Ints, to_routes: Ints, to_figures: Ints, to_n: Ints
) -> None:  # fmt: skip
    """The routes that there are; what lies beyond their ends is never read, and most of the arrays."""
    for c in range(n_routes.size):
        to_n[c] = n_routes[c]
        for r in range(n_routes[c]):
            for k in range(figures.shape[2]):
                to_figures[c, r, k] = figures[c, r, k]
            for at in range(figures[c, r, 0]):
                to_routes[c, r, at] = routes[c, r, at]


@compiled(
    f"i8({_LOAD}, i8[::1], i8[::1], i8[::1], i8[::1], i8[::1], i8[::1], i8[:,::1], i8[:,::1], i8, i8, i8, i8,"
    " i8[:,:,::1], i8[:,:,::1], i8[::1], i8[::1])"
)
def ruin_and_recreate(
    metres: Ints, seconds: Ints, loads: Ints, fleet: Ints,
    first_member: Ints, members: Ints, first_option: Ints, options: Ints, only: Ints,
    weight: Ints, near: Ints, ranks: Ints,
    rounds: int, threshold: int, penalty: int, seed: int,
    best_routes: Ints, best_figures: Ints, best_n: Ints, best_choice: Ints,
) -> int:  # fmt: skip
    """Search from the week in the last four arguments; the best goes there too, its value is returned.

    Group g has the stops ``members[first_member[g]:first_member[g + 1]]`` and may take the classes of days (bits)
    ``options[first_option[g]:first_option[g + 1]]``, or number ``only[g]`` of ``options`` where that is not −1.
    ``near[g]`` lists all groups by nearness, each row of ``ranks`` says which come back first. The value is the cost
    plus ``penalty`` for each stop left out, whose group has −1 in ``best_choice``.
    """
    n_groups = near.shape[0]
    routes, figures, n_routes, choice = best_routes.copy(), best_figures.copy(), best_n.copy(), best_choice.copy()
    route_of = np.full((weight.size, metres.shape[0]), -1)
    value = 0
    for c in range(weight.size):
        for r in range(n_routes[c]):
            value += weight[c] * figures[c, r, 2]
            for at in range(figures[c, r, 0]):
                if routes[c, r, at] > 0:
                    route_of[c, routes[c, r, at]] = r
    for g in range(n_groups):
        if choice[g] < 0:
            value += penalty * (first_member[g + 1] - first_member[g])
    now_routes, now_figures, now_n, now_choice = routes.copy(), figures.copy(), n_routes.copy(), choice.copy()
    now_route_of = route_of.copy()
    trial = np.zeros(best_routes.shape[2] + 2, dtype=np.int64)
    gone = np.zeros(n_groups, dtype=np.int64)
    draw = np.full(1, seed & 0x7FFFFFFF)
    now, best = value, value
    now_uneven = unevenness(loads, fleet, routes, figures, n_routes, weight)
    for done in range(rounds):
        n_gone = pick(first_member, members, near, ranks, n_routes, routes, figures, choice, draw, gone)
        whole = True
        for g in gone[:n_gone]:
            if choice[g] >= 0 and whole:
                stops = members[first_member[g] : first_member[g + 1]]
                more = take_off(
                    metres, seconds, loads, fleet, routes, figures, n_routes, route_of, weight, stops,
                    options[choice[g]],
                )  # fmt: skip
                whole = more < NEVER
                value += more + penalty * stops.size if whole else 0
                choice[g] = -1
        for g in gone[:n_gone]:
            if whole:
                stops = members[first_member[g] : first_member[g + 1]]
                first, end = first_option[g], first_option[g + 1]
                if only[g] >= 0:
                    first, end = only[g], only[g] + 1
                more, option = put_back(
                    metres, seconds, loads, fleet, routes, figures, n_routes, route_of, weight, stops,
                    options[first:end], draw, trial,
                )  # fmt: skip
                whole = more < NEVER
                if whole and option >= 0:
                    value += more - penalty * stops.size
                    choice[g] = first + option
        uneven = unevenness(loads, fleet, routes, figures, n_routes, weight)
        if whole and value <= now + (threshold + uneven - now_uneven) * (rounds - done) // rounds:
            now, now_uneven = value, uneven
            copy_week(routes, figures, n_routes, now_routes, now_figures, now_n)
            now_choice[:], now_route_of[:] = choice, route_of
            if value < best:
                best = value
                copy_week(routes, figures, n_routes, best_routes, best_figures, best_n)
                best_choice[:] = choice
        else:
            value = now
            copy_week(now_routes, now_figures, now_n, routes, figures, n_routes)
            choice[:], route_of[:] = now_choice, now_route_of
    return best
