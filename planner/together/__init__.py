"""Location and routes together: stations are moved while that saves more on the road than it costs at the stations."""

from planner.together.iterate import STAGE, Rounds

__all__ = ["STAGE", "Rounds"]
