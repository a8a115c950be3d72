"""``make bench [INSTANCES=folder]``: every measurement, one after the other.

INSTANCES is a folder with published instances: ``scp/*.txt`` (OR-Library) and ``cvrp/*.vrp`` with ``.sol`` (CVRPLIB).
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks import covering, intake, paths, routing


def main() -> None:
    """Run the benchmarks named (all of them without a name); those on published instances need a folder."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="paths, intake, covering, routing")
    parser.add_argument("--instances", type=Path, help="folder with published instances")
    arguments = parser.parse_args()
    published = {"covering": (covering.main, "scp"), "routing": (routing.main, "cvrp")}
    own = {"paths": paths.main, "intake": intake.main}
    wanted = arguments.names or [*own, *published]
    if unknown := set(wanted) - {*own, *published}:
        parser.error(f"no benchmark called {', '.join(sorted(unknown))}")
    for name, measure in own.items():
        if name in wanted:
            measure()
    for name, (run, folder) in published.items():
        if name in wanted and arguments.instances is None:
            print(f"\n{name}: left out, no --instances folder given (make bench INSTANCES=folder)")
        elif name in wanted:
            run(arguments.instances / folder)


if __name__ == "__main__":
    main()
