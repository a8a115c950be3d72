"""``make bench [INSTANCES=folder]``: every measurement, one after the other.

INSTANCES is a folder with published instances: ``scp/*.txt`` (OR-Library) and ``cvrp/*.vrp`` with ``.sol`` (CVRPLIB).
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks import covering, paths, routing


def main() -> None:
    """Run all benchmarks; those on published instances only when a folder is given."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--instances", type=Path, help="folder with published instances")
    instances = parser.parse_args().instances
    paths.main()
    if instances is None:
        print("\nNo INSTANCES folder given: set covering and routing on published instances left out.")
        return
    covering.main(instances / "scp")
    routing.main(instances / "cvrp")


if __name__ == "__main__":
    main()
