"""What a plan is worth, counted without any solver: feasibility, indicators, and the recount of exported files."""

from planner.domain.indicators import INDICATORS, Definition
from planner.evaluate.audit_frontier import FRONTIER_JSON, audit_frontier
from planner.evaluate.auditor import audit, recorded_county
from planner.evaluate.comparing import AuditReport
from planner.evaluate.figures import Access, Alternative, Costs, Counts, Evaluation, Ratio, Unviable
from planner.evaluate.files import Difference
from planner.evaluate.indicators import evaluate
from planner.evaluate.judge import check_plan
from planner.evaluate.recount import Travel, recount_travel
from planner.evaluate.together import villages_missed, yearly_costs
from planner.evaluate.violation import Violation

__all__ = [
    "FRONTIER_JSON",
    "INDICATORS",
    "Access",
    "Alternative",
    "AuditReport",
    "Costs",
    "Counts",
    "Definition",
    "Difference",
    "Evaluation",
    "Ratio",
    "Travel",
    "Unviable",
    "Violation",
    "audit",
    "audit_frontier",
    "check_plan",
    "evaluate",
    "recorded_county",
    "recount_travel",
    "villages_missed",
    "yearly_costs",
]
