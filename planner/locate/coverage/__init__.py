"""Maximal covering: reductions, compiled heuristics and bounds, cores (``docs/model.md`` §11.1)."""
