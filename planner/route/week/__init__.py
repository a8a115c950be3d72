"""One depot's week: which days every stop is visited, and each day's routes (periodic VRP)."""

from planner.route.week.bound import trips_of, week_bound
from planner.route.week.judge import week_violations
from planner.route.week.patterns import day_patterns, patterns_for, share_out_days, vehicles_needed
from planner.route.week.problem import DayLoad, DayRoute, PeriodicProblem, PeriodicResult
from planner.route.week.solve import solve_week

__all__ = [
    "DayLoad",
    "DayRoute",
    "PeriodicProblem",
    "PeriodicResult",
    "day_patterns",
    "patterns_for",
    "share_out_days",
    "solve_week",
    "trips_of",
    "vehicles_needed",
    "week_bound",
    "week_violations",
]
