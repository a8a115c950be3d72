"""Lets the siting tests import their judge, brute force and county generator, which stand beside them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
