"""Lets the tests of routes import what several of them share, which stands beside them."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent / "week")]
