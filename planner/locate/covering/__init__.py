"""Set covering: reductions, prices, branch and bound (``docs/model.md`` §6)."""
