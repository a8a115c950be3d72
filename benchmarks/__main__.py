"""``make bench [INSTANCES=folder]``: every measurement, one after the other.

INSTANCES is a folder with published instances: ``scp/*.txt``, ``pmedian/pmed*.txt``, ``cflp/cap7*.txt`` (OR-Library),
``three_tier/*.npz``, ``lrp/coord*.dat`` (Prins et al.), ``cvrp/*.vrp`` with ``.sol`` (CVRPLIB) and ``vrpspd/*.vrpspd``
(Dethloff).
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks import (
    capacitated,
    county,
    county_routes,
    covering,
    intake,
    location_routing,
    loops,
    maximal,
    medians,
    paths,
    routing,
    slider,
    three_tier,
)


def main() -> None:
    """Run the benchmarks named (all of them without a name); those on published instances need a folder."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="paths, loops, intake, slider, maximal, county, county_routes, medians, capacitated, three_tier, "
        "covering, location_routing, routing, pickups",
    )
    parser.add_argument("--instances", type=Path, help="folder with published instances")
    parser.add_argument("--spopt", type=Path, help="Python interpreter of an environment with spopt")
    parser.add_argument(
        "--peers", type=int, default=1, metavar="N", help="three_tier: seeds that HiGHS and CP-SAT solve too (1)"
    )
    arguments = parser.parse_args()
    seeded = {
        "medians": (medians.main, "pmedian"),
        "capacitated": (capacitated.main, "cflp"),
        "covering": (covering.main, "scp"),
        "location_routing": (location_routing.main, "lrp"),
        "three_tier": (lambda folder: three_tier.main(folder, arguments.peers), "three_tier"),
    }
    published = {"routing": (routing.main, "cvrp"), "pickups": (routing.pickups, "vrpspd")}
    own = {
        "paths": paths.main, "intake": intake.main, "slider": slider.main,
        "maximal": lambda: maximal.main(arguments.spopt), "county": county.main, "loops": loops.main,
        "county_routes": county_routes.main,
    }  # fmt: skip
    wanted = arguments.names or [*own, *seeded, *published]
    if unknown := set(wanted) - {*own, *seeded, *published}:
        parser.error(f"no benchmark called {', '.join(sorted(unknown))}")
    for name, measure in own.items():
        if name in wanted:
            measure()
    for name, (run, folder) in seeded.items():
        if name in wanted:
            run(arguments.instances / folder if arguments.instances else None)
    for name, (run, folder) in published.items():
        if name in wanted and arguments.instances is None:
            print(f"\n{name}: left out, no --instances folder given (make bench INSTANCES=folder)")
        elif name in wanted:
            run(arguments.instances / folder)


if __name__ == "__main__":
    main()
