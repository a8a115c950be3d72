"""Rebuilds the synthetic layers of an embedded county from its committed real layers.

    python tools/build_county.py xunhua
    python tools/build_county.py xihe

Reads boundary, townships, names and codes under data/geo/NAME (tools/extract_real_layers.py made them) and
writes the whole county folder and data/stations/NAME.csv. Same input and seed, same bytes.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from planner.synth import build_synthetic_layers, read_real_layers, write_county
from planner.synth.recipes import RECIPES


def main() -> int:
    """Build one county."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("county", choices=sorted(recipe.folder for recipe in RECIPES.values()))
    parser.add_argument("--seed", type=int, help="other than the committed county's")
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[1] / "data", help="folder to write to")
    arguments = parser.parse_args()
    real = read_real_layers(Path(__file__).parents[1] / "data" / "geo" / arguments.county)
    synthetic = build_synthetic_layers(real, arguments.seed)
    for path in write_county(arguments.data, real, synthetic, arguments.seed):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
