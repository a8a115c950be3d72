"""`planner check`: all that is wrong or remarkable with a county's data, for the terminal, as a page and as CSV."""

from __future__ import annotations

from planner.survey.findings import Survey, survey_county
from planner.survey.inspection import Inspection, inspect_county

__all__ = ["Inspection", "Survey", "inspect_county", "survey_county"]
