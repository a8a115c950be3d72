"""What a plan is worth, counted without any solver: feasibility, indicators, and the recount of exported files."""

from planner.evaluate.figures import INDICATORS, Access, Costs, Counts, Definition, Evaluation, Ratio
from planner.evaluate.indicators import evaluate

__all__ = [
    "INDICATORS",
    "Access",
    "Costs",
    "Counts",
    "Definition",
    "Evaluation",
    "Ratio",
    "evaluate",
]
