"""Lets these tests import the builders that stand beside them, and the toy county of tests/geodata."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "geodata")]
