"""The p-median problem: compiled heuristics and bounds, branch and bound (``docs/model.md`` §11.2)."""
